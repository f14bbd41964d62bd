// SealedUplink: an uplink whose messages only the holder of the device's key can read, over an uplink that carries bytes.
import type { Aead } from "../contracts/aead.js";
import type { Uplink, UplinkListener, UplinkSession } from "../contracts/uplink.js";
import { associatedData, encodeEnvelope } from "../wire/cose.js";
import type { Nonces } from "./nonces.js";

/** The key in force. */
export interface DataKey {
  readonly epoch: number;
  /** 16 or 32 bytes. */
  readonly key: Uint8Array;
}

/** Who knows the key in force. */
export interface KeyHolder {
  readonly dataKey: DataKey;
}

/** Takes what comes on the command topic, as it came. */
export interface MessageReceiver {
  receive(message: Uint8Array): void;
}

/**
 * Encrypts each message as it is sent, never as it is stored: one that is sent again gets a fresh nonce, and what waits in the journal is
 * sent under the key of the day. Without a nonce nothing is sent; better silent than readable.
 */
export class SealedUplink implements Uplink, UplinkListener {
  readonly #uplink: Uplink;
  readonly #aead: Aead;
  readonly #nonces: Nonces;
  readonly #keyHolder: KeyHolder;
  readonly #commandTopic: string;
  readonly #commands: MessageReceiver;
  #listener: UplinkListener | undefined;

  constructor(uplink: Uplink, aead: Aead, nonces: Nonces, keyHolder: KeyHolder, commandTopic: string, commands: MessageReceiver) {
    this.#keyHolder = keyHolder;
    this.#commandTopic = commandTopic;
    this.#commands = commands;
    this.#uplink = uplink;
    this.#aead = aead;
    this.#nonces = nonces;
  }

  open(session: UplinkSession, listener: UplinkListener): void {
    if (!this.#nonces.isReady) return listener.onClosed();
    this.#listener = listener;
    this.#uplink.open({ ...session, willMessage: this.#seal(session.willTopic, session.willMessage), commandTopic: this.#commandTopic }, this);
  }

  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number, duplicate: boolean): boolean {
    return this.#nonces.isReady && this.#uplink.publish(topic, this.#seal(topic, message), retain, packetId, duplicate);
  }

  close(): void {
    this.#uplink.close();
  }

  onConnected(): void {
    this.#listener?.onConnected();
  }
  onAcknowledged(packetId: number): void {
    this.#listener?.onAcknowledged(packetId);
  }
  onClosed(): void {
    this.#listener?.onClosed();
  }
  onMessage(message: Uint8Array): void {
    this.#commands.receive(message);
  }

  #seal(topic: string, message: Uint8Array): Uint8Array {
    const { epoch, key } = this.#keyHolder.dataKey;
    const nonce = this.#nonces.next();
    const sealed = this.#aead.seal(key, nonce, associatedData(key.length, epoch, topic), message);
    return encodeEnvelope({ keyBytes: key.length, epoch, nonce, sealed });
  }
}
