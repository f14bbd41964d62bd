// Fuzz targets: every decoder of bytes or text from outside, each with valid inputs to start from and a word for what came of an input.
import { decodeBurst } from "../../src/drivers/max30003/decode.js";
import type { Flash } from "../../src/contracts/flash.js";
import { Journal } from "../../src/journal/journal.js";
import { checkConfig } from "../../src/monitor/config.js";
import { checkProvision } from "../../src/monitor/provision.js";
import { parseClockPlan } from "../../src/platform/sim/clock-plan.js";
import { NorFlash } from "../../src/platform/sim/flash.js";
import { parseLinkPlan } from "../../src/platform/sim/link-plan.js";
import { parseScenario } from "../../src/platform/sim/synthetic-patient.js";
import { checkKeys } from "../../src/subscriber/keys.js";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import { formatAnnotations, parseAnnotations } from "../../src/wfdb/annotation.js";
import { parseHeader } from "../../src/wfdb/header.js";
import { RecordError } from "../../src/wfdb/record-error.js";
import { decodeSignals } from "../../src/wfdb/signal.js";
import { decodeEnvelope, encodeEnvelope } from "../../src/wire/cose.js";
import { encodeDelivery } from "../../src/wire/delivery.js";
import {
  type Decoded, ALERT_BYTES, CLOCK_BYTES, STATUS_BYTES, decodeAlert, decodeBirth, decodeClock, decodeDropReport, decodeStatus, encodeAlert, encodeBirth, encodeClock, encodeStatus,
} from "../../src/wire/record.js";
import { parseTopic } from "../../src/wire/topic.js";

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
/** A problem without its values. */
const wordOf = (problem: string): string => problem.replace(/"[^"]*"|[-+]?[\d.]+(e[-+]?\d+)?/g, "#").slice(0, 120);
const outcome = (decoded: Decoded<unknown>): string => (decoded.ok ? "ok" : wordOf(decoded.problem));

const ALERT = {
  conditionCode: 1, phase: 0, priority: 3, latching: true, bootCount: 2, sequence: 3, onsetSequence: 3, onsetUptimeMs: 1000, raisedUptimeMs: 5000, onsetWallMs: 0, clockQuality: 0,
  onsetSample: 250, measured: 4000, limit: 4000,
} as const;
const STATUS = { state: 1, leadOff: false, journalFault: false, bootCount: 2, uptimeMs: 9000, wallMs: 0, clockQuality: 0, heartRateBpm: 70, pendingAlerts: 0, lostSamples: 0, commandSequence: 0, commandResult: 0, unacknowledgedAlarms: 0, refusedCommands: 0 } as const;
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
  const report = journal.mount();
  if (!report.ok) return `code ${report.code}`;
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
  return `ok ${report.formatted} ${seen} ${damaged} ${Math.min(report.granulesUnreadable, 8)} ${report.rewritten} ${report.duplicates}`;
}

const reading = { samplesUv: new Int32Array(32), count: 0, leadOff: false, saturated: false, overrun: false, lostSamples: 0, lateSamples: 0, more: false };

/** A burst is a command byte and up to 32 words. */
function useBurst(input: Uint8Array): string {
  if (input.length % 3 !== 1 || input.length === 1 || input.length > 97) return "no burst";
  reading.count = 0;
  return `${decodeBurst(input, reading)} ${reading.count}`;
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

export const TARGETS: readonly Target[] = [
  { name: "alert record", share: 100, seeds: [alert], run: (input) => outcome(decodeAlert(input)) },
  { name: "status record", share: 80, seeds: [status], run: (input) => outcome(decodeStatus(input)) },
  { name: "birth record", share: 80, seeds: [birth], run: (input) => outcome(decodeBirth(input)) },
  { name: "clock record", share: 60, seeds: [clock], run: (input) => outcome(decodeClock(input)) },
  { name: "drop report", share: 60, seeds: [drop], run: (input) => outcome(decodeDropReport(input)) },
  { name: "topic", share: 60, seeds: TOPICS.map(ascii), run: (input) => parseTopic(textOf(input))?.channel ?? "none" },
  { name: "COSE envelope", share: 100, seeds: [encodeEnvelope({ keyBytes: 16, epoch: 1, nonce: new Uint8Array(12), sealed: new Uint8Array(40) })], run: (input) => outcome(decodeEnvelope(input)) },
  {
    name: "message to the subscriber", share: 150, seeds: [message(0, 1, alert), message(1, 2, status), message(2, 3, birth), message(0, 65, clock), message(0, 63, drop)],
    run: (input) => {
      const event = new Subscriber().accept(TOPICS[(input[0] ?? 0) % TOPICS.length] as string, input.subarray(1), 1_767_225_600_000);
      return event === undefined ? "none" : event.type === "problem" ? wordOf(event.problem) : event.type;
    },
  },
  { name: "FIFO burst of the MAX30003", share: 70, seeds: [new Uint8Array(49), new Uint8Array(49).fill(0xff)], run: useBurst },
  {
    name: "WFDB header", share: 40, seeds: [HEADER, HEADER_16, ascii("multi/2 1 360 100\nseg1 50\nseg2 50\n")],
    run: (input) => useRecordError(() => `ok ${parseHeader(textOf(input), "fuzz.hea").signals.length}`),
  },
  {
    name: "WFDB signal", share: 40, seeds: [212, 16, 61, 80].map((format) => Uint8Array.from([...HEADER_16.map((byte) => byte), 0, format, ...new Uint8Array(30).fill(7)])),
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
    name: "provision", share: 25, seeds: [ascii(`{"config":{"deviceId":"dev"},"broker":{"host":"h","port":1883},"keys":{"epoch":1,"data":"${KEY}"}}`)],
    run: (input) => useJson(input, (value) => {
      const checked = checkProvision(value);
      return checked.ok ? "ok" : wordOf(checked.problems.join(" "));
    }),
  },
  {
    name: "keys", share: 25, seeds: [ascii(`{"devices":{"dev":{"data":{"1":"${KEY}"},"command":"${KEY}"}}}`)],
    run: (input) => useJson(input, (value) => {
      const checked = checkKeys(value);
      return checked.ok ? "ok" : wordOf(checked.problem);
    }),
  },
  {
    name: "plans of the simulator", share: 30, seeds: [ascii("down 60-120,200-300"), ascii("sinus:72@30,asystole@8,vf"), ascii("set 10")],
    run: (input) => {
      const text = textOf(input);
      return [parseLinkPlan(text), parseScenario(text), parseClockPlan(text)].map((parsed) => (parsed.ok ? "ok" : wordOf(parsed.problem))).join(" | ");
    },
  },
  { name: "flash under the journal", share: 4, seeds: journalImages(), run: useJournal },
];
