// World: everything around one simulated device: patient, AFE chip, flash, power, network, time. One queue of simulated milliseconds.
import { createHash } from "node:crypto";
import { Prng } from "../../base/prng.js";
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from "../../contracts/aead.js";
import type { EcgSource } from "../../contracts/emulation.js";
import type { Alert } from "../../vocabulary/alert.js";
import {
  type AfeName, type BootOptions, CALL_BOOT, CALL_FIGURE, CALL_MQTT_CONTROL, CALL_MQTT_ERROR, CALL_MQTT_MESSAGE, CALL_MQTT_WRITABLE, CALL_SERVICE, CALL_STANDBY, CALL_TICK,
  FIGURE_BOOT_COUNT, FIGURE_HEART_RATE, FIGURE_LATE_SAMPLES, FIGURE_LOST_SAMPLES, FIGURE_PENDING_ALERTS, FIGURE_PENDING_EVIDENCE, FIGURE_SAMPLES, type HostCall, OP_AEAD, OP_ALERT,
  OP_ANALOG_READ, OP_BEAT, OP_BEAT_CLASS, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_IMAGE_CHECK, OP_MQTT_CLOSE, OP_MQTT_DISCONNECT, OP_MQTT_OPEN, OP_MQTT_PUBLISH,
  OP_MQTT_PUBLISH_RETAINED, OP_MQTT_SUBSCRIBE, OP_PIN_READ, OP_RESTART, OP_SLOTS, OP_SPI_TRANSFER, OP_STORE_READ, OP_STORE_WRITE,
} from "../desk/border.js";
import { type AfeChip, emulateAfe } from "./afe-chips.js";
import type { ClockPlan } from "./clock-plan.js";
import type { Engine } from "./engine.js";
import { SIMULATED_BOARD, type SimulatedSlots, SlotsOfStart } from "./simulated-slots.js";
import { NodeAead } from "./node-aead.js";
import { SecretStore } from "./secret-store.js";
import type { NorFlash } from "./flash.js";
import type { Link, LinkTarget } from "./link.js";
import { type LinkPlan, isLinkSilent, isLinkUp } from "./link-plan.js";
import type { Patient } from "./patient.js";
import type { StallPlan } from "./stall-plan.js";
import { Stalls } from "./stalls.js";
import { decodeAlert } from "../../wire/decode.js";

/** The firmware's own tick. [ms] */
export const WORLD_TICK_MS = 40;
/** Sampling instants of the patient a millisecond. */
const SAMPLES_PER_MS = 0.25;
/** The device asks for the time so often, and after this if there was no answer. [ms] As platform/xs/wifi does. */
const TIME_RENEWAL_MS = 6 * 3_600_000;
const TIME_RETRY_MS = 64_000;
/** More conversions than fit between two reads. */
const CONVERSIONS_REMEMBERED = 1024;

export interface WorldOptions {
  /** Powers the device on: a fresh engine with the firmware, calling `hostCall`. */
  readonly startEngine: (hostCall: HostCall, firmware?: Uint8Array) => Promise<Engine>;
  readonly patient: Patient;
  /** Start the recording again when it ends. */
  readonly loop: boolean;
  readonly flash: NorFlash;
  readonly link: Link;
  readonly linkPlan: LinkPlan;
  readonly clockPlan: ClockPlan;
  /** MAX30003 if left out. */
  readonly afe?: AfeName;
  /** With 2, the AFE has a core of its own, which only an erase of flash stops. 1 if left out. */
  readonly cores?: 1 | 2;
  /** Nothing stalls if left out. */
  readonly stallPlan?: StallPlan;
  readonly config: unknown;
  /** Takes the place of `config`; see monitor/provision. */
  readonly provision?: unknown;
  /** The device's secret store, which outlives its power (default: one in memory). */
  readonly store?: SecretStore;
  /** Where the firmware lies that runs, and the next; without it the device takes no updates. */
  readonly slots?: SimulatedSlots | undefined;
  readonly seed: number;
  /** Unix time at the start of the run. [ms] */
  readonly wallStartMs: number;
}

/** What an onlooker may want to know. */
export interface WorldEvents {
  /** A beat that the device marked; `patientSample` is its R peak on the patient's own count. */
  onBeat?: (patientSample: number, heartRateBpm: number) => void;
  /** The class of that beat is known, up to one beat later. */
  onBeatClass?: (patientSample: number, beatClass: number) => void;
  /** An alert that the device raised. */
  onAlert?: (alert: Alert) => void;
  /** Samples that the patient gave, as the electrodes saw them. */
  onSamples?: (firstSample: number, samplesUv: Int32Array, count: number) => void;
}

/** What the device says of itself. */
export interface DeviceFigures {
  readonly pendingAlerts: number;
  /** Strips being written, and parts of them that wait for delivery. */
  readonly pendingEvidence: number;
  readonly lostSamples: number;
  readonly lateSamples: number;
  readonly bootCount: number;
  readonly samples: number;
  /** -1 while unknown. [1/min] */
  readonly heartRateBpm: number;
}

export class World implements LinkTarget {
  readonly #options: WorldOptions;
  readonly #store: SecretStore;
  /** Of this start. */
  #slots: SlotsOfStart | undefined;
  /** The device has asked for a restart, or its firmware has crashed. */
  #restartDue = false;
  readonly #events: WorldEvents;
  readonly #random: Prng;
  readonly #alertDigest = createHash("sha256");
  readonly #shownUv = new Int32Array(WORLD_TICK_MS * SAMPLES_PER_MS);
  #engine: Engine | undefined;
  #chip: AfeChip | undefined;
  /** The AFE is read apart from the monitor's tick: it has no FIFO, or a core of its own. */
  readonly #apart: boolean;
  readonly #stalls: Stalls;
  /** Time goes on by so much at once: a whole tick where nothing can happen within. [ms] */
  readonly #stepMs: number;
  /** The AFE's interrupt or timer has fired, and nobody was free to serve it. */
  #isServiceDue = false;
  /** When the monitor's timer fires next. [ms] */
  #nextTickMs = 0;
  /** True time of each of the chip's latest conversions, by its number. [ms] */
  readonly #conversionMs = new Float64Array(CONVERSIONS_REMEMBERED);
  /** When the sample that the device calls number 0 was converted, or NaN before any was read. [ms] */
  #deviceStartMs = Number.NaN;
  #nowMs = 0;
  #bootedAtMs = 0;
  /** When the device asks for the time. [ms] */
  #timeDueMs = 0;
  /** Steps of the clock plan that have happened. */
  #steps = 0;
  /** An electrode was pulled by hand. */
  #leadPulled = false;
  /** The link was cut by hand. */
  #linkCut = false;
  #beats = 0;
  #alertsRaised = 0;
  #samplesBeforeBoot = 0;
  #lostBeforeBoot = 0;
  #lateBeforeBoot = 0;

  constructor(options: WorldOptions, events: WorldEvents) {
    this.#options = options;
    this.#store = options.store ?? new SecretStore();
    this.#events = events;
    this.#random = new Prng(options.seed);
    const { afe = "max30003", cores = 1, stallPlan = [] } = options;
    this.#apart = afe !== "max30003" || cores === 2;
    this.#stalls = new Stalls(stallPlan);
    this.#stepMs = this.#apart || stallPlan.length > 0 ? 1 : WORLD_TICK_MS;
  }

  /** Time since the start of the run. [ms] */
  get nowMs(): number {
    return this.#nowMs;
  }
  get isPowered(): boolean {
    return this.#engine !== undefined;
  }
  get isLeadOff(): boolean {
    return this.#leadPulled || this.#options.patient.leadOff(this.#patientSample(this.#nowMs));
  }
  /** Beats marked and alerts raised since the start of the run. */
  get beats(): number {
    return this.#beats;
  }
  get alertsRaised(): number {
    return this.#alertsRaised;
  }
  /** Is the recording over? */
  get isFinished(): boolean {
    return !this.#options.loop && this.#nowMs * SAMPLES_PER_MS >= this.#options.patient.sampleCount;
  }

  /** Switches the device on: a new start of the firmware on whatever the flash holds. */
  async powerOn(): Promise<void> {
    const { startEngine, flash, config, provision, afe = "max30003", slots } = this.#options;
    this.#slots = slots && new SlotsOfStart(slots);
    this.#chip = emulateAfe(afe, this.#electrodes());
    this.#nextTickMs = this.#nowMs + WORLD_TICK_MS;
    this.#isServiceDue = false;
    this.#deviceStartMs = Number.NaN;
    this.#bootedAtMs = this.#nowMs;
    this.#timeDueMs = this.#nowMs;
    this.#restartDue = false;
    const options: BootOptions = {
      afe, apart: this.#apart, config, provision, entropy: this.#random.nextInt32(), flashBlockBytes: flash.blockBytes, flashBlockCount: flash.blockCount, ticks: this.#ticks(),
      updateBoard: slots && SIMULATED_BOARD,
    };
    try {
      const engine = await startEngine((op, a, b, bytes) => this.#serve(op, a, b, bytes), this.#slots?.firmware());
      await engine.call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)));
      this.#engine = engine;
    } catch (error) {
      if (!this.#slots?.isOnTrial) throw error;
      await this.powerOn();
    }
  }

  /** Takes the power away at once: nothing is closed, nothing is said. */
  async powerCut(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const figures = await this.figures();
    this.#samplesBeforeBoot += figures.samples;
    this.#lostBeforeBoot += figures.lostSamples;
    this.#lateBeforeBoot += figures.lateSamples;
    this.#engine = undefined;
    this.#chip = undefined;
    this.#options.link.powerCut();
    await engine.kill();
  }

  setLeadPulled(pulled: boolean): void {
    this.#leadPulled = pulled;
  }
  setLinkCut(cut: boolean): void {
    this.#linkCut = cut;
  }
  /** Presses the standby key. */
  async setStandby(standby: boolean): Promise<void> {
    await this.#engine?.call(CALL_STANDBY, standby ? 1 : 0, 0);
  }

  /** Lets WORLD_TICK_MS pass: one tick of the firmware, if nothing stalls it. */
  async tick(): Promise<void> {
    const endMs = this.#nowMs + WORLD_TICK_MS;
    while (this.#nowMs < endMs) {
      this.#nowMs += this.#stepMs;
      if (this.#nowMs === endMs) this.#show();
      try {
        await this.#step(this.#nowMs);
      } catch (error) {
        // A firmware on trial may crash; then the bootloader takes the one before.
        if (!this.#slots?.isOnTrial) throw error;
        await this.#engine?.kill();
        this.#engine = undefined;
        this.#options.link.powerCut();
        await this.powerOn();
      }
    }
    if (!this.#restartDue) return;
    await this.powerCut();
    await this.powerOn();
  }

  async #step(nowMs: number): Promise<void> {
    const { link, linkPlan } = this.#options;
    const stalls = this.#stalls;
    stalls.advanceTo(nowMs);
    const isTickDue = nowMs >= this.#nextTickMs && stalls.isMonitorFree(nowMs);
    // The network's news wait for the monitor, as do its own pings.
    link.setUp(!this.#linkCut && isLinkUp(linkPlan, nowMs / 1000));
    link.setSilent(isLinkSilent(linkPlan, nowMs / 1000));
    if (isTickDue && link.isDue(nowMs)) await link.advanceTo(nowMs, this);
    else link.passTo(nowMs);
    if (isTickDue) this.#nextTickMs = nowMs + WORLD_TICK_MS;
    const engine = this.#engine;
    if (!engine) return;
    const chip = this.#chip as AfeChip;
    chip.advanceTo(nowMs * 1000);
    const uptimeMs = nowMs - this.#bootedAtMs;
    if (this.#apart && chip.isServiceDue(uptimeMs)) this.#isServiceDue = true;
    if (this.#isServiceDue && this.#canServe(nowMs)) {
      this.#isServiceDue = false;
      const served = engine.call(CALL_SERVICE, uptimeMs, 0);
      if (typeof served !== "number") await served;
    }
    if (!isTickDue) return;
    const done = engine.call(CALL_TICK, this.#ticks(), this.#toldTimeMs());
    if (typeof done !== "number") await done;
    stalls.occurred("tick", nowMs);
    if (Number.isNaN(this.#deviceStartMs)) await this.#alignCounts();
  }

  /** Is the core free that reads the AFE? */
  #canServe(nowMs: number): boolean {
    return this.#options.cores === 2 ? this.#stalls.isOtherCoreFree(nowMs) : this.#stalls.isMonitorFree(nowMs);
  }

  /** What the device says of itself, over all its starts in this run; zeros while it has no power. */
  async figures(): Promise<DeviceFigures> {
    const ask = async (figure: number): Promise<number> => (await this.#engine?.call(CALL_FIGURE, figure, 0)) ?? 0;
    return {
      pendingAlerts: await ask(FIGURE_PENDING_ALERTS),
      pendingEvidence: await ask(FIGURE_PENDING_EVIDENCE),
      lostSamples: this.#lostBeforeBoot + (await ask(FIGURE_LOST_SAMPLES)),
      lateSamples: this.#lateBeforeBoot + (await ask(FIGURE_LATE_SAMPLES)),
      bootCount: await ask(FIGURE_BOOT_COUNT),
      samples: this.#samplesBeforeBoot + (await ask(FIGURE_SAMPLES)),
      heartRateBpm: this.#engine ? await ask(FIGURE_HEART_RATE) : -1,
    };
  }

  /** The chip throws samples away while it starts: finds out which of its conversions became the device's sample 0. */
  async #alignCounts(): Promise<void> {
    const lastRead = this.#chip?.lastReadIndex ?? -1;
    const samples = lastRead < 0 ? 0 : await (this.#engine as Engine).call(CALL_FIGURE, FIGURE_SAMPLES, 0);
    if (samples > 0) this.#deviceStartMs = (this.#conversionMs[lastRead % CONVERSIONS_REMEMBERED] as number) - (samples - 1) / SAMPLES_PER_MS;
  }

  /** SHA-256 over all alerts raised in this run, in order, and every byte of flash. */
  digest(): string {
    return this.#alertDigest.copy().update(this.#options.flash.image).digest("hex");
  }

  /** What the engine tells of its memory after collecting garbage, undefined if it can't. */
  async memory(): Promise<unknown> {
    return this.#engine?.memory?.(true);
  }

  /** Ends the run: the device is switched off and says nothing any more. */
  async close(): Promise<void> {
    this.#options.link.powerCut();
    await this.#engine?.close();
    this.#engine = undefined;
  }

  onWritable(session: number, byteCount: number): void | Promise<void> {
    return this.#pass(CALL_MQTT_WRITABLE, session, byteCount);
  }
  onControl(session: number, operation: number, packetId: number): void | Promise<void> {
    return this.#pass(CALL_MQTT_CONTROL, session, operation * 65536 + packetId);
  }
  onMessage(session: number, message: Uint8Array): void | Promise<void> {
    return this.#pass(CALL_MQTT_MESSAGE, session, 0, message);
  }
  onError(session: number): void | Promise<void> {
    return this.#pass(CALL_MQTT_ERROR, session, 0);
  }

  #pass(op: number, a: number, b: number, bytes?: Uint8Array): void | Promise<void> {
    const done = this.#engine?.call(op, a, b, bytes);
    if (done instanceof Promise) return done.then(() => {});
  }

  /** What the device's millisecond counter shows: 32 bits, signed, as on the ESP32. */
  #ticks(): number {
    const { fastPpm, wrapS } = this.#options.clockPlan;
    const passedMs = Math.round((this.#nowMs - this.#bootedAtMs) * (1 + fastPpm / 1_000_000));
    return (passedMs + (wrapS === undefined ? 0 : 0x8000_0000 - wrapS * 1000)) | 0;
  }

  /** @returns the Unix time if the device is told it now, or 0. [ms] */
  #toldTimeMs(): number {
    const { link, clockPlan, wallStartMs } = this.#options;
    const nowMs = this.#nowMs;
    const step = clockPlan.steps[this.#steps];
    if (step && nowMs >= step.atS * 1000) {
      this.#steps++;
      return wallStartMs + nowMs + step.errorS * 1000;
    }
    if (nowMs < this.#timeDueMs || !link.isUp || link.isSilent) return 0;
    const isSilent = clockPlan.silences.some(({ fromS, toS }) => nowMs >= fromS * 1000 && nowMs < toS * 1000);
    this.#timeDueMs = nowMs + (isSilent ? TIME_RETRY_MS : TIME_RENEWAL_MS);
    return isSilent ? 0 : wallStartMs + nowMs;
  }

  /** Number of the patient's sample at a time; a recording that loops starts again. */
  #patientSample(ms: number): number {
    const sample = Math.round(ms * SAMPLES_PER_MS);
    return this.#options.loop ? sample % this.#options.patient.sampleCount : sample;
  }

  #electrodes(): EcgSource {
    const nextSample = (sampleIndex: number, timeUs: number): number => {
      this.#conversionMs[sampleIndex % CONVERSIONS_REMEMBERED] = timeUs / 1000;
      return this.#electrodeUv(this.#patientSample(timeUs / 1000));
    };
    const isLeadOff = (): boolean => this.isLeadOff;
    return {
      nextSample,
      get leadOff() {
        return isLeadOff();
      },
    };
  }

  #electrodeUv(patientSample: number): number {
    return this.isLeadOff ? 0 : this.#options.patient.sampleUv(patientSample);
  }

  #show(): void {
    const { onSamples } = this.#events;
    if (!onSamples) return;
    const shownUv = this.#shownUv;
    const first = Math.round((this.#nowMs - WORLD_TICK_MS) * SAMPLES_PER_MS);
    for (let index = 0; index < shownUv.length; index++)
      shownUv[index] = this.#electrodeUv(this.#patientSample((first + index) / SAMPLES_PER_MS));
    onSamples(first, shownUv, shownUv.length);
  }

  #serve(op: number, a: number, b: number, bytes: Uint8Array = new Uint8Array(0)): number {
    const { flash, link } = this.#options;
    const store = this.#store;
    switch (op) {
      case OP_SPI_TRANSFER:
        return this.#ask((chip) => (chip.transfer(bytes), 0));
      case OP_PIN_READ:
        return this.#ask((chip) => chip.readPin(a));
      case OP_ANALOG_READ:
        return this.#ask((chip) => chip.readAnalog());
      case OP_FLASH_READ:
        return flash.read(bytes, a) ? 1 : 0;
      case OP_FLASH_WRITE:
        return flash.write(bytes, a) ? 1 : 0;
      case OP_FLASH_ERASE:
        this.#stalls.occurred("flash", this.#nowMs);
        return flash.eraseBlock(a) ? 1 : 0;
      case OP_MQTT_OPEN:
        // Without a network there is nobody to shake hands with.
        if (link.isUp) this.#stalls.occurred("tls", this.#nowMs);
        return link.open(bytes, a);
      case OP_MQTT_PUBLISH:
        return link.publish(a, b, bytes, false);
      case OP_MQTT_PUBLISH_RETAINED:
        return link.publish(a, b, bytes, true);
      case OP_MQTT_DISCONNECT:
        link.disconnect(a);
        return 0;
      case OP_MQTT_CLOSE:
        link.close(a);
        return 0;
      case OP_MQTT_SUBSCRIBE:
        return link.subscribe(a, b, bytes);
      case OP_STORE_READ:
        return store.read(bytes);
      case OP_STORE_WRITE:
        return store.write(bytes);
      case OP_SLOTS:
        return this.#slots?.serve(a, b, bytes) ?? 0;
      case OP_IMAGE_CHECK:
        return this.#slots?.check(a, bytes) ?? 0;
      case OP_RESTART:
        this.#restartDue = true;
        return 0;
      case OP_AEAD:
        return serveAead(bytes, a, b);
      case OP_BEAT:
        this.#beats++;
        this.#events.onBeat?.(this.#sampleOfPatient(a), b);
        return 0;
      case OP_BEAT_CLASS:
        this.#events.onBeatClass?.(this.#sampleOfPatient(a), b);
        return 0;
      case OP_ALERT:
        return this.#onAlert(bytes);
      default:
        throw new Error(`world: unknown operation ${op}`);
    }
  }

  /** @returns what the front end says, -1 for a fault of its wires */
  #ask(question: (chip: AfeChip) => number): number {
    try {
      return this.#chip ? question(this.#chip) : 0;
    } catch {
      return -1;
    }
  }

  #sampleOfPatient(deviceSample: number): number {
    return Math.round(this.#deviceStartMs * SAMPLES_PER_MS) + deviceSample;
  }

  #onAlert(record: Uint8Array): number {
    this.#alertsRaised++;
    this.#alertDigest.update(record);
    const decoded = decodeAlert(record);
    if (!decoded.ok) throw new Error(`the device raised an alert that cannot be read: ${decoded.problem}`);
    this.#events.onAlert?.(decoded.value);
    return 0;
  }
}

/** OP_AEAD */
export function serveAead(bytes: Uint8Array, a: number, associatedBytes: number): number {
  const keyBytes = a % 256;
  const nonceOffset = keyBytes;
  const associatedOffset = nonceOffset + AEAD_NONCE_BYTES;
  const textOffset = associatedOffset + associatedBytes;
  const aead = new NodeAead();
  const [key, nonce, associated] = [bytes.subarray(0, keyBytes), bytes.subarray(nonceOffset, associatedOffset), bytes.subarray(associatedOffset, textOffset)];
  const result = a < 256 ? aead.seal(key, nonce, associated, bytes.subarray(textOffset, bytes.length - AEAD_TAG_BYTES)) : aead.open(key, nonce, associated, bytes.subarray(textOffset));
  if (!result) return 0;
  bytes.set(result, textOffset);
  return 1;
}
