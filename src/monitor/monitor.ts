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
  private readonly _board: Board;
  /** The limits in it change when a command says so. */
  private readonly _config: MonitorConfig;
  private readonly _acquirer: Acquirer;
  private readonly _chain: EcgChain;
  private readonly _pieces = new EcgPieces();
  private readonly _strips: StripWriter;
  /** By RHYTHM_*: the alarm that the rhythm is, if it is one. */
  private readonly _rhythmAlarms: (RhythmAlarm | undefined)[] = [];
  // Rhythm changes of the block at hand, in order.
  private readonly _changeCode = new Uint8Array(CHANGE_COUNT_MAX);
  private readonly _changeBegan = new Uint8Array(CHANGE_COUNT_MAX);
  private readonly _changeSample = new Float64Array(CHANGE_COUNT_MAX);
  private readonly _changeMeasured = new Int32Array(CHANGE_COUNT_MAX);
  private _changeCount = 0;
  private readonly _alarms: AlarmController;
  private readonly _journal: Journal;
  private readonly _outbox: Outbox;
  private readonly _downlink: Downlink | undefined;
  private readonly _update: UpdateSession | undefined;
  private readonly _birth: Birth;
  private readonly _moment: Moment & { uptimeMs: number; nextSample: number };
  private readonly _alertRecord = new Uint8Array(ALERT_BYTES);

  private readonly _clockRecord = new Uint8Array(CLOCK_BYTES);
  private readonly _restartReason: RestartReason;

  private _standby = false;
  /** Alerts were raised while the clock was unset, and it still is. */
  private _undated = false;
  private _leadOff = false;
  /** The flash did not take the log, or an alert. */
  private _journalFailed = false;
  /** When the lead's contact last became what it is now. [ms] */
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
    this._board = board;
    this._restartReason = board.restartReason ?? RESTART_EXPECTED;
    const { security } = board;
    const dataKey = security && { epoch: security.epoch, key: security.data };
    const vault = security && new Vault(security.store, dataKey as DataKey, security.command);
    const settings = { ...(vault ? withCommandedLimits(config, vault) : config) };
    this._config = settings;
    this._journal = new Journal(board.flash);
    this._journalFailed = !this._journal.mount().ok;
    const bootCount = this._journal.bootCount;
    const acquirer = new Acquirer(board.openAfe);
    this._acquirer = acquirer;
    this._chain = new EcgChain(settings, this);
    this._strips = new StripWriter(this._pieces, this._journal, bootCount);
    for (let code = 0; code < RHYTHM_COUNT; code++) this._rhythmAlarms[code] = conditionOfRhythm((RHYTHMS[code] as (typeof RHYTHMS)[number]).code);
    this._alarms = new AlarmController(bootCount, (alert) => this._raise(alert));
    // Asked for when something is raised or sent, not at every tick: Unix time is beyond int32, and costs floating point.
    const { clock } = board;
    this._moment = {
      uptimeMs: 0, nextSample: 0,
      get wallMs() { return clock.wallMs(); },
      get clockQuality() { return clock.quality(); },
    };
    this._birth = {
      bootCount, uptimeMs: 0, wallMs: 0, clockQuality: 0, sampleRateHz: SAMPLE_RATE_HZ, firmwareVersion: FIRMWARE_VERSION,
      get afeModel() { return acquirer.afeModel; },
    };
    const { deviceId, keepAliveMs, statusIntervalMs } = config;
    const options = { deviceId, keepAliveMs, statusIntervalMs, entropy: board.entropy };
    let { uplink } = board;
    if (security && vault) {
      if (board.update) this._update = new UpdateSession(board.update, versionNumber(FIRMWARE_VERSION), bootCount);
      const commandTopic = commandTopicOf(deviceId);
      const downlink = new Downlink(security.aead, security.command, commandTopic, vault, this);
      this._downlink = downlink;
      uplink = new SealedUplink(uplink, security.aead, new Nonces(bootCount, board.entropy), vault, commandTopic, downlink);
    }
    this._outbox = new Outbox(uplink, this._journal, board.clock, options, this._birth, (status) => this._readStatus(status), this._update);
  }

  get pendingAlerts(): number {
    return this._journal.pendingAlerts;
  }
  /** Strips being written, and parts of them in flash without a PUBACK. */
  get pendingEvidence(): number {
    return this._strips.count + this._journal.pendingCount - this._journal.pendingAlerts;
  }
  get bootCount(): number {
    return this._journal.bootCount;
  }
  /** Samples lost since start. */
  get lostSamples(): number {
    return this._acquirer.lostSamples;
  }
  /** Samples taken off their instants since start. */
  get lateSamples(): number {
    return this._acquirer.lateSamples;
  }
  /** -1 while unknown. [1/min] */
  get heartRateBpm(): number {
    return this._leadOff ? -1 : this._chain.heartRateBpm;
  }
  /** Samples since start, lost ones included. */
  get sampleCount(): number {
    return this._acquirer.nextSample;
  }

  get config(): MonitorConfig {
    return this._config;
  }

  setLimits(config: MonitorConfig): void {
    Object.assign(this._config, config);
  }

  alarmOf(bootCount: number, alertSequence: number): number {
    return this._alarms.conditionOf(bootCount, alertSequence);
  }

  acknowledge(condition: number): void {
    this._alarms.acknowledge(condition);
  }

  setTime(unixMs: number): void {
    this._board.security?.setTime(unixMs);
  }

  get update(): UpdateTarget | undefined {
    const session = this._update;
    return session && {
      offer: (sequence, header) => session.offer(sequence, header),
      piece: (sequence, offset, bytes) => session.piece(sequence, offset, bytes, this._board.clock.monotonicMs()),
    };
  }

  statusChanged(): void {
    this._outbox.statusChanged();
  }

  /** Suspends monitoring (no samples are read, no condition changes) or takes it up again; what is in the journal is still delivered. */
  setStandby(standby: boolean): void {
    if (standby) this._strips.cutShort();
    this._standby = standby;
  }

  /** Does everything that is due. To be called every TICK_MS. */
  tick(): void {
    const nowMs = this._board.clock.monotonicMs();
    const moment = this._moment;
    moment.uptimeMs = nowMs;
    if (!this._standby) {
      // While nobody asks, in a stall of this core, an AFE can't answer.
      const passedMs = nowMs - this._lastTickMs;
      this._silentMs += passedMs < LATE_TICK_MS ? passedMs : LATE_TICK_MS;
      const acquirer = this._acquirer;
      let blocks = 0;
      do {
        if (acquirer.poll(nowMs)) {
          moment.nextSample = acquirer.nextSample;
          this._silentMs = 0;
          this._onSamples(acquirer.block, nowMs);
        }
      } while (acquirer.hasMore && ++blocks < TICK_BLOCKS_MAX);
      // On XS a call costs as much as twenty operations: none where there is nothing to judge.
      const contactLost = acquirer.block.leadOff;
      if (contactLost !== this._contactLost || contactLost !== this._leadOff) this._judgeContact(contactLost, nowMs);
      if (this._afeFailed || this._silentMs > SILENT_AFE_MS_MAX) this._judgeAfe();
      if (this._losing || this._gapSamples > 0) this._judgeLoss(nowMs);
      if (this._unreadable || this._inconclusive) this._judgeReadability();
    }
    this._lastTickMs = nowMs;
    if (this._restartReason !== RESTART_EXPECTED) this._alarms.update(DEVICE_RESTART, nowMs < RESTART_SHOWN_MS, moment, 0, this._restartReason, 0);
    if (this._journalFailed) this._alarms.update(JOURNAL_FAULT_ALARM, true, moment, 0, 0, 0);
    if (this._undated && moment.clockQuality !== CLOCK_UNSET) this._keepTime();
    this._outbox.step(nowMs);
    this._strips.step(nowMs);
    this._update?.step(nowMs, this._isHealthy(), this._strips.count === 0 && !this._alarms.isHighActive);
  }

  onBeat(sample: number, heartRateBpm: number): void {
    this._board.indicator.beat(sample, heartRateBpm);
  }

  onBeatClass(sample: number, beatClass: BeatClass): void {
    this._board.indicator.beatClass(sample, beatClass);
  }

  /** Only notes the change: raising an alert from here would need the stack of the chain and of the journal at once. */
  onRhythm(code: RhythmCode, began: boolean, sample: number, measured: number): void {
    if (code === RHYTHM_INCONCLUSIVE) {
      this._inconclusive = began;
      if (began) this._inconclusiveSample = sample;
    }
    if (!this._rhythmAlarms[code]) return;
    const index = this._changeCount++;
    assert(index < CHANGE_COUNT_MAX, "Monitor: more rhythm changes in one block than CHANGE_COUNT_MAX");
    this._changeCode[index] = code;
    this._changeBegan[index] = began ? 1 : 0;
    this._changeSample[index] = sample;
    this._changeMeasured[index] = measured;
  }

  private _raiseRhythmAlarms(): void {
    for (let index = 0; index < this._changeCount; index++) {
      const { code, limit } = this._rhythmAlarms[this._changeCode[index] as number] as RhythmAlarm;
      const ageMs = (this._moment.nextSample - (this._changeSample[index] as number)) * SAMPLE_MS;
      this._alarms.update(code, this._changeBegan[index] === 1, this._moment, ageMs, this._changeMeasured[index] as number, limit ? this._config[limit] : 0);
    }
    this._changeCount = 0;
  }

  private _onSamples(block: SampleBlock, nowMs: number): void {
    const chain = this._chain;
    const pieces = this._pieces;
    if (block.gapSamples > 0) {
      chain.lose(block.gapSamples, block.samplesUv[0] as number);
      pieces.gap(block.gapSamples);
      this._gapSamples += block.gapSamples;
      this._lastLossMs = nowMs;
    }
    // What the amplifier shows without an electrode is not ECG; its samples keep their numbers.
    if (block.leadOff) {
      chain.gap(block.count);
      pieces.gap(block.count);
    } else {
      pieces.process(block.samplesUv, block.count);
      chain.process(block.samplesUv, block.count);
    }
    if (this._changeCount > 0) this._raiseRhythmAlarms();
  }

  private _judgeContact(contactLost: boolean, nowMs: number): void {
    if (contactLost !== this._contactLost) {
      this._contactLost = contactLost;
      this._contactSinceMs = nowMs;
    }
    if (contactLost === this._leadOff) return;
    const ageMs = nowMs - this._contactSinceMs;
    if (ageMs < (contactLost ? LEAD_OFF_MS_MIN : LEAD_ON_MS_MIN)) return;
    this._leadOff = contactLost;
    this._alarms.update(LEAD_OFF, contactLost, this._moment, ageMs, ageMs, LEAD_OFF_MS_MIN);
    this._outbox.statusChanged();
  }

  private _judgeAfe(): void {
    const status = this._acquirer.status;
    const silentMs = this._silentMs;
    const failed = silentMs > SILENT_AFE_MS_MAX;
    this._afeFailed = failed;
    this._alarms.update(AFE_FAULT, failed, this._moment, failed ? silentMs : 0, status === AFE_OK ? 0 : status, 0);
  }

  private _judgeLoss(nowMs: number): void {
    const losing = this._gapSamples > 0;
    if (losing && nowMs - this._lastLossMs > LOSS_FREE_MS_MIN) this._gapSamples = 0;
    this._losing = losing;
    this._alarms.update(SAMPLES_LOST, losing, this._moment, losing ? 0 : nowMs - this._lastLossMs, this._gapSamples, 0);
  }

  /** A moment's noise is nobody's business; noise that lasts means that nobody watches. */
  private _judgeReadability(): void {
    const limitMs = this._config.unreadableMs;
    const ageMs = (this._moment.nextSample - this._inconclusiveSample) * SAMPLE_MS;
    if (this._inconclusive && ageMs < limitMs) return;
    this._unreadable = this._inconclusive;
    this._alarms.update(ECG_UNREADABLE, this._unreadable, this._moment, this._unreadable ? ageMs : 0, ageMs, limitMs);
  }

  /** Flash before air: the alert is durable before anyone hears of it. If flash fails, the person at the device hears of it all the same. */
  private _raise(alert: Alert): void {
    const byteCount = encodeAlert(alert, this._alertRecord);
    if (alert.clockQuality === CLOCK_UNSET) this._undated = true;
    const kind = alert.phase === PHASE_ONSET ? KIND_ALERT : KIND_ALERT_END;
    const handle = this._journal.append(kind, alert.priority, alert.sequence, this._alertRecord, byteCount, Math.floor(alert.raisedUptimeMs / 1000));
    if (handle < 0 && handle !== JOURNAL_DROPPED && !this._journalFailed) {
      this._journalFailed = true;
      this._outbox.statusChanged();
    }
    this._board.indicator.alert(alert);
    this._strips.begin(alert);
  }

  /** The time is known at last: should the power go before the alerts from before are sent, the next boot can still date them. */
  private _keepTime(): void {
    this._undated = false;
    if (this._journal.pendingAlerts === 0) return;
    const { uptimeMs, wallMs } = this._moment;
    const byteCount = encodeClock({ bootCount: this._birth.bootCount, uptimeMs, wallMs }, this._clockRecord);
    this._journal.append(KIND_CLOCK, CLOCK_PRIORITY, 1, this._clockRecord, byteCount, Math.floor(uptimeMs / 1000));
  }

  /** Samples come, the journal takes records, the broker is there: what an update must not break. */
  private _isHealthy(): boolean {
    return this.sampleCount > 0 && !this._alarms.isActive(AFE_FAULT) && !this._journalFailed && this._outbox.isUp;
  }

  private _readStatus(into: Status): void {
    into.leadOff = this._leadOff;
    into.journalFault = this._journalFailed;
    into.heartRateBpm = this.heartRateBpm;
    into.pendingAlerts = this._journal.pendingAlerts;
    into.lostSamples = this._acquirer.lostSamples;
    into.unacknowledgedAlarms = this._alarms.unacknowledgedCount;
    const downlink = this._downlink;
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
