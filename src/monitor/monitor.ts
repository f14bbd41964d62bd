// Monitor: the whole firmware in order: sensor -> samples -> beats -> rhythm -> alerts -> journal -> sync. One tick is bounded work.
import { AlarmController, type Moment } from "../alerts/alarm-controller.js";
import { type AlarmLimits, conditionOfRhythm } from "../alerts/rules.js";
import { assert } from "../base/assert.js";
import { AFE_OK } from "../contracts/afe.js";
import type { Board } from "../contracts/board.js";
import { CLOCK_UNSET } from "../contracts/clock.js";
import { RESTART_EXPECTED, type RestartReason } from "../contracts/restart.js";
import { JOURNAL_DROPPED } from "../journal/codes.js";
import { Journal } from "../journal/journal.js";
import { Acquirer } from "../samples/acquirer.js";
import { Nonces } from "../security/nonces.js";
import { type DataKey, SealedUplink } from "../security/sealed-uplink.js";
import { Vault } from "../security/vault.js";
import { Outbox } from "../sync/outbox.js";
import { UpdateSession } from "../update/update-session.js";
import { type Alert, type ConditionCode, PHASE_ONSET, PRIORITY_HIGH } from "../vocabulary/alert.js";
import type { BeatClass } from "../vocabulary/beat.js";
import { RHYTHM_COUNT, RHYTHM_INCONCLUSIVE, RHYTHMS, type RhythmCode } from "../vocabulary/rhythm.js";
import { SAMPLE_MS, SAMPLE_RATE_HZ, type SampleBlock } from "../vocabulary/sample.js";
import { LIMIT_NAMES } from "../wire/command.js";
import { commandTopicOf } from "../wire/topic.js";
import { versionNumber } from "../wire/update.js";
import { ALERT_BYTES, type Birth, CLOCK_BYTES, KIND_ALERT, KIND_ALERT_END, KIND_CLOCK, type Status, encodeAlert, encodeClock } from "../wire/record.js";
import { type MonitorConfig, checkConfig } from "./config.js";
import { type CommandTarget, Downlink, type UpdateTarget } from "./downlink.js";
import { type ChainObserver, EcgChain } from "./ecg-chain.js";
import { EcgPieces } from "./ecg-pieces.js";
import { StripWriter } from "./strip-writer.js";

/** How often `tick` wants to be called: a quarter of the smallest FIFO's depth (32 samples are 128 ms), so that a late tick loses nothing. [ms] */
export const TICK_MS = 40;
export const FIRMWARE_VERSION = "0.1.0";

/** The ECG must be back for this long before a lead-off ends: a wet electrode chatters. [ms] */
const LEAD_ON_MS_MIN = 1000;
/** The lead must be off this long to alarm: shorter contact faults are artefact. [ms] */
const LEAD_OFF_MS_MIN = 500;
/** An AFE that gives no samples for this long has failed. [ms] */
const SILENT_AFE_MS_MAX = 1000;
/** A tick counts for no more silence than this. [ms] */
const LATE_TICK_MS = 2 * TICK_MS;
/** Samples may come without loss for this long before "samples lost" ends. [ms] */
const LOSS_FREE_MS_MIN = 10_000;

/** A clock record goes before the rest of the evidence lane, and is dropped last of it. */
const CLOCK_PRIORITY = PRIORITY_HIGH;
/** A restart after a fault shows as an alarm for so long. [ms] */
const RESTART_SHOWN_MS = 60_000;
/**
 * Blocks that one tick takes: with 32 samples each, a backlog of 2 s is worked off in four ticks, at four times a tick's usual work or so.
 */
const TICK_BLOCKS_MAX = 4;

const LEAD_OFF: ConditionCode = 64;
const AFE_FAULT: ConditionCode = 65;
const SAMPLES_LOST: ConditionCode = 66;
const ECG_UNREADABLE: ConditionCode = 67;
const JOURNAL_FAULT_ALARM: ConditionCode = 68;
const DEVICE_RESTART: ConditionCode = 80;

/** Rhythm changes that one block can bring: each rhythm may end and begin, and a short one may do so twice. */
const CHANGE_COUNT_MAX = 4 * RHYTHM_COUNT;

interface RhythmAlarm {
  readonly code: ConditionCode;
  readonly limit: keyof AlarmLimits | undefined;
}

/** The monitor of one patient. Constructed once per start; everything it needs from outside is in the Board. */
export class Monitor implements ChainObserver, CommandTarget {
  readonly #board: Board;
  /** The limits in it change when a command says so. */
  readonly #config: MonitorConfig;
  readonly #acquirer: Acquirer;
  readonly #chain: EcgChain;
  readonly #pieces = new EcgPieces();
  readonly #strips: StripWriter;
  /** By RHYTHM_*: the alarm that the rhythm is, if it is one. */
  readonly #rhythmAlarms: (RhythmAlarm | undefined)[] = [];
  // Rhythm changes of the block at hand, in order.
  readonly #changeCode = new Uint8Array(CHANGE_COUNT_MAX);
  readonly #changeBegan = new Uint8Array(CHANGE_COUNT_MAX);
  readonly #changeSample = new Float64Array(CHANGE_COUNT_MAX);
  readonly #changeMeasured = new Int32Array(CHANGE_COUNT_MAX);
  #changeCount = 0;
  readonly #alarms: AlarmController;
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #downlink: Downlink | undefined;
  readonly #update: UpdateSession | undefined;
  readonly #birth: Birth;
  readonly #moment: Moment & { uptimeMs: number; nextSample: number };
  readonly #alertRecord = new Uint8Array(ALERT_BYTES);

  readonly #clockRecord = new Uint8Array(CLOCK_BYTES);
  readonly #restartReason: RestartReason;

  #standby = false;
  /** Alerts were raised while the clock was unset, and it still is. */
  #undated = false;
  #leadOff = false;
  /** The flash did not take the log, or an alert. */
  #journalFailed = false;
  /** When the lead's contact last became what it is now. [ms] */
  #contactSinceMs = 0;
  #contactLost = false;
  /** For how long the AFE has been asked in vain. [ms] */
  #silentMs = 0;
  #afeFailed = false;
  #losing = false;
  /** The rhythm is inconclusive, and has been since that sample if it is. */
  #inconclusive = false;
  #inconclusiveSample = 0;
  /** It has been for so long that it is an alarm. */
  #unreadable = false;
  #lastTickMs = 0;
  #lastLossMs = 0;
  #gapSamples = 0;

  /** Mounts the journal (formatting blank flash) and gets ready; the AFE and the link come with the first ticks. */
  constructor(board: Board, config: MonitorConfig) {
    this.#board = board;
    this.#restartReason = board.restartReason ?? RESTART_EXPECTED;
    const { security } = board;
    const dataKey = security && { epoch: security.epoch, key: security.data };
    const vault = security && new Vault(security.store, dataKey as DataKey, security.command);
    const settings = { ...(vault ? withCommandedLimits(config, vault) : config) };
    this.#config = settings;
    this.#journal = new Journal(board.flash);
    this.#journalFailed = !this.#journal.mount().ok;
    const bootCount = this.#journal.bootCount;
    const acquirer = new Acquirer(board.openAfe);
    this.#acquirer = acquirer;
    this.#chain = new EcgChain(settings, this);
    this.#strips = new StripWriter(this.#pieces, this.#journal, bootCount);
    for (let code = 0; code < RHYTHM_COUNT; code++) this.#rhythmAlarms[code] = conditionOfRhythm((RHYTHMS[code] as (typeof RHYTHMS)[number]).code);
    this.#alarms = new AlarmController(bootCount, (alert) => this.#raise(alert));
    // Asked for when something is raised or sent, not at every tick: Unix time is beyond int32, and costs floating point.
    const { clock } = board;
    this.#moment = {
      uptimeMs: 0, nextSample: 0,
      get wallMs() { return clock.wallMs(); },
      get clockQuality() { return clock.quality(); },
    };
    this.#birth = {
      bootCount, uptimeMs: 0, wallMs: 0, clockQuality: 0, sampleRateHz: SAMPLE_RATE_HZ, firmwareVersion: FIRMWARE_VERSION,
      get afeModel() { return acquirer.afeModel; },
    };
    const { deviceId, keepAliveMs, statusIntervalMs } = config;
    const options = { deviceId, keepAliveMs, statusIntervalMs, entropy: board.entropy };
    let { uplink } = board;
    if (security && vault) {
      if (board.update) this.#update = new UpdateSession(board.update, versionNumber(FIRMWARE_VERSION), bootCount);
      const commandTopic = commandTopicOf(deviceId);
      const downlink = new Downlink(security.aead, security.command, commandTopic, vault, this);
      this.#downlink = downlink;
      uplink = new SealedUplink(uplink, security.aead, new Nonces(bootCount, board.entropy), vault, commandTopic, downlink);
    }
    this.#outbox = new Outbox(uplink, this.#journal, board.clock, options, this.#birth, (status) => this.#readStatus(status), this.#update);
  }

  get pendingAlerts(): number {
    return this.#journal.pendingAlerts;
  }
  /** Strips being written, and parts of them in flash without a PUBACK. */
  get pendingEvidence(): number {
    return this.#strips.count + this.#journal.pendingCount - this.#journal.pendingAlerts;
  }
  get bootCount(): number {
    return this.#journal.bootCount;
  }
  /** Samples lost since start. */
  get lostSamples(): number {
    return this.#acquirer.lostSamples;
  }
  /** Samples taken off their instants since start. */
  get lateSamples(): number {
    return this.#acquirer.lateSamples;
  }
  /** -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this.#leadOff ? -1 : this.#chain.heartRateBpm;
  }
  /** Samples since start, lost ones included. */
  get sampleCount(): number {
    return this.#acquirer.nextSample;
  }

  get config(): MonitorConfig {
    return this.#config;
  }

  setLimits(config: MonitorConfig): void {
    Object.assign(this.#config, config);
  }

  alarmOf(bootCount: number, alertSequence: number): number {
    return this.#alarms.conditionOf(bootCount, alertSequence);
  }

  acknowledge(condition: number): void {
    this.#alarms.acknowledge(condition);
  }

  setTime(unixMs: number): void {
    this.#board.security?.setTime(unixMs);
  }

  get update(): UpdateTarget | undefined {
    const session = this.#update;
    return session && {
      offer: (sequence, header) => session.offer(sequence, header),
      piece: (sequence, offset, bytes) => session.piece(sequence, offset, bytes, this.#board.clock.monotonicMs()),
    };
  }

  statusChanged(): void {
    this.#outbox.statusChanged();
  }

  /** Suspends monitoring (no samples are read, no condition changes) or takes it up again; what is in the journal is still delivered. */
  setStandby(standby: boolean): void {
    if (standby) this.#strips.cutShort();
    this.#standby = standby;
  }

  /** Does everything that is due. To be called every TICK_MS. */
  tick(): void {
    const nowMs = this.#board.clock.monotonicMs();
    const moment = this.#moment;
    moment.uptimeMs = nowMs;
    if (!this.#standby) {
      // While nobody asks, in a stall of this core, an AFE can't answer.
      const passedMs = nowMs - this.#lastTickMs;
      this.#silentMs += passedMs < LATE_TICK_MS ? passedMs : LATE_TICK_MS;
      const acquirer = this.#acquirer;
      let blocks = 0;
      do {
        if (acquirer.poll(nowMs)) {
          moment.nextSample = acquirer.nextSample;
          this.#silentMs = 0;
          this.#onSamples(acquirer.block, nowMs);
        }
      } while (acquirer.hasMore && ++blocks < TICK_BLOCKS_MAX);
      // On XS a call costs as much as twenty operations: none where there is nothing to judge.
      const contactLost = acquirer.block.leadOff;
      if (contactLost !== this.#contactLost || contactLost !== this.#leadOff) this.#judgeContact(contactLost, nowMs);
      if (this.#afeFailed || this.#silentMs > SILENT_AFE_MS_MAX) this.#judgeAfe();
      if (this.#losing || this.#gapSamples > 0) this.#judgeLoss(nowMs);
      if (this.#unreadable || this.#inconclusive) this.#judgeReadability();
    }
    this.#lastTickMs = nowMs;
    if (this.#restartReason !== RESTART_EXPECTED) this.#alarms.update(DEVICE_RESTART, nowMs < RESTART_SHOWN_MS, moment, 0, this.#restartReason, 0);
    if (this.#journalFailed) this.#alarms.update(JOURNAL_FAULT_ALARM, true, moment, 0, 0, 0);
    if (this.#undated && moment.clockQuality !== CLOCK_UNSET) this.#keepTime();
    this.#outbox.step(nowMs);
    this.#strips.step(nowMs);
    this.#update?.step(nowMs, this.#isHealthy(), this.#strips.count === 0 && !this.#alarms.isHighActive);
  }

  onBeat(sample: number, heartRateBpm: number): void {
    this.#board.indicator.beat(sample, heartRateBpm);
  }

  onBeatClass(sample: number, beatClass: BeatClass): void {
    this.#board.indicator.beatClass(sample, beatClass);
  }

  /** Only notes the change: raising an alert from here would need the stack of the chain and of the journal at once. */
  onRhythm(code: RhythmCode, began: boolean, sample: number, measured: number): void {
    if (code === RHYTHM_INCONCLUSIVE) {
      this.#inconclusive = began;
      if (began) this.#inconclusiveSample = sample;
    }
    if (!this.#rhythmAlarms[code]) return;
    const index = this.#changeCount++;
    assert(index < CHANGE_COUNT_MAX, "Monitor: more rhythm changes in one block than CHANGE_COUNT_MAX");
    this.#changeCode[index] = code;
    this.#changeBegan[index] = began ? 1 : 0;
    this.#changeSample[index] = sample;
    this.#changeMeasured[index] = measured;
  }

  #raiseRhythmAlarms(): void {
    for (let index = 0; index < this.#changeCount; index++) {
      const { code, limit } = this.#rhythmAlarms[this.#changeCode[index] as number] as RhythmAlarm;
      const ageMs = (this.#moment.nextSample - (this.#changeSample[index] as number)) * SAMPLE_MS;
      this.#alarms.update(code, this.#changeBegan[index] === 1, this.#moment, ageMs, this.#changeMeasured[index] as number, limit ? this.#config[limit] : 0);
    }
    this.#changeCount = 0;
  }

  #onSamples(block: SampleBlock, nowMs: number): void {
    const chain = this.#chain;
    const pieces = this.#pieces;
    if (block.gapSamples > 0) {
      chain.lose(block.gapSamples, block.samplesUv[0] as number);
      pieces.gap(block.gapSamples);
      this.#gapSamples += block.gapSamples;
      this.#lastLossMs = nowMs;
    }
    // What the amplifier shows without an electrode is not ECG; its samples keep their numbers.
    if (block.leadOff) {
      chain.gap(block.count);
      pieces.gap(block.count);
    } else {
      pieces.process(block.samplesUv, block.count);
      chain.process(block.samplesUv, block.count);
    }
    if (this.#changeCount > 0) this.#raiseRhythmAlarms();
  }

  #judgeContact(contactLost: boolean, nowMs: number): void {
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

  #judgeAfe(): void {
    const status = this.#acquirer.status;
    const silentMs = this.#silentMs;
    const failed = silentMs > SILENT_AFE_MS_MAX;
    this.#afeFailed = failed;
    this.#alarms.update(AFE_FAULT, failed, this.#moment, failed ? silentMs : 0, status === AFE_OK ? 0 : status, 0);
  }

  #judgeLoss(nowMs: number): void {
    const losing = this.#gapSamples > 0;
    if (losing && nowMs - this.#lastLossMs > LOSS_FREE_MS_MIN) this.#gapSamples = 0;
    this.#losing = losing;
    this.#alarms.update(SAMPLES_LOST, losing, this.#moment, losing ? 0 : nowMs - this.#lastLossMs, this.#gapSamples, 0);
  }

  /** A moment's noise is nobody's business; noise that lasts means that nobody watches. */
  #judgeReadability(): void {
    const limitMs = this.#config.unreadableMs;
    const ageMs = (this.#moment.nextSample - this.#inconclusiveSample) * SAMPLE_MS;
    if (this.#inconclusive && ageMs < limitMs) return;
    this.#unreadable = this.#inconclusive;
    this.#alarms.update(ECG_UNREADABLE, this.#unreadable, this.#moment, this.#unreadable ? ageMs : 0, ageMs, limitMs);
  }

  /** Flash before air: the alert is durable before anyone hears of it. If flash fails, the person at the device hears of it all the same. */
  #raise(alert: Alert): void {
    const byteCount = encodeAlert(alert, this.#alertRecord);
    if (alert.clockQuality === CLOCK_UNSET) this.#undated = true;
    const kind = alert.phase === PHASE_ONSET ? KIND_ALERT : KIND_ALERT_END;
    const handle = this.#journal.append(kind, alert.priority, alert.sequence, this.#alertRecord, byteCount, Math.floor(alert.raisedUptimeMs / 1000));
    if (handle < 0 && handle !== JOURNAL_DROPPED && !this.#journalFailed) {
      this.#journalFailed = true;
      this.#outbox.statusChanged();
    }
    this.#board.indicator.alert(alert);
    this.#strips.begin(alert);
  }

  /** The time is known at last: should the power go before the alerts from before are sent, the next boot can still date them. */
  #keepTime(): void {
    this.#undated = false;
    if (this.#journal.pendingAlerts === 0) return;
    const { uptimeMs, wallMs } = this.#moment;
    const byteCount = encodeClock({ bootCount: this.#birth.bootCount, uptimeMs, wallMs }, this.#clockRecord);
    this.#journal.append(KIND_CLOCK, CLOCK_PRIORITY, 1, this.#clockRecord, byteCount, Math.floor(uptimeMs / 1000));
  }

  /** Samples come, the journal takes records, the broker is there: what an update must not break. */
  #isHealthy(): boolean {
    return this.sampleCount > 0 && !this.#alarms.isActive(AFE_FAULT) && !this.#journalFailed && this.#outbox.isUp;
  }

  #readStatus(into: Status): void {
    into.leadOff = this.#leadOff;
    into.journalFault = this.#journalFailed;
    into.heartRateBpm = this.heartRateBpm;
    into.pendingAlerts = this.#journal.pendingAlerts;
    into.lostSamples = this.#acquirer.lostSamples;
    into.unacknowledgedAlarms = this.#alarms.unacknowledgedCount;
    const downlink = this.#downlink;
    if (!downlink) return;
    into.commandSequence = downlink.sequence;
    into.commandResult = downlink.result;
    into.refusedCommands = downlink.refused;
  }
}

/** @returns the settings with the limits that commands have set, if they still go with the rest */
function withCommandedLimits(config: MonitorConfig, vault: Vault): MonitorConfig {
  const limits: Record<string, number> = {};
  LIMIT_NAMES.forEach((name, index) => {
    if (vault.limit(index) > 0) limits[name] = vault.limit(index);
  });
  const checked = checkConfig({ ...config, ...limits });
  return checked.ok ? checked.config : config;
}
