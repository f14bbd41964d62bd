// The bytes of the journal on flash: block headers, record headers and retirements, as FORMAT.md defines them.
import { assert } from "../base/assert.js";
import { crc32Words } from "../base/words.js";

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

/** Words of a header, of a block or a record. Headers are handled as words: on XS that costs a third of reading fields from bytes. */
export const HEADER_WORDS = 8;
const CRC_WORD = 7;
const CRC_BYTES = 28;

/** Words of a block header whose CRC holds: number of this use of the block in the life of the journal, from 1, never given twice. */
export const BLOCK_SEQUENCE_WORD = 2;
/** Blocks of lower sequence hold nothing that is still needed. */
export const TAIL_SEQUENCE_WORD = 3;
/** The boot that opened the block. */
export const BOOT_COUNT_WORD = 4;
/** How often this block was erased, as far as known. */
export const ERASE_COUNT_WORD = 5;

/** Makes a block header of the words from `at` on, in which the four words above are set. */
export function sealBlockHeader(words: Int32Array, at: number, blockBytes: number, blockIndex: number): void {
  words[at] = BLOCK_MAGIC;
  words[at + 1] = FORMAT_VERSION | ((blockBytes / GRANULE_BYTES) << 16);
  words[at + 6] = blockIndex;
  words[at + CRC_WORD] = crc32Words(words, at, CRC_BYTES, 0);
}

/** @returns what the words from `at` on are as a header of that block */
export function blockHeaderState(words: Int32Array, at: number, blockBytes: number, blockIndex: number): HeaderState {
  if (words[at] !== BLOCK_MAGIC || words[at + CRC_WORD] !== crc32Words(words, at, CRC_BYTES, 0)) return HEADER_INVALID;
  const form = words[at + 1] as number;
  if ((form & 255) > FORMAT_VERSION || form >>> 16 !== blockBytes / GRANULE_BYTES || ((words[at + 6] as number) & 0xffff) !== blockIndex) return HEADER_FOREIGN;
  return (words[at + BLOCK_SEQUENCE_WORD] as number) > 0 ? HEADER_VALID : HEADER_INVALID;
}

/** @returns block, granule and granules of a record in the form that a retirement has for them; granule 0: the block as a whole */
export function placeOf(block: number, granule: number, granules: number): number {
  return block | (granule << 16) | (granules << 24);
}
export function blockOf(place: number): number {
  return place & 0xffff;
}
export function granuleOf(place: number): number {
  return (place >> 16) & 255;
}
export function granulesOf(place: number): number {
  return place >>> 24;
}

/**
 * The seed of a record header's CRC is the block's sequence XOR the offset shifted by this. So a record is valid in the place it was written to
 * and nowhere else: neither a copy inside a payload nor a leftover of the block's former use passes.
 */
const PLACE_SHIFT = 18;

/** Header of a record: what its bytes mean, whether they were read or are to be programmed. */
export class RecordHeader {
  readonly words: Int32Array;
  /** The bytes of the first HEADER_WORDS words. */
  readonly bytes: Uint8Array;

  /** @param words begin with the header's */
  constructor(words: Int32Array) {
    this.words = words;
    this.bytes = new Uint8Array(words.buffer, 0, RECORD_HEADER_BYTES);
  }

  get kind(): number {
    return ((this.words[0] as number) >> 8) & 255;
  }
  get priority(): number {
    return ((this.words[0] as number) >> 16) & 255;
  }
  /** How many records this one retires; the first is named here, the others at the end of the payload area. */
  get retireCount(): number {
    return (this.words[0] as number) >>> 24;
  }
  get payloadBytes(): number {
    return (this.words[1] as number) & 0xffff;
  }
  get bootCount(): number {
    return this.words[2] as number;
  }
  get sequence(): number {
    return this.words[3] as number;
  }
  get uptimeS(): number {
    return this.words[4] as number;
  }
  get retiredSequence(): number {
    return this.words[5] as number;
  }
  get retiredPlace(): number {
    return this.words[6] as number;
  }

  /** Payload and the retirements behind it. [bytes] */
  get areaBytes(): number {
    const payloadBytes = (this.words[1] as number) & 0xffff;
    const retireCount = (this.words[0] as number) >>> 24;
    return retireCount > 1 ? payloadBytes + (retireCount - 1) * RETIREMENT_BYTES : payloadBytes;
  }

  /** Ties the payload's CRC to the record's identity, which moving does not change. */
  get areaSeed(): number {
    return this.bootCount ^ (this.sequence << 8) ^ this.kind;
  }

  /** Makes it that of a record which retires nothing. */
  fill(kind: number, priority: number, bootCount: number, sequence: number, payloadBytes: number, uptimeS: number): void {
    assert(bootCount >= 0 && sequence >= 0 && sequence <= INT32_MAX, "record: identity");
    const words = this.words;
    words[0] = RECORD_MAGIC | (kind << 8) | (priority << 16);
    words[1] = payloadBytes;
    words[2] = bootCount;
    words[3] = sequence;
    words[4] = uptimeS;
    words[5] = 0;
    words[6] = 0;
  }

  /** @param retireCount how many it retires, of which this is the first */
  retire(retireCount: number, sequence: number, place: number): void {
    const words = this.words;
    words[0] = ((words[0] as number) & 0xffffff) | (retireCount << 24);
    words[5] = sequence;
    words[6] = place;
  }

  /** Makes it valid at `offset` of the block opened as `blockSequence`. */
  seal(blockSequence: number, offset: number): void {
    this.words[CRC_WORD] = crc32Words(this.words, 0, CRC_BYTES, blockSequence ^ (offset << PLACE_SHIFT));
  }

  /** Does it look like a record at all? */
  get isLikely(): boolean {
    return ((this.words[0] as number) & 255) === RECORD_MAGIC;
  }

  /** Is it a record that was written at exactly this place? */
  isValid(blockSequence: number, offset: number): boolean {
    const words = this.words;
    return ((words[0] as number) & 255) === RECORD_MAGIC && (words[3] as number) >= 0 && words[CRC_WORD] === crc32Words(words, 0, CRC_BYTES, blockSequence ^ (offset << PLACE_SHIFT));
  }
}
