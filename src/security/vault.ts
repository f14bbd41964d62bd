// Vault: what commands have changed for good: the last command's number and result, the rotated key, the limits. One block, replaced at once.
import { crc32 } from "../base/crc32.js";
import type { Store } from "../contracts/store.js";
import { getU32, getU48, putU32, putU48 } from "../wire/bytes.js";
import { LIMIT_NAMES, type LimitName } from "../wire/command.js";
import type { DataKey } from "./sealed-uplink.js";

const VERSION = 1;
const KEY_BYTES_MAX = 32;
const RESULT_OFFSET = 1;
const KEY_BYTES_OFFSET = 2;
/** CRC-32 of the provisioned keys: with other keys it is another device's past. */
const PROVISION_OFFSET = 4;
const SEQUENCE_OFFSET = 8;
const SEQUENCE_BYTES = 6;
const EPOCH_OFFSET = 16;
const KEY_OFFSET = 20;
const LIMITS_OFFSET = KEY_OFFSET + KEY_BYTES_MAX;
const LIMIT_COUNT_MAX = 8;
const CRC_OFFSET = LIMITS_OFFSET + 4 * LIMIT_COUNT_MAX;
const VAULT_BYTES = CRC_OFFSET + 4;

export type Limits = ReadonlyMap<LimitName, number>;

export class Vault {
  private readonly _store: Store;
  private readonly _provisioned: DataKey;
  private _bytes: Uint8Array;

  /** @param provisioned the data key from the factory @param commandKey tells, with the former, which provision this is */
  constructor(store: Store, provisioned: DataKey, commandKey: Uint8Array) {
    this._store = store;
    this._provisioned = provisioned;
    const mark = markOf(provisioned, commandKey);
    const bytes = new Uint8Array(VAULT_BYTES);
    bytes[0] = VERSION;
    putU32(bytes, PROVISION_OFFSET, mark);
    const stored = store.read();
    if (stored && isWhole(stored)) {
      if ((getU32(stored, PROVISION_OFFSET) | 0) === mark) bytes.set(stored);
      // Provisioned anew: keys and limits are the new ones, but what was commanded before stays in the past.
      else bytes.set(stored.subarray(SEQUENCE_OFFSET, SEQUENCE_OFFSET + SEQUENCE_BYTES), SEQUENCE_OFFSET);
    }
    this._bytes = bytes;
  }

  /** The key that messages are encrypted with now. */
  get dataKey(): DataKey {
    const keyBytes = this._bytes[KEY_BYTES_OFFSET] as number;
    if (keyBytes === 0) return this._provisioned;
    return { epoch: getU32(this._bytes, EPOCH_OFFSET), key: this._bytes.subarray(KEY_OFFSET, KEY_OFFSET + keyBytes) };
  }
  /** Number of the last command, 0 if there was none. */
  get sequence(): number {
    return getU48(this._bytes, SEQUENCE_OFFSET);
  }
  /** RESULT_* of the last command. */
  get result(): number {
    return this._bytes[RESULT_OFFSET] as number;
  }
  /** Those limits that were ever commanded. */
  get limits(): Readonly<Partial<Record<LimitName, number>>> {
    const limits: Partial<Record<LimitName, number>> = {};
    LIMIT_NAMES.forEach((name, index) => {
      const value = getU32(this._bytes, LIMITS_OFFSET + 4 * index);
      if (value > 0) limits[name] = value;
    });
    return limits;
  }

  /**
   * Notes a command for good, with what it changes.
   * @param key the new data key, if there is one @param limits above 0; the others stay as they are
   * @returns false if the store failed; then nothing has changed
   */
  commit(sequence: number, result: number, key?: DataKey, limits?: Limits): boolean {
    const bytes = this._bytes.slice();
    bytes[RESULT_OFFSET] = result;
    putU48(bytes, SEQUENCE_OFFSET, sequence);
    if (key) {
      bytes[KEY_BYTES_OFFSET] = key.key.length;
      putU32(bytes, EPOCH_OFFSET, key.epoch);
      bytes.set(key.key, KEY_OFFSET);
    }
    limits?.forEach((value, name) => putU32(bytes, LIMITS_OFFSET + 4 * LIMIT_NAMES.indexOf(name), value));
    putU32(bytes, CRC_OFFSET, crc32(bytes, 0, CRC_OFFSET));
    if (!this._store.write(bytes)) return false;
    this._bytes = bytes;
    return true;
  }
}

function isWhole(bytes: Uint8Array): boolean {
  return bytes.length === VAULT_BYTES && bytes[0] === VERSION && (getU32(bytes, CRC_OFFSET) | 0) === crc32(bytes, 0, CRC_OFFSET);
}

function markOf({ epoch, key }: DataKey, commandKey: Uint8Array): number {
  const bytes = new Uint8Array(4 + key.length + commandKey.length);
  putU32(bytes, 0, epoch);
  bytes.set(key, 4);
  bytes.set(commandKey, 4 + key.length);
  return crc32(bytes, 0, bytes.length);
}
