// Messages longer than the socket's window, against real mosquitto: an alert and its ECG, journaled, go out in parts and arrive whole.
import { type Socket, connect } from "node:net";
import mqtt from "mqtt";
import mqttPacket from "mqtt-packet";
import { afterAll, describe, expect, it } from "vitest";
import type { Clock } from "../../src/contracts/clock.js";
import { CLOCK_UNSET } from "../../src/contracts/clock.js";
import { Journal } from "../../src/journal/journal.js";
import {
  MQTT_CONNACK, MQTT_DISCONNECT, MQTT_PUBACK, MQTT_SUBSCRIBE, type MqttClient, type MqttClientOptions, type MqttWriteOptions,
} from "../../src/platform/ecma419/mqtt-client.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { Subscriber, type SubscriberEvent } from "../../src/subscriber/subscriber.js";
import { EcgPieces } from "../../src/monitor/ecg-pieces.js";
import { Outbox } from "../../src/sync/outbox.js";
import { ALERT_BYTES, KIND_ALERT, encodeAlert } from "../../src/wire/record.js";
import { KIND_STRIP } from "../../src/wire/strip.js";
import { addBeats, evenPeaks } from "../synthetic-ecg.js";
import { encodeStrip } from "../wire/encode-strip.js";
import { freePort } from "./command.js";
import { HAS_MOSQUITTO, Mosquittos } from "./mosquittos.js";

const mosquittos = new Mosquittos();
afterAll(() => mosquittos.close());

const HIGH = 3;
const SAMPLES = 2500;
const PART_SAMPLES = 250;
const DEVICE = "bed-4";

/** What the client of a test wrote. */
interface Tally {
  messages: number;
  parts: number;
  mostBytes: number;
}

/** An ECMA-419 client on a TCP socket of which no more than `windowBytes` wait to be sent. */
function tinyClient(windowBytes: number, tally: Tally) {
  return class implements MqttClient {
    readonly #socket: Socket;
    readonly #options: MqttClientOptions;
    #writableBytes = windowBytes;
    /** Bytes that the message begun still lacks. */
    #missingBytes = 0;

    constructor(options: MqttClientOptions) {
      this.#options = options;
      this.#socket = connect(options.port, options.host, () => {
        const { id: clientId, will } = options;
        const packet = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clientId, clean: true, keepalive: options.keepAlive / 1000, will: { topic: will.topic, payload: Buffer.from(will.message), qos: 1, retain: true } } as const;
        this.#socket.write(mqttPacket.generate(packet));
      });
      this.#socket.on("error", () => {});
      this.#socket.on("close", () => options.onError());
      const parser = mqttPacket.parser({ protocolVersion: 4 });
      this.#socket.on("data", (bytes) => parser.parse(bytes));
      parser.on("packet", (packet) => {
        if (packet.cmd === "connack") {
          options.onControl({ operation: MQTT_CONNACK, returnCode: packet.returnCode ?? 0 });
          options.onWritable(this.#writableBytes);
        }
        if (packet.cmd === "puback") options.onControl({ operation: MQTT_PUBACK, id: packet.messageId as number });
      });
    }

    write(data: Uint8Array | null, options?: MqttWriteOptions): number {
      if (options === undefined) return this.#send(data as Uint8Array);
      expect(this.#missingBytes).toBe(0);
      expect([undefined, MQTT_SUBSCRIBE, MQTT_DISCONNECT]).toContain(options.operation);
      if (options.operation !== undefined) return this.#writableBytes;
      const { topic = "", id = 0, retain = false, byteLength = data?.length ?? 0 } = options;
      const whole = mqttPacket.generate({ cmd: "publish", topic, messageId: id, qos: 1, dup: options.duplicate ?? false, retain, payload: Buffer.alloc(byteLength) });
      tally.messages++;
      this.#missingBytes = byteLength;
      const head = whole.subarray(0, whole.length - byteLength);
      return this.#send(Buffer.concat([head, data as Uint8Array]), head.length);
    }

    #send(bytes: Uint8Array, headBytes = 0): number {
      if (bytes.length > this.#writableBytes) throw new Error(`${bytes.length} bytes, expected at most ${this.#writableBytes}`);
      tally.parts++;
      tally.mostBytes = Math.max(tally.mostBytes, bytes.length);
      this.#missingBytes -= bytes.length - headBytes;
      expect(this.#missingBytes).toBeGreaterThanOrEqual(0);
      this.#writableBytes -= bytes.length;
      this.#socket.write(Buffer.from(bytes), () => {
        this.#writableBytes += bytes.length;
        this.#options.onWritable(this.#writableBytes);
      });
      return this.#writableBytes;
    }

    read(): undefined {}

    close(): void {
      this.#socket.destroy();
    }
  };
}

describe.skipIf(!HAS_MOSQUITTO)("a socket with room for only", () => {
  it.each([64, 100, 333])("%i bytes carries an alert and ten seconds of ECG, whole and once", async (windowBytes) => {
    const port = await freePort();
    await mosquittos.start(port);
    const receiver = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
    const subscriber = new Subscriber();
    const events: SubscriberEvent[] = [];
    receiver.on("message", (topic, message) => {
      const event = subscriber.accept(topic, message, 0);
      if (event) events.push(event);
    });
    await receiver.subscribeAsync(Subscriber.topics(), { qos: 1 });

    const journal = new Journal(new NorFlash({ blockBytes: 4096, blockCount: 16 }));
    journal.mount();
    const { bootCount } = journal;
    const ecg = new Float64Array(SAMPLES);
    addBeats(ecg, evenPeaks(0, SAMPLES, 72), 1200);
    const samplesUv = [...Int16Array.from(ecg, Math.round)];
    const alert = new Uint8Array(ALERT_BYTES);
    encodeAlert({
      conditionCode: 1, phase: 0, priority: HIGH, latching: true, bootCount, sequence: 1, onsetSequence: 1, onsetUptimeMs: 0, raisedUptimeMs: 0, onsetWallMs: 0, clockQuality: CLOCK_UNSET,
      onsetSample: 0, measured: 4000, limit: 4000,
    }, alert);
    journal.append(KIND_ALERT, HIGH, 1, alert, alert.length);
    const parts = SAMPLES / PART_SAMPLES;
    for (let partIndex = 0; partIndex < parts; partIndex++) {
      const firstSample = partIndex * PART_SAMPLES;
      const part = encodeStrip({ partIndex, isLast: partIndex === parts - 1, bootCount, sequence: 1, firstSample, sampleCount: 0, firstUv: 0 }, samplesUv.slice(firstSample, firstSample + PART_SAMPLES));
      expect(part.length).toBeGreaterThan(250);
      expect(journal.append(KIND_STRIP, HIGH, partIndex + 1, part, part.length)).toBeGreaterThanOrEqual(0);
    }

    const tally: Tally = { messages: 0, parts: 0, mostBytes: 0 };
    const uplink = new MqttUplink({ Client: tinyClient(windowBytes, tally) as never, host: "127.0.0.1", port });
    const clock: Clock = { monotonicMs: () => performance.now(), counterMs: () => performance.now() | 0, wallMs: () => 0, quality: () => CLOCK_UNSET };
    const source = {
      bootCount,
      readBirth: () => ({ bootCount, uptimeMs: 0, wallMs: 0, clockQuality: CLOCK_UNSET as 0, sampleRateHz: 250, firmwareVersion: "0", afeModel: "none" }),
      readStatus: () => {},
    } as const;
    const outbox = new Outbox(uplink, journal, clock, { deviceId: DEVICE, keepAliveMs: 60_000, statusIntervalMs: 3000, entropy: windowBytes }, source, new EcgPieces());
    const timer = setInterval(() => outbox.step(performance.now()), 5);
    await expect.poll(() => journal.pendingCount, { timeout: 60_000, interval: 50 }).toBe(0);
    await expect.poll(() => events.filter(({ type }) => type === "strip").length, { timeout: 10_000 }).toBe(parts);
    clearInterval(timer);
    uplink.close();
    await receiver.endAsync(true);

    expect(events.filter(({ type }) => !["strip", "alert", "status", "birth"].includes(type))).toEqual([]);
    expect(events.filter(({ type }) => type === "alert")).toHaveLength(1);
    const last = events.findLast((event) => event.type === "strip");
    expect(last?.type === "strip" && last.strip.complete).toBe(true);
    if (last?.type === "strip") expect([...last.strip.samplesUv]).toEqual(samplesUv);
    expect(tally.mostBytes).toBeLessThanOrEqual(windowBytes);
    expect(tally.parts).toBeGreaterThanOrEqual(tally.messages + parts);
  }, 90_000);
});
