// SwarmWorld: one device with all that stands around it in a run of the swarm, in simulated time and without anything real. It lets the plan's
// faults happen and tells the checkers what they need; it judges nothing itself.
import { type Hash, createHash } from "node:crypto";
import { Prng } from "../../src/base/prng.js";
import { Max30003Emulator } from "../../src/drivers/max30003/emulator.js";
import {
  CALL_BOOT, CALL_FIGURE, CALL_MQTT_CONTROL, CALL_MQTT_ERROR, CALL_MQTT_MESSAGE, CALL_MQTT_WRITABLE, CALL_STANDBY, CALL_TICK, FIGURE_BOOT_COUNT, FIGURE_PENDING_ALERTS,
  FIGURE_PENDING_EVIDENCE, type HostCall, OP_AEAD, OP_ALERT, OP_BEAT, OP_BEAT_CLASS, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_MQTT_CLOSE, OP_MQTT_DISCONNECT,
  OP_MQTT_OPEN, OP_MQTT_PUBLISH, OP_MQTT_PUBLISH_RETAINED, OP_MQTT_SUBSCRIBE, OP_SPI_TRANSFER, OP_STORE_READ, OP_STORE_WRITE, unpackTexts,
} from "../../src/platform/desk/border.js";
import type { Engine } from "../../src/platform/sim/engine.js";
import { CUT_UNSTABLE, NorFlash, PowerCut } from "../../src/platform/sim/flash.js";
import { NodeAead } from "../../src/platform/sim/node-aead.js";
import { serveAead } from "../../src/platform/sim/world.js";
import type { XsMemoryReport } from "../../src/platform/sim/xs-memory-report.js";
import { Subscriber } from "../../src/subscriber/subscriber.js";
import { AlertChecker } from "./alert-checker.js";
import { CommandChecker } from "./command-checker.js";
import { Commander } from "./commander.js";
import { DeliveryChecker } from "./delivery-checker.js";
import type { Judge } from "./judge.js";
import { PatientChecker } from "./patient-checker.js";
import { PatientTape } from "./patient-tape.js";
import type { SwarmPlan, WorldEvent } from "./plan.js";
import { SecrecyChecker } from "./secrecy-checker.js";
import { SessionChecker } from "./session-checker.js";
import { StripChecker } from "./strip-checker.js";
import { SwarmNetwork } from "./swarm-network.js";
import { KIND_ALERT, KIND_DROPPED, KIND_STATUS, KIND_STRIP, type MessageFacts, readAlert, readCommandStatus, readDrop, readMessage, readPart } from "./wire-reader.js";

/** The firmware's own tick. [ms] */
const TICK_MS = 40;
const DEVICE = "edgebeat-1";
/** A part of a strip takes up to 342 bytes of a block, and its frame. */
const PART_BLOCK_BYTES = 512;
/** A block begins with two of them. */
const HEADER_COPY_BYTES = 32;
const COMMAND_TOPIC = `edgebeat/v1/${DEVICE}/command`;
/** Ticks while nothing but delivery goes on. [ms] */
const DRAIN_TICK_MS = 200;
/** With everything healed the device may need its longest back-off, a session that never opens and some more. [ms] */
const DRAIN_MS_MAX = 300_000;
/** Unix time at the start of a run. [ms] */
const WALL_START_MS = Date.UTC(2026, 0, 1);
/** A power cut that no operation of the flash came up for happens by itself. [ms] */
const CUT_PATIENCE_MS = 2000;
/** How long the device may have no power to begin with. The chip needs a moment to start. [ms] */
const CHIP_START_MS = 2500;
/** A chip that has stopped is set up anew within 10 s, so says the driver. */
const HANG_MS = 15_000;
/** Calls out of the firmware in one call of it, but for a mount. A tick that fills, empties and drops makes a few thousand. */
const CALLS_MAX = 6000;
/** In a mount: a read for each granule of the flash and then some. */
const MOUNT_CALLS_PER_KB = 400;

/** By then the device has opened its session and filled its tables. [ms] */
const SETTLED_MS = 10_000;
/** A session that is open or not makes a difference of this much. */
const SLOTS_GROWTH_MAX = 128;
const CHUNKS_GROWTH_MAX = 1024;

/** What may come between the chip's samples and the device's. */
const DISTURBS_SAMPLES: ReadonlySet<WorldEvent["do"]> = new Set(["bus", "lead-off", "hang", "chip-reset", "corrupt", "late"]);

export type EngineStart = (hostCall: HostCall) => Engine | Promise<Engine>;

export class SwarmWorld {
  readonly #plan: SwarmPlan;
  readonly #judge: Judge;
  readonly #startEngine: EngineStart;
  readonly #random: Prng;
  readonly #flash: NorFlash;
  readonly #network: SwarmNetwork;
  readonly #tape: PatientTape;
  readonly #digest: Hash = createHash("sha256");
  readonly alerts: AlertChecker;
  readonly delivery: DeliveryChecker;
  readonly sessions: SessionChecker;
  readonly patient: PatientChecker;
  readonly secrecy: SecrecyChecker;
  readonly commands: CommandChecker;
  readonly strips: StripChecker;
  /** Undefined: the device is not provisioned. */
  readonly #provision: Readonly<Record<"data" | "command", Uint8Array>> | undefined;
  readonly #commander: Commander | undefined;

  #engine: Engine | undefined;
  #chip: Max30003Emulator | undefined;
  #subscriber: Subscriber;
  /** Messages that the broker keeps for a subscriber that is away. */
  #kept: (readonly [string, Uint8Array])[] = [];
  #subscriberAwayUntilMs = 0;
  #nextEvent = 0;
  #nowMs = 0;
  #bootMs = 0;
  /** What the device's clock said in the latest tick. [ms] */
  #uptimeMs = 0;
  /** What the network tells of the time in the next tick, 0 for nothing. [ms] */
  #tellWallMs = 0;
  /** Unix time minus uptime as it was told in this boot, NaN before. [ms] */
  #wallOffsetMs = Number.NaN;
  #powerWent = false;
  #cutDueMs = Number.POSITIVE_INFINITY;
  #offUntilMs = 0;
  #rotBits = 0;
  /** By block: the copy of its header that has rotted. */
  readonly #rottenCopies = new Map<number, number>();
  #leadOffUntilMs = 0;
  #busFaultUntilMs = 0;
  #storeFailsUntilMs = 0;
  /** What the device's store of secrets holds. */
  #stored: Uint8Array | undefined;
  #busState: "high" | "low" | "throws" = "throws";
  #lateMs = 0;
  #calls = 0;
  /** What the firmware took of its memory in this boot, once it had settled; where the engine can tell. */
  #settled: XsMemoryReport | undefined;
  #isStandby = false;

  constructor(plan: SwarmPlan, startEngine: EngineStart, judge: Judge) {
    this.#plan = plan;
    this.#judge = judge;
    this.#startEngine = startEngine;
    this.#random = new Prng(plan.seed ^ 0x5eed);
    this.#flash = new NorFlash({ blockBytes: plan.blockBytes, blockCount: plan.blockCount, seed: plan.seed, strict: true });
    this.#tape = new PatientTape(plan.segments);
    this.alerts = new AlertChecker(judge);
    this.delivery = new DeliveryChecker(judge);
    this.sessions = new SessionChecker(judge);
    this.patient = new PatientChecker(judge, plan.segments);
    const { keyBytes } = plan;
    const keyOf = (byteCount: number): Uint8Array => Uint8Array.from({ length: byteCount }, () => this.#random.below(256));
    this.#provision = keyBytes === 0 ? undefined : { data: keyOf(keyBytes), command: keyOf(48 - keyBytes) };
    this.#commander = this.#provision && new Commander(this.#random, COMMAND_TOPIC, this.#provision.command, keyBytes);
    this.secrecy = new SecrecyChecker(judge, this.#provision?.data);
    this.commands = new CommandChecker(judge, COMMAND_TOPIC, this.#provision?.command);
    this.strips = new StripChecker(judge, plan.blockBytes >= PART_BLOCK_BYTES);
    this.#subscriber = this.#newSubscriber();
    const { writableBytes, latencyMs, latencySpreadMs, broker } = plan;
    this.#network = new SwarmNetwork({ random: this.#random, writableBytes, latencyMs, latencySpreadMs, broker }, {
      onConnected: (session) => this.sessions.onConnected(session, this.#uptimeMs),
      onPublished: (session, packetId, topic, message, room, needed) => this.#onPublished(session, packetId, topic, message, room, needed),
      onAcknowledged: () => {},
      onEnded: () => this.sessions.onEnded(),
      onArrived: (topic, message) => this.#onArrived(topic, message),
    });
  }

  get flash(): NorFlash {
    return this.#flash;
  }
  /** How often the device has started. */
  boots = 0;
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How long the plan's patient lasts. [ms] */
  get endMs(): number {
    return this.#plan.segments.reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
  }

  /** Plays the plan to its end, then lets the device deliver what it holds and starts it once more. */
  async run(): Promise<void> {
    const { endMs } = this;
    await this.powerOn();
    while (this.#nowMs < endMs && !this.hasFailed) {
      await this.step(TICK_MS);
      if (this.#settled === undefined && this.#uptimeMs >= SETTLED_MS) this.#settled = await this.memory();
    }
    await this.finish();
  }

  /** Heals the world, lets the device deliver what it holds, starts it once more, and has the checkers draw their conclusions. */
  async finish(): Promise<void> {
    await this.#drain();
    await this.#compareMemory();
    await this.#restart();
    if (!this.hasFailed) this.delivery.end();
    if (!this.hasFailed) this.strips.end();
    this.sessions.end();
    this.secrecy.end(this.#flash.image);
    await this.#engine?.close();
  }

  /** What the engine tells of its memory after collecting garbage, if it can. */
  async memory(): Promise<XsMemoryReport | undefined> {
    return this.#engine?.memory?.(true);
  }

  /** Suspends monitoring, or takes it up again. */
  async setStandby(standby: boolean): Promise<void> {
    if (!this.#engine || this.#isStandby === standby) return;
    this.#isStandby = standby;
    if (standby) this.strips.onEnd(this.#nowMs);
    await this.#call(CALL_STANDBY, standby ? 1 : 0, 0);
  }

  /** SHA-256 over what was raised, sent and taken, and every byte of flash. */
  digest(): string {
    return this.#digest.copy().update(this.#flash.image).digest("hex");
  }

  /** Asks the device for a figure. */
  async figure(which: number): Promise<number> {
    return (await this.#engine?.call(CALL_FIGURE, which, 0)) ?? 0;
  }

  /** The firmware failed: there is nothing more to learn. */
  get hasFailed(): boolean {
    return this.#judge.complaints.some(({ checker }) => checker === "exception");
  }

  async powerOn(): Promise<void> {
    this.#flash.powerUp();
    this.#powerWent = false;
    this.#bootMs = this.#nowMs;
    this.#wallOffsetMs = Number.NaN;
    this.#tellWallMs = 0;
    this.#uptimeMs = 0;
    this.#isStandby = false;
    this.#settled = undefined;
    this.#chip = this.#newChip();
    this.#engine = await this.#startEngine((op, a, b, bytes) => this.#serve(op, a, b, bytes));
    const { blockBytes, blockCount, startTicks } = this.#plan;
    this.strips.onBoot();
    if (this.#nowMs < Math.max(this.#busFaultUntilMs, this.#leadOffUntilMs)) this.strips.onDisturbed(false);
    const provision = this.#provision && { version: 1, deviceId: DEVICE, keys: { epoch: 1, data: hexOf(this.#provision.data), command: hexOf(this.#provision.command) } };
    const options = { config: {}, provision, ticks: startTicks, entropy: this.#random.nextInt32(), flashBlockBytes: blockBytes, flashBlockCount: blockCount };
    const result = await this.#call(CALL_BOOT, 0, 0, new TextEncoder().encode(JSON.stringify(options)), MOUNT_CALLS_PER_KB * ((blockBytes * blockCount) / 1024));
    if (this.#powerWent || this.hasFailed) return;
    if (result !== 0) this.#judge.complain("exception", `the device does not start: ${result}`);
    const bootCount = await this.figure(FIGURE_BOOT_COUNT);
    for (const checker of [this.alerts, this.commands, this.secrecy]) checker.onBoot(bootCount);
    this.boots++;
    this.patient.onBoot(this.#nowMs + CHIP_START_MS);
  }

  /** Lets time pass up to the firmware's next tick, and a tick if the device has power. */
  async step(tickMs: number): Promise<void> {
    this.#nowMs += tickMs + this.#lateMs;
    this.#lateMs = 0;
    this.#judge.nowMs = this.#nowMs;
    await this.#network.advanceTo(this.#nowMs, {
      onWritable: (session, byteCount) => this.#pass(CALL_MQTT_WRITABLE, session, byteCount),
      onControl: (session, operation, packetId) => this.#onControl(session, operation, packetId),
      onError: (session) => this.#pass(CALL_MQTT_ERROR, session, 0),
      onMessage: (session, message) => this.#giveCommand(session, message),
    });
    if (this.#kept.length > 0 && this.#nowMs >= this.#subscriberAwayUntilMs) this.#catchUp();
    if (!this.#engine && this.#nowMs >= this.#offUntilMs) await this.powerOn();
    await this.#happen();
    const command = this.#commander?.next(this.#nowMs, WALL_START_MS + this.#nowMs);
    if (command) this.#network.send(command);
    if (this.#nowMs >= this.#cutDueMs) await this.#losePower();
    if (!this.#engine) return;
    this.#tellTime();
    const chip = this.#chip as Max30003Emulator;
    chip.bus = this.#nowMs < this.#busFaultUntilMs ? this.#busState : "ok";
    chip.advanceTo(this.#nowMs * 1000);
    await this.#call(CALL_TICK, this.#plan.startTicks + this.#uptimeMs, this.#tellWallMs);
    this.#tellWallMs = 0;
    this.patient.onTick(this.#nowMs);
    this.strips.onTick(this.#nowMs);
  }

  /** Alerts in flash, parts of strips, commands that nobody knows the end of. */
  async #isBusy(): Promise<boolean> {
    return !this.#engine || this.#commander?.isDone === false || (await this.figure(FIGURE_PENDING_ALERTS)) > 0 || (await this.figure(FIGURE_PENDING_EVIDENCE)) > 0;
  }

  async #giveCommand(session: number, message: Uint8Array): Promise<void> {
    this.commands.onGiven(message);
    await this.#call(CALL_MQTT_MESSAGE, session, 0, message);
    const { rotatesTo, setsTimeMs } = this.commands.onTaken();
    if (rotatesTo) this.secrecy.onRotated(rotatesTo.epoch, rotatesTo.key);
    if (setsTimeMs !== undefined && this.#engine) this.#wallOffsetMs = setsTimeMs - this.#uptimeMs;
  }

  async #drain(): Promise<void> {
    this.patient.forgetTechnical();
    this.#network.heal();
    if (this.hasFailed) return;
    this.#leadOffUntilMs = this.#busFaultUntilMs = this.#storeFailsUntilMs = 0;
    this.#cutDueMs = Number.POSITIVE_INFINITY;
    this.#flash.powerUp();
    const untilMs = this.#nowMs + DRAIN_MS_MAX;
    this.#nextEvent = this.#plan.events.length;
    do {
      await this.setStandby(true);
      await this.step(DRAIN_TICK_MS);
    } while (this.#nowMs < untilMs && !this.hasFailed && (await this.#isBusy()));
    // A slow link takes longer for all strips.
    if ((await this.figure(FIGURE_PENDING_EVIDENCE)) > 0) this.strips.onDoubt();
    const pending = await this.figure(FIGURE_PENDING_ALERTS);
    if (this.#commander?.isDone === false && !this.hasFailed) this.#judge.complain("commands", `a command has no answer ${DRAIN_MS_MAX / 1000} s after everything was healed`);
    if (pending > 0) this.#judge.complain("delivery", `${pending} alerts are still pending ${DRAIN_MS_MAX / 1000} s after everything was healed`);
    this.#subscriberAwayUntilMs = 0;
    await this.step(DRAIN_TICK_MS);
  }

  /** What is alive is as much as it was in the same boot. */
  async #compareMemory(): Promise<void> {
    const before = this.#settled;
    const after = this.hasFailed ? undefined : await this.memory();
    if (!before || !after) return;
    const [slots, chunksBytes] = [after.slots - before.slots, after.chunksBytes - before.chunksBytes];
    if (slots > SLOTS_GROWTH_MAX || chunksBytes > CHUNKS_GROWTH_MAX) this.#judge.complain("memory", `${slots} slots and ${chunksBytes} bytes of chunks more are alive than ${SETTLED_MS / 1000} s after the start`);
  }

  /** What was acknowledged must be so after a restart, too. */
  async #restart(): Promise<void> {
    if (this.hasFailed) return;
    await this.#losePower();
    this.#offUntilMs = 0;
    await this.step(DRAIN_TICK_MS);
    await this.setStandby(true);
    for (let tick = 0; tick < 50 && !this.hasFailed; tick++) await this.step(DRAIN_TICK_MS);
  }

  /** The plan's events whose time has come. */
  async #happen(): Promise<void> {
    for (;;) {
      const event = this.#plan.events[this.#nextEvent];
      if (!event || event.atMs > this.#nowMs) return;
      this.#nextEvent++;
      if (event.do === "power-cut" && this.#engine) this.#armCut(event);
      else this.#disturb(event);
    }
  }

  #disturb(event: WorldEvent): void {
    const nowMs = this.#nowMs;
    if (DISTURBS_SAMPLES.has(event.do)) this.strips.onDisturbed(event.do === "corrupt");
    switch (event.do) {
      case "bus":
        this.patient.forgetTechnical();
        if (nowMs >= this.#leadOffUntilMs) this.patient.expectAfeFault(nowMs, event.forMs);
        this.#busFaultUntilMs = nowMs + event.forMs;
        this.#busState = event.state;
        return this.patient.disturb(nowMs + event.forMs + CHIP_START_MS);
      case "lead-off":
        this.patient.forgetTechnical();
        if (nowMs >= this.#busFaultUntilMs) this.patient.expectLeadOff(nowMs, event.forMs);
        this.#leadOffUntilMs = nowMs + event.forMs;
        return this.patient.disturb(nowMs + event.forMs + CHIP_START_MS);
      case "hang":
        this.patient.forgetTechnical();
        this.#chip?.hang();
        return this.patient.disturb(nowMs + HANG_MS);
      case "chip-reset":
        this.patient.forgetTechnical();
        this.#chip?.resetPower();
        return this.patient.disturb(nowMs + CHIP_START_MS);
      case "corrupt":
        this.patient.forgetTechnical();
        this.#chip?.corruptNextFrame(event.byteIndex, event.mask);
        return this.patient.disturb(nowMs + CHIP_START_MS);
      case "late":
        this.patient.forgetTechnical();
        this.#lateMs += event.forMs;
        // The chip's FIFO holds 128 ms; the tick itself takes 40 of them.
        if (nowMs >= this.#busFaultUntilMs && nowMs >= this.#leadOffUntilMs) this.patient.expectLoss(nowMs, this.#lateMs);
        return this.patient.disturb(nowMs + event.forMs);
      case "link-down":
        return this.#network.takeDown(event.forMs);
      case "half-open":
        return this.#network.halfOpen(event.forMs);
      case "broker-drop":
        return this.#network.drop();
      case "broker-refuse":
        return this.#network.refuse(event.forMs, event.accepts);
      case "set-clock":
        this.#tellWallMs = WALL_START_MS + nowMs + event.offsetMs;
        return;
      case "subscriber-restart":
        this.#subscriberAwayUntilMs = nowMs + event.downMs;
        this.#subscriber = this.#newSubscriber();
        return this.delivery.onSubscriberRestart();
      case "command":
        return this.#commander?.wish(event.wish, event.value);
      case "intrude":
        return this.#commander && this.#network.send(this.#commander.intrude(event.intrusion, event.value));
      case "store-fails":
        this.#storeFailsUntilMs = nowMs + event.forMs;
        return;
      case "power-cut":
    }
  }

  #armCut(event: WorldEvent & { do: "power-cut" }): void {
    if (this.#cutDueMs < Number.POSITIVE_INFINITY) return;
    this.#flash.cutAfter(event.operations, event.outcome);
    if (event.outcome === CUT_UNSTABLE) this.#onDoubt();
    this.#cutDueMs = this.#nowMs + CUT_PATIENCE_MS;
    this.#offUntilMs = event.offMs;
    this.#rotBits = event.rotBits;
  }

  async #losePower(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    this.#engine = undefined;
    this.#chip = undefined;
    this.#cutDueMs = Number.POSITIVE_INFINITY;
    this.#offUntilMs += this.#nowMs;
    this.#network.powerCut();
    this.delivery.onPowerCut(this.alerts.nextName);
    this.patient.onPowerGone(this.#nowMs);
    this.strips.onEnd(this.#nowMs);
    await engine.kill();
    if (this.#rotBits === 0) return;
    this.#onDoubt();
    this.delivery.onRot(this.#rotBits);
    for (; this.#rotBits > 0; this.#rotBits--) this.#rot();
  }

  /** A bit turns over; of the two copies of a block's header, at most one rots: against both nothing helps. */
  #rot(): void {
    const { image, blockBytes } = this.#flash;
    const offset = this.#random.below(image.length);
    const bit = this.#random.below(8);
    const block = Math.floor(offset / blockBytes);
    const copy = Math.floor((offset % blockBytes) / HEADER_COPY_BYTES);
    if (copy < 2 && (this.#rottenCopies.get(block) ?? copy) !== copy) return;
    if (copy < 2) this.#rottenCopies.set(block, copy);
    this.#flash.flip(offset, bit);
  }

  #onDoubt(): void {
    this.sessions.onDoubt();
    this.strips.onDoubt();
  }

  async #onControl(session: number, operation: number, packetId: number): Promise<void> {
    await this.#pass(CALL_MQTT_CONTROL, session, operation * 65_536 + packetId);
    if (operation === 4) this.sessions.onAcknowledged(packetId, this.#powerWent);
  }

  async #pass(op: number, a: number, b: number): Promise<void> {
    await this.#call(op, a, b);
  }

  /** Calls the firmware. If the power goes meanwhile, or the firmware fails, the device is off afterwards. */
  async #call(op: number, a: number, b: number, bytes?: Uint8Array, callsMax = CALLS_MAX): Promise<number> {
    const engine = this.#engine;
    if (!engine) return -1;
    this.#calls = 0;
    let result = -1;
    try {
      const done = engine.call(op, a, b, bytes);
      result = typeof done === "number" ? done : await done;
    } catch (error) {
      if (!this.#powerWent) {
        this.#judge.complain("exception", `the firmware failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        this.#engine = undefined;
        await engine.kill();
      }
    }
    if (this.#calls > callsMax) this.#judge.complain("work", `${this.#calls} calls out of the firmware in call ${op} of it`);
    if (this.#powerWent) await this.#losePower();
    return result;
  }

  #tellTime(): void {
    const trueMs = this.#nowMs - this.#bootMs;
    this.#uptimeMs = Math.floor(trueMs * (1 + this.#plan.clockPpm / 1e6));
    if (this.#tellWallMs > 0) this.#wallOffsetMs = this.#tellWallMs - this.#uptimeMs;
  }

  /** What the device's clock must say now, 0 while it can't know. [ms] */
  get #wallMs(): number {
    return Number.isNaN(this.#wallOffsetMs) ? 0 : this.#wallOffsetMs + this.#uptimeMs;
  }

  #serve(op: number, a: number, b: number, bytes: Uint8Array = new Uint8Array(0)): number {
    this.#calls++;
    if (this.#powerWent) throw new PowerCut("swarm: the power is off");
    switch (op) {
      case OP_SPI_TRANSFER:
        return this.#transfer(bytes);
      case OP_FLASH_READ:
        return this.#flash.read(bytes, a) ? 1 : 0;
      case OP_FLASH_WRITE:
        return this.#operate(() => this.#flash.write(bytes, a));
      case OP_FLASH_ERASE:
        return this.#operate(() => this.#flash.eraseBlock(a));
      case OP_MQTT_OPEN:
        return this.#open(a, bytes);
      case OP_MQTT_SUBSCRIBE:
        return this.#network.subscribe(a, b, unpackTexts(bytes, 1).texts[0] as string);
      case OP_MQTT_PUBLISH:
      case OP_MQTT_PUBLISH_RETAINED:
        return this.#publish(a, b, bytes);
      case OP_MQTT_DISCONNECT:
        return 0;
      case OP_MQTT_CLOSE:
        this.#network.close(a);
        return 0;
      case OP_AEAD:
        return serveAead(bytes, a, b);
      case OP_STORE_READ:
        if (!this.#stored) return -1;
        bytes.set(this.#stored);
        return this.#stored.length;
      case OP_STORE_WRITE:
        return this.#store(bytes);
      case OP_BEAT:
      case OP_BEAT_CLASS:
        this.#digest.update(`beat ${op} ${a} ${b};`);
        return 0;
      case OP_ALERT:
        return this.#onAnnounced(bytes);
      default:
        throw new Error(`swarm: unknown operation ${op}`);
    }
  }

  /** The power may go in this operation, too: the old bytes stay, or the new ones are there. */
  #store(bytes: Uint8Array): number {
    if (this.#nowMs < this.#storeFailsUntilMs) return 0;
    const isCut = this.#cutDueMs < Number.POSITIVE_INFINITY && this.#random.below(2) === 0;
    if (!isCut || this.#random.below(2) === 0) {
      this.#stored = bytes.slice();
      this.commands.onStored();
    }
    if (!isCut) return 1;
    this.#powerWent = true;
    throw new PowerCut("swarm: the power goes while the store is written to");
  }

  #open(keepAliveMs: number, packed: Uint8Array): number {
    const { texts, tail } = unpackTexts(packed, 2);
    this.#digest.update(tail);
    const lastWill = this.secrecy.onSent(texts[1] as string, tail);
    const message = lastWill && readMessage(lastWill);
    if (typeof message === "string") this.#judge.complain("falsehood", message);
    else if (message) this.#onStatus(message);
    return this.#network.open(keepAliveMs);
  }

  /** A status that the device sends, or has the broker keep. */
  #onStatus(message: MessageFacts): void {
    const status = readCommandStatus(message.record);
    if (typeof status === "string") this.#judge.complain("falsehood", status);
    else this.commands.onStatus(status);
  }

  #operate(operation: () => boolean): number {
    try {
      return operation() ? 1 : 0;
    } catch (error) {
      if (error instanceof PowerCut) this.#powerWent = true;
      throw error;
    }
  }

  #transfer(bytes: Uint8Array): number {
    try {
      (this.#chip as Max30003Emulator).transfer(bytes);
      return 0;
    } catch {
      return -1;
    }
  }

  #publish(session: number, packetId: number, packed: Uint8Array): number {
    const { texts, tail } = unpackTexts(packed, 1);
    return this.#network.publish(session, packetId, texts[0] as string, tail.slice());
  }

  #onAnnounced(record: Uint8Array): number {
    this.#digest.update(record);
    const alert = readAlert(record);
    if (typeof alert === "string") {
      this.#judge.complain("falsehood", alert);
      return 0;
    }
    this.alerts.onAnnounced(alert, this.#uptimeMs, this.#wallMs);
    this.delivery.onAnnounced(alert);
    this.sessions.onAnnounced(alert);
    this.patient.onAnnounced(alert, this.#nowMs);
    this.commands.onAnnounced(alert);
    this.strips.onAnnounced(alert, this.#nowMs);
    this.#commander?.onAnnounced(alert);
    return 0;
  }

  #onPublished(session: number, packetId: number, topic: string, bytes: Uint8Array, roomBytes: number, neededBytes: number): void {
    this.#digest.update(topic).update(bytes);
    const plain = this.secrecy.onSent(topic, bytes);
    if (!plain) return;
    const message = readMessage(plain);
    if (typeof message === "string") return this.#judge.complain("falsehood", message);
    this.alerts.onPublished(message, this.#uptimeMs, this.#wallMs);
    this.sessions.onPublished(session, packetId, message, roomBytes, neededBytes);
    if (message.kind === KIND_STATUS) this.#onStatus(message);
  }

  #onArrived(topic: string, bytes: Uint8Array): void {
    const plain = this.secrecy.open(topic, bytes);
    const message = plain && readMessage(plain);
    if (typeof message === "object") this.#onMessageArrived(message);
    if (this.#nowMs < this.#subscriberAwayUntilMs) this.#kept.push([topic, bytes]);
    else this.#give(topic, bytes);
  }

  #onMessageArrived(message: MessageFacts): void {
    this.delivery.onArrived(message);
    const { kind, record } = message;
    if (kind === KIND_STATUS) {
      const status = readCommandStatus(record);
      if (typeof status === "object") this.#commander?.onStatus(status);
    } else if (kind === KIND_STRIP) {
      const part = readPart(record);
      if (typeof part === "string") this.#judge.complain("falsehood", part);
      else this.strips.onArrived(part);
    } else if (kind === KIND_ALERT) {
      const alert = readAlert(record);
      if (typeof alert === "object") this.strips.onAlertArrived(alert.name);
    } else if (kind === KIND_DROPPED) {
      const drop = readDrop(record);
      if (typeof drop === "object") this.strips.onDrop(drop);
    }
  }

  #catchUp(): void {
    for (const [topic, bytes] of this.#kept) this.#give(topic, bytes);
    this.#kept = [];
  }

  #give(topic: string, bytes: Uint8Array): void {
    const event = this.#subscriber.accept(topic, bytes, WALL_START_MS + this.#nowMs);
    if (event === undefined) this.#judge.complain("falsehood", `a message on topic ${topic}`);
    else this.delivery.onEvent(event);
  }

  #newSubscriber(): Subscriber {
    return this.#provision ? new Subscriber({ aead: new NodeAead(), keyOf: (_deviceId, epoch) => this.secrecy.keyOf(epoch) }) : new Subscriber();
  }

  #newChip(): Max30003Emulator {
    const isLeadOff = (): boolean => this.#nowMs < this.#leadOffUntilMs;
    const chip = new Max30003Emulator({
      nextSample: (_index, timeUs) => {
        const sampleUv = isLeadOff() ? 0 : this.#tape.sampleUv(Math.round(timeUs / 4000));
        this.strips.onSample(sampleUv);
        return sampleUv;
      },
      get leadOff() {
        return isLeadOff();
      },
    });
    chip.crystalPpm = this.#plan.chipPpm;
    chip.advanceTo(this.#nowMs * 1000);
    return chip;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
