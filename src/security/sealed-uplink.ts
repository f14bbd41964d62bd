// SealedUplink: an uplink whose messages only the holder of the device's key can read, over an uplink that carries bytes.
import type { Aead } from "../contracts/aead.js";
import type { MessageReceiver, Uplink, UplinkListener, UplinkSession } from "../contracts/uplink.js";
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

/**
 * Encrypts each message as it is sent, never as it is stored: one that is sent again gets a fresh nonce, and what waits in the journal is
 * sent under the key of the day. Without a nonce nothing is sent; better silent than readable.
 */
export class SealedUplink implements Uplink {
  private readonly _uplink: Uplink;
  private readonly _aead: Aead;
  private readonly _nonces: Nonces;
  private readonly _keyHolder: KeyHolder;
  private readonly _commands: MessageReceiver;

  constructor(uplink: Uplink, aead: Aead, nonces: Nonces, keyHolder: KeyHolder, commands: MessageReceiver) {
    this._keyHolder = keyHolder;
    this._commands = commands;
    this._uplink = uplink;
    this._aead = aead;
    this._nonces = nonces;
  }

  open(session: UplinkSession, listener: UplinkListener): void {
    if (!this._nonces.isReady) return listener.onClosed();
    const willMessage = this._seal(session.willTopic, session.willMessage);
    this._uplink.open({ ...session, willMessage, commands: this._commands }, listener);
  }

  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number): boolean {
    return this._nonces.isReady && this._uplink.publish(topic, this._seal(topic, message), retain, packetId);
  }

  close(): void {
    this._uplink.close();
  }

  private _seal(topic: string, message: Uint8Array): Uint8Array {
    const { epoch, key } = this._keyHolder.dataKey;
    const nonce = this._nonces.next();
    const sealed = this._aead.seal(key, nonce, associatedData(key.length, epoch, topic), message);
    return encodeEnvelope({ keyBytes: key.length, epoch, nonce, sealed });
  }
}
