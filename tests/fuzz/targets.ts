// Fuzz targets: every decoder of bytes or text from outside, each with valid inputs to start from and a word for what came of an input.
import { READ_COUNT, READ_MORE } from "../../src/drivers/max30003/codes.js";
import { Frames } from "../../src/drivers/max30003/frames.js";
import type { Flash } from "../../src/contracts/flash.js";
import { Journal } from "../../src/journal/journal.js";
import type { Store } from "../../src/contracts/store.js";
import { MESSAGE_BYTES_MAX, type MessageReceiver, type UplinkListener, type UplinkSession } from "../../src/contracts/uplink.js";
import { checkConfig } from "../../src/monitor/config.js";
import { type CommandTarget, Downlink } from "../../src/monitor/downlink.js";
import { checkProvision } from "../../src/monitor/provision.js";
import type { MqttClient, MqttClientOptions } from "../../src/platform/ecma419/mqtt-client.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { parseClockPlan } from "../../src/platform/sim/clock-plan.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { parseLinkPlan } from "../../src/platform/sim/link-plan.js";
import { NodeAead } from "../../src/platform/sim/node-aead.js";
import { parseStallPlan } from "../../src/platform/sim/stall-plan.js";
import { parseScenario } from "../../src/platform/sim/synthetic-patient.js";
import { Vault } from "../../src/security/vault.js";
import { checkKeys } from "../../src/subscriber/keys.js";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import { formatAnnotations, parseAnnotations } from "../../src/wfdb/annotation.js";
import { parseHeader } from "../../src/wfdb/header.js";
import { RecordError } from "../../src/wfdb/record-error.js";
import { decodeSignals } from "../../src/wfdb/signal.js";
import { decodeAlert, decodeBirth, decodeClock, decodeDropReport, decodeEnvelope, decodeStatus, decodeStripPart, decodeUpdateReport, parseTopic } from "../../src/wire/decode.js";
import { encodeCommand, encodeSignedPart } from "../../src/wire/encode.js";
import { UPDATE_REPORT_BYTES, decodeUpdateHeader, encodeUpdateReport } from "../../src/wire/update.js";
import { COMMAND_ACKNOWLEDGE, COMMAND_ROTATE_KEY, COMMAND_SET_LIMITS, COMMAND_SET_TIME, type Command, RESULT_NOT_STORED, decodeCommand } from "../../src/wire/command.js";
import { associatedData, encodeEnvelope } from "../../src/wire/cose.js";
import { encodeDelivery } from "../../src/wire/delivery.js";
import { type Decoded, ALERT_BYTES, CLOCK_BYTES, STATUS_BYTES, encodeAlert, encodeBirth, encodeClock, encodeStatus } from "../../src/wire/record.js";
import { STRIP_HEAD_BYTES, encodeStripHead } from "../../src/wire/strip.js";
import { CHANNELS, type Channel, topicOf } from "../../src/wire/topic.js";

export interface Target {
  readonly name: string;
  /** Of 1000 inputs, how many go here; what is slow gets few. */
  readonly share: number;
  readonly seeds: readonly Uint8Array[];
  /** @returns what came of it: inputs with a new word are kept and varied. Throws what no decoder may throw. */
  run(input: Uint8Array): string;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
let said = 0;
/** @returns characters of problems since the last time */
export function takeSaid(): number {
  const characters = said;
  said = 0;
  return characters;
}

/** A problem without its values. */
const wordOf = (problem: string): string => (said += problem.length, problem).replace(/"[^"]*"|[-+]?[\d.]+(e[-+]?\d+)?/g, "#").slice(0, 120);
const outcome = (decoded: Decoded<unknown>): string => (decoded.ok ? "ok" : wordOf(decoded.problem));

const ALERT = {
  conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 2, sequence: 3, onsetSequence: 3, onsetUptimeMs: 1000, raisedUptimeMs: 5000, onsetWallMs: 0, clockQuality: 0,
  onsetSample: 250, measured: 4000, limit: 4000,
} as const;
const STATUS = { state: 1, leadOff: false, journalFault: false, bootCount: 2, uptimeMs: 9000, wallMs: 0, clockQuality: 0, heartRateBpm: 70, pendingAlerts: 0, lostSamples: 0, commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0, lateSamples: 0 } as const;
const REPORT = { state: 1, result: 0, bootCount: 2, runningVersion: 1000, offeredVersion: 2000, imageBytes: 9, nextOffset: 0, sequence: 9 } as const;
const BIRTH = { bootCount: 2, uptimeMs: 9000, wallMs: 0, clockQuality: 0, sampleRateHz: 250, firmwareVersion: "0.1.0", afeModel: "MAX30003" } as const;

function encoded(bytes: number, encode: (into: Uint8Array) => number): Uint8Array {
  const into = new Uint8Array(bytes);
  return into.slice(0, encode(into));
}
const alert = encoded(ALERT_BYTES, (into) => encodeAlert(ALERT, into));
const status = encoded(STATUS_BYTES, (into) => encodeStatus(STATUS, into));
const birth = encoded(200, (into) => encodeBirth(BIRTH, into));
const clock = encoded(CLOCK_BYTES, (into) => encodeClock({ bootCount: 2, uptimeMs: 9000, wallMs: 1_767_225_600_000 }, into));
const drop = Uint8Array.from({ length: 32 }, (_, index) => (index < 5 ? 1 : 0));

const aead = new NodeAead();
const DATA_KEY = new Uint8Array(16).fill(1);
const COMMAND_KEY = new Uint8Array(32).fill(3);
const COMMAND_TOPIC = "edgebeat/v1/dev/command";
const strip = Uint8Array.from([...encoded(STRIP_HEAD_BYTES, (into) => (encodeStripHead({ partIndex: 1, isLast: true, bootCount: 2, sequence: 3, firstSample: 1000, sampleCount: 4, firstUv: -5 }, into), STRIP_HEAD_BYTES)), 2, 0x81, 1, 3]);
/** Sessions with messages in parts, too long ones, acknowledgements and failures, in the code of `useMqttEvents`. */
const MQTT_PROGRAMS = [
  [0, 3, 2, 0, 0, 0, 4, 100, 1, 20, 90, 3, 4, 0, 1, 0, 2, 1, 3, 7, 8, 9, 2, 0, 2, 7, 8, 6], [0, 3, 2, 0, 0, 0, 4, 50, 1, 100, 9, 4, 50, 4, 50, 4, 50, 5], [7, 0, 7, 0, 3, 2, 0, 0, 0, 0, 202, 0, 2, 1, 2, 7, 3, 4, 0, 1, 0],
  [0, ...[1, 1, 0].flatMap((more) => [2, more, 100, ...new Uint8Array(100)])],
].map((program) => Uint8Array.from(program));

/** What the vault stores when a key was rotated and limits were set. */
function vaultBlock(): Uint8Array {
  let block = new Uint8Array(0);
  new Vault({ read: () => undefined, write: (bytes) => (block = bytes.slice()).length > 0 }, { epoch: 1, key: DATA_KEY }, COMMAND_KEY).commit(7, 1, { epoch: 2, key: COMMAND_KEY }, new Map([["asystoleMs", 5000]]));
  return block;
}

/** A whole message, with a byte before it that chooses the topic. */
function message(channel: number, kind: number, record: Uint8Array): Uint8Array {
  const header = encoded(24, (into) => encodeDelivery({ kind, late: false, redelivered: false, dated: 0, bootCount: 2, sentUptimeMs: 9000, sentWallMs: 0, recordBytes: record.length }, into));
  return Uint8Array.from([channel, ...header, ...record]);
}

const TOPICS = ["edgebeat/v1/dev/alert", "edgebeat/v1/dev/status", "edgebeat/v1/dev/birth", "edgebeat/v1/+/alert", "other"];

const BLOCK_BYTES = 256;
const BLOCK_COUNT = 11;
/** A mount of so small a flash, and the reading of all that waits there, need fewer. */
const READS_MAX = 20_000;

/** A flash that counts, so that a loop without an end is an error. */
class CountedFlash implements Flash {
  readonly blockBytes = BLOCK_BYTES;
  readonly blockCount = BLOCK_COUNT;
  readonly #flash: NorFlash;
  #operations = 0;

  constructor(image: Uint8Array) {
    this.#flash = new NorFlash({ blockBytes: BLOCK_BYTES, blockCount: BLOCK_COUNT });
    this.#flash.image.set(image.subarray(0, this.#flash.image.length));
  }
  get image(): Uint8Array {
    return this.#flash.image;
  }
  read(into: Uint8Array, offset: number): boolean {
    this.#count();
    return this.#flash.read(into, offset);
  }
  write(bytes: Uint8Array, offset: number): boolean {
    this.#count();
    return this.#flash.write(bytes, offset);
  }
  eraseBlock(block: number): boolean {
    this.#count();
    return this.#flash.eraseBlock(block);
  }
  #count(): void {
    if (++this.#operations > READS_MAX) throw new Error(`more than ${READS_MAX} operations of the flash`);
  }
}

/** Images of a journal with a history. */
function journalImages(): Uint8Array[] {
  const flash = new CountedFlash(new Uint8Array(BLOCK_BYTES * BLOCK_COUNT).fill(0xff));
  const images: Uint8Array[] = [flash.image.slice()];
  for (let boot = 0; boot < 3; boot++) {
    const journal = new Journal(flash);
    journal.mount();
    for (let sequence = 1; sequence <= 6; sequence++) journal.append(sequence % 3 === 0 ? 64 : 1, sequence % 4, sequence, alert, alert.length, sequence);
    journal.acknowledge(journal.nextPending());
    images.push(flash.image.slice());
  }
  return images;
}

function useJournal(input: Uint8Array): string {
  const journal = new Journal(new CountedFlash(input));
  const code = journal.mount();
  if (code !== 0) return `code ${code}`;
  const { pendingCount } = journal;
  const into = new Uint8Array(BLOCK_BYTES);
  let seen = 0;
  let damaged = 0;
  for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
    if (++seen > 1000) throw new Error("nextPending does not end");
    if (journal.read(handle, into) < 0) damaged++;
    if (seen % 2 === 0) journal.acknowledge(handle);
    else journal.markInFlight(handle, true);
  }
  journal.clearInFlight();
  for (let sequence = 1; sequence <= 3; sequence++) journal.append(1, 3, sequence, alert, alert.length, 1);
  const bootCount = journal.bootCount;
  const again = new Journal(new CountedFlash(new Uint8Array(0)));
  if (bootCount < 1 || again.bootCount !== 0) throw new Error(`boot count ${bootCount}`);
  return `ok ${Math.min(bootCount, 8)} ${pendingCount} ${seen} ${damaged}`;
}

/** STATUS and two bursts. */
const FRAMES_BYTES = 4 + 49 + 49;

/** The answers to both frames of a reading, and to one burst more if the first asks for it. */
function useFrames(input: Uint8Array): string {
  if (input.length !== FRAMES_BYTES) return "no frames";
  const frames = new Frames();
  const samplesUv = new Int32Array(32);
  frames.status.set(input.subarray(0, 4));
  frames.burst.set(input.subarray(4, 53));
  const first = frames.decode(samplesUv, 0);
  frames.burst.set(input.subarray(53));
  const all = first & READ_MORE ? frames.decode(samplesUv, first) : first;
  if ((all & READ_COUNT) > 32 || samplesUv.some((uv) => Math.abs(uv) > 32_767)) throw new Error(`reading ${all}`);
  return `${first.toString(16)} ${all.toString(16)}`;
}

/** The first byte says whether what follows is the message, or what is encrypted in it: a forger has no key, a sender may be of any version. */
function sealedOrNot(input: Uint8Array, key: Uint8Array, epoch: number, topic: string): Uint8Array {
  const rest = input.subarray(1);
  if (((input[0] ?? 0) & 1) === 0) return rest;
  const nonce = new Uint8Array(12);
  return encodeEnvelope({ keyBytes: key.length, epoch, nonce, sealed: aead.seal(key, nonce, associatedData(key.length, epoch, topic), rest) });
}

/** A command for a device that has had one. */
function useCommand(input: Uint8Array): string {
  let stored: Uint8Array | undefined;
  const store: Store = { read: () => stored, write: (bytes) => (input[0] ?? 0) < 250 && (stored = bytes.slice()).length <= 128 };
  const checked = checkConfig({});
  if (!checked.ok) throw new Error("checkConfig refuses the defaults");
  const target: CommandTarget = {
    config: checked.config, update: { offer: () => {}, piece: () => {} }, statusChanged: () => {},
    alarms: { acknowledge: () => {}, placeOf: (boot, sequence) => (boot === 2 && sequence === 3 ? 1 : -1) },
    setLimits: (config) => {
      if (!checkConfig(config).ok) throw new Error("limits are set that no setting may have");
    },
  };
  const vault = new Vault(store, { epoch: 1, key: DATA_KEY }, COMMAND_KEY);
  const downlink = new Downlink({ aead, store, epoch: 1, data: DATA_KEY, command: COMMAND_KEY, setTime: () => {} }, COMMAND_TOPIC, vault, target);
  downlink.receive(sealedOrNot(Uint8Array.from([1, ...encodeCommand(1000, { kind: COMMAND_SET_TIME, unixMs: 1_800_000_000_000 })]), COMMAND_KEY, 0, COMMAND_TOPIC));
  downlink.receive(sealedOrNot(input, COMMAND_KEY, 0, COMMAND_TOPIC));
  const again = new Vault(store, { epoch: 1, key: DATA_KEY }, COMMAND_KEY);
  if (again.sequence !== vault.sequence || (downlink.sequence !== vault.sequence && downlink.result !== RESULT_NOT_STORED)) throw new Error(`command ${downlink.sequence}, noted ${vault.sequence}, stored ${again.sequence}`);
  return `${downlink.refused} ${downlink.sequence > 1000} ${downlink.result} ${again.dataKey.key.length}`;
}

function useVault(input: Uint8Array): string {
  const vault = new Vault({ read: () => input, write: () => true }, { epoch: 1, key: DATA_KEY }, COMMAND_KEY);
  return `${vault.sequence > 0} ${vault.result} ${vault.dataKey.epoch} ${vault.limits.asystoleMs}`;
}

const NO_SESSION: UplinkSession = { clientId: "dev", keepAliveMs: 30_000, willTopic: "w", willMessage: new Uint8Array(44) };

/**
 * What an MQTT client tells of the packets that it has parsed, as a program: whatever it says, and whenever, nothing may be thrown at it, and
 * the listener gets the bytes of a message as they came, or not at all if they are too many.
 */
function useMqttEvents(input: Uint8Array): string {
  let at = 0;
  const next = (): number => input[at++] ?? 0;
  const clients: MqttClientOptions[] = [];
  let fails = false;
  let part = new Uint8Array(0);
  let joined: number[] = [];
  let wrong = "";
  const told = { connected: 0, acknowledged: 0, closed: 0, messages: 0 };
  class Client implements MqttClient {
    constructor(options: MqttClientOptions) {
      clients.push(options);
      if (fails) throw new Error("no socket");
    }
    write(): number {
      if (fails) throw new Error("overflow");
      return next() * 4;
    }
    read(): ArrayBuffer {
      return part.slice().buffer;
    }
    close(): void {
      if (fails) throw new Error("closed");
    }
  }
  const listener: UplinkListener = {
    onConnected: () => void told.connected++,
    onAcknowledged: () => {
      told.acknowledged++;
      if (fails) throw new Error("the listener fails");
    },
    onClosed: () => void told.closed++,
  };
  const commands: MessageReceiver = {
    topic: COMMAND_TOPIC,
    receive: (message) => {
      told.messages++;
      // Thrown here, it would be caught.
      if (message.length > MESSAGE_BYTES_MAX || message.length !== joined.length || !joined.every((byte, index) => byte === message[index])) wrong = `a message of ${message.length} bytes, expected ${joined.length}`;
    },
  };
  const uplink = new MqttUplink({ Client, host: "broker", port: 1883 });
  while (at < input.length) {
    const op = next();
    // One that was given up may go on talking.
    const client = clients.at(op < 200 ? -1 : -2);
    switch (op % 8) {
      case 0:
        joined = [];
        uplink.open({ ...NO_SESSION, commands }, listener);
        break;
      case 1:
        uplink.publish(COMMAND_TOPIC, new Uint8Array(2 * next()), false, 1 + next());
        break;
      case 2: {
        const more = next() % 2 === 1;
        part = input.slice(at + 1, at + 1 + next());
        at += part.length;
        if (op < 200) joined.push(...part);
        client?.onReadable(part.length, { more });
        if (op < 200 && !more) joined = [];
        break;
      }
      case 3:
        client?.onControl({ operation: next(), id: next() * 256 + next(), returnCode: next() >> 7 });
        break;
      case 4:
        client?.onWritable(next() * 4);
        break;
      case 5:
        client?.onError();
        break;
      case 6:
        uplink.close();
        break;
      default:
        fails = !fails;
    }
  }
  if (wrong !== "") throw new Error(wrong);
  return `${Math.min(3, clients.length)} ${Object.values(told).map((count) => Math.min(2, count)).join(" ")} ${fails}`;
}

/** Text that may be JSON, and a check of what it says. */
function useJson(input: Uint8Array, check: (value: unknown) => string): string {
  let value: unknown;
  try {
    value = JSON.parse(textOf(input));
  } catch {
    return "no JSON";
  }
  return check(value);
}

function useRecordError(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof RecordError && !error.message.includes("\n")) return wordOf(error.message);
    throw error;
  }
}

const HEADER = ascii("100 2 360 650000 0:0:0 1/1/2000\n100.dat 212 200(1024)/mV 11 1024 995 -22131 0 MLII\n100.dat 212 200 11 1024 1011 20052 0 V5\n# 69 M\n");
const HEADER_16 = ascii("a 1 250 4\na.mat 16+24 1000/uV 16 0 -1 12 0 I\n");
const KEY = "00112233445566778899aabbccddeeff";
const PROVISION = `{"version":1,"deviceId":"dev","settings":{"asystoleMs":5000},"wifi":{"ssid":"s","password":"p"},"broker":{"host":"h","port":8883,"user":"u","password":"p","tls":{"ca":"a","cert":"c","key":"k"}},"keys":{"epoch":1,"data":"${KEY}","command":"${KEY}${KEY}"}}`;
const COMMANDS: readonly Command[] = [
  { kind: COMMAND_SET_LIMITS, limits: new Map([["asystoleMs", 5000], ["tachycardiaBpm", 140]]) }, { kind: COMMAND_ACKNOWLEDGE, bootCount: 2, alertSequence: 3 },
  { kind: COMMAND_SET_TIME, unixMs: 1_800_000_000_000 }, { kind: COMMAND_ROTATE_KEY, epoch: 2, key: new Uint8Array(32).fill(5) },
];
const commands = COMMANDS.map((command) => encodeCommand(2000, command));

export const TARGETS: readonly Target[] = [
  { name: "alert record", share: 100, seeds: [alert], run: (input) => outcome(decodeAlert(input)) },
  { name: "status record", share: 80, seeds: [status], run: (input) => outcome(decodeStatus(input)) },
  { name: "birth record", share: 80, seeds: [birth], run: (input) => outcome(decodeBirth(input)) },
  { name: "clock record", share: 60, seeds: [clock], run: (input) => outcome(decodeClock(input)) },
  { name: "drop report", share: 60, seeds: [drop], run: (input) => outcome(decodeDropReport(input)) },
  { name: "part of a strip", share: 60, seeds: [strip], run: (input) => outcome(decodeStripPart(input)) },
  { name: "command", share: 60, seeds: commands, run: (input) => {
    const decoded = decodeCommand(input);
    return decoded ? `${decoded.command?.kind}` : "none";
  } },
  { name: "message on the command topic", share: 60, seeds: [...commands.map((command) => Uint8Array.from([1, ...command])), Uint8Array.from([0, ...sealedOrNot(Uint8Array.from([1, ...(commands[0] as Uint8Array)]), COMMAND_KEY, 0, COMMAND_TOPIC)])], run: useCommand },
  { name: "stored commands", share: 20, seeds: [vaultBlock()], run: useVault },
  { name: "header of an update", share: 20, seeds: [Uint8Array.from([...encodeSignedPart({ version: 3, imageBytes: 1_000_000, board: "esp32-c3", digest: new Uint8Array(32) }), ...new Uint8Array(64)])], run: (input) => `${decodeUpdateHeader(input)?.board.length}` },
  { name: "update report", share: 20, seeds: [encoded(UPDATE_REPORT_BYTES, (into) => encodeUpdateReport(REPORT, into))], run: (input) => outcome(decodeUpdateReport(input)) },
  { name: "events of the MQTT client", share: 80, seeds: MQTT_PROGRAMS, run: useMqttEvents },
  { name: "topic", share: 60, seeds: TOPICS.map(ascii), run: (input) => parseTopic(textOf(input))?.channel ?? "none" },
  { name: "COSE envelope", share: 100, seeds: [encodeEnvelope({ keyBytes: 16, epoch: 1, nonce: new Uint8Array(12), sealed: new Uint8Array(40) })], run: (input) => outcome(decodeEnvelope(input)) },
  {
    name: "message to the subscriber", share: 150, seeds: [message(0, 1, alert), message(1, 2, status), message(2, 3, birth), message(0, 65, clock), message(0, 63, drop)],
    run: (input) => {
      const event = new Subscriber().accept(TOPICS[(input[0] ?? 0) % TOPICS.length] as string, input.subarray(1), 1_767_225_600_000);
      return event === undefined ? "none" : event.type === "problem" ? wordOf(event.problem) : event.type;
    },
  },
  {
    name: "encrypted message to the subscriber", share: 60, seeds: [message(0x01, 1, alert), message(0x41, 2, status), message(0x81, 3, birth), message(0xc1, 64, strip)],
    run: (input) => {
      const topic = topicOf("dev", CHANNELS[(input[0] ?? 0) >> 6] as Channel);
      const event = new Subscriber({ aead, keyOf: (_deviceId, epoch) => (epoch === 1 ? DATA_KEY : undefined) }).accept(topic, sealedOrNot(input, DATA_KEY, 1, topic), 1_767_225_600_000);
      return event === undefined ? "none" : event.type === "problem" || event.type === "refused" ? wordOf(event.problem) : event.type;
    },
  },
  { name: "frames of the MAX30003", share: 70, seeds: [new Uint8Array(FRAMES_BYTES), new Uint8Array(FRAMES_BYTES).fill(0xff), new Uint8Array(FRAMES_BYTES).fill(1, 4)], run: useFrames },
  {
    name: "WFDB header", share: 40, seeds: [HEADER, HEADER_16, ascii("multi/2 1 360 100\nseg1 50\nseg2 50\n")],
    run: (input) => useRecordError(() => `ok ${parseHeader(textOf(input), "fuzz.hea").signals.length}`),
  },
  {
    name: "WFDB signal", share: 40, seeds: [212, 16, 61, 80].map((format) => Uint8Array.from([...HEADER_16.map((byte) => byte), 0, format, ...new Uint8Array(40).fill(7)])),
    run: (input) => useRecordError(() => {
      const end = Math.max(0, input.indexOf(0));
      const header = parseHeader(textOf(input.subarray(0, end)), "fuzz.hea");
      if (header.signals.length === 0) return "no signals";
      const signals = header.signals.map((signal) => ({ ...signal, format: input[end + 1] as number }));
      return `ok ${decodeSignals(input.subarray(end + 2), signals, header.frameCount, "fuzz.dat").length}`;
    }),
  },
  {
    name: "WFDB annotations", share: 60,
    seeds: [formatAnnotations([{ sample: 10, symbol: "N", subtype: 0, channel: 0, annotator: 0, text: "" }, { sample: 5000, symbol: "+", subtype: 1, channel: 1, annotator: 2, text: "(AFIB" }], "fuzz.atr")],
    run: (input) => useRecordError(() => `ok ${Math.min(parseAnnotations(input, "fuzz.atr").annotations.length, 4)}`),
  },
  {
    name: "settings", share: 40, seeds: [ascii('{"deviceId":"dev-1","asystoleMs":4000,"pauseMs":2500,"bradycardiaBpm":50,"tachycardiaBpm":120}')],
    run: (input) => useJson(input, (value) => {
      const checked = checkConfig(value);
      return checked.ok ? "ok" : wordOf(checked.problems.join(" "));
    }),
  },
  {
    name: "provision", share: 25, seeds: [ascii(PROVISION)],
    run: (input) => useJson(input, (value) => {
      const checked = checkProvision(value);
      return checked.ok ? "ok" : wordOf(checked.problems.join(" "));
    }),
  },
  {
    name: "keys", share: 25, seeds: [ascii(`{"devices":{"dev":{"data":{"1":"${KEY}"},"command":"${KEY}${KEY}"}}}`)],
    run: (input) => useJson(input, (value) => {
      const checked = checkKeys(value);
      return checked.ok ? "ok" : wordOf(checked.problem);
    }),
  },
  {
    name: "plans of the simulator", share: 30, seeds: [ascii("down 60-120,200-300"), ascii("sinus:72@30,asystole@8,vf"), ascii("unset 0-60, step 90:3600, fast 5, wrap 3"), ascii("flash 80ms, tls 2s@120, gc 30ms/5s")],
    run: (input) => {
      const text = textOf(input);
      return [parseLinkPlan(text), parseScenario(text), parseClockPlan(text), parseStallPlan(text)].map((parsed) => (parsed.ok ? "ok" : wordOf(parsed.problem))).join(" | ");
    },
  },
  { name: "flash under the journal", share: 4, seeds: journalImages(), run: useJournal },
];
