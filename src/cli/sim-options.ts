// Options of `edgebeat sim`, checked before anything starts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkConfig } from "../monitor/config.js";
import { type LinkPlan, parseLinkPlan } from "../platform/sim/link-plan.js";
import { type Patient, RecordPatient } from "../platform/sim/patient.js";
import { SyntheticPatient, parseScenario } from "../platform/sim/synthetic-patient.js";
import { RecordError } from "../wfdb/record-error.js";
import { loadRecord } from "../wfdb/record.js";
import { PACKAGE_FOLDER } from "./package-folder.js";
import { checkBrokerUrl } from "./subscribe.js";
import { readTlsFiles, shownUrl, type TlsFlags } from "./tls-files.js";
import type { TlsIdentity } from "../platform/sim/broker.js";
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
  readonly engine: string;
  readonly seed?: string;
  readonly flash?: string;
  readonly config?: string;
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
  readonly engine: "node" | "xs";
  readonly seed: number;
  readonly flashFile: string | undefined;
  readonly config: unknown;
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
  if (flags.engine !== "node" && flags.engine !== "xs") throw new UsageError(`--engine ${flags.engine}: expected node or xs`);
  const link = parseLinkPlan(flags.link);
  if (!link.ok) throw new UsageError(link.problem);
  if (flags.broker !== undefined) {
    checkBrokerUrl("--broker", flags.broker);
    if (!DEVICE_PROTOCOLS.has(new URL(flags.broker).protocol))
      throw new UsageError(`--broker ${shownUrl(flags.broker)}: the device speaks MQTT over TCP or TLS, expected mqtt://HOST:PORT or mqtts://HOST:PORT`);
  }
  const seed = flags.seed === undefined ? 1 : wholeNumber("--seed", flags.seed, 0, SEED_MAX);
  const speed = flags.speed === undefined ? 1 : speedOf(flags.speed);
  const config = readConfig(flags.config);
  const loop = flags.loop ?? (!flags.headless && flags.seconds === undefined);
  return {
    patient: choosePatient(flags, seed),
    speed,
    seconds: flags.seconds === undefined ? Infinity : positive("--seconds", flags.seconds),
    loop,
    linkPlan: link.plan,
    engine: flags.engine,
    seed,
    flashFile: flags.flash,
    config: config.settings,
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
