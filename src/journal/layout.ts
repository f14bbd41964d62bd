// The bytes of the journal on flash: block headers, record headers and retirements, as FORMAT.md defines them.
import { assert } from "../base/assert.js";
import { crc32 } from "../base/crc32.js";

/**
 * Every record starts and ends on a multiple of this. [bytes] 32 is the largest program unit in use (ESP32 flash encryption with
 * AES-256 writes 16 or 32), so one layout serves every part and no byte is ever programmed twice.
 */
export const GRANULE_BYTES = 32;
/** Bytes of one copy of the block header. */
export const BLOCK_HEADER_BYTES = 32;
/** Where records begin in a block: behind two copies of its header. [bytes] */
export const RECORDS_OFFSET = 2 * BLOCK_HEADER_BYTES;
/** Bytes of a record header. */
export const RECORD_HEADER_BYTES = GRANULE_BYTES;
/** CRC behind the payload area. [bytes] */
export const AREA_CRC_BYTES = 4;
/** One retirement in the payload area. [bytes] */
export const RETIREMENT_BYTES = 8;

/** Most retirements in a record: their record (160 bytes) must fit the smallest block (256 bytes, 64 of them header). */
export const RETIRE_BATCH = 16;

/** "EBJ1" read as a little-endian word. */
export const BLOCK_MAGIC = 0x314a4245;
/** Version of FORMAT.md that this code writes; it reads this and all below. */
export const FORMAT_VERSION = 1;
/** First byte of every record header; neither erased (0xFF) nor wiped (0x00). */
export const RECORD_MAGIC = 0xeb;

/** Kinds 1 to 63 travel in the alert lane. */
export const KIND_ALERT_MIN = 1;
/** Of this kind and the highest priority the newest goes first: the onset of something life-threatening. */
export const KIND_EMERGENCY = 1;
/** "N records were dropped": made by the journal itself, delivered like an alert. */
export const KIND_DROPPED = 63;
/** Kinds 64 to 127 travel in the evidence lane, after every alert. */
export const KIND_EVIDENCE_MIN = 64;
/** Kinds 128 to 191 are the journal's own and are carried along even by a version that does not know them. */
export const KIND_KEPT_MIN = 128;
/** Kinds 192 to 255 are the journal's own and die with their block. */
export const KIND_FORGOTTEN_MIN = 192;
/** Marks the start of a boot; its boot count is all it says. */
export const KIND_BOOT = 192;
/** Does nothing but retire other records: an acknowledgement. */
export const KIND_RETIRE = 193;

/** Why records were dropped: there was no room for them. */
export const DROPPED_FOR_ROOM = 1;
/** Why records were dropped: their bytes no longer match their CRC. */
export const DROPPED_DAMAGED = 2;
/** Payload of a KIND_DROPPED record. [bytes] */
export const DROPPED_BYTES = 32;

/** Sequence numbers, boot counts and seconds fit int32, so that XS keeps them integers. */
const INT32_MAX = 0x7fffffff;

export const HEADER_INVALID = 0;
export const HEADER_VALID = 1;
/** The CRC holds, but a newer firmware wrote it or for another geometry: hands off. */
export const HEADER_FOREIGN = 2;
/** The part could not be read. */
export const HEADER_UNREADABLE = 3;
export type HeaderState = typeof HEADER_INVALID | typeof HEADER_VALID | typeof HEADER_FOREIGN | typeof HEADER_UNREADABLE;

/** @returns bytes that a record of this payload area takes on flash, padding included. */
export function recordBytes(areaBytes: number): number {
  if (areaBytes === 0) return RECORD_HEADER_BYTES;
  return RECORD_HEADER_BYTES + (((areaBytes + AREA_CRC_BYTES + GRANULE_BYTES - 1) / GRANULE_BYTES) | 0) * GRANULE_BYTES;
}

/** @returns bytes of the KIND_RETIRE records that carry `count` retirements, in full batches and one rest. */
export function retirementsBytes(count: number): number {
  const batches = (count / RETIRE_BATCH) | 0;
  const rest = count - batches * RETIRE_BATCH;
  return batches * recordBytes((RETIRE_BATCH - 1) * RETIREMENT_BYTES) + (rest > 0 ? recordBytes((rest - 1) * RETIREMENT_BYTES) : 0);
}

/** Header of an erase block. One object serves all blocks: `bytes` are read into or programmed from. */
export class BlockHeader {
  readonly bytes = new Uint8Array(BLOCK_HEADER_BYTES);
  private readonly _view = new DataView(this.bytes.buffer);
  /** Number of this use of the block in the life of the journal, from 1; never given twice. */
  blockSequence = 0;
  /** Blocks of lower sequence hold nothing that is still needed. */
  tailSequence = 0;
  /** The boot that opened the block. */
  bootCount = 0;
  /** How often this block was erased, as far as known. */
  eraseCount = 0;

  encode(blockBytes: number, blockIndex: number): void {
    const view = this._view;
    view.setInt32(0, BLOCK_MAGIC, true);
    view.setUint8(4, FORMAT_VERSION);
    view.setUint8(5, 0);
    view.setUint16(6, (blockBytes / GRANULE_BYTES) | 0, true);
    view.setInt32(8, this.blockSequence, true);
    view.setInt32(12, this.tailSequence, true);
    view.setInt32(16, this.bootCount, true);
    view.setInt32(20, this.eraseCount, true);
    view.setUint16(24, blockIndex, true);
    view.setUint16(26, 0, true);
    view.setInt32(28, crc32(this.bytes, 0, 28), true);
  }

  /** Takes the fields from `bytes`. @returns what they are; the fields count only if HEADER_VALID. */
  decode(blockBytes: number, blockIndex: number): HeaderState {
    const view = this._view;
    if (view.getInt32(0, true) !== BLOCK_MAGIC) return HEADER_INVALID;
    if (view.getInt32(28, true) !== crc32(this.bytes, 0, 28)) return HEADER_INVALID;
    if (view.getUint8(4) > FORMAT_VERSION) return HEADER_FOREIGN;
    if (view.getUint16(6, true) !== ((blockBytes / GRANULE_BYTES) | 0)) return HEADER_FOREIGN;
    if (view.getUint16(24, true) !== blockIndex) return HEADER_FOREIGN;
    this.blockSequence = view.getInt32(8, true);
    this.tailSequence = view.getInt32(12, true);
    this.bootCount = view.getInt32(16, true);
    this.eraseCount = view.getInt32(20, true);
    return this.blockSequence > 0 ? HEADER_VALID : HEADER_INVALID;
  }
}

/** Header of a record. `bytes` are read into or programmed from; the fields are what they mean. */
export class RecordHeader {
  readonly bytes = new Uint8Array(RECORD_HEADER_BYTES);
  private readonly _view = new DataView(this.bytes.buffer);
  kind = 0;
  priority = 0;
  /** How many records this one retires; the first is named here, the others at the end of the payload area. */
  retireCount = 0;
  payloadBytes = 0;
  bootCount = 0;
  sequence = 0;
  uptimeS = 0;
  retiredSequence = 0;
  retiredBlock = 0;
  retiredGranule = 0;
  retiredGranules = 0;

  /** Payload and the retirements behind it. [bytes] */
  get areaBytes(): number {
    return this.payloadBytes + (this.retireCount > 1 ? (this.retireCount - 1) * RETIREMENT_BYTES : 0);
  }

  /** Ties the payload's CRC to the record's identity, which moving does not change. */
  get areaSeed(): number {
    return this.bootCount ^ (this.sequence << 8) ^ this.kind;
  }

  /** Fills `bytes` for a record at `offset` of the block opened as `blockSequence`. */
  encode(blockSequence: number, offset: number): void {
    assert(this.bootCount >= 0 && this.sequence >= 0 && this.sequence <= INT32_MAX, "record: identity out of range");
    const view = this._view;
    view.setUint8(0, RECORD_MAGIC);
    view.setUint8(1, this.kind);
    view.setUint8(2, this.priority);
    view.setUint8(3, this.retireCount);
    view.setUint16(4, this.payloadBytes, true);
    view.setUint16(6, 0, true);
    view.setInt32(8, this.bootCount, true);
    view.setInt32(12, this.sequence, true);
    view.setInt32(16, this.uptimeS, true);
    view.setInt32(20, this.retiredSequence, true);
    view.setUint16(24, this.retiredBlock, true);
    view.setUint8(26, this.retiredGranule);
    view.setUint8(27, this.retiredGranules);
    view.setInt32(28, crc32(this.bytes, 0, 28, placeSeed(blockSequence, offset)), true);
  }

  /** @returns whether `bytes` are a record that was written at exactly this place; if so the fields are taken from them. */
  decode(blockSequence: number, offset: number): boolean {
    if (this.bytes[0] !== RECORD_MAGIC) return false;
    if (this._view.getInt32(28, true) !== crc32(this.bytes, 0, 28, placeSeed(blockSequence, offset))) return false;
    const view = this._view;
    this.peek();
    this.uptimeS = view.getInt32(16, true);
    this.retiredSequence = view.getInt32(20, true);
    this.retiredBlock = view.getUint16(24, true);
    this.retiredGranule = view.getUint8(26);
    this.retiredGranules = view.getUint8(27);
    return true;
  }

  /** Takes kind, urgency, size and identity from `bytes` without a check of their CRC. @returns whether they look like a record at all */
  peek(): boolean {
    if (this.bytes[0] !== RECORD_MAGIC) return false;
    const view = this._view;
    this.kind = view.getUint8(1);
    this.priority = view.getUint8(2);
    this.retireCount = view.getUint8(3);
    this.payloadBytes = view.getUint16(4, true);
    this.bootCount = view.getInt32(8, true);
    this.sequence = view.getInt32(12, true);
    return true;
  }
}

/** A record is valid in the place it was written to and nowhere else: neither a copy inside a payload nor a leftover of the block's
 * former use passes, because every (blockSequence, offset) of one place gives another seed. */
function placeSeed(blockSequence: number, offset: number): number {
  return blockSequence ^ (offset << 18);
}
