// Options of `edgebeat sim`, checked before anything starts.
import { type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfig } from "../monitor/config.js";
import { AFE_NAMES, type AfeName } from "../platform/desk/border.js";
import { type ClockPlan, parseClockPlan } from "../platform/sim/clock-plan.js";
import { type LinkPlan, parseLinkPlan } from "../platform/sim/link-plan.js";
import { type Patient, RecordPatient } from "../platform/sim/patient.js";
import { type StallPlan, parseStallPlan } from "../platform/sim/stall-plan.js";
import { SyntheticPatient, parseScenario } from "../platform/sim/synthetic-patient.js";
import { RecordError } from "../wfdb/record-error.js";
import { loadRecord } from "../wfdb/record.js";
import { type EngineName, engineNamed } from "./engine-name.js";
import { PACKAGE_FOLDER } from "./package-folder.js";
import { checkBrokerUrl } from "./subscribe.js";
import { readTlsFiles, shownUrl, type TlsFlags } from "./tls-files.js";
import type { TlsIdentity } from "../platform/sim/broker.js";
import { NodeAead } from "../platform/sim/node-aead.js";
import type { Provision } from "../monitor/provision.js";
import type { UnsealerOptions } from "../subscriber/unsealer.js";
import { readKeys, unsealerOf } from "./keys-file.js";
import { readProvision } from "./provision.js";
import { readUpdateKey } from "./sign.js";
import { UsageError } from "./usage-error.js";

/** What commander hands over: texts as the user typed them. */
export interface SimFlags extends TlsFlags {
  readonly record?: string;
  readonly lead?: string;
  readonly patient?: string;
  readonly speed?: string;
  readonly seconds?: string;
  readonly loop?: boolean;
  readonly link: string;
  readonly clock: string;
  readonly afe: string;
  readonly cores: string;
  readonly stall: string;
  readonly engine: string;
  readonly seed?: string;
  readonly flash?: string;
  readonly config?: string;
  readonly provision?: string;
  readonly keys?: string;
  readonly updateKey?: string;
  readonly broker?: string;
  readonly mqttPort: string;
  readonly wsPort: string;
  readonly httpPort: string;
  readonly headless: boolean;
  readonly json: boolean;
}

export interface SimOptions {
  readonly patient: Patient;
  /** Times real time; Infinity = as fast as it goes. */
  readonly speed: number;
  /** End of the run, or Infinity. [s] */
  readonly seconds: number;
  readonly loop: boolean;
  readonly linkPlan: LinkPlan;
  readonly clockPlan: ClockPlan;
  readonly afe: AfeName;
  readonly cores: 1 | 2;
  readonly stallPlan: StallPlan;
  readonly engine: EngineName;
  readonly seed: number;
  readonly flashFile: string | undefined;
  readonly config: unknown;
  /** What of the provision the simulated device needs; its network is the simulator's. */
  readonly provision: unknown;
  /** For the simulator's own subscriber and page; undefined: messages are in clear. */
  readonly keys: UnsealerOptions | undefined;
  /** The same in hexadecimal, by epoch. */
  readonly pageKeys: (() => Readonly<Record<string, string>>) | undefined;
  /** What updates must be signed with; undefined: the device takes none. */
  readonly updateKey: KeyObject | undefined;
  readonly deviceId: string;
  readonly brokerUrl: string | undefined;
  readonly tls: TlsIdentity | undefined;
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly httpPort: number;
  readonly headless: boolean;
  readonly json: boolean;
}

const DEMO_RECORD = join("demo", "208-excerpt");
const SYNTHETIC = "synthetic:";
const DEVICE_PROTOCOLS: ReadonlySet<string> = new Set(["mqtt:", "mqtts:"]);
const SPEED_MAX = 10_000;
const SEED_MAX = 0xffff_ffff;

/** @throws UsageError with one line for the first flag that is wrong */
export function checkSimFlags(flags: SimFlags): SimOptions {
  if (flags.record !== undefined && flags.patient !== undefined) throw new UsageError("--record and --patient: expected one of them, not both");
  const engine = engineNamed(flags.engine);
  const link = parseLinkPlan(flags.link);
  if (!link.ok) throw new UsageError(link.problem);
  const clock = parseClockPlan(flags.clock);
  if (!clock.ok) throw new UsageError(clock.problem);
  const afe = AFE_NAMES.find((name) => name === flags.afe);
  if (afe === undefined) throw new UsageError(`--afe ${flags.afe}: expected one of ${AFE_NAMES.join(", ")}`);
  if (flags.cores !== "1" && flags.cores !== "2") throw new UsageError(`--cores ${flags.cores}: expected 1 or 2`);
  const stall = parseStallPlan(flags.stall);
  if (!stall.ok) throw new UsageError(stall.problem);
  if (flags.broker !== undefined) {
    checkBrokerUrl("--broker", flags.broker);
    if (!DEVICE_PROTOCOLS.has(new URL(flags.broker).protocol))
      throw new UsageError(`--broker ${shownUrl(flags.broker)}: the device speaks MQTT over TCP or TLS, expected mqtt://HOST:PORT or mqtts://HOST:PORT`);
  }
  const seed = flags.seed === undefined ? 1 : wholeNumber("--seed", flags.seed, 0, SEED_MAX);
  const speed = flags.speed === undefined ? 1 : speedOf(flags.speed);
  if (flags.config !== undefined && flags.provision !== undefined) throw new UsageError("--config and --provision: expected one of them, not both (a provision has settings)");
  if (flags.updateKey !== undefined && flags.provision === undefined) throw new UsageError("--update-key: updates come as commands, expected --provision with the device's keys, too");
  const provision = flags.provision === undefined ? undefined : readProvision(flags.provision);
  const config = provision ? { settings: {}, deviceId: provision.config.deviceId } : readConfig(flags.config);
  const loop = flags.loop ?? (!flags.headless && flags.seconds === undefined);
  return {
    patient: choosePatient(flags, seed),
    speed,
    seconds: flags.seconds === undefined ? Infinity : positive("--seconds", flags.seconds),
    loop,
    linkPlan: link.plan,
    clockPlan: clock.plan,
    afe,
    cores: flags.cores === "1" ? 1 : 2,
    stallPlan: stall.plan,
    engine,
    seed,
    flashFile: flags.flash,
    config: config.settings,
    provision: provision && deviceShare(provision),
    pageKeys: flags.keys !== undefined ? () => keysInHex(readKeys(flags.keys as string).get(config.deviceId)?.data) : provision && (() => keysInHex(new Map([[provision.keys.epoch, provision.keys.data]]))),
    keys: flags.keys !== undefined ? unsealerOf(flags.keys) : provision && unsealerOfProvision(provision),
    updateKey: flags.updateKey === undefined ? undefined : readUpdateKey("--update-key", flags.updateKey, "public"),
    deviceId: config.deviceId,
    brokerUrl: flags.broker,
    tls: readTlsFiles(flags, flags.broker ?? "mqtt://localhost"),
    mqttPort: wholeNumber("--mqtt-port", flags.mqttPort, 0, 65535),
    wsPort: wholeNumber("--ws-port", flags.wsPort, 0, 65535),
    httpPort: wholeNumber("--http-port", flags.httpPort, 0, 65535),
    headless: flags.headless,
    json: flags.json,
  };
}

function deviceShare({ config: { deviceId, ...settings }, keys }: Provision): unknown {
  return { version: 1, deviceId, settings, keys: { epoch: keys.epoch, data: hexOf(keys.data), command: hexOf(keys.command) } };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function keysInHex(keys: ReadonlyMap<number, Uint8Array> = new Map()): Record<string, string> {
  return Object.fromEntries([...keys].map(([epoch, key]) => [epoch, hexOf(key)]));
}

function unsealerOfProvision({ config, keys }: Provision): UnsealerOptions {
  return { aead: new NodeAead(), keyOf: (deviceId, epoch) => (deviceId === config.deviceId && epoch === keys.epoch ? keys.data : undefined) };
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < min || value > max)
    throw new UsageError(`${flag} ${text}: expected a whole number from ${min} to ${max}`);
  return value;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`${flag} ${text}: expected a number above 0`);
  return value;
}

function speedOf(text: string): number {
  if (text === "max") return Infinity;
  const value = Number(text);
  if (!(value >= 0.1 && value <= SPEED_MAX)) throw new UsageError(`--speed ${text}: expected a number from 0.1 to ${SPEED_MAX}, or max`);
  return value;
}

function readConfig(file: string | undefined): { settings: unknown; deviceId: string } {
  let settings: unknown = {};
  if (file !== undefined) {
    if (!existsSync(file)) throw new UsageError(`--config ${file}: no such file, expected a JSON file of settings`);
    try {
      settings = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      throw new UsageError(`--config ${file}: ${(error as Error).message}, expected JSON`);
    }
  }
  const checked = checkConfig(settings);
  if (!checked.ok) throw new UsageError(checked.problems.join("; "));
  return { settings, deviceId: checked.config.deviceId };
}

function choosePatient(flags: SimFlags, seed: number): Patient {
  if (flags.patient !== undefined) {
    if (!flags.patient.startsWith(SYNTHETIC)) throw new UsageError(`--patient ${flags.patient}: expected ${SYNTHETIC}SCENARIO`);
    const scenario = parseScenario(flags.patient.slice(SYNTHETIC.length));
    if (!scenario.ok) throw new UsageError(scenario.problem);
    return new SyntheticPatient(flags.patient, scenario.segments, seed);
  }
  const path = flags.record ?? join(PACKAGE_FOLDER, DEMO_RECORD);
  try {
    const lead = flags.lead !== undefined && /^\d+$/.test(flags.lead) ? Number(flags.lead) : flags.lead;
    const record = loadRecord(path, { lead: lead ?? 0 });
    const [first] = record.leads;
    if (!first || record.sampleCount === 0) throw new UsageError(`record ${path}: has no samples`);
    return new RecordPatient(`${record.name} (${first.name}, ${record.sampleRateHz} Hz)`, first, record.sampleRateHz);
  } catch (error) {
    if (error instanceof RecordError) throw new UsageError(error.message);
    throw error;
  }
}
