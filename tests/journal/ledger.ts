// What the journal owes: a record of every promise, kept apart from it, and the check of a journal against the promises. Shares no code
// with the journal: it knows the public calls and the drop report's bytes, nothing else.

import { Nonces } from "../../src/security/nonces.js";

/** The calls of a journal that the suites use; deliberately wrong journals have them, too. */
export interface JournalCalls {
  /** @returns 0, or a code. */
  mount(): number;
  readonly bootCount: number;
  append(kind: number, priority: number, sequence: number, bytes: Uint8Array, byteCount: number, uptimeS?: number): number;
  readonly pendingCount: number;
  nextPending(): number;
  markInFlight(handle: number, yes: boolean): void;
  clearInFlight(): void;
  read(handle: number, into: Uint8Array): number;
  acknowledge(handle: number): boolean;
  kindOf(handle: number): number;
  priorityOf(handle: number): number;
  sequenceOf(handle: number): number;
  bootCountOf(handle: number): number;
}

/** The journal's own "N records were dropped". */
const KIND_REPORT = 63;
const EVIDENCE_KIND_MIN = 64;
/** `append` says that it dropped the record, and reports it. */
const APPEND_DROPPED = -1;

const NEVER = 0;
/** `append` was called and did not return: may be there or not. */
const OFFERED = 1;
/** `append` returned: must be there. */
const PROMISED = 2;
/** `acknowledge` was called and did not return: may be there or not. */
const ACKNOWLEDGING = 3;
/** `acknowledge` returned: must not be there. */
const DONE = 4;
/** Not there, and drop reports account for it. */
const DROPPED = 5;

/** Records that one run can hold. */
const RECORDS_MAX = 4096;
/** Ranks: 0 to 3 evidence by priority, 4 to 7 alerts by priority. The suites use priorities 0 to 3. */
const RANKS = 8;

function rankOf(kind: number, priority: number): number {
  return (kind < EVIDENCE_KIND_MIN ? 4 : 0) + priority;
}

/** The payload of record number `sequence`, as every part of the suites computes it. */
export function fillPayload(into: Uint8Array, sequence: number, byteCount: number): void {
  let state = (sequence * 2654435761) | 0;
  for (let index = 0; index < byteCount; index++) {
    state = (state * 1103515245 + 12345) | 0;
    into[index] = state >>> 16;
  }
}

/** Records are numbered 1, 2, 3 ... over the whole run, so that a number is a name. */
export class Ledger {
  readonly #state = new Uint8Array(RECORDS_MAX);
  readonly #kind = new Uint8Array(RECORDS_MAX);
  readonly #priority = new Uint8Array(RECORDS_MAX);
  readonly #bytes = new Uint16Array(RECORDS_MAX);
  readonly #boot = new Uint32Array(RECORDS_MAX);
  /** The survey before which the record was appended. */
  readonly #since = new Uint16Array(RECORDS_MAX);
  readonly #seen = new Uint8Array(RECORDS_MAX);
  /** Per rank: records known to be dropped, records that may have been, and records in acknowledged reports. */
  readonly #dropped = new Int32Array(RANKS);
  readonly #maybeDropped = new Int32Array(RANKS);
  readonly #reported = new Int32Array(RANKS);
  readonly #pendingReports = new Int32Array(RANKS);
  /** Reports being acknowledged when the power went: they may have gone, with what they count. */
  #doubtRank = -1;
  #doubtCount = 0;
  #next = 1;
  #boots = 0;
  #failedMounts = 0;
  #surveys = 0;
  #nonces = new Nonces(0, 0);
  /** The last nonce that a message of this life had, in hexadecimal; each must be above it. */
  #lastNonce = "";
  #noncesUsedAgain = 0;
  acknowledged = 0;
  lost = 0;
  falseRecords = 0;
  readonly #payload = new Uint8Array(8192);
  readonly #expected = new Uint8Array(8192);

  copyFrom(other: Ledger): void {
    const count = other.#next;
    for (const [into, from] of [
      [this.#state, other.#state],
      [this.#kind, other.#kind],
      [this.#priority, other.#priority],
    ] as const) into.set(from.subarray(0, count));
    this.#bytes.set(other.#bytes.subarray(0, count));
    this.#boot.set(other.#boot.subarray(0, count));
    this.#since.set(other.#since.subarray(0, count));
    this.#dropped.set(other.#dropped);
    this.#maybeDropped.set(other.#maybeDropped);
    this.#reported.set(other.#reported);
    this.#doubtRank = other.#doubtRank;
    this.#doubtCount = other.#doubtCount;
    this.#next = count;
    this.#boots = other.#boots;
    this.#failedMounts = other.#failedMounts;
    this.#surveys = other.#surveys;
    this.#lastNonce = other.#lastNonce;
    this.#noncesUsedAgain = 0;
    this.acknowledged = 0;
    this.lost = 0;
    this.falseRecords = 0;
  }

  /** Mounts and checks what can be checked at once. @returns complaints. */
  mount(journal: JournalCalls): string[] {
    this.#failedMounts++;
    const code = journal.mount();
    if (code !== 0) return [`mount failed with code ${code}`];
    const { bootCount } = journal;
    const complaints: string[] = [];
    if (bootCount <= this.#boots || bootCount > this.#boots + this.#failedMounts) {
      complaints.push(`boot count ${bootCount} after ${this.#boots} and ${this.#failedMounts} mounts`);
    }
    this.#boots = bootCount;
    this.#failedMounts = 0;
    // With no chance in it, so that boot count and counter alone must make it new.
    this.#nonces = new Nonces(bootCount, 0);
    this.#encrypt();
    return complaints;
  }

  /** A message goes out: what the journal holds goes out at any time, and may do so again. */
  #encrypt(): void {
    const nonce = Buffer.from(this.#nonces.next()).toString("hex");
    if (nonce <= this.#lastNonce) this.#noncesUsedAgain++;
    this.#lastNonce = nonce;
  }

  append(journal: JournalCalls, kind: number, priority: number, byteCount: number): number {
    this.#encrypt();
    const sequence = this.#next++;
    this.#state[sequence] = OFFERED;
    this.#kind[sequence] = kind;
    this.#priority[sequence] = priority;
    this.#bytes[sequence] = byteCount;
    this.#boot[sequence] = this.#boots;
    this.#since[sequence] = this.#surveys;
    fillPayload(this.#payload, sequence, byteCount);
    const result = journal.append(kind, priority, sequence, this.#payload, byteCount, sequence);
    this.#state[sequence] = result >= 0 ? PROMISED : DROPPED;
    if (result === APPEND_DROPPED) this.#dropped[rankOf(kind, priority)]! += 1;
    return result;
  }

  acknowledge(journal: JournalCalls, handle: number): boolean {
    this.#encrypt();
    const kind = journal.kindOf(handle);
    if (kind === KIND_REPORT) return this.#acknowledgeReport(journal, handle);
    const sequence = journal.sequenceOf(handle);
    const isOurs = sequence > 0 && sequence < this.#next;
    if (isOurs) this.#state[sequence] = ACKNOWLEDGING;
    const isDone = journal.acknowledge(handle);
    if (isOurs) this.#state[sequence] = isDone ? DONE : PROMISED;
    if (isDone) this.acknowledged++;
    return isDone;
  }

  #acknowledgeReport(journal: JournalCalls, handle: number): boolean {
    journal.read(handle, this.#payload);
    this.#doubtRank = rankOf(this.#payload[2]!, this.#payload[3]!);
    this.#doubtCount = new DataView(this.#payload.buffer).getUint32(4, true);
    if (!journal.acknowledge(handle)) return false;
    this.#reported[this.#doubtRank]! += this.#doubtCount;
    this.#doubtRank = -1;
    this.acknowledged++;
    return true;
  }

  /** Compares everything that waits in the journal with what must wait there. @returns complaints. */
  survey(journal: JournalCalls): string[] {
    const complaints: string[] = this.#noncesUsedAgain > 0 ? [`${this.#noncesUsedAgain} nonces were used before`] : [];
    this.#noncesUsedAgain = 0;
    this.#seen.fill(0, 0, this.#next);
    this.#pendingReports.fill(0);
    let lastRank = RANKS;
    let lastBoot = 0;
    let lastSequence = 0;
    let listed = 0;
    let first = [0, 0];
    const expected = journal.pendingCount;
    journal.clearInFlight();
    for (let handle = journal.nextPending(); handle >= 0; handle = journal.nextPending()) {
      journal.markInFlight(handle, true);
      listed++;
      if (listed > RECORDS_MAX) return ["nextPending does not end"];
      const kind = journal.kindOf(handle);
      const priority = journal.priorityOf(handle);
      const rank = rankOf(kind, priority);
      const boot = journal.bootCountOf(handle);
      const sequence = journal.sequenceOf(handle);
      const isEmergency = kind === 1 && priority === 3;
      if (isEmergency && listed === 1) {
        first = [boot, sequence];
        complaints.push(...this.#checkRecord(journal, handle, kind, priority, boot, sequence));
        continue;
      }
      const [firstBoot = 0, firstSequence = 0] = first;
      if (isEmergency && (boot > firstBoot || (boot === firstBoot && sequence > firstSequence))) complaints.push(`emergency ${sequence} is newer than the first record sent`);
      const isOlder = boot < lastBoot || (boot === lastBoot && sequence < lastSequence);
      if (rank > lastRank || (rank === lastRank && isOlder)) complaints.push(`record ${sequence} of rank ${rank} comes after rank ${lastRank}`);
      lastRank = rank;
      lastBoot = boot;
      lastSequence = sequence;
      complaints.push(...(kind === KIND_REPORT ? this.#checkReport(journal, handle) : this.#checkRecord(journal, handle, kind, priority, boot, sequence)));
    }
    journal.clearInFlight();
    if (listed !== expected) complaints.push(`pendingCount is ${expected}, but ${listed} are pending`);
    complaints.push(...this.#settle());
    this.#surveys++;
    return complaints;
  }

  #checkReport(journal: JournalCalls, handle: number): string[] {
    const bytes = journal.read(handle, this.#payload);
    if (bytes !== 32) return [`a drop report reads ${bytes} bytes`];
    const view = new DataView(this.#payload.buffer);
    const rank = rankOf(view.getUint8(2), view.getUint8(3));
    if (rank >= RANKS || view.getUint8(0) !== 1) return ["a drop report makes no sense"];
    this.#pendingReports[rank]! += view.getUint32(4, true);
    for (const [boot, uptime, sequence] of [
      [view.getUint32(8, true), view.getUint32(12, true), view.getUint32(16, true)],
      [view.getUint32(20, true), view.getUint32(24, true), view.getUint32(28, true)],
    ] as const) {
      if (sequence >= this.#next || this.#boot[sequence] !== boot || uptime !== sequence) return [`a drop report names record ${sequence} of boot ${boot} at ${uptime}`];
    }
    return [];
  }

  #checkRecord(journal: JournalCalls, handle: number, kind: number, priority: number, boot: number, sequence: number): string[] {
    const state = sequence < this.#next ? this.#state[sequence]! : NEVER;
    const isOurs = state !== NEVER && this.#kind[sequence] === kind && this.#priority[sequence] === priority && this.#boot[sequence] === boot;
    if (!isOurs) {
      this.falseRecords++;
      return [`a false record: kind ${kind}, priority ${priority}, boot ${boot}, sequence ${sequence}`];
    }
    if (this.#seen[sequence] === 1) return [`record ${sequence} is pending twice`];
    this.#seen[sequence] = 1;
    const bytes = journal.read(handle, this.#payload);
    const expected = this.#bytes[sequence]!;
    fillPayload(this.#expected, sequence, expected);
    let isEqual = bytes === expected;
    for (let index = 0; index < expected && isEqual; index++) isEqual = this.#payload[index] === this.#expected[index];
    if (!isEqual) {
      this.falseRecords++;
      return [`record ${sequence} reads other bytes than were written (${bytes})`];
    }
    if (state === DONE) return [`record ${sequence} is pending again after its acknowledgement`];
    if (state === DROPPED) return [`record ${sequence} is pending again after it was dropped`];
    return [];
  }

  /** Draws the consequences of what was and was not there, and balances the drop reports. */
  #settle(): string[] {
    const complaints: string[] = [];
    let highestDropped = -1;
    for (let sequence = 1; sequence < this.#next; sequence++) {
      const state = this.#state[sequence]!;
      const rank = rankOf(this.#kind[sequence]!, this.#priority[sequence]!);
      if (this.#seen[sequence] === 1) {
        this.#state[sequence] = PROMISED;
      } else if (state === PROMISED) {
        this.#state[sequence] = DROPPED;
        this.#dropped[rank]! += 1;
        if (rank > highestDropped) highestDropped = rank;
      } else if (state === OFFERED) {
        // It never got in, or got in and was dropped, or was itself the one to drop.
        this.#state[sequence] = DROPPED;
        this.#maybeDropped[rank]! += 1;
      } else if (state === ACKNOWLEDGING) {
        this.#state[sequence] = DONE;
        this.#maybeDropped[rank]! += 1;
      }
    }
    for (let sequence = 1; sequence < this.#next; sequence++) {
      if (this.#seen[sequence] === 0 || this.#since[sequence] === this.#surveys) continue;
      const rank = rankOf(this.#kind[sequence]!, this.#priority[sequence]!);
      if (rank < highestDropped) complaints.push(`a record of rank ${highestDropped} was dropped before record ${sequence} of rank ${rank}`);
    }
    for (let rank = 0; rank < RANKS; rank++) complaints.push(...this.#balance(rank));
    this.#doubtRank = -1;
    return complaints;
  }

  #balance(rank: number): string[] {
    let reported = this.#reported[rank]! + this.#pendingReports[rank]!;
    const dropped = this.#dropped[rank]!;
    if (rank === this.#doubtRank && reported < dropped) {
      this.#reported[rank]! += this.#doubtCount;
      reported += this.#doubtCount;
    }
    if (reported < dropped) {
      this.lost += dropped - reported;
      this.#dropped[rank] = reported;
      return [`${dropped - reported} records of rank ${rank} are gone without a word`];
    }
    const most = dropped + this.#maybeDropped[rank]!;
    if (reported > most) return [`${reported} records of rank ${rank} reported as dropped, at most ${most} were`];
    // What is reported beyond the certain ones has now become certain.
    this.#maybeDropped[rank] = most - reported;
    this.#dropped[rank] = reported;
    return [];
  }
}
