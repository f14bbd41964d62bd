// Monitor: the whole firmware in order: sensor -> samples -> beats -> rhythm -> alerts -> journal -> sync. One tick is bounded work.
import { AlarmController, type Moment } from "../alerts/alarm-controller.js";
import { deepFreeze } from "../base/freeze.js";
import { QrsDetector } from "../beats/qrs-detector.js";
import { AFE_OK } from "../contracts/afe.js";
import type { Board } from "../contracts/board.js";
import { Journal } from "../journal/journal.js";
import {
  RATE_ASYSTOLE, RATE_BRADYCARDIA, RATE_PAUSE, RATE_TACHYCARDIA, RateMonitor,
} from "../rhythm/rate-monitor.js";
import { Acquirer } from "../samples/acquirer.js";
import { Outbox } from "../sync/outbox.js";
import { type Alert, type ConditionCode } from "../vocabulary/alert.js";
import { BEAT_UNCLASSIFIED } from "../vocabulary/beat.js";
import { SAMPLE_MS, SAMPLE_RATE_HZ } from "../vocabulary/sample.js";
import { ALERT_BYTES, type Birth, KIND_ALERT, type Status, encodeAlert } from "../wire/record.js";
import type { MonitorConfig } from "./config.js";

/** How often `tick` wants to be called: a quarter of the smallest FIFO's depth (32 samples are 128 ms), so that a late tick loses nothing. [ms] */
export const TICK_MS = 40;
export const FIRMWARE_VERSION = "0.1.0";

/** The ECG must be back for this long before a lead-off ends: a wet electrode chatters. [ms] */
const LEAD_ON_MS_MIN = 1000;
/** The lead must be off this long to alarm: shorter contact faults are artefact. [ms] */
const LEAD_OFF_MS_MIN = 500;
/** An AFE that gives no samples for this long has failed. [ms] */
const SILENT_AFE_MS_MAX = 1000;
/** Samples may come without loss for this long before "samples lost" ends. [ms] */
const LOSS_FREE_MS_MIN = 10_000;

/** Conditions that the rate monitor decides, with the limit's setting. */
const RATE_ALARMS: readonly { condition: number; code: ConditionCode; limit: keyof MonitorConfig & `${"asystole" | "pause" | "brady" | "tachy"}${string}` }[] = deepFreeze([
  { condition: RATE_ASYSTOLE, code: 1, limit: "asystoleMs" },
  { condition: RATE_BRADYCARDIA, code: 2, limit: "bradycardiaBpm" },
  { condition: RATE_TACHYCARDIA, code: 3, limit: "tachycardiaBpm" },
  { condition: RATE_PAUSE, code: 4, limit: "pauseMs" },
]);
const LEAD_OFF: ConditionCode = 64;
const AFE_FAULT: ConditionCode = 65;
const SAMPLES_LOST: ConditionCode = 66;

/** The monitor of one patient. Constructed once per start; everything it needs from outside is in the Board. */
export class Monitor {
  readonly #board: Board;
  readonly #config: MonitorConfig;
  readonly #acquirer: Acquirer;
  readonly #detector = new QrsDetector();
  readonly #rate: RateMonitor;
  readonly #alarms: AlarmController;
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #birth: Birth;
  readonly #moment: Moment = { uptimeMs: 0, wallMs: 0, clockQuality: 0, nextSample: 0 };
  readonly #alertRecord = new Uint8Array(ALERT_BYTES);

  #standby = false;
  #leadOff = false;
  /** When the lead's contact last became what it is now. [ms] */
  #contactSinceMs = 0;
  #contactLost = false;
  #lastSamplesMs = 0;
  #lastLossMs = 0;
  #gapSamples = 0;

  /** Mounts the journal (formatting blank flash) and gets ready; the AFE and the link come with the first ticks. */
  constructor(board: Board, config: MonitorConfig) {
    this.#board = board;
    this.#config = config;
    this.#journal = new Journal(board.flash);
    this.#journal.mount();
    const bootCount = this.#journal.bootCount;
    this.#acquirer = new Acquirer(board.openAfe);
    this.#rate = new RateMonitor(config);
    this.#alarms = new AlarmController(bootCount, (alert) => this.#raise(alert));
    this.#birth = {
      bootCount, uptimeMs: 0, wallMs: 0, clockQuality: 0, sampleRateHz: SAMPLE_RATE_HZ, firmwareVersion: FIRMWARE_VERSION, afeModel: "",
    };
    const { deviceId, keepAliveMs, statusIntervalMs } = config;
    const options = { deviceId, keepAliveMs, statusIntervalMs, entropy: board.entropy };
    this.#outbox = new Outbox(board.uplink, this.#journal, board.clock, options, this.#birth, (status) => this.#readStatus(status));
  }

  get pendingAlerts(): number {
    return this.#journal.pendingCount;
  }
  get bootCount(): number {
    return this.#journal.bootCount;
  }
  /** Samples lost since start. */
  get lostSamples(): number {
    return this.#acquirer.lostSamples;
  }
  /** -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this.#leadOff ? -1 : this.#rate.heartRateBpm;
  }
  /** Samples since start, lost ones included. */
  get sampleCount(): number {
    return this.#acquirer.nextSample;
  }

  /** Suspends monitoring (no samples are read, no condition changes) or takes it up again; what is in the journal is still delivered. */
  setStandby(standby: boolean): void {
    if (this.#standby && !standby) this.#lastSamplesMs = this.#board.clock.monotonicMs();
    this.#standby = standby;
  }

  /** Does everything that is due. To be called every TICK_MS. */
  tick(): void {
    const clock = this.#board.clock;
    const nowMs = clock.monotonicMs();
    const moment = this.#moment;
    moment.uptimeMs = nowMs;
    moment.wallMs = clock.wallMs();
    moment.clockQuality = clock.quality();
    if (!this.#standby) {
      if (this.#acquirer.poll(nowMs)) this.#onSamples(nowMs);
      moment.nextSample = this.#acquirer.nextSample;
      this.#judgeContact(nowMs);
      this.#judgeAfe(nowMs);
      this.#judgeRate();
    }
    this.#birth.afeModel = this.#acquirer.afeModel;
    this.#outbox.step();
  }

  #onSamples(nowMs: number): void {
    const block = this.#acquirer.block;
    const detector = this.#detector;
    const rate = this.#rate;
    this.#lastSamplesMs = nowMs;
    if (block.gapSamples > 0) {
      detector.gap(block.gapSamples);
      rate.interrupt();
      this.#gapSamples += block.gapSamples;
      this.#lastLossMs = nowMs;
    }
    if (block.leadOff) {
      // What the amplifier shows without an electrode is not ECG; its samples keep their numbers.
      detector.gap(block.count);
      rate.interrupt();
      return;
    }
    const beatCount = detector.process(block.samplesUv, block.count);
    for (let index = 0; index < beatCount; index++) {
      const sample = detector.beatSample(index);
      rate.onBeat(sample);
      this.#board.indicator.beat(sample, BEAT_UNCLASSIFIED, rate.heartRateBpm);
    }
    rate.advance(block.firstSample + block.count);
  }

  #judgeContact(nowMs: number): void {
    const contactLost = this.#acquirer.block.leadOff;
    if (contactLost !== this.#contactLost) {
      this.#contactLost = contactLost;
      this.#contactSinceMs = nowMs;
    }
    if (contactLost === this.#leadOff) return;
    const ageMs = nowMs - this.#contactSinceMs;
    if (ageMs < (contactLost ? LEAD_OFF_MS_MIN : LEAD_ON_MS_MIN)) return;
    this.#leadOff = contactLost;
    this.#alarms.update(LEAD_OFF, contactLost, this.#moment, ageMs, ageMs, LEAD_OFF_MS_MIN);
    this.#outbox.statusChanged();
  }

  #judgeAfe(nowMs: number): void {
    const status = this.#acquirer.status;
    const silentMs = nowMs - this.#lastSamplesMs;
    const failed = silentMs > SILENT_AFE_MS_MAX;
    if (failed) this.#rate.interrupt();
    this.#alarms.update(AFE_FAULT, failed, this.#moment, failed ? silentMs : 0, status === AFE_OK ? 0 : status, 0);
    const losing = this.#gapSamples > 0;
    if (losing && nowMs - this.#lastLossMs > LOSS_FREE_MS_MIN) this.#gapSamples = 0;
    this.#alarms.update(SAMPLES_LOST, losing, this.#moment, losing ? 0 : nowMs - this.#lastLossMs, this.#gapSamples, 0);
  }

  #judgeRate(): void {
    const rate = this.#rate;
    for (let row = 0; row < RATE_ALARMS.length; row++) {
      const { condition, code, limit } = RATE_ALARMS[row] as (typeof RATE_ALARMS)[number];
      const active = rate.isActive(condition);
      if (active === this.#alarms.isActive(code)) continue;
      const ageMs = (this.#moment.nextSample - rate.onsetSample(condition)) * SAMPLE_MS;
      this.#alarms.update(code, active, this.#moment, ageMs, rate.measured(condition), this.#config[limit] as number);
    }
  }

  /** Flash before air: the alert is durable before anyone hears of it. */
  #raise(alert: Alert): void {
    const byteCount = encodeAlert(alert, this.#alertRecord);
    this.#journal.append(KIND_ALERT, alert.priority, alert.sequence, this.#alertRecord, byteCount);
    this.#board.indicator.alert(alert);
  }

  #readStatus(into: Status): void {
    into.leadOff = this.#leadOff;
    into.heartRateBpm = this.heartRateBpm;
    into.pendingAlerts = this.#journal.pendingCount;
    into.lostSamples = this.#acquirer.lostSamples;
  }
}
