// Bedside rig: broker, page server and a scripted device, for the page's tests in a browser.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { WebSocketServer, createWebSocketStream } from "ws";
import type { BedsideState, CommandName } from "../../src/dashboard/bedside.js";
import { EcgPieces } from "../../src/monitor/ecg-pieces.js";
import { StripWriter } from "../../src/monitor/strip-writer.js";
import { PageServer } from "../../src/platform/sim/page-server.js";
import type { Alert } from "../../src/vocabulary/alert.js";
import { PHASE_ONSET, PRIORITY_HIGH } from "../../src/vocabulary/alert.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";
import { DELIVERY_BYTES, encodeDelivery } from "../../src/wire/delivery.js";
import type { Birth, DeviceState, Status } from "../../src/wire/record.js";
import {
  ALERT_BYTES, BIRTH_BYTES_MAX, KIND_ALERT, KIND_BIRTH, KIND_STATUS, STATE_LOST, STATE_ONLINE, STATUS_BYTES, encodeAlert, encodeBirth, encodeStatus,
} from "../../src/wire/record.js";
import { KIND_STRIP } from "../../src/wire/strip.js";
import { topicOf } from "../../src/wire/topic.js";
import { ecgSlice } from "./ecg-slice.js";

export const DEVICE_ID = "bed-7";

/** Unix time at the start of the scripted device's first boot: 2026-03-02 10:00:00 UTC. */
export const START_WALL_MS = Date.UTC(2026, 2, 2, 10);

export function alertOf(fields: Partial<Alert>): Alert {
  const sequence = fields.sequence ?? 1;
  const onsetUptimeMs = fields.onsetUptimeMs ?? 1000;
  return {
    conditionCode: 1, phase: PHASE_ONSET, priority: PRIORITY_HIGH, latching: false, bootCount: 1, sequence, onsetSequence: sequence, onsetUptimeMs,
    raisedUptimeMs: onsetUptimeMs + 500, onsetWallMs: START_WALL_MS + onsetUptimeMs, clockQuality: 1, onsetSample: onsetUptimeMs / 4, measured: 4000, limit: 4000,
    ...fields,
  };
}

function message(kind: number, recordBytes: number, write: (into: Uint8Array) => number, late: boolean, bootCount: number): Buffer {
  const bytes = new Uint8Array(DELIVERY_BYTES + recordBytes);
  const written = write(bytes.subarray(DELIVERY_BYTES));
  encodeDelivery({ kind, late, redelivered: false, bootCount, sentUptimeMs: 0, sentWallMs: 0, dated: 0, recordBytes: written }, bytes);
  return Buffer.from(bytes.subarray(0, DELIVERY_BYTES + written));
}

function statusMessage(state: DeviceState, heartRateBpm: number, bootCount: number): Buffer {
  const status: Status = { state, leadOff: false, journalFault: false, bootCount, uptimeMs: 0, wallMs: 0, clockQuality: 0, heartRateBpm, pendingAlerts: 0, lostSamples: 0,
    commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0, lateSamples: 0 };
  return message(KIND_STATUS, STATUS_BYTES, (into) => encodeStatus(status, into), false, bootCount);
}

function stripRecords(alert: Alert, [gapFrom, gapTo]: readonly [number, number]): Uint8Array[] {
  const records: Uint8Array[] = [];
  const pieces = new EcgPieces();
  const writer = new StripWriter(pieces, { append: (_kind, _priority, _sequence, bytes, byteCount) => records.push(bytes.slice(0, byteCount)) }, alert.bootCount);
  const { samplesUv } = ecgSlice();
  pieces.gap(Math.max(0, alert.onsetSample - 2500));
  for (let index = 0; index < 3500; index++) {
    if (pieces.nextSample === alert.onsetSample + 250) writer.begin(alert);
    if (index >= gapFrom && index < gapTo) pieces.gap(1);
    else pieces.process(Int32Array.of(samplesUv[index % samplesUv.length] as number), 1);
    writer.step({ monotonicMs: () => 0 });
  }
  return records;
}

/** MQTT broker over TCP and WebSocket. */
export async function startBroker() {
  const broker = await Aedes.createBroker();
  const tcp = createTcpServer(broker.handle);
  const http = createHttpServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => stream.destroy());
    broker.handle(stream, request);
  });
  tcp.listen(0, "127.0.0.1");
  http.listen(0, "127.0.0.1");
  await Promise.all([once(tcp, "listening"), once(http, "listening")]);
  return {
    tcpUrl: `mqtt://127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    wsUrl: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      sockets.close();
      tcp.close();
      http.close();
    },
  };
}

/** A device as the broker sees it, that publishes what the test says. */
export async function connectDevice(tcpUrl: string, bootCount = 1) {
  const will = { topic: topicOf(DEVICE_ID, "status"), payload: statusMessage(STATE_LOST, -1, bootCount), qos: 1, retain: true } as const;
  const client = await mqtt.connectAsync(tcpUrl, { clientId: DEVICE_ID, will, reconnectPeriod: 0 });
  const publishStatus = (state: DeviceState): Promise<unknown> =>
    client.publishAsync(topicOf(DEVICE_ID, "status"), statusMessage(state, 96, bootCount), { qos: 1, retain: true });
  const birth: Birth = { bootCount, uptimeMs: 0, wallMs: 0, clockQuality: 1, sampleRateHz: SAMPLE_RATE_HZ, firmwareVersion: "0.1.0", afeModel: "MAX30003" };
  await client.publishAsync(topicOf(DEVICE_ID, "birth"), message(KIND_BIRTH, BIRTH_BYTES_MAX, (into) => encodeBirth(birth, into), false, bootCount), { qos: 1 });
  await publishStatus(STATE_ONLINE);
  return {
    publishStatus,
    publishAlert: (alert: Alert, late = false): Promise<unknown> =>
      client.publishAsync(topicOf(DEVICE_ID, "alert"), message(KIND_ALERT, ALERT_BYTES, (into) => encodeAlert(alert, into), late, bootCount), { qos: 1 }),
    /** Publishes the slice's ECG as the strip of an alert, whose onset is then `onsetSample`; without the samples of `gap`, and only the first `partCount` parts. */
    publishStrip: async (alert: Alert, { gap = [0, 0], partCount = Infinity }: { gap?: readonly [number, number]; partCount?: number } = {}): Promise<void> => {
      for (const record of stripRecords(alert, gap).slice(0, partCount))
        await client.publishAsync(topicOf(DEVICE_ID, "evidence"), message(KIND_STRIP, record.length, (into) => (into.set(record), record.length), false, bootCount), { qos: 1 });
    },
    publishRaw: (channel: "alert" | "status", bytes: Buffer): Promise<unknown> => client.publishAsync(topicOf(DEVICE_ID, channel), bytes, { qos: 1 }),
    /** The network goes without a goodbye, so that the broker speaks the Last Will. */
    vanish: (): void => void client.stream.destroy(),
    end: (): Promise<void> => client.endAsync(true),
  };
}

/** Stands in for the simulator: plays the slice in real time and obeys the buttons. */
export async function startBedside(brokerUrl: string, port = 0) {
  const slice = ecgSlice();
  const commands: [CommandName, boolean][] = [];
  const state: BedsideState = {
    simMs: 0, linkUp: true, online: true, leadOff: false, powered: true, heartRateBpm: -1, pendingAlerts: 0, speed: 1, finished: false,
  };
  const server = await PageServer.start({
    port,
    config: { brokerUrl },
    hello: { record: "208-excerpt", engine: "node", speed: 1, deviceId: DEVICE_ID },
    onCommand(name, value) {
      commands.push([name, value]);
      if (name === "link") state.linkUp = state.online = value;
      else if (name === "lead") state.leadOff = !value;
      else state.powered = state.online = value;
      server.pushState(state);
    },
  });
  let next = 0;
  /** Plays on by `count` samples at once. */
  const play = (count: number): void => {
    for (let end = next + count; next < end; next++) {
      const at = next % slice.samplesUv.length;
      const beatIndex = slice.beats.findIndex((beat) => beat.sample === at);
      if (state.powered) server.pushSamples(next, state.leadOff ? [0] : slice.samplesUv.subarray(at, at + 1), 1);
      const [beat, before] = [slice.beats[beatIndex], slice.beats[beatIndex - 4]];
      if (!beat || !state.powered || state.leadOff) continue;
      if (before) state.heartRateBpm = Math.round((4 * 60 * SAMPLE_RATE_HZ) / (beat.sample - before.sample));
      server.pushBeat({ sample: next, class: beat.class, heartRateBpm: state.heartRateBpm });
    }
    state.simMs = (next * 1000) / SAMPLE_RATE_HZ;
  };
  let tick = 0;
  const timer = setInterval(() => {
    play(5);
    if (tick++ % 12 === 0) server.pushState(state);
  }, 20);
  return {
    url: server.url,
    server,
    state,
    commands,
    play,
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}
