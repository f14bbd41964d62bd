// Downlink: takes commands: genuine ones only, each once, over any loss of power; says in the status what became of them.
import type { BoardSecurity } from "../contracts/board.js";
import type { MessageReceiver } from "../contracts/uplink.js";
import type { DataKey } from "../security/sealed-uplink.js";
import type { Limits, Vault } from "../security/vault.js";
import {
  COMMAND_ACKNOWLEDGE, COMMAND_EPOCH, COMMAND_OFFER_UPDATE, COMMAND_ROTATE_KEY, COMMAND_SET_LIMITS, COMMAND_SET_TIME, COMMAND_UPDATE_PIECE, type Command,
  RESULT_BAD_VALUE, RESULT_DONE, RESULT_NOT_STORED, RESULT_NOT_UNDERSTOOD, RESULT_NO_SUCH_ALARM, type SequencedCommand, decodeCommand,
} from "../wire/command.js";
import { associatedData, readEnvelope } from "../wire/cose.js";
import { type MonitorConfig, checkConfig } from "./config.js";

/** Times that a command may set: 2025 to 2099. [ms, Unix] */
const UNIX_MS_MIN = 1_735_689_600_000;
const UNIX_MS_MAX = 4_102_444_800_000;

/** Alarms by the place of their condition. */
export interface AlarmBook {
  /** @returns the place of the alarm that began with that alert, or -1 */
  placeOf(bootCount: number, onsetSequence: number): number;
  acknowledge(place: number): void;
}

export interface UpdateTarget {
  offer(sequence: number, header: Uint8Array): void;
  piece(sequence: number, offset: number, bytes: Uint8Array): void;
}

/** Where commands take effect. */
export interface CommandTarget {
  /** The settings in force. */
  readonly config: MonitorConfig;
  setLimits(config: MonitorConfig): void;
  readonly alarms: AlarmBook;
  /** Takes updates over the air; undefined: the device takes none. */
  readonly update: UpdateTarget | undefined;
  /** Something in the status is new. */
  statusChanged(): void;
}

export class Downlink implements MessageReceiver {
  /** On which commands come. */
  readonly topic: string;
  private readonly _security: BoardSecurity;
  private readonly _associated: Uint8Array;
  private readonly _vault: Vault;
  private readonly _target: CommandTarget;
  private _refused = 0;
  /** The last command, if the store did not take it; else 0. */
  private _notStored = 0;

  /** @param topic as commands' sender encrypts it */
  constructor(security: BoardSecurity, topic: string, vault: Vault, target: CommandTarget) {
    this.topic = topic;
    this._security = security;
    this._associated = associatedData(security.command.length, COMMAND_EPOCH, topic);
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
    const decoded = this._open(message);
    const command = decoded?.command;
    if (decoded && command?.kind === COMMAND_UPDATE_PIECE) return this._target.update?.piece(decoded.sequence, command.offset, command.bytes);
    const last = this._vault.sequence;
    if (!decoded || decoded.sequence < last) this._refused++;
    // The same one again has done its work, and its sender may have missed the result.
    else if (decoded.sequence > last) this._take(decoded.sequence, command);
    this._target.statusChanged();
  }

  private _open(message: Uint8Array): SequencedCommand | undefined {
    const { aead, command: key } = this._security;
    const envelope = readEnvelope(message, key.length, COMMAND_EPOCH);
    const plain = envelope && aead.open(key, envelope.nonce, this._associated, envelope.sealed);
    return plain && decodeCommand(plain);
  }

  /** Noted before it is carried out: a loss of power in between loses the command, and never repeats it. */
  private _take(sequence: number, command: Command | undefined): void {
    const target = this._target;
    switch (command?.kind) {
      case COMMAND_SET_LIMITS: {
        const checked = checkConfig({ ...target.config, ...Object.fromEntries(command.limits) });
        if (!checked.ok) this._note(sequence, RESULT_BAD_VALUE);
        else if (this._note(sequence, RESULT_DONE, undefined, command.limits)) target.setLimits(checked.config);
        return;
      }
      case COMMAND_ROTATE_KEY:
        if (command.epoch <= this._vault.dataKey.epoch) this._note(sequence, RESULT_BAD_VALUE);
        else this._note(sequence, RESULT_DONE, command);
        return;
      case COMMAND_SET_TIME:
        if (command.unixMs < UNIX_MS_MIN || command.unixMs > UNIX_MS_MAX) this._note(sequence, RESULT_BAD_VALUE);
        else if (this._note(sequence, RESULT_DONE)) this._security.setTime(command.unixMs);
        return;
      case COMMAND_ACKNOWLEDGE: {
        const place = target.alarms.placeOf(command.bootCount, command.alertSequence);
        if (place < 0) this._note(sequence, RESULT_NO_SUCH_ALARM);
        else if (this._note(sequence, RESULT_DONE)) target.alarms.acknowledge(place);
        return;
      }
      case COMMAND_OFFER_UPDATE:
        if (!target.update) break;
        // What becomes of it, its reports say.
        if (this._note(sequence, RESULT_DONE)) target.update.offer(sequence, command.header);
        return;
    }
    this._note(sequence, RESULT_NOT_UNDERSTOOD);
  }

  private _note(sequence: number, result: number, key?: DataKey, limits?: Limits): boolean {
    const stored = this._vault.commit(sequence, result, key, limits);
    this._notStored = stored ? 0 : sequence;
    return stored;
  }
}
