// Monitor: the whole firmware in order: sensor -> samples -> beats -> rhythm -> alerts -> journal -> sync. One tick is bounded work.
import { AlarmController, type AlarmObserver } from "../alerts/alarm-controller.js";
import { PHYSIOLOGICAL_COUNT, conditionOfRhythm, limitOf } from "../alerts/rules.js";
import { assert } from "../base/assert.js";
import { AFE_OK } from "../contracts/afe.js";
import type { Board } from "../contracts/board.js";
import { CLOCK_UNSET, type Clock, type ClockQuality } from "../contracts/clock.js";
import type { Indicator } from "../contracts/indicator.js";
import { RESTART_EXPECTED, type RestartReason } from "../contracts/restart.js";
import { JOURNAL_DROPPED } from "../journal/codes.js";
import { Journal } from "../journal/journal.js";
import { Acquirer } from "../samples/acquirer.js";
import { Nonces } from "../security/nonces.js";
import { SealedUplink } from "../security/sealed-uplink.js";
import { Vault } from "../security/vault.js";
import { Outbox, type OutboxSource } from "../sync/outbox.js";
import { type UpdateConditions, UpdateSession } from "../update/update-session.js";
import type { ConditionCode } from "../vocabulary/alarm-condition.js";
import {
  AFE_FAULT, type Alert, DEVICE_RESTART, ECG_UNREADABLE, JOURNAL_FAULT, LEAD_OFF, PHASE_ONSET, PRIORITY_HIGH, SAMPLES_LOST,
} from "../vocabulary/alert.js";
import type { BeatClass } from "../vocabulary/beat.js";
import { RHYTHM_INCONCLUSIVE, type RhythmCode } from "../vocabulary/rhythm.js";
import { SAMPLE_MS, SAMPLE_RATE_HZ, type SampleBlock } from "../vocabulary/sample.js";
import { topicOf } from "../wire/topic.js";
import { versionNumber } from "../wire/update.js";
import { type Birth, KIND_ALERT, KIND_ALERT_END, KIND_CLOCK, type Status, encodeAlert, encodeClock } from "../wire/record.js";
import { type MonitorConfig, checkConfig } from "./config.js";
import { type CommandTarget, Downlink } from "./downlink.js";
import { type ChainObserver, EcgChain } from "./ecg-chain.js";
import { EcgPieces } from "./ecg-pieces.js";
import { FrontEnd } from "./front-end.js";
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

/** Rhythm changes that may wait: a beat brings three or four at most. A power of two. */
const CHANGE_COUNT_MAX = 16;
/** While more wait, they are raised without regard to what that costs the tick. */
const CHANGE_COUNT_PATIENT = CHANGE_COUNT_MAX / 2;
/** A change that waits: the condition that its rhythm is, and in the bits above whether it began, and what was measured; then the lower 32 bits of its sample. */
const CHANGE_CONDITION = 15;
assert(PHYSIOLOGICAL_COUNT <= CHANGE_CONDITION, "Monitor: more conditions than a change has bits for");
const CHANGE_BEGAN_BIT = CHANGE_CONDITION + 1;
const CHANGE_MEASURED_SHIFT = 5;

/** The monitor of one patient. Constructed once per start; everything it needs from outside is in the Board. */
export class Monitor implements AlarmObserver, ChainObserver, CommandTarget, OutboxSource, UpdateConditions {
  private readonly _indicator: Indicator;
  private readonly _clock: Clock;
  /** The limits in it change when a command says so. */
  private readonly _config: MonitorConfig & { readonly entropy: number };
  private readonly _acquirer: Acquirer;
  /** Of the acquirer. */
  private readonly _block: SampleBlock;
  private readonly _chain: EcgChain;
  private readonly _pieces = new EcgPieces();
  private readonly _strips: StripWriter;
  /** Rhythm changes that wait to be raised, a ring in their order. */
  private readonly _changes = new Int32Array(2 * CHANGE_COUNT_MAX);
  private _changeFirst = 0;
  private _changeCount = 0;
  readonly alarms: AlarmController;
  private readonly _journal: Journal;
  private readonly _outbox: Outbox;
  private readonly _downlink: Downlink | undefined;
  readonly update: UpdateSession | undefined;
  private readonly _restartReason: RestartReason;

  private _standby = false;
  /** Nothing has to be judged but the contact of the electrodes. */
  private _isCalm = false;
  /** An alert was raised in this tick, */
  private _hasRaised = false;
  /** or a beat found or named, which takes its time, too. */
  private _hasBeat = false;
  /** What that showed has waited for one tick already. */
  private _hasWaited = false;
  /** Alerts were raised while the clock was unset, and it still is. */
  private _undated = false;
  private _leadOff = false;
  /** The flash did not take the log, or an alert. */
  private _journalFailed = false;
  /** When the lead's contact last became what it is now. This and what follows is on the clock's counter. [ms] */
  private _contactSinceMs = 0;
  private _contactLost = false;
  /** For how long the AFE has been asked in vain. [ms] */
  private _silentMs = 0;
  private _afeFailed = false;
  private _losing = false;
  /** The rhythm is inconclusive, and has been since that sample if it is. */
  private _inconclusive = false;
  private _inconclusiveSample = 0;
  /** It has been for so long that it is an alarm. */
  private _unreadable = false;
  private _lastTickMs = 0;
  private _lastLossMs = 0;
  private _gapSamples = 0;

  /** Mounts the journal (formatting blank flash) and gets ready; the AFE and the link come with the first ticks. */
  constructor(board: Board, config: MonitorConfig) {
    this._indicator = board.indicator;
    this._clock = board.clock;
    this._restartReason = board.restartReason ?? RESTART_EXPECTED;
    this._journal = new Journal(board.flash);
    this._journalFailed = this._journal.mount() !== 0;
    const bootCount = this._journal.bootCount;
    const { security, entropy } = board;
    let { uplink } = board;
    let settings = config;
    if (security) {
      const vault = new Vault(security.store, { epoch: security.epoch, key: security.data }, security.command);
      // Limits that commands have set hold if they still go with the rest.
      const checked = checkConfig({ ...config, ...vault.limits });
      if (checked.ok) settings = checked.config;
      if (board.update) this.update = new UpdateSession(board.update, this, versionNumber(FIRMWARE_VERSION), bootCount);
      this._downlink = new Downlink(security, topicOf(config.deviceId, "command"), vault, this);
      uplink = new SealedUplink(uplink, security.aead, new Nonces(bootCount, entropy), vault, this._downlink);
    }
    this._config = { ...settings, entropy };
    this._acquirer = new Acquirer(board.openAfe);
    this._block = this._acquirer.block;
    this._chain = new EcgChain(this._config, this, new FrontEnd());
    this._strips = new StripWriter(this._pieces, this._journal, bootCount);
    this.alarms = new AlarmController(bootCount, this);
    this._outbox = new Outbox(uplink, this._journal, board.clock, this._config, this, this._pieces, this.update);
    // What is stored is written where what is sent is read: in a tick, one of the two is done.
  }

  /** Strips being written, and parts of them in flash without a PUBACK. */
  get pendingEvidence(): number {
    return this._strips.count + this._journal.pendingCount - this._journal.pendingAlerts;
  }
  get bootCount(): number {
    return this._journal.bootCount;
  }
  /** Number of the sample that comes next: samples since start, lost ones included. */
  get nextSample(): number {
    return this._acquirer.nextSample;
  }

  // Asked for when something is raised or sent, not at every tick: beyond int32 they cost floating point.
  get uptimeMs(): number {
    return this._clock.monotonicMs();
  }
  get wallMs(): number {
    return this._clock.wallMs();
  }
  get clockQuality(): ClockQuality {
    return this._clock.quality();
  }

  get config(): MonitorConfig {
    // Of a monitor's settings it is the outbox alone that needs entropy.
    const { entropy: _, ...config } = this._config;
    return config;
  }

  setLimits(config: MonitorConfig): void {
    Object.assign(this._config, config);
  }

  statusChanged(): void {
    this._outbox.statusChanged();
  }

  /** Suspends monitoring (no samples are read, no condition changes) or takes it up again; what is in the journal is still delivered. */
  setStandby(standby: boolean): void {
    if (standby) this._strips.cutShort();
    this._standby = standby;
  }

  /**
   * Does what is due. To be called every TICK_MS. The ECG is judged in every tick, and an alert is in flash in the tick that raises it. Of all
   * else one piece is done a tick, in a tick without beat and alert: a message is sent, or else the time noted, or else a part of a strip stored.
   */
  tick(): void {
    const nowMs = this._clock.counterMs();
    // On XS a call costs as much as twenty operations: none where there is nothing to do.
    if (!this._standby) {
      const acquirer = this._acquirer;
      let blocks = 0;
      let isSilent = true;
      do {
        if (acquirer.poll(nowMs)) {
          isSilent = false;
          this._onSamples(nowMs);
        }
      } while (acquirer.hasMore && ++blocks < TICK_BLOCKS_MAX);
      if (isSilent) {
        // While nobody asks, in a stall of this core, an AFE can't answer.
        const passedMs = (nowMs - this._lastTickMs) | 0;
        this._silentMs += passedMs < LATE_TICK_MS ? passedMs : LATE_TICK_MS;
        this._isCalm = false;
      } else this._silentMs = 0;
      if (!this._isCalm || this._block.leadOff !== this._leadOff) this._judge(nowMs);
    } else if (!this._isCalm) this._judgeDevice();
    this._lastTickMs = nowMs;
    if (this._hasRaised || this._hasBeat) {
      this._hasRaised = false;
      this._hasBeat = false;
    } else if (!this._outbox.step(nowMs) && !(this._undated && this._keepTime()) && this._strips.count > 0) this._strips.step(this._clock);
    if (this.update) this.update.step();
  }

  onBeat(sample: number, heartRateBpm: number): void {
    this._hasBeat = true;
    this._indicator.beat(sample, heartRateBpm);
  }

  onBeatClass(sample: number, beatClass: BeatClass): void {
    this._hasBeat = true;
    this._indicator.beatClass(sample, beatClass);
  }

  /** Only notes the change, as long as there is room: raising an alert from here needs the stack of the chain and of the journal at once. */
  onRhythm(code: RhythmCode, began: boolean, sample: number, measured: number): void {
    this._isCalm = false;
    if (code === RHYTHM_INCONCLUSIVE) {
      this._inconclusive = began;
      if (began) this._inconclusiveSample = sample;
    }
    const condition = conditionOfRhythm(code);
    if (condition === 0) return;
    if (this._changeCount === CHANGE_COUNT_MAX) this._raiseRhythmAlarm();
    const index = 2 * ((this._changeFirst + this._changeCount++) & (CHANGE_COUNT_MAX - 1));
    this._changes[index] = (measured << CHANGE_MEASURED_SHIFT) | (began ? CHANGE_BEGAN_BIT : 0) | condition;
    this._changes[index + 1] = sample;
  }

  /** Flash before air: the alert is durable before anyone hears of it. If flash fails, the person at the device hears of it all the same. */
  onAlert(alert: Alert): void {
    this._hasRaised = true;
    const { record } = this._pieces;
    const byteCount = encodeAlert(alert, record);
    if (alert.clockQuality === CLOCK_UNSET) this._undated = true;
    const kind = alert.phase === PHASE_ONSET ? KIND_ALERT : KIND_ALERT_END;
    const handle = this._journal.append(kind, alert.priority, alert.sequence, record, byteCount, Math.floor(alert.raisedUptimeMs / 1000));
    if (handle < 0 && handle !== JOURNAL_DROPPED && !this._journalFailed) {
      this._journalFailed = true;
      this._isCalm = false;
      this._outbox.statusChanged();
    }
    this._indicator.alert(alert);
    this._strips.begin(alert);
  }

  private _onSamples(nowMs: number): void {
    const block = this._block;
    const { samplesUv, count, gapSamples } = block;
    if (gapSamples > 0) {
      this._chain.lose(gapSamples, samplesUv);
      this._pieces.gap(gapSamples);
      this._gapSamples += gapSamples;
      this._lastLossMs = nowMs;
      this._isCalm = false;
    }
    // What the amplifier shows without an electrode is not ECG; its samples keep their numbers.
    if (block.leadOff) {
      this._chain.gap(count);
      this._pieces.gap(count);
    } else {
      this._pieces.process(samplesUv, count);
      this._chain.process(samplesUv, count);
    }
    while (this._changeCount > CHANGE_COUNT_PATIENT) this._raiseRhythmAlarm();
  }

  /**
   * Raises one alert at most, and in a tick with a beat only what has waited for a tick: what a beat and an alert cost must not add up. The rest
   * is judged in the next tick.
   */
  private _judge(nowMs: number): void {
    const contactLost = this._block.leadOff;
    if (contactLost !== this._contactLost) {
      this._contactLost = contactLost;
      this._contactSinceMs = nowMs;
    }
    this._isCalm = false;
    this._hasWaited = this._hasBeat && !this._hasWaited;
    if (this._hasWaited) return;
    while (this._changeCount > 0 && !this._hasRaised) this._raiseRhythmAlarm();
    if (contactLost !== this._leadOff && !this._hasRaised) this._judgeContact(contactLost, (nowMs - this._contactSinceMs) >>> 0);
    const silentMs = this._silentMs;
    if ((this._afeFailed || silentMs > SILENT_AFE_MS_MAX) && !this._hasRaised) this._judgeAfe();
    if ((this._losing || this._gapSamples > 0) && !this._hasRaised) this._judgeLoss((nowMs - this._lastLossMs) >>> 0);
    if ((this._unreadable || this._inconclusive) && !this._hasRaised) this._judgeReadability();
    this._isCalm = this._judgeDevice() && this._changeCount === 0 && contactLost === this._leadOff && silentMs === 0 && !this._afeFailed &&
      !this._losing && this._gapSamples === 0 && !this._unreadable && !this._inconclusive;
  }

  /** Judges what does not need the ECG. @returns false while it has to be judged again */
  private _judgeDevice(): boolean {
    if (this._hasRaised) return false;
    const isRestartShown = this._restartReason !== RESTART_EXPECTED && this.uptimeMs < RESTART_SHOWN_MS;
    this.alarms.update(DEVICE_RESTART, isRestartShown, 0, this._restartReason, 0);
    if (this._journalFailed && !this._hasRaised) this.alarms.update(JOURNAL_FAULT, true, 0, 0, 0);
    return !isRestartShown && !this._hasRaised;
  }

  private _raiseRhythmAlarm(): void {
    const index = 2 * this._changeFirst;
    const change = this._changes[index] as number;
    const ageSamples = (this.nextSample - (this._changes[index + 1] as number)) | 0;
    this._changeFirst = (this._changeFirst + 1) & (CHANGE_COUNT_MAX - 1);
    this._changeCount--;
    const code = (change & CHANGE_CONDITION) as ConditionCode;
    this.alarms.update(code, (change & CHANGE_BEGAN_BIT) !== 0, ageSamples * SAMPLE_MS, change >> CHANGE_MEASURED_SHIFT, limitOf(code, this._config));
  }

  private _judgeContact(contactLost: boolean, ageMs: number): void {
    if (ageMs < (contactLost ? LEAD_OFF_MS_MIN : LEAD_ON_MS_MIN)) return;
    this._leadOff = contactLost;
    this.alarms.update(LEAD_OFF, contactLost, ageMs, ageMs, LEAD_OFF_MS_MIN);
    this._outbox.statusChanged();
  }

  private _judgeAfe(): void {
    const status = this._acquirer.status;
    const silentMs = this._silentMs;
    const failed = silentMs > SILENT_AFE_MS_MAX;
    this._afeFailed = failed;
    this.alarms.update(AFE_FAULT, failed, failed ? silentMs : 0, status === AFE_OK ? 0 : status, 0);
  }

  /** @param ageMs since the last loss */
  private _judgeLoss(ageMs: number): void {
    const losing = this._gapSamples > 0;
    if (losing && ageMs > LOSS_FREE_MS_MIN) this._gapSamples = 0;
    this._losing = losing;
    this.alarms.update(SAMPLES_LOST, losing, ageMs, this._gapSamples, 0);
  }

  /** A moment's noise is nobody's business; noise that lasts means that nobody watches. */
  private _judgeReadability(): void {
    const limitMs = this._config.unreadableMs;
    const ageMs = (this.nextSample - this._inconclusiveSample) * SAMPLE_MS;
    if (this._inconclusive && ageMs < limitMs) return;
    this._unreadable = this._inconclusive;
    this.alarms.update(ECG_UNREADABLE, this._unreadable, this._unreadable ? ageMs : 0, ageMs, limitMs);
  }

  /**
   * Notes the time once it is known: should the power go before the alerts from before are sent, the next boot can still date them.
   * @returns true if it was noted
   */
  private _keepTime(): boolean {
    if (this.clockQuality === CLOCK_UNSET) return false;
    this._undated = false;
    if (this._journal.pendingAlerts === 0) return false;
    const { record } = this._pieces;
    const byteCount = encodeClock(this, record);
    this._journal.append(KIND_CLOCK, CLOCK_PRIORITY, 1, record, byteCount, Math.floor(this.uptimeMs / 1000));
    return true;
  }

  /** Samples come, the journal takes records, the broker is there: what an update must not break. */
  get isHealthy(): boolean {
    return this.nextSample > 0 && !this.alarms.isActive(AFE_FAULT) && !this._journalFailed && this._outbox.isUp;
  }
  /** Nothing is going on that a restart would disturb. */
  get isQuiet(): boolean {
    return this._strips.count === 0 && !this.alarms.isHighActive;
  }

  readStatus(into: Status): void {
    into.leadOff = this._leadOff;
    into.journalFault = this._journalFailed;
    into.heartRateBpm = this._leadOff ? -1 : this._chain.heartRateBpm;
    into.pendingAlerts = this._journal.pendingAlerts;
    into.lostSamples = this._acquirer.lostSamples;
    into.lateSamples = this._acquirer.lateSamples;
    into.unacknowledgedAlarms = this.alarms.unacknowledgedCount;
    const downlink = this._downlink;
    if (!downlink) return;
    into.commandSequence = downlink.sequence;
    into.commandResult = downlink.result;
    into.refusedCommands = downlink.refused;
  }

  readBirth(): Birth {
    const { bootCount, uptimeMs, wallMs, clockQuality } = this;
    return { bootCount, uptimeMs, wallMs, clockQuality, sampleRateHz: SAMPLE_RATE_HZ, firmwareVersion: FIRMWARE_VERSION, afeModel: this._acquirer.afeModel };
  }
}
