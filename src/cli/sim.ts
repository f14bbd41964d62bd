// `edgebeat sim`: the simulator with embedded broker, subscriber and page, from power on to summary.
import type { Writable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { BEAT_LETTERS } from "../vocabulary/beat.js";
import { PHASE_NAMES, PRIORITY_NAMES, conditionOf } from "../vocabulary/alarm-condition.js";
import { type Alert } from "../vocabulary/alert.js";
import { type EmbeddedBroker, startBroker } from "../platform/sim/broker.js";
import { DualSlots, makeImage } from "../platform/sim/dual-slots.js";
import { NorFlash } from "../platform/sim/flash.js";
import { Link } from "../platform/sim/link.js";
import { PageServer } from "../platform/sim/page-server.js";
import { SecretStore } from "../platform/sim/secret-store.js";
import { SLOT_BLOCKS, SLOT_BLOCK_BYTES, SLOTS_FLASH_BLOCKS, type SimulatedSlots } from "../platform/sim/simulated-slots.js";
import { World } from "../platform/sim/world.js";
import { Subscriber, type SubscriberEvent } from "../subscriber/subscriber.js";
import { STATE_LOST } from "../wire/record.js";
import { DEVICE, bundleFirmware, engineStarter } from "./engines.js";
import { alertText, clockText, eventJson, eventText } from "./lines.js";
import { listen } from "./listener.js";
import { checkSimFlags, type SimFlags, type SimOptions } from "./sim-options.js";
import { shownUrl } from "./tls-files.js";
import { EXIT_LOST, UsageError } from "./usage-error.js";

/** The device's flash partition for the journal: 64 blocks of 4 KB. */
const FLASH_BLOCK_BYTES = 4096;
const FLASH_BLOCK_COUNT = 64;
/** At the end of a run the device may need as long as its longest back-off, twice, to deliver what it holds. [ms] */
const DRAIN_MS_MAX = 180_000;
/** The subscriber's copy comes on a connection of its own; it may arrive a little after the device's PUBACK. [ms] */
const CATCH_UP_MS_MAX = 3000;
/** Start of time where a run must be repeatable. */
const FIXED_WALL_MS = Date.UTC(2026, 0, 1);
/** State messages to the page. [ms of real time] */
const STATE_INTERVAL_MS = 250;
/** Between two turns for the rest of the process (broker, subscriber, page) at full speed. [ticks] */
const TURN_TICKS = 64;

/** What a run was, as its last JSON line says. */
interface Summary {
  readonly type: "summary";
  readonly engine: string;
  readonly record: string;
  readonly seed: number;
  readonly seconds: number;
  readonly samples: number;
  /** Samples lost. */
  readonly gaps: number;
  /** Samples taken off their instants. */
  readonly late: number;
  readonly beats: number;
  readonly alertsRaised: number;
  /** Alerts that earlier runs left in flash. */
  readonly alertsCarriedOver: number;
  readonly alertsDelivered: number;
  readonly alertsPending: number;
  /** Evidence strips of which every part has arrived, and of which only some have. */
  readonly strips: number;
  readonly stripsPartial: number;
  readonly duplicates: number;
  readonly redelivered: number;
  /** Messages that the subscriber could not read. */
  readonly problems: number;
  /** Messages that the subscriber refused for its keys. */
  readonly refused: number;
  readonly lost: number;
  readonly timesRealTime: number;
  readonly memory: unknown;
  readonly digest: string;
}

/** @returns the exit status */
export async function simulate(flags: SimFlags, output: Writable): Promise<number> {
  const options = checkSimFlags(flags);
  const run = new SimRun(options, output);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class SimRun {
  readonly #options: SimOptions;
  readonly #output: Writable;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #raised = new Set<string>();
  /** By sample, of beats whose class is not yet known. [1/min] */
  readonly #heartRates = new Map<number, number>();
  readonly #delivered = new Set<string>();
  /** Evidence strips by the identities of their alerts: is it complete? */
  readonly #strips = new Map<string, boolean>();
  /** Alerts that reached the user of the subscriber twice. */
  #duplicates = 0;
  /** Alerts that reached the subscriber again and were dropped by it. */
  #redelivered = 0;
  #problems = 0;
  /** Messages that the subscriber's keys showed not to be the device's own. */
  #refused = 0;
  #ended = false;
  /** The summary is the last line. */
  #reported = false;
  #page: PageServer | undefined;
  /** The power switch on the page. */
  #powerWanted = true;

  constructor(options: SimOptions, output: Writable) {
    this.#options = options;
    this.#output = output;
  }

  async run(): Promise<number> {
    const options = this.#options;
    const flash = this.#openFlash();
    const startEngine = await engineStarter(DEVICE, options.engine, options.json ? () => {} : (line) => this.#say(line), options.afe !== "max30003" || options.cores === 2);
    const broker = options.brokerUrl === undefined ? await this.#startBroker() : undefined;
    const brokerUrl = new URL(broker ? `mqtt://${broker.mqtt.host}:${broker.mqtt.port}` : (options.brokerUrl as string));
    await this.#listen(brokerUrl.href.replace(/\/$/, ""));
    const { tls } = options;
    const link = new Link(
      { host: brokerUrl.hostname, port: Number(brokerUrl.port || (tls ? 8883 : 1883)), tls }, options.seed,
      { ...brokerUrl.username && { username: decodeURIComponent(brokerUrl.username) }, ...brokerUrl.password && { password: decodeURIComponent(brokerUrl.password) } },
    );
    link.onRefused = (reason) => this.#note("refused", `The broker did not accept the device: ${reason}`, { reason });
    const wallStartMs = Number.isFinite(options.speed) ? Date.now() : FIXED_WALL_MS;
    const { patient, loop, linkPlan, clockPlan, afe, cores, stallPlan, config, provision, seed } = options;
    const world = new World({ startEngine, patient, loop, flash, link, linkPlan, clockPlan, afe, cores, stallPlan, config, provision, seed, wallStartMs, store: this.#openStore(), slots: await this.#openSlots() }, {
      onAlert: (alert) => this.#onRaised(alert, world),
      onBeat: (sample, heartRateBpm) => this.#onBeat(sample, heartRateBpm),
      onBeatClass: (sample, beatClass) => this.#onBeatClass(sample, beatClass),
      ...(options.headless ? {} : { onSamples: (first, samplesUv, count) => this.#page?.pushSamples(first, samplesUv, count) }),
    });
    this.#closers.unshift(() => world.close());
    if (!options.headless) await this.#startPage(world, broker);
    await world.powerOn();
    this.#announce(world, shownUrl(brokerUrl.href), broker?.webSocketUrl);
    const carriedOver = (await world.figures()).pendingAlerts;
    const startedMs = performance.now();
    await this.#play(world, link, startedMs);
    await this.#drain(world);
    const seconds = world.nowMs / 1000;
    const realSeconds = (performance.now() - startedMs) / 1000;
    const summary = await this.#summarize(world, carriedOver, seconds, seconds / realSeconds);
    this.#report(summary);
    return summary.lost > 0 || summary.duplicates > 0 ? EXIT_LOST : 0;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close().catch(() => {});
  }

  #say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  /** One line, as JSON or for people. */
  #note(type: string, text: string, fields: Readonly<Record<string, unknown>>): void {
    this.#say(this.#options.json ? JSON.stringify({ type, ...fields }) : text);
  }

  #openFlash(): NorFlash {
    const { flashFile, seed } = this.#options;
    let flash: NorFlash;
    try {
      flash = new NorFlash({ blockBytes: FLASH_BLOCK_BYTES, blockCount: FLASH_BLOCK_COUNT, seed, strict: true, ...(flashFile === undefined ? {} : { path: flashFile }) });
    } catch (error) {
      throw new UsageError(`--flash ${(error as Error).message}`);
    }
    this.#closers.push(async () => flash.close());
    return flash;
  }

  /** Beside the flash, as on the device, and apart from it. */
  #openStore(): SecretStore {
    const { flashFile } = this.#options;
    return new SecretStore(flashFile === undefined ? undefined : `${flashFile}.nvs`);
  }

  /** Beside the flash, too. A new device comes with this very firmware in its first slot. */
  async #openSlots(): Promise<SimulatedSlots | undefined> {
    const { flashFile, updateKey: publicKey, seed } = this.#options;
    if (!publicKey) return undefined;
    const path = flashFile === undefined ? {} : { path: `${flashFile}.slots` };
    const flash = new NorFlash({ blockBytes: SLOT_BLOCK_BYTES, blockCount: SLOTS_FLASH_BLOCKS, seed, ...path });
    this.#closers.push(async () => flash.close());
    const slots = new DualSlots(flash, SLOT_BLOCKS);
    if (slots.runningSlot < 0) slots.flashFirst(makeImage(await bundleFirmware()));
    return { flash, publicKey };
  }

  async #startBroker(): Promise<EmbeddedBroker> {
    const { mqttPort, wsPort } = this.#options;
    const broker = await startBroker({ mqttPort, webSocketPort: wsPort });
    this.#closers.push(() => broker.close());
    const taken = [[mqttPort, broker.mqtt.port], [wsPort, broker.webSocketPort]].filter(([wanted, got]) => wanted !== 0 && wanted !== got);
    for (const [wanted, got] of taken) this.#note("port-taken", `Port ${wanted} is taken; the MQTT broker uses ${got} instead.`, { wanted, got });
    return broker;
  }

  async #listen(url: string): Promise<void> {
    const onEvent = (event: SubscriberEvent): void => {
      if (this.#reported) return;
      if (event.type === "alert") {
        const identity = `${event.alert.bootCount}.${event.alert.sequence}`;
        if (this.#delivered.has(identity)) this.#duplicates++;
        this.#delivered.add(identity);
      }
      if (event.type === "strip") this.#strips.set(`${event.strip.bootCount}.${event.strip.sequence}`, event.strip.complete);
      if (event.type === "duplicate") this.#redelivered++;
      if (event.type === "problem") this.#problems++;
      if (event.type === "refused") this.#refused++;
      if (this.#options.json) this.#say(event.type === "alert" ? eventJson(event).replace('"alert"', '"delivered"') : eventJson(event));
      else if (event.type === "alert" || event.type === "refused" || (event.type === "status" && event.status.state === STATE_LOST)) this.#say(`  received  ${eventText(event)}`);
    };
    // An outside broker may restart; it then keeps what the device sends before we are back.
    const session = this.#options.brokerUrl === undefined ? undefined : `edgebeat-sim-${process.pid}`;
    const client = await listen({ url, tls: this.#options.tls, keys: this.#options.keys, deviceId: this.#options.deviceId, session, onEvent });
    this.#closers.unshift(() => client.endAsync(true));
    if (session !== undefined) this.#closers.unshift(async () => void (client.connected && (await client.unsubscribeAsync(Subscriber.topics(this.#options.deviceId)))));
  }

  async #startPage(world: World, broker: EmbeddedBroker | undefined): Promise<void> {
    const { httpPort, patient, engine, speed, deviceId } = this.#options;
    const page = await PageServer.start({
      port: httpPort,
      config: { brokerUrl: broker?.webSocketUrl ?? "" },
      keys: this.#options.pageKeys,
      hello: { record: patient.name, engine, speed: Number.isFinite(speed) ? speed : "max", deviceId },
      onCommand: (name, value) => {
        if (name === "link") world.setLinkCut(!value);
        else if (name === "lead") world.setLeadPulled(!value);
        else this.#powerWanted = value;
        this.#note("command", `${clockText(world.nowMs)}  ${name} ${value ? "restored" : "cut"} from the page`, { name, value });
      },
    });
    this.#page = page;
    if (page.portWasTaken) this.#note("port-taken", `Port ${httpPort} is taken; the page uses ${page.port} instead.`, { wanted: httpPort, got: page.port });
    this.#closers.unshift(() => page.close());
  }

  #announce(world: World, mqttUrl: string, webSocketUrl: string | undefined): void {
    const { patient, engine, seed, speed, deviceId, json } = this.#options;
    if (json)
      return this.#say(JSON.stringify({
        type: "start", record: patient.name, engine, seed, speed: Number.isFinite(speed) ? speed : "max", deviceId, mqttUrl, webSocketUrl, pageUrl: this.#page?.url,
      }));
    this.#say(`edgebeat simulator: ${patient.name}, engine ${engine}, seed ${seed}. Not a medical device.`);
    if (this.#page) this.#say(`Look at it:  ${this.#page.url}`);
    this.#say(`MQTT broker: ${mqttUrl}${webSocketUrl === undefined ? "" : ` and ${webSocketUrl}`}`);
    this.#say(`Device "${deviceId}" has started at ${clockText(world.nowMs)}; alerts follow. End with Ctrl-C.`);
  }

  async #play(world: World, link: Link, startedMs: number): Promise<void> {
    const { speed, seconds } = this.#options;
    const stop = (): void => void (this.#ended = true);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
    let linkWasUp = true;
    let stateDueMs = 0;
    for (let tick = 0; !this.#ended && !world.isFinished && world.nowMs < seconds * 1000; tick++) {
      await world.tick();
      if (this.#powerWanted !== world.isPowered) await (this.#powerWanted ? world.powerOn() : world.powerCut());
      if (link.isUp !== linkWasUp) {
        linkWasUp = link.isUp;
        this.#note("link", `${clockText(world.nowMs)}  network ${linkWasUp ? "back" : "gone"}`, { up: linkWasUp, seconds: world.nowMs / 1000 });
      }
      const nowMs = performance.now();
      if (this.#page && nowMs >= stateDueMs) {
        stateDueMs = nowMs + STATE_INTERVAL_MS;
        await this.#pushState(world, link, false);
      }
      const aheadMs = world.nowMs / speed - (nowMs - startedMs);
      if (aheadMs > 1) await sleep(aheadMs);
      else if (tick % TURN_TICKS === 0) await nextTurn();
    }
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
    if (this.#page) await this.#pushState(world, link, true);
  }

  async #pushState(world: World, link: Link, finished: boolean): Promise<void> {
    const { pendingAlerts, heartRateBpm } = await world.figures();
    const { speed } = this.#options;
    this.#page?.pushState({
      simMs: world.nowMs, linkUp: link.isUp, online: link.hasSession, leadOff: world.isLeadOff, powered: world.isPowered, heartRateBpm, pendingAlerts,
      speed: Number.isFinite(speed) ? speed : "max", finished,
    });
  }

  /** The recording is over: monitoring stands by, delivery goes on until the journal is empty or the network stays away. */
  async #drain(world: World): Promise<void> {
    if (!world.isPowered) await world.powerOn();
    await world.setStandby(true);
    const untilMs = world.nowMs + DRAIN_MS_MAX;
    const isDrained = async (): Promise<boolean> => {
      const { pendingAlerts, pendingEvidence } = await world.figures();
      return pendingAlerts === 0 && pendingEvidence === 0;
    };
    for (let tick = 0; world.nowMs < untilMs && !(await isDrained()); tick++) {
      await world.tick();
      if (tick % TURN_TICKS === 0) await nextTurn();
    }
  }

  async #summarize(world: World, carriedOver: number, seconds: number, timesRealTime: number): Promise<Summary> {
    const { engine, patient, seed } = this.#options;
    const figures = await world.figures();
    const known = this.#raised.size + carriedOver;
    const waitUntilMs = performance.now() + CATCH_UP_MS_MAX;
    const countStrips = (complete: boolean): number => [...this.#strips.values()].filter((isComplete) => isComplete === complete).length;
    const isBehind = (): boolean => this.#delivered.size + figures.pendingAlerts < known || (countStrips(false) > 0 && figures.pendingEvidence === 0);
    while (isBehind() && performance.now() < waitUntilMs) await sleep(10);
    return {
      type: "summary", engine, record: patient.name, seed, seconds, samples: figures.samples, gaps: figures.lostSamples, late: figures.lateSamples, beats: world.beats,
      alertsRaised: this.#raised.size, alertsCarriedOver: carriedOver, alertsDelivered: this.#delivered.size, alertsPending: figures.pendingAlerts,
      strips: countStrips(true), stripsPartial: countStrips(false),
      duplicates: this.#duplicates, redelivered: this.#redelivered, problems: this.#problems, refused: this.#refused, lost: Math.max(0, known - this.#delivered.size - figures.pendingAlerts), timesRealTime: Math.round(timesRealTime * 10) / 10,
      memory: await world.memory(), digest: world.digest(),
    };
  }

  #report(summary: Summary): void {
    this.#reported = true;
    if (this.#options.json) return this.#say(JSON.stringify(summary));
    this.#say(
      `${clockText(summary.seconds * 1000)} simulated at ${summary.timesRealTime} times real time: ${summary.samples} samples, ${summary.gaps} lost, ` +
      `${summary.late > 0 ? `${summary.late} late, ` : ""}${summary.beats} beats, ` +
      `${summary.alertsRaised} alerts raised, ${summary.alertsDelivered} delivered, ${summary.alertsPending} pending in flash, ${summary.lost} lost.`,
    );
    this.#say(`digest ${summary.digest}`);
  }

  #onRaised(alert: Alert, world: World): void {
    this.#raised.add(`${alert.bootCount}.${alert.sequence}`);
    const condition = conditionOf(alert.conditionCode)?.name ?? alert.conditionCode;
    this.#note("raised", `${clockText(world.nowMs)}  raised    ${alertText(alert)}  #${alert.bootCount}.${alert.sequence}`, {
      seconds: world.nowMs / 1000, bootCount: alert.bootCount, sequence: alert.sequence, condition, phase: PHASE_NAMES[alert.phase],
      priority: PRIORITY_NAMES[alert.priority], measured: alert.measured, limit: alert.limit,
    });
  }

  #onBeat(sample: number, heartRateBpm: number): void {
    this.#heartRates.set(sample, heartRateBpm);
    this.#page?.pushBeat({ sample, class: "", heartRateBpm });
  }

  #onBeatClass(sample: number, beatClass: number): void {
    const letter = BEAT_LETTERS[beatClass] ?? "";
    const heartRateBpm = this.#heartRates.get(sample) ?? -1;
    this.#heartRates.delete(sample);
    this.#page?.pushBeat({ sample, class: letter, heartRateBpm });
    if (this.#options.json) this.#say(JSON.stringify({ type: "beat", seconds: sample / 250, sample, class: letter, heartRateBpm }));
  }
}
