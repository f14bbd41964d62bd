// `edgebeat command`: sends one command to a device and waits until its status says what became of it.
import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import { numberFields } from "../monitor/config.js";
import { NodeAead } from "../platform/sim/node-aead.js";
import type { DeviceKeys } from "../subscriber/keys.js";
import { RESULT_NAMES, STATE_NAMES } from "../wire/decode.js";
import { encodeCommand } from "../wire/encode.js";
import type { Status } from "../wire/record.js";
import { COMMAND_ACKNOWLEDGE, COMMAND_EPOCH, COMMAND_ROTATE_KEY, COMMAND_SET_LIMITS, COMMAND_SET_TIME, type Command, LIMIT_NAMES, type LimitName, RESULT_DONE } from "../wire/command.js";
import { associatedData, encodeEnvelope } from "../wire/cose.js";
import { topicOf } from "../wire/topic.js";
import { addKey, nextSequence, readKeys, unsealerOf } from "./keys-file.js";
import { listen } from "./listener.js";
import { checkBrokerUrl } from "./subscribe.js";
import { type TlsFlags, readTlsFiles } from "./tls-files.js";
import { EXIT_LOST, UsageError } from "./usage-error.js";

export interface CommandFlags extends TlsFlags {
  readonly url: string;
  readonly device: string;
  readonly keys: string;
  readonly wait: string;
  readonly json: boolean;
}

const ACTIONS = ["set-limits", "acknowledge", "set-time", "rotate-key"];
const NEW_KEY_BYTES = 32;
const NONCE_CHANCE_BYTES = 6;
const WAIT_S_MAX = 3600;

/** @returns the exit status: 0 only if the device has done it */
export async function sendCommand(action: string, values: readonly string[], flags: CommandFlags, output: Writable): Promise<number> {
  const { url, device, keys: file } = flags;
  checkBrokerUrl("--url", url);
  const waitS = checkWait(flags.wait);
  const keys = readCommandKeys(file, device);
  const epoch = Math.max(0, ...keys.data.keys()) + 1;
  const command = parseCommand(action, values, epoch);
  // Known to receivers before the device can use it; a key that the device never takes does no harm.
  if (command.kind === COMMAND_ROTATE_KEY) addKey(file, device, epoch, Buffer.from(command.key).toString("hex"));
  const sequence = nextSequence(file, device);
  const topic = topicOf(device, "command");
  let answer: (status: Status) => void = () => {};
  let latest: Status | undefined;
  const answered = new Promise<Status | undefined>((resolve) => {
    answer = resolve;
    setTimeout(() => resolve(undefined), waitS * 1000).unref();
  });
  const client = await listen({
    url, tls: readTlsFiles(flags, url), keys: unsealerOf(file), topics: [topicOf(device, "status")],
    onEvent: (event) => {
      if (event.type !== "status") return;
      latest = event.status;
      if (event.status.commandSequence === sequence) answer(event.status);
    },
  });
  await client.publishAsync(topic, Buffer.from(sealCommand(keys.command, topic, sequence, encodeCommand(sequence, command))), { qos: 1 });
  const status = await answered;
  await client.endAsync();
  const result = status ? (RESULT_NAMES[status.commandResult] ?? `result ${status.commandResult}`) : "no answer";
  const state = latest === undefined ? "unknown" : STATE_NAMES[latest.state];
  output.write(flags.json
    ? `${JSON.stringify({ type: "command", deviceId: device, action, sequence, result, state })}\n`
    : `${device}  ${action}: ${result}${status ? "" : ` within ${waitS} s; the device is ${state}. It may still carry it out`}\n`);
  return status?.commandResult === RESULT_DONE ? 0 : EXIT_LOST;
}

/** @throws UsageError */
export function checkWait(text: string): number {
  const waitS = Number(text);
  if (!(waitS > 0 && waitS <= WAIT_S_MAX)) throw new UsageError(`--wait ${text}: expected seconds, above 0 and at most ${WAIT_S_MAX}`);
  return waitS;
}

/** @throws UsageError if the file has no command key of the device */
export function readCommandKeys(file: string, device: string): DeviceKeys & { readonly command: Uint8Array } {
  const keys = readKeys(file).get(device);
  if (!keys?.command) throw new UsageError(`--keys ${file}: has no command key of device "${device}", expected one`);
  return { ...keys, command: keys.command };
}

/** @returns the message for the command topic. @param sequence of the command; a nonce is never used twice all the same */
export function sealCommand(key: Uint8Array, topic: string, sequence: number, command: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(6 + NONCE_CHANCE_BYTES, randomBytes(6 + NONCE_CHANCE_BYTES));
  nonce.writeUIntBE(sequence, 0, 6);
  const sealed = new NodeAead().seal(key, nonce, associatedData(key.length, COMMAND_EPOCH, topic), command);
  return encodeEnvelope({ keyBytes: key.length, epoch: COMMAND_EPOCH, nonce, sealed });
}

/** @param epoch that a new key gets @throws UsageError */
export function parseCommand(action: string, values: readonly string[], epoch: number): Command {
  const [value] = values;
  if (action === "set-limits") return { kind: COMMAND_SET_LIMITS, limits: parseLimits(values) };
  if (action !== "set-limits" && values.length > (action === "rotate-key" ? 0 : 1)) throw new UsageError(`${action} ${values.join(" ")}: expected ${action === "rotate-key" ? "nothing" : "one value"} after it`);
  if (action === "acknowledge") {
    const match = /^(\d+)\.(\d+)$/.exec(value ?? "");
    if (!match) throw new UsageError(`acknowledge ${value ?? ""}: expected the number of the onset's alert, BOOT.SEQUENCE, e.g. 3.17`);
    return { kind: COMMAND_ACKNOWLEDGE, bootCount: Number(match[1]), alertSequence: Number(match[2]) };
  }
  if (action === "set-time") {
    const unixMs = value === undefined ? Date.now() : Date.parse(value);
    if (!Number.isFinite(unixMs) || unixMs < 0) throw new UsageError(`set-time ${value}: expected a time such as 2026-01-31T12:00:00Z, or nothing for now`);
    return { kind: COMMAND_SET_TIME, unixMs };
  }
  if (action === "rotate-key") return { kind: COMMAND_ROTATE_KEY, epoch, key: randomBytes(NEW_KEY_BYTES) };
  throw new UsageError(`command ${action}: expected one of ${ACTIONS.join(", ")}`);
}

function parseLimits(values: readonly string[]): Map<LimitName, number> {
  const limits = new Map<LimitName, number>();
  if (values.length === 0) throw new UsageError("set-limits: expected NAME=VALUE, e.g. asystoleMs=5000");
  for (const text of values) {
    const [name, value] = text.split("=");
    const limit = LIMIT_NAMES.find((known) => known === name);
    const field = numberFields().find((known) => known.name === name);
    if (!limit || !field) throw new UsageError(`set-limits ${text}: expected NAME=VALUE with a name of ${LIMIT_NAMES.join(", ")}`);
    const number = Number(value);
    if (value === undefined || value === "" || !Number.isInteger(number) || number < field.min || number > field.max)
      throw new UsageError(`set-limits ${text}: expected a whole number from ${field.min} to ${field.max}`);
    limits.set(limit, number);
  }
  return limits;
}
