// SealedUplink: nothing leaves in clear, no nonce twice, and nothing at all without a nonce.
import { describe, expect, it } from "vitest";
import type { Uplink, UplinkListener, UplinkSession } from "../../src/contracts/uplink.js";
import { NodeAead } from "../../src/platform/sim/node-aead.js";
import { Nonces } from "../../src/security/nonces.js";
import { SealedUplink } from "../../src/security/sealed-uplink.js";
import { associatedData } from "../../src/wire/cose.js";
import { decodeEnvelope } from "../../src/wire/decode.js";

const KEY = new Uint8Array(32).fill(7);
const ALERT = "edgebeat/v1/bed-4/alert";
const STATUS = "edgebeat/v1/bed-4/status";
const COMMANDS = "edgebeat/v1/bed-4/command";
const TEXT = new Uint8Array(60).fill(0x41);
const SESSION: UplinkSession = { clientId: "bed-4", keepAliveMs: 30_000, willTopic: STATUS, willMessage: TEXT };
const aead = new NodeAead();

/** An uplink that keeps what it is given. */
class Wire implements Uplink {
  readonly sent: { topic: string; message: Uint8Array }[] = [];
  isFull = false;
  open(session: UplinkSession): void {
    this.sent.push({ topic: session.willTopic, message: session.willMessage });
  }
  publish(topic: string, message: Uint8Array): boolean {
    this.sent.push({ topic, message });
    return !this.isFull;
  }
  close(): void {}
}

function listener(): UplinkListener & { closed: number } {
  return { closed: 0, onConnected: () => {}, onAcknowledged: () => {}, onClosed() { this.closed++; } };
}

function opened({ topic, message }: { topic: string; message: Uint8Array }, key = KEY): { text: Uint8Array | undefined; epoch: number; nonce: string } {
  const envelope = decodeEnvelope(message);
  if (!envelope.ok) throw new Error(envelope.problem);
  const { keyBytes, epoch, nonce, sealed } = envelope.value;
  return { text: aead.open(key, nonce, associatedData(keyBytes, epoch, topic), sealed), epoch, nonce: Buffer.from(nonce).toString("hex") };
}

describe("a sealed uplink", () => {
  it("encrypts messages and the Last Will for their topic, each with a nonce of its own, also when they are sent again", () => {
    const wire = new Wire();
    const uplink = new SealedUplink(wire, aead, new Nonces(3, 0x0a0b0c0d), { dataKey: { epoch: 5, key: KEY } }, { topic: COMMANDS, receive: () => {} });
    uplink.open(SESSION, listener());
    for (let time = 0; time < 3; time++) uplink.publish(ALERT, TEXT, false, 1);
    wire.isFull = true;
    expect(uplink.publish(ALERT, TEXT, false, 2)).toBe(false);
    uplink.open(SESSION, listener());
    expect(wire.sent.map((sent) => opened(sent))).toEqual([1, 2, 3, 4, 5, 6].map((count) => ({ text: TEXT, epoch: 5, nonce: `000000030a0b0c0d0000000${count}` })));
    for (const sent of wire.sent) {
      expect(Buffer.from(sent.message).includes(Buffer.from(TEXT.subarray(0, 8)))).toBe(false);
      expect(opened({ ...sent, topic: `${sent.topic}s` }).text).toBeUndefined();
    }
  });

  it("takes a new key from the next message on", () => {
    const wire = new Wire();
    const holder = { dataKey: { epoch: 1, key: KEY } };
    const uplink = new SealedUplink(wire, aead, new Nonces(1, 0), holder, { topic: COMMANDS, receive: () => {} });
    uplink.publish(ALERT, TEXT, false, 1);
    holder.dataKey = { epoch: 2, key: new Uint8Array(16).fill(9) };
    uplink.publish(ALERT, TEXT, false, 1);
    expect(opened(wire.sent[0] as (typeof wire.sent)[number])).toMatchObject({ epoch: 1, text: TEXT });
    expect(opened(wire.sent[1] as (typeof wire.sent)[number], holder.dataKey.key)).toMatchObject({ epoch: 2, text: TEXT });
  });

  it("says nothing at all in a boot that has no number of its own", () => {
    const wire = new Wire();
    const hears = listener();
    const uplink = new SealedUplink(wire, aead, new Nonces(0, 1), { dataKey: { epoch: 5, key: KEY } }, { topic: COMMANDS, receive: () => {} });
    uplink.open(SESSION, hears);
    expect(hears.closed).toBe(1);
    expect(uplink.publish(ALERT, TEXT, false, 1)).toBe(false);
    expect(wire.sent).toEqual([]);
  });
});
