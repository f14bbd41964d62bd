// Downlink: takes commands: genuine ones only, each once, over any loss of power; says in the status what became of them.
import type { Aead } from "../contracts/aead.js";
import type { DataKey } from "../security/sealed-uplink.js";
import type { Vault } from "../security/vault.js";
import {
  COMMAND_ACKNOWLEDGE, COMMAND_EPOCH, COMMAND_MESSAGE_BYTES_MAX, COMMAND_OFFER_UPDATE, COMMAND_ROTATE_KEY, COMMAND_SET_LIMITS, COMMAND_SET_TIME, COMMAND_UPDATE_PIECE, type Command,
  LIMIT_NAMES, RESULT_BAD_VALUE, RESULT_DONE, RESULT_NOT_STORED, RESULT_NOT_UNDERSTOOD, RESULT_NO_SUCH_ALARM, decodeCommand,
} from "../wire/command.js";
import { associatedData, decodeEnvelope } from "../wire/cose.js";
import { type MonitorConfig, checkConfig } from "./config.js";

/** Times that a command may set: 2025 to 2099. [ms, Unix] */
const UNIX_MS_MIN = 1_735_689_600_000;
const UNIX_MS_MAX = 4_102_444_800_000;

export interface UpdateTarget {
  offer(sequence: number, header: Uint8Array): void;
  piece(sequence: number, offset: number, bytes: Uint8Array): void;
}

/** Where commands take effect. */
export interface CommandTarget {
  /** The settings in force. */
  readonly config: MonitorConfig;
  setLimits(config: MonitorConfig): void;
  /** @returns code of the condition whose alarm has that number, or -1 */
  alarmOf(bootCount: number, alertSequence: number): number;
  /** @param condition code from `alarmOf` */
  acknowledge(condition: number): void;
  /** @param unixMs [ms] */
  setTime(unixMs: number): void;
  /** Takes updates over the air; undefined: the device takes none. */
  readonly update: UpdateTarget | undefined;
  /** Something in the status is new. */
  statusChanged(): void;
}

export class Downlink {
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #associated: Uint8Array;
  readonly #vault: Vault;
  readonly #target: CommandTarget;
  #refused = 0;
  /** The last command, if the store did not take it; else 0. */
  #notStored = 0;

  /** @param topic that commands come on, as their sender encrypts it */
  constructor(aead: Aead, key: Uint8Array, topic: string, vault: Vault, target: CommandTarget) {
    this.#aead = aead;
    this.#key = key;
    this.#associated = associatedData(key.length, COMMAND_EPOCH, topic);
    this.#vault = vault;
    this.#target = target;
  }

  /** Messages since start that were no command, not genuine, or older than one that was taken. */
  get refused(): number {
    return this.#refused;
  }

  /** Number of the last command, 0 if there was none; and RESULT_* of it. */
  get sequence(): number {
    return this.#notStored || this.#vault.sequence;
  }
  get result(): number {
    return this.#notStored > 0 ? RESULT_NOT_STORED : this.#vault.result;
  }

  /** A message came. It may be anything. */
  receive(message: Uint8Array): void {
    const plain = this.#open(message);
    const decoded = plain && decodeCommand(plain);
    if (decoded?.ok && decoded.value.command?.kind === COMMAND_UPDATE_PIECE) {
      const { sequence, command } = decoded.value;
      return this.#target.update?.piece(sequence, command.offset, command.bytes);
    }
    const last = this.#vault.sequence;
    if (!decoded?.ok || decoded.value.sequence < last) this.#refused++;
    // The same one again has done its work, and its sender may have missed the result.
    else if (decoded.value.sequence > last) this.#take(decoded.value.sequence, decoded.value.command);
    this.#target.statusChanged();
  }

  #open(message: Uint8Array): Uint8Array | undefined {
    if (message.length > COMMAND_MESSAGE_BYTES_MAX) return undefined;
    const envelope = decodeEnvelope(message);
    if (!envelope.ok || envelope.value.epoch !== COMMAND_EPOCH || envelope.value.keyBytes !== this.#key.length) return undefined;
    return this.#aead.open(this.#key, envelope.value.nonce, this.#associated, envelope.value.sealed);
  }

  /** Noted before it is carried out: a loss of power in between loses the command, and never repeats it. */
  #take(sequence: number, command: Command | undefined): void {
    const target = this.#target;
    if (command?.kind === COMMAND_SET_LIMITS) {
      const checked = checkConfig({ ...target.config, ...Object.fromEntries(command.limits) });
      if (!checked.ok) this.#note(sequence, RESULT_BAD_VALUE);
      else if (this.#note(sequence, RESULT_DONE, undefined, LIMIT_NAMES.map((name) => command.limits.get(name) ?? 0))) target.setLimits(checked.config);
    } else if (command?.kind === COMMAND_ROTATE_KEY) {
      if (command.epoch <= this.#vault.dataKey.epoch) this.#note(sequence, RESULT_BAD_VALUE);
      else this.#note(sequence, RESULT_DONE, command);
    } else if (command?.kind === COMMAND_SET_TIME) {
      if (command.unixMs < UNIX_MS_MIN || command.unixMs > UNIX_MS_MAX) this.#note(sequence, RESULT_BAD_VALUE);
      else if (this.#note(sequence, RESULT_DONE)) target.setTime(command.unixMs);
    } else if (command?.kind === COMMAND_ACKNOWLEDGE) {
      const condition = target.alarmOf(command.bootCount, command.alertSequence);
      if (condition < 0) this.#note(sequence, RESULT_NO_SUCH_ALARM);
      else if (this.#note(sequence, RESULT_DONE)) target.acknowledge(condition);
    } else if (command?.kind === COMMAND_OFFER_UPDATE && target.update) {
      // What becomes of it, its reports say.
      if (this.#note(sequence, RESULT_DONE)) target.update.offer(sequence, command.header);
    } else {
      this.#note(sequence, RESULT_NOT_UNDERSTOOD);
    }
  }

  #note(sequence: number, result: number, key?: DataKey, limits?: readonly number[]): boolean {
    const stored = this.#vault.commit(sequence, result, key, limits);
    this.#notStored = stored ? 0 : sequence;
    return stored;
  }
}
