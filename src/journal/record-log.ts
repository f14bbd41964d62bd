// The log on flash beneath the journal: finds, reads and programs records; opens blocks. It does not know what records are for.
import { areWordsEqual, crc32Words } from "../base/words.js";
import type { Flash } from "../contracts/flash.js";
import { BAD, BlockMap, NOWHERE } from "./block-map.js";
import type { HeaderState } from "./layout.js";
import {
  AREA_CRC_BYTES, BLOCK_HEADER_BYTES, BLOCK_SEQUENCE_WORD, BOOT_COUNT_WORD, DROPPED_BYTES, ERASE_COUNT_WORD, GRANULE_BYTES, HEADER_UNREADABLE, HEADER_VALID, HEADER_WORDS, KIND_RETIRE,
  RECORD_HEADER_BYTES, RECORDS_OFFSET, RETIRE_BATCH, RETIREMENT_BYTES, RecordHeader, TAIL_SEQUENCE_WORD, blockHeaderState, blockOf, recordBytes, sealBlockHeader,
} from "./layout.js";
import { BLOCK_BAD, BLOCK_FOREIGN, BLOCK_USED, blockFate, mountFate } from "./recovery.js";
import type { BlockFate, MountFate } from "./recovery.js";

/** Spots that are tried for one record on a failing part. */
const SPOTS_MAX = 4;
/** Reads that a record gets before it counts as damaged, for bits that read badly once. */
const READS_MAX = 2;

/** CRC-32 of whatever has its own CRC behind it, whatever it began with: the residue of CRC-32/ISO-HDLC, 0xdebb20e3 in the CRC RevEng catalogue, complemented as a CRC is. */
const CRC_RESIDUE = 0x2144df1c;

/** Bytes programmed or read in one call at most: an alert's area. */
const PAGE_BYTES = 64;

// The work space, in words: the header at hand, what was programmed and is read back, a page, the retirements for the next record (the first
// of them, the payload of a drop report, the others: as they lie in an area, but for the first).
const ECHO = HEADER_WORDS;
const PAGE = ECHO + PAGE_BYTES / 4;
const BATCH = PAGE + PAGE_BYTES / 4;
/** Where a drop report begins. */
export const REPORT = BATCH + 2;
const BATCH_REST = REPORT + DROPPED_BYTES / 4;
/** From here on there is room for others. */
export const WORK_WORDS = BATCH_REST + ((RETIRE_BATCH - 1) * RETIREMENT_BYTES) / 4;

/** Programs go to the end of the head block, and on to a free block when that is full. The caller keeps free blocks in supply. */
export class RecordLog {
  private readonly _flash: Flash;
  readonly blockBytes: number;
  /** Bytes of a block that records can use. */
  readonly roomBytes: number;
  readonly blockCount: number;
  readonly map: BlockMap;
  readonly words: Int32Array;
  /** Of the record that was read last, or is about to be programmed. */
  readonly header: RecordHeader;
  /** Payload area of the journal's own records: drop report, and retirements from the second on. */
  readonly area: Uint8Array;
  private readonly _shortEcho: Uint8Array;
  private readonly _longEcho: Uint8Array;
  private readonly _retirement: Uint8Array;
  private readonly _shortPage: Uint8Array;
  private readonly _longPage: Uint8Array;

  /** Where the next record goes in the head block. */
  headOffset = 0;
  /** Goes into the header of every block that is opened. */
  bootCount = 0;
  newestSequence = 0;

  /** What `readRetirement` read: the sequence of a block, and a place in it. */
  retiredSequence = 0;
  retiredPlace = 0;

  /** Where the record ends that `findRecord` found. */
  foundEnd = 0;
  /** Retirements collected for the next record. */
  batchCount = 0;
  /** End of the last granule that `findRecord` saw to be neither erased nor part of a record. */
  dirtyEnd = 0;

  /** @param roomWords for others, at the end of `words` */
  constructor(flash: Flash, roomWords: number) {
    const words = new Int32Array(WORK_WORDS + roomWords);
    const { buffer } = words;
    this.words = words;
    this.header = new RecordHeader(words);
    this.area = new Uint8Array(buffer, REPORT * 4, (WORK_WORDS - REPORT) * 4);
    this._shortEcho = new Uint8Array(buffer, ECHO * 4, GRANULE_BYTES);
    this._longEcho = new Uint8Array(buffer, ECHO * 4, PAGE_BYTES);
    this._retirement = new Uint8Array(buffer, PAGE * 4, RETIREMENT_BYTES);
    this._shortPage = new Uint8Array(buffer, PAGE * 4, GRANULE_BYTES);
    this._longPage = new Uint8Array(buffer, PAGE * 4, PAGE_BYTES);
    this._flash = flash;
    this.blockBytes = flash.blockBytes;
    this.roomBytes = flash.blockBytes - RECORDS_OFFSET;
    this.blockCount = flash.blockCount;
    this.map = new BlockMap(flash.blockCount, flash.blockBytes);
  }

  // ---- Reading ----

  private _read(into: Uint8Array, block: number, offset: number): boolean {
    return this._flash.read(into, block * this.blockBytes + offset);
  }

  /**
   * Reads the header of every block into the map; finds the head, the tail and the highest boot count.
   * @param keepSpent The map remembers which blocks are retired as a whole.
   */
  readBlockHeaders(keepSpent: boolean): MountFate {
    const { words, map } = this;
    map.reset(keepSpent);
    this.headOffset = this.blockBytes;
    this.bootCount = 0;
    this.newestSequence = 0;
    let anyForeign = false;
    let anyUnreadable = false;
    for (let block = 0; block < this.blockCount; block++) {
      const fate = this._readBlockHeader(block);
      if (fate === BLOCK_FOREIGN) anyForeign = true;
      else if (fate === BLOCK_BAD) {
        anyUnreadable = true;
        map.markUnreadable(block);
      } else if (fate === BLOCK_USED) {
        const sequence = words[PAGE + BLOCK_SEQUENCE_WORD] as number;
        const bootCount = words[PAGE + BOOT_COUNT_WORD] as number;
        map.setHeader(block, sequence, words[PAGE + ERASE_COUNT_WORD] as number);
        if (bootCount > this.bootCount) this.bootCount = bootCount;
        if (sequence > this.newestSequence) this.newestSequence = sequence;
      }
    }
    this._findHead();
    return mountFate(anyForeign, map.head < this.blockCount, anyUnreadable);
  }

  /**
   * The head is the newest block with a record in it. A newer header without one says little: the block may have been half-erased since,
   * or its only record may show itself later. It is suspect, and gets retired as a whole with the boot mark.
   */
  private _findHead(): void {
    const map = this.map;
    let newest = map.newestBlock();
    while (newest < this.blockCount && this.findRecord(newest, RECORDS_OFFSET) === NOWHERE) {
      map.setSuspect(newest);
      newest = map.newestBlock();
    }
    map.head = newest;
    // Should both copies fail now, every block gets scanned.
    if (newest < this.blockCount) map.setTail(this._readBlockHeader(newest) === BLOCK_USED ? (this.words[PAGE + TAIL_SEQUENCE_WORD] as number) : 0);
  }

  /** Reads the header of a block into the page: its first copy, and if that is no good, the second. */
  private _readBlockHeader(block: number): BlockFate {
    const first = this._readHeaderCopy(block, 0);
    return blockFate(first, first === HEADER_VALID ? first : this._readHeaderCopy(block, BLOCK_HEADER_BYTES));
  }

  private _readHeaderCopy(block: number, offset: number): HeaderState {
    return this._read(this._shortPage, block, offset) ? blockHeaderState(this.words, PAGE, this.blockBytes, block) : HEADER_UNREADABLE;
  }

  /** @returns the offset of the next valid record at or behind `offset`, its header now in `header`; NOWHERE if there is none. */
  findRecord(block: number, offset: number): number {
    const { header, words, blockBytes } = this;
    const sequence = this.map.sequenceOf(block);
    for (let place = offset; place < blockBytes; place += GRANULE_BYTES) {
      if (!this._read(header.bytes, block, place)) {
        // What can't be read now may be read after a restart: the block must not be erased.
        this.map.markUnreadable(block);
        continue;
      }
      if (header.isValid(sequence, place)) {
        this.foundEnd = place + recordBytes(header.areaBytes);
        if (this.foundEnd <= blockBytes) return place;
      }
      let index = 0;
      while (index < HEADER_WORDS && words[index] === -1) index++;
      if (index === HEADER_WORDS) continue;
      this.dirtyEnd = place + GRANULE_BYTES;
    }
    return NOWHERE;
  }

  /**
   * Reads the header of a record that was there before into `header`.
   * @param isChecked with a check of more than its first byte
   * @returns false if it is not there (any more)
   */
  look(block: number, offset: number, isChecked: boolean): boolean {
    for (let attempt = 0; attempt < READS_MAX; attempt++) {
      if (this._read(this.header.bytes, block, offset) && (isChecked ? this.isValid(block, offset) : this.header.isLikely)) return true;
    }
    return false;
  }

  /** Is what lies in `header` the header of a record at this place? */
  isValid(block: number, offset: number): boolean {
    return this.header.isValid(this.map.sequenceOf(block), offset);
  }

  /**
   * Reads the area of the record in `header`.
   * @param into takes its payload, for which it has room; undefined: nothing does
   * @returns whether payload and retirements match their CRC
   */
  readArea(block: number, offset: number, into?: Uint8Array): boolean {
    if (this.header.areaBytes === 0) return true;
    for (let attempt = 0; attempt < READS_MAX; attempt++) {
      if (this._readArea(block, offset + RECORD_HEADER_BYTES, into)) return true;
    }
    return false;
  }

  private _readArea(block: number, start: number, into: Uint8Array | undefined): boolean {
    const { header, words } = this;
    const { areaBytes, payloadBytes } = header;
    const bytes = recordBytes(areaBytes) - RECORD_HEADER_BYTES;
    let crc = header.areaSeed;
    for (let done = 0; done < bytes; ) {
      const page = bytes - done < PAGE_BYTES ? this._shortPage : this._longPage;
      if (!this._read(page, block, start + done)) return false;
      const { length } = page;
      const left = areaBytes + AREA_CRC_BYTES - done;
      crc = crc32Words(words, PAGE, left < length ? left : length, crc);
      const rest = payloadBytes - done;
      if (into && rest > 0) into.set(rest < length ? page.subarray(0, rest) : page, done);
      done += length;
    }
    return crc === CRC_RESIDUE;
  }

  /**
   * Reads one of the retirements that the record in `header` holds into `retired...`: number 0 from there, the others from its area.
   * @param payloadBytes of the record: where its retirements begin
   * @returns false on a fault of the part.
   */
  readRetirement(payloadBytes: number, block: number, offset: number, index: number): boolean {
    const { header, words } = this;
    if (index > 0 && !this._read(this._retirement, block, offset + RECORD_HEADER_BYTES + payloadBytes + (index - 1) * RETIREMENT_BYTES)) return false;
    this.retiredSequence = index > 0 ? (words[PAGE] as number) : header.retiredSequence;
    this.retiredPlace = index > 0 ? (words[PAGE + 1] as number) : header.retiredPlace;
    return true;
  }

  // ---- Programming ----

  /** Adds a record to those that the next record retires, if it is not among them. @returns false if the batch is full. */
  addRetirement(sequence: number, place: number): boolean {
    const words = this.words;
    const count = this.batchCount;
    let at = BATCH;
    for (let index = 0; index < count; index++) {
      if (words[at + 1] === place && words[at] === sequence) return true;
      at = BATCH_REST + 2 * index;
    }
    if (count === RETIRE_BATCH) return false;
    words[at] = sequence;
    words[at + 1] = place;
    this.batchCount = count + 1;
    return true;
  }

  /** Adds to the retirements for the next KIND_RETIRE record; writes it first if it is full. */
  collect(sequence: number, place: number): boolean {
    return this.addRetirement(sequence, place) || (this.appendMark(KIND_RETIRE) && this.addRetirement(sequence, place));
  }

  /** Empties the batch into the record in `header`, whose payload is a drop report or nothing. */
  takeBatch(): void {
    const count = this.batchCount;
    this.batchCount = 0;
    if (count > 0) this.header.retire(count, this.words[BATCH] as number, this.words[BATCH + 1] as number);
  }

  /**
   * Programs the record in `header` at the head, in a fresh block if need be: the area first, the header last, so that a valid header proves
   * a complete record.
   * @param source Holds the area from `from` on; undefined: it is copied from the record at offset `from` of `fromBlock`.
   * @returns the offset in the head block, or NOWHERE if the part failed on every spot or no block is free.
   */
  program(source: Uint8Array | undefined, from: number, fromBlock: number): number {
    const header = this.header;
    const bytes = recordBytes(header.areaBytes);
    for (let attempt = 0; attempt < SPOTS_MAX; attempt++) {
      if (this.headOffset + bytes > this.blockBytes && !this.open()) return NOWHERE;
      const offset = this.headOffset;
      this.headOffset = offset + bytes;
      header.seal(this.map.sequenceOf(this.map.head), offset);
      if (this._programArea(source, from, fromBlock, offset, bytes) && this._programPage(header.bytes, 0, this.map.head, offset)) {
        this._noteRetirements();
        return offset;
      }
      // The spot is bad: nothing more goes into this block.
      this.headOffset = this.blockBytes;
    }
    return NOWHERE;
  }

  /** Appends a record without payload that carries the retirements collected. */
  appendMark(kind: number): boolean {
    this.header.fill(kind, 0, this.bootCount, 0, 0, 0);
    this.takeBatch();
    return this.program(this.area, DROPPED_BYTES, 0) !== NOWHERE;
  }

  /** Programs an area with its CRC and padding, or a copy of one. */
  private _programArea(source: Uint8Array | undefined, from: number, fromBlock: number, offset: number, bytes: number): boolean {
    const { header, words } = this;
    const { areaBytes } = header;
    let crc = header.areaSeed;
    for (let done = 0; done + RECORD_HEADER_BYTES < bytes; ) {
      const page = bytes - RECORD_HEADER_BYTES - done < PAGE_BYTES ? this._shortPage : this._longPage;
      const { length } = page;
      if (source) {
        const left = areaBytes - done;
        page.fill(0xff);
        if (left > 0) {
          const count = left < length ? left : length;
          page.set(source.subarray(from + done, from + done + count));
          crc = crc32Words(words, PAGE, count, crc);
        }
        for (let index = 0; index < AREA_CRC_BYTES; index++) {
          const position = left + index;
          if (position >= 0 && position < length) page[position] = crc >> (8 * index);
        }
      } else if (!this._read(page, fromBlock, from + RECORD_HEADER_BYTES + done)) return false;
      if (!this._programPage(page, PAGE, this.map.head, offset + RECORD_HEADER_BYTES + done)) return false;
      done += length;
    }
    return true;
  }

  /** Programs the bytes of a page or a header, which begin with word `start`, and reads them back. */
  private _programPage(page: Uint8Array, start: number, block: number, offset: number): boolean {
    const isShort = page.length === GRANULE_BYTES;
    if (!this._flash.write(page, block * this.blockBytes + offset) || !this._read(isShort ? this._shortEcho : this._longEcho, block, offset)) return false;
    return areWordsEqual(this.words, start, ECHO, (isShort ? GRANULE_BYTES : PAGE_BYTES) / 4);
  }

  /** Tells the map what the record just programmed retires. */
  private _noteRetirements(): void {
    const { header, map } = this;
    const count = header.retireCount;
    if (count > 0) map.noteRetirement(map.head, blockOf(header.retiredPlace), header.retiredSequence);
    // Those in the area are bounded instead of looked up: none is newer than the newest block.
    for (let index = 1; index < count; index++) map.noteRetirement(map.head, NOWHERE, this.newestSequence);
  }

  /** Erases a free block, as the map chooses it, and makes it the head. @returns false if there is none that works. */
  open(): boolean {
    let block = this.map.chooseFree();
    while (block !== NOWHERE && !this._format(block)) {
      this.map.setFlag(block, BAD);
      block = this.map.chooseFree();
    }
    return block !== NOWHERE;
  }

  /** Leaves `header` alone: it may wait to be programmed. */
  private _format(block: number): boolean {
    const { map, words } = this;
    const erases = map.eraseCountOf(block) + 1;
    map.clearHeader(block);
    if (!this._flash.eraseBlock(block)) return false;
    const sequence = ++this.newestSequence;
    const tailSequence = map.lowestLive(sequence);
    words[PAGE + BLOCK_SEQUENCE_WORD] = sequence;
    words[PAGE + TAIL_SEQUENCE_WORD] = tailSequence;
    words[PAGE + BOOT_COUNT_WORD] = this.bootCount;
    words[PAGE + ERASE_COUNT_WORD] = erases;
    sealBlockHeader(words, PAGE, this.blockBytes, block);
    if (!this._programPage(this._shortPage, PAGE, block, 0) || !this._programPage(this._shortPage, PAGE, block, BLOCK_HEADER_BYTES)) return false;
    map.setHeader(block, sequence, erases);
    map.head = block;
    this.headOffset = RECORDS_OFFSET;
    map.setTail(tailSequence);
    return true;
  }
}
