// UpdateSession: an update as a conversation: offers and pieces come as commands, reports ask for the next piece; then the restart, and the trial.
import type { BoardUpdate } from "../contracts/update.js";
import {
  UPDATE_DONE, UPDATE_GOES_ON, UPDATE_IDLE, UPDATE_ON_TRIAL, UPDATE_OUT_OF_ORDER, UPDATE_RECEIVING, UPDATE_SELECTED, type UpdateReport, encodeUpdateReport,
} from "../wire/update.js";
import { Updater } from "./updater.js";

/** Pieces are asked for no faster than one in this time: flash, cipher and link have time for the ECG, and every block of flash is erased in a tick of its own. [ms] */
export const PIECE_INTERVAL_MS = 100;
/** A piece that does not come is asked for again after this, and then after twice as long each time, up to the second. [ms] */
export const PIECE_WAIT_MS_MIN = 5000;
export const PIECE_WAIT_MS_MAX = 300_000;
/** Not Infinity, which XS would compare in floating point. */
const NEVER_MS = -1;
/** Between the last piece and the restart the report has time to get out. [ms] */
export const RESTART_DELAY_MS = 3000;

/** What the rest of the device says of itself. */
export interface UpdateConditions {
  /** Time since start. [ms] */
  readonly uptimeMs: number;
  /** See Updater.judgeTrial. */
  readonly isHealthy: boolean;
  /** Nothing is going on that a restart would disturb. */
  readonly isQuiet: boolean;
}

export class UpdateSession {
  private readonly _updater: Updater;
  private readonly _conditions: UpdateConditions;
  private readonly _update: BoardUpdate;
  private readonly _report: UpdateReport;
  private _wasOnTrial: boolean;
  /** When the next report is due; NEVER_MS: when something changes. [ms] */
  private _reportMs = 0;
  private _waitMs = PIECE_WAIT_MS_MIN;
  private _selectedMs = 0;

  constructor(update: BoardUpdate, conditions: UpdateConditions, runningVersion: number, bootCount: number) {
    this._update = update;
    this._conditions = conditions;
    this._updater = new Updater(update, runningVersion);
    this._wasOnTrial = update.slots.isOnTrial;
    this._report = { state: UPDATE_IDLE, result: UPDATE_GOES_ON, bootCount, runningVersion, offeredVersion: 0, imageBytes: 0, nextOffset: 0, sequence: 0 };
  }

  /** A command offers an image. @param sequence number of the command, by which pieces name the update @param header UPDATE_HEADER_BYTES of them */
  offer(sequence: number, header: Uint8Array): void {
    const report = this._report;
    this._note(this._updater.offer(header), 0);
    const { offered } = this._updater;
    report.sequence = sequence;
    report.offeredVersion = offered?.version ?? 0;
    report.imageBytes = offered?.imageBytes ?? 0;
  }

  /** A piece came. One of an update that is over, or that was asked for twice, changes nothing. */
  piece(sequence: number, offset: number, bytes: Uint8Array): void {
    if (sequence !== this._report.sequence) return;
    const result = this._updater.piece(offset, bytes);
    if (result === UPDATE_OUT_OF_ORDER) return;
    const nowMs = this._conditions.uptimeMs;
    if (result === UPDATE_DONE) this._selectedMs = nowMs;
    this._note(result, result === UPDATE_GOES_ON ? nowMs + PIECE_INTERVAL_MS : 0);
  }

  /** Judges a trial, and restarts when it is time; that waits for a quiet device, for ever if need be. To be called every tick. */
  step(): void {
    const updater = this._updater;
    const conditions = this._conditions;
    if (this._wasOnTrial) {
      if (updater.judgeTrial(conditions.uptimeMs, conditions.isHealthy)) return this._update.restart();
      if (this._update.slots.isOnTrial) return;
      this._wasOnTrial = false;
      this.reportSoon();
    } else if (updater.selected && conditions.isQuiet && conditions.uptimeMs - this._selectedMs >= RESTART_DELAY_MS) this._update.restart();
  }

  /** A report is due: something changed, there is a new session with the broker, or the next piece is wanted. */
  isReportDue(nowMs: number): boolean {
    return this.isReportWaiting && nowMs >= this._reportMs;
  }
  get isReportWaiting(): boolean {
    return this._reportMs >= 0;
  }
  reportSoon(): void {
    this._reportMs = 0;
  }

  /** Encodes the report that is due and goes out now. @returns its bytes */
  writeReport(into: Uint8Array, nowMs: number): number {
    const report = this._report;
    const updater = this._updater;
    const { nextOffset } = updater;
    const isReceiving = nextOffset >= 0;
    report.state = isReceiving ? UPDATE_RECEIVING : updater.selected ? UPDATE_SELECTED : this._update.slots.isOnTrial ? UPDATE_ON_TRIAL : UPDATE_IDLE;
    report.nextOffset = isReceiving ? nextOffset : 0;
    this._reportMs = isReceiving ? nowMs + this._waitMs : NEVER_MS;
    this._waitMs = Math.min(PIECE_WAIT_MS_MAX, 2 * this._waitMs);
    return encodeUpdateReport(report, into);
  }

  private _note(result: number, reportMs: number): void {
    this._report.result = result;
    this._reportMs = reportMs;
    this._waitMs = PIECE_WAIT_MS_MIN;
  }
}
