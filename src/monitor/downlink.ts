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
  /** @returns what `acknowledge` calls the alarm that has that number, or -1 */
  alarmOf(bootCount: number, alertSequence: number): number;
  acknowledge(alarm: number): void;
  /** @param unixMs [ms] */
  setTime(unixMs: number): void;
  /** Takes updates over the air; undefined: the device takes none. */
  readonly update: UpdateTarget | undefined;
  /** Something in the status is new. */
  statusChanged(): void;
}

export class Downlink {
  private readonly _aead: Aead;
  private readonly _key: Uint8Array;
  private readonly _associated: Uint8Array;
  private readonly _vault: Vault;
  private readonly _target: CommandTarget;
  private _refused = 0;
  /** The last command, if the store did not take it; else 0. */
  private _notStored = 0;

  /** @param topic that commands come on, as their sender encrypts it */
  constructor(aead: Aead, key: Uint8Array, topic: string, vault: Vault, target: CommandTarget) {
    this._aead = aead;
    this._key = key;
    this._associated = associatedData(key.length, COMMAND_EPOCH, topic);
    this._vault = vault;
    this._target = target;
  }

  /** Messages since start that were no command, not genuine, or older than one that was taken. */
  get refused(): number {
    return this._refused;
  }

  /** Number of the last command, 0 if there was none; and RESULT_* of it. */
  get sequence(): number {
    return this._notStored || this._vault.sequence;
  }
  get result(): number {
    return this._notStored > 0 ? RESULT_NOT_STORED : this._vault.result;
  }

  /** A message came. It may be anything. */
  receive(message: Uint8Array): void {
    const plain = this._open(message);
    const decoded = plain && decodeCommand(plain);
    if (decoded?.ok && decoded.value.command?.kind === COMMAND_UPDATE_PIECE) {
      const { sequence, command } = decoded.value;
      return this._target.update?.piece(sequence, command.offset, command.bytes);
    }
    const last = this._vault.sequence;
    if (!decoded?.ok || decoded.value.sequence < last) this._refused++;
    // The same one again has done its work, and its sender may have missed the result.
    else if (decoded.value.sequence > last) this._take(decoded.value.sequence, decoded.value.command);
    this._target.statusChanged();
  }

  private _open(message: Uint8Array): Uint8Array | undefined {
    if (message.length > COMMAND_MESSAGE_BYTES_MAX) return undefined;
    const envelope = decodeEnvelope(message);
    if (!envelope.ok || envelope.value.epoch !== COMMAND_EPOCH || envelope.value.keyBytes !== this._key.length) return undefined;
    return this._aead.open(this._key, envelope.value.nonce, this._associated, envelope.value.sealed);
  }

  /** Noted before it is carried out: a loss of power in between loses the command, and never repeats it. */
  private _take(sequence: number, command: Command | undefined): void {
    const target = this._target;
    if (command?.kind === COMMAND_SET_LIMITS) {
      const checked = checkConfig({ ...target.config, ...Object.fromEntries(command.limits) });
      if (!checked.ok) this._note(sequence, RESULT_BAD_VALUE);
      else if (this._note(sequence, RESULT_DONE, undefined, LIMIT_NAMES.map((name) => command.limits.get(name) ?? 0))) target.setLimits(checked.config);
    } else if (command?.kind === COMMAND_ROTATE_KEY) {
      if (command.epoch <= this._vault.dataKey.epoch) this._note(sequence, RESULT_BAD_VALUE);
      else this._note(sequence, RESULT_DONE, command);
    } else if (command?.kind === COMMAND_SET_TIME) {
      if (command.unixMs < UNIX_MS_MIN || command.unixMs > UNIX_MS_MAX) this._note(sequence, RESULT_BAD_VALUE);
      else if (this._note(sequence, RESULT_DONE)) target.setTime(command.unixMs);
    } else if (command?.kind === COMMAND_ACKNOWLEDGE) {
      const alarm = target.alarmOf(command.bootCount, command.alertSequence);
      if (alarm < 0) this._note(sequence, RESULT_NO_SUCH_ALARM);
      else if (this._note(sequence, RESULT_DONE)) target.acknowledge(alarm);
    } else if (command?.kind === COMMAND_OFFER_UPDATE && target.update) {
      // What becomes of it, its reports say.
      if (this._note(sequence, RESULT_DONE)) target.update.offer(sequence, command.header);
    } else {
      this._note(sequence, RESULT_NOT_UNDERSTOOD);
    }
  }

  private _note(sequence: number, result: number, key?: DataKey, limits?: readonly number[]): boolean {
    const stored = this._vault.commit(sequence, result, key, limits);
    this._notStored = stored ? 0 : sequence;
    return stored;
  }
}
