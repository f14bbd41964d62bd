// Planted defects: firmware that is wrong on purpose, so that every checker of the swarm is known to find what it looks for.
import type { HostCall } from "../../src/platform/desk/border.js";
import { OP_BEAT, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_MQTT_PUBLISH } from "../../src/platform/desk/border.js";
import type { Patch } from "./firmware.js";
import type { CheckerName } from "./judge.js";

export interface Mutant {
  readonly name: string;
  /** The checker that must find it. */
  readonly checker: CheckerName;
  /** Lines of the firmware that are replaced. */
  readonly patches?: readonly Patch[];
  /** Or: what the firmware's calls out go through, made anew at each start. */
  readonly wrap?: Wrap;
}

type Wrap = (hostCall: HostCall) => HostCall;

/** Where an alert record begins in a packed PUBLISH: behind the topic and the delivery header. */
function alertOffset(packed: Uint8Array): number {
  const offset = 1 + (packed[0] as number) + 24;
  return packed.length - offset === 50 && packed[offset - 23] === 1 ? offset : -1;
}

/** Changes alert records on their way out. */
function changeAlerts(change: (packed: Uint8Array, offset: number) => void): Wrap {
  return (hostCall) => (op, a, b, bytes) => {
    const offset = op === OP_MQTT_PUBLISH && bytes ? alertOffset(bytes) : -1;
    if (offset >= 0) change(bytes as Uint8Array, offset);
    return hostCall(op, a, b, bytes);
  };
}

/** Announces before durable: what is programmed lies in a cache until the next program, erase or power cut. */
const lazyFlash: Wrap = (hostCall) => {
  let late: { readonly bytes: Uint8Array; readonly offset: number } | undefined;
  return (op, a, b, bytes) => {
    if (op === OP_FLASH_WRITE || op === OP_FLASH_ERASE) {
      const due = late;
      late = undefined;
      if (due) hostCall(OP_FLASH_WRITE, due.offset, 0, due.bytes);
    }
    if (op === OP_FLASH_WRITE) {
      late = { bytes: (bytes as Uint8Array).slice(), offset: a };
      return 1;
    }
    const result = hostCall(op, a, b, bytes);
    if (op === OP_FLASH_READ && late && bytes)
      for (let index = 0; index < bytes.length; index++) {
        const place = a + index - late.offset;
        if (place >= 0 && place < late.bytes.length) bytes[index] = (bytes[index] as number) & (late.bytes[place] as number);
      }
    return result;
  };
};

export const MUTANTS: readonly Mutant[] = [
  { name: "announces before durable", checker: "delivery", wrap: lazyFlash },
  {
    name: "counts as delivered what was only sent", checker: "delivery",
    patches: [{ file: "src/sync/outbox.ts", find: "    this._queue.markInFlight(handle, true);\n    this._nextRecordMs", replace: "    this._queue.acknowledge(handle);\n    this._flights[this._flights.indexOf(handle)] = HANDLE_UNJOURNALED;\n    this._nextRecordMs" }],
  },
  {
    name: "counts one drop where there are many", checker: "delivery",
    patches: [{ file: "src/journal/dropper.ts", find: "words[COUNT] = count + 1;", replace: "words[COUNT] = 1;" }],
  },
  { name: "changes an alert on its way", checker: "falsehood", wrap: changeAlerts((packed, offset) => (packed[offset + 38] = (packed[offset + 38] as number) ^ 4)) },
  { name: "makes two alerts of one", checker: "once", wrap: changeAlerts((packed, offset) => (packed[offset + 38] = (packed[offset + 38] as number) + (packed[offset - 15] as number))) },
  {
    name: "sends the oldest first, whatever its priority", checker: "order",
    patches: [{ file: "src/monitor/monitor.ts", find: "this._journal.append(kind, alert.priority,", replace: "this._journal.append(kind, 2," }],
  },
  {
    name: "skips a number", checker: "numbering",
    patches: [{ file: "src/alerts/alarm-controller.ts", find: "const sequence = ++this._lastSequence;", replace: "const sequence = (this._lastSequence += this._lastSequence === 3 ? 2 : 1);" }],
  },
  {
    name: "counts boots in RAM", checker: "numbering",
    patches: [{ file: "src/monitor/monitor.ts", find: "const bootCount = this._journal.bootCount;", replace: "const bootCount = 1;" }, { file: "src/monitor/monitor.ts", find: "    return this._journal.bootCount;", replace: "    return 1;" }],
  },
  {
    name: "dates alerts ahead", checker: "time",
    patches: [{ file: "src/monitor/monitor.ts", find: "return this._clock.monotonicMs();", replace: "return this._clock.monotonicMs() + (this._clock.monotonicMs() > 9000 ? 40 : 0);" }],
  },
  {
    name: "takes an unset clock for 1970", checker: "time",
    patches: [{ file: "src/monitor/monitor.ts", find: "return this._clock.wallMs();", replace: "return this._clock.wallMs() || 1;" }],
  },
  { name: "never says late", checker: "marks", wrap: changeAlerts((packed, offset) => (packed[offset - 22] = (packed[offset - 22] as number) & ~1)) },
  { name: "never says redelivered", checker: "marks", wrap: changeAlerts((packed, offset) => (packed[offset - 22] = (packed[offset - 22] as number) & ~2)) },
  { name: "uses a packet identifier twice", checker: "session", wrap: (hostCall) => (op, a, b, bytes) => hostCall(op, a, op === OP_MQTT_PUBLISH ? 1 + (b & 1) : b, bytes) },
  {
    name: "writes more than the socket takes", checker: "session",
    patches: [{ file: "src/platform/ecma419/mqtt-uplink.ts", find: "if (this._writableBytes === 0 || this._writableBytes < roomBytes) return false;", replace: "if (this._writableBytes === 0) return false;" }],
  },
  {
    name: "misses what happens after 16 s", checker: "patient",
    patches: [{ file: "src/monitor/monitor.ts", find: "if (condition === 0) return;", replace: "if (condition === 0 || this.nextSample > 4000) return;" }],
  },
  {
    name: "is silent about a failed AFE", checker: "patient",
    patches: [{ file: "src/monitor/monitor.ts", find: "const failed = silentMs > SILENT_AFE_MS_MAX;", replace: "const failed = silentMs > 9 * SILENT_AFE_MS_MAX;" }],
  },
  {
    name: "reads noise as asystole", checker: "patient",
    patches: [{ file: "src/monitor/monitor.ts", find: "this._lastTickMs = nowMs;", replace: "this._lastTickMs = nowMs;\n    this.alarms.update(1, this.nextSample > 4500, 0, 0, 0);" }],
  },
  {
    name: "asks the chip for ever", checker: "work",
    wrap: (hostCall) => (op, a, b, bytes) => {
      if (op === OP_BEAT) for (let time = 0; time < 7000; time++) hostCall(OP_FLASH_READ, 0, 0, new Uint8Array(1));
      return hostCall(op, a, b, bytes);
    },
  },
  {
    name: "fails when an electrode is off", checker: "exception",
    patches: [{ file: "src/monitor/monitor.ts", find: "    this._leadOff = contactLost;", replace: "    if (contactLost) throw new Error('off');\n    this._leadOff = contactLost;" }],
  },
  {
    name: "remembers acknowledgements in RAM", checker: "restart",
    patches: [{ file: "src/sync/outbox.ts", find: "!this._queue.acknowledge(handle)", replace: "(this._queue.markInFlight(handle, true), false)" }],
  },
  {
    name: "keeps something of every tenth tick", checker: "memory",
    patches: [{ file: "src/monitor/monitor.ts", find: "this._lastTickMs = nowMs;", replace: "if (nowMs % 400 === 0) (this as { kept?: object }).kept = { before: (this as { kept?: object }).kept };\n    this._lastTickMs = nowMs;" }],
  },
  {
    name: "sends the oldest life-threatening onset first after an outage", checker: "order",
    patches: [{ file: "src/journal/pending-table.ts", find: "return newest !== NO_SLOT && this._isUnsent(", replace: "return newest < NO_SLOT && this._isUnsent(" }],
  },
  {
    name: "counts its messages from 1 to 16", checker: "secrecy",
    patches: [{ file: "src/security/nonces.ts", find: "putBigEndian(nonce, 8, ++this._used);", replace: "putBigEndian(nonce, 8, 1 + (this._used++ & 15));" }],
  },
  {
    name: "sends its status in clear", checker: "secrecy",
    patches: [{ file: "src/security/sealed-uplink.ts", find: "publish(topic, this._seal(topic, message),", replace: "publish(topic, retain ? message : this._seal(topic, message)," }],
  },
  {
    name: "notes a new key in the journal", checker: "secrecy",
    patches: [{ file: "src/monitor/monitor.ts", find: "  statusChanged(): void {", replace: "  statusChanged(): void {\n    const { store } = this._downlink._security;\n    this._journal.append(100, 3, 1, store.read() ?? new Uint8Array(1), store.read()?.length ?? 1, 0);" }],
  },
  {
    name: "forgets a rotated key at a restart", checker: "keys",
    patches: [{ file: "src/security/vault.ts", find: "=== mark) bytes.set(stored);", replace: "=== mark) bytes.set(stored), (bytes[KEY_BYTES_OFFSET] = 0);" }],
  },
  {
    name: "goes on with the old key until the next start", checker: "keys",
    patches: [{ file: "src/security/sealed-uplink.ts", find: "const { epoch, key } = this._keyHolder.dataKey;", replace: "const { epoch, key } = ((this as { kept?: DataKey }).kept ??= this._keyHolder.dataKey);" }],
  },
  {
    name: "throws away what waits when a command has come", checker: "delivery",
    patches: [{ file: "src/monitor/monitor.ts", find: "  statusChanged(): void {", replace: "  statusChanged(): void {\n    for (let handle = this._journal.nextPending(); handle >= 0; handle = this._journal.nextPending()) this._journal.acknowledge(handle);" }],
  },
  { name: "does not count what it refuses", checker: "commands", patches: [{ file: "src/monitor/downlink.ts", find: "this._refused++;", replace: "this._refused += 0;" }] },
  { name: "carries out a command once more when it is repeated", checker: "commands", patches: [{ file: "src/monitor/downlink.ts", find: "decoded.sequence > last)", replace: "decoded.sequence >= last)" }] },
  {
    name: "forgets commanded limits at a restart", checker: "commands",
    patches: [{ file: "src/monitor/monitor.ts", find: "if (checked.ok) settings = checked.config;", replace: "" }],
  },
  { name: "shifts a strip by a microvolt", checker: "strips", patches: [{ file: "src/monitor/strip-writer.ts", find: "head.firstUv = pieces.firstUvOf(piece);", replace: "head.firstUv = pieces.firstUvOf(piece) + 1;" }] },
  { name: "ends strips a second early", checker: "strips", patches: [{ file: "src/monitor/strip-writer.ts", find: "AFTER_SAMPLES = 3 * SAMPLE_RATE_HZ", replace: "AFTER_SAMPLES = 2 * SAMPLE_RATE_HZ" }] },
  { name: "sends evidence by its priority", checker: "strips", patches: [{ file: "src/journal/pending-table.ts", find: "return kind < KIND_EVIDENCE_MIN ? ALERT_RANK_MIN + priority : priority;", replace: "return kind < 0 ? ALERT_RANK_MIN : priority;" }] },
];
