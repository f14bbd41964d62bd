// The log on flash beneath the journal: finds, reads and programs records; opens blocks. It does not know what records are for.
import { assert } from "../base/assert.js";
import { crc32 } from "../base/crc32.js";
import type { Flash } from "../contracts/flash.js";
import { BlockMap } from "./block-map.js";
import type { HeaderState } from "./layout.js";
import {
  AREA_CRC_BYTES,
  BLOCK_HEADER_BYTES,
  BlockHeader,
  DROPPED_BYTES,
  GRANULE_BYTES,
  HEADER_UNREADABLE,
  HEADER_VALID,
  KIND_RETIRE,
  RECORD_HEADER_BYTES,
  RECORDS_OFFSET,
  RETIRE_BATCH,
  RETIREMENT_BYTES,
  RecordHeader,
  recordBytes,
} from "./layout.js";
import { BLOCK_BAD, BLOCK_FOREIGN, BLOCK_FREE, blockFate, mountFate, SCAN_SKIP, scanFate } from "./recovery.js";
import type { MountFate } from "./recovery.js";

/** No record, no place, no block. */
export const NOWHERE = -1;

/** Bytes programmed or read in one call: the page of common NOR parts. */
const PAGE_BYTES = 256;
/** Spots that are tried for one record on a failing part. */
const SPOTS_MAX = 4;
/** Reads that a record gets before it counts as damaged, for bits that read badly once. */
const READS_MAX = 2;

/** Programs go to the end of the head block, and on to a free block when that is full. The caller keeps free blocks in supply. */
export class RecordLog {
  private readonly _flash: Flash;
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Bytes of a block that records can use. */
  readonly roomBytes: number;
  readonly map: BlockMap;
  /** The record that `findRecord` stopped at. */
  readonly found = new RecordHeader();
  /** The record that `lookUp` read. */
  readonly looked = new RecordHeader();
  /** The record about to be programmed. */
  readonly draft = new RecordHeader();
  /** Payload area of the journal's own records: drop report and retirements. */
  readonly area = new Uint8Array(DROPPED_BYTES + RETIRE_BATCH * RETIREMENT_BYTES);
  readonly areaView = new DataView(this.area.buffer);
  /** Blocks to scan in the order of their sequence; `orderCount` of them. */
  readonly order: Uint16Array;
  orderCount = 0;

  /** The block that is appended to; `blockCount` while there is none. */
  headBlock = 0;
  /** Where the next record goes in it. */
  headOffset = 0;
  /** Goes into the header of every block that is opened. */
  bootCount = 0;
  newestSequence = 0;

  /** What `readRetirement` read. */
  retiredSequence = 0;
  retiredBlock = 0;
  retiredGranule = 0;
  retiredGranules = 0;

  /** Retirements collected for the next record. */
  batchCount = 0;
  private readonly _batchSequence = new Int32Array(RETIRE_BATCH);
  private readonly _batchBlock = new Uint16Array(RETIRE_BATCH);
  private readonly _batchGranule = new Uint8Array(RETIRE_BATCH);
  private readonly _batchGranules = new Uint8Array(RETIRE_BATCH);

  /** End of the last granule that `findRecord` saw to be neither erased nor part of a record. */
  dirtyEnd = 0;
  /** How many such granules it saw. */
  granulesUnreadable = 0;
  /** Programs and erases that the part refused or did badly. */
  partFaults = 0;

  private readonly _blockHeader = new BlockHeader();
  private readonly _retirementBytes = new Uint8Array(RETIREMENT_BYTES);
  private readonly _retirementView = new DataView(this._retirementBytes.buffer);
  /** One page in RAM, with views of the sizes that are programmed and read: 32, 64, 128 and 256 bytes. */
  private readonly _pages: Uint8Array[] = [];
  /** The same for reading back what was programmed. */
  private readonly _echoes: Uint8Array[] = [];

  constructor(flash: Flash) {
    this._flash = flash;
    this.blockBytes = flash.blockBytes;
    this.blockCount = flash.blockCount;
    this.roomBytes = flash.blockBytes - RECORDS_OFFSET;
    this.map = new BlockMap(flash.blockCount, flash.blockBytes);
    this.order = new Uint16Array(flash.blockCount);
    const page = new Uint8Array(PAGE_BYTES);
    const echo = new Uint8Array(PAGE_BYTES);
    for (let bytes = GRANULE_BYTES; bytes <= PAGE_BYTES; bytes *= 2) {
      this._pages.push(page.subarray(0, bytes));
      this._echoes.push(echo.subarray(0, bytes));
    }
  }

  /** RAM in typed arrays. [bytes] */
  get ramBytes(): number {
    const headers = BLOCK_HEADER_BYTES + 3 * RECORD_HEADER_BYTES;
    const batch = RETIRE_BATCH * 8 + RETIREMENT_BYTES;
    return this.map.ramBytes + this.order.byteLength + this.area.byteLength + headers + batch + 2 * PAGE_BYTES;
  }

  /** @param keepSpent The map remembers which blocks are retired as a whole. */
  reset(keepSpent = false): void {
    this.map.reset(keepSpent);
    this.orderCount = 0;
    this.headBlock = this.blockCount;
    this.headOffset = this.blockBytes;
    this.bootCount = 0;
    this.newestSequence = 0;
    this.batchCount = 0;
    this.dirtyEnd = 0;
    this.granulesUnreadable = 0;
    this.partFaults = 0;
  }

  // ---- Reading ----

  /** Reads the header of every block into the map; finds the head, the tail and the highest boot count. */
  readBlockHeaders(): MountFate {
    const header = this._blockHeader;
    let anyForeign = false;
    let anyUnreadable = false;
    for (let block = 0; block < this.blockCount; block++) {
      const first = this._readBlockHeader(block, 0);
      // A good first copy needs no second look. `header` keeps the fields of the last valid one.
      const second = first === HEADER_VALID ? HEADER_VALID : this._readBlockHeader(block, BLOCK_HEADER_BYTES);
      const fate = blockFate(first, second);
      if (fate === BLOCK_FOREIGN) anyForeign = true;
      if (fate === BLOCK_BAD) {
        anyUnreadable = true;
        this.map.markUnreadable(block);
      }
      if (fate === BLOCK_FOREIGN || fate === BLOCK_BAD || fate === BLOCK_FREE) continue;
      this.map.setHeader(block, header.blockSequence, header.eraseCount);
      if (header.bootCount > this.bootCount) this.bootCount = header.bootCount;
      if (header.blockSequence > this.newestSequence) this.newestSequence = header.blockSequence;
    }
    this._findHead();
    return mountFate(anyForeign, this.headBlock < this.blockCount, anyUnreadable);
  }

  /**
   * The head is the newest block with a record in it. A newer header without one says little: the block may have been half-erased since,
   * or its only record may show itself later. It is suspect, and gets retired as a whole with the boot mark.
   */
  private _findHead(): void {
    const map = this.map;
    for (let round = 0; round < this.blockCount; round++) {
      const newest = map.newestBlock();
      if (newest === NOWHERE) return;
      if (this.findRecord(newest, RECORDS_OFFSET) === NOWHERE) {
        map.setSuspect(newest);
        continue;
      }
      this.headBlock = newest;
      // Should both copies fail now, every block gets scanned.
      const isRead = this._readBlockHeader(newest, 0) === HEADER_VALID || this._readBlockHeader(newest, BLOCK_HEADER_BYTES) === HEADER_VALID;
      map.setTail(isRead ? this._blockHeader.tailSequence : 0);
      return;
    }
  }

  private _readBlockHeader(block: number, offset: number): HeaderState {
    if (!this._flash.read(this._blockHeader.bytes, block * this.blockBytes + offset)) return HEADER_UNREADABLE;
    return this._blockHeader.decode(this.blockBytes, block);
  }

  /** Fills `order` with the blocks from the tail to the head. They lie almost in order on flash, so insertion is cheap. */
  orderBlocks(): void {
    const sequences = this.map.sequence;
    const headSequence = sequences[this.headBlock] as number;
    const order = this.order;
    let count = 0;
    for (let block = 0; block < this.blockCount; block++) {
      const sequence = sequences[block] as number;
      if (scanFate(sequence, this.map.tailSequence, headSequence) === SCAN_SKIP) continue;
      let place = count++;
      while (place > 0 && (sequences[order[place - 1] as number] as number) > sequence) {
        order[place] = order[place - 1] as number;
        place--;
      }
      order[place] = block;
    }
    this.orderCount = count;
  }

  /** @returns the offset of the next valid record at or behind `offset`, now in `found`; NOWHERE if there is none. */
  findRecord(block: number, offset: number): number {
    const found = this.found;
    const sequence = this.map.sequence[block] as number;
    const base = block * this.blockBytes;
    const end = this.blockBytes;
    for (let place = offset; place < end; place += GRANULE_BYTES) {
      if (!this._flash.read(found.bytes, base + place)) {
        // What can't be read now may be read after a restart: the block must not be erased.
        this.map.markUnreadable(block);
        continue;
      }
      if (found.decode(sequence, place) && place + recordBytes(found.areaBytes) <= end) return place;
      if (isErased(found.bytes)) continue;
      this.granulesUnreadable++;
      this.dirtyEnd = place + GRANULE_BYTES;
    }
    return NOWHERE;
  }

  /** Reads the header of a record that was there before into `found`, without a check but of its first byte. @returns whether it is there */
  peek(block: number, offset: number): boolean {
    const found = this.found;
    for (let attempt = 0; attempt < READS_MAX; attempt++) {
      if (this._flash.read(found.bytes, block * this.blockBytes + offset) && found.peek()) return true;
    }
    return false;
  }

  /** @returns whether the header that `peek` read is valid. */
  peekedIsValid(block: number, offset: number): boolean {
    return this.found.decode(this.map.sequence[block] as number, offset);
  }

  /** Reads the header of the record at a place into `looked`. @returns false if it is not there (any more). */
  lookUp(block: number, offset: number): boolean {
    const looked = this.looked;
    for (let attempt = 0; attempt < READS_MAX; attempt++) {
      if (this._flash.read(looked.bytes, block * this.blockBytes + offset) && looked.decode(this.map.sequence[block] as number, offset)) return true;
    }
    return false;
  }

  /** Do payload and retirements of the record match their CRC? */
  areaIsIntact(header: RecordHeader, block: number, offset: number): boolean {
    if (header.areaBytes === 0) return true;
    for (let attempt = 0; attempt < READS_MAX; attempt++) {
      if (this._areaMatches(header, block, offset)) return true;
    }
    return false;
  }

  private _areaMatches(header: RecordHeader, block: number, offset: number): boolean {
    const areaBytes = header.areaBytes;
    const bytes = recordBytes(areaBytes) - RECORD_HEADER_BYTES;
    let crc = header.areaSeed;
    let stored = 0;
    let done = 0;
    while (done < bytes) {
      const page = this._readPage(block, offset + RECORD_HEADER_BYTES + done, bytes - done);
      if (page === undefined) return false;
      const length = page.length;
      const left = areaBytes - done;
      crc = crc32(page, 0, left < 0 ? 0 : left < length ? left : length, crc);
      for (let index = 0; index < AREA_CRC_BYTES; index++) {
        const position = left + index;
        if (position >= 0 && position < length) stored |= (page[position] as number) << (8 * index);
      }
      done += length;
    }
    return stored === crc;
  }

  /** Copies the payload of the record in `looked` to the start of `into`, which has room for it. @returns false on a fault. */
  readPayload(block: number, offset: number, into: Uint8Array): boolean {
    const payloadBytes = this.looked.payloadBytes;
    const bytes = recordBytes(payloadBytes) - RECORD_HEADER_BYTES;
    let done = 0;
    while (done < payloadBytes) {
      const page = this._readPage(block, offset + RECORD_HEADER_BYTES + done, bytes - done);
      if (page === undefined) return false;
      const length = page.length < payloadBytes - done ? page.length : payloadBytes - done;
      for (let index = 0; index < length; index++) into[done + index] = page[index] as number;
      done += length;
    }
    return true;
  }

  /**
   * Reads one of the retirements that a record holds into `retired...`: number 0 from its header, the others from its area.
   * @returns false on a fault of the part.
   */
  readRetirement(header: RecordHeader, block: number, offset: number, index: number): boolean {
    if (index === 0) {
      this.retiredSequence = header.retiredSequence;
      this.retiredBlock = header.retiredBlock;
      this.retiredGranule = header.retiredGranule;
      this.retiredGranules = header.retiredGranules;
      return true;
    }
    if (!this._flash.read(this._retirementBytes, block * this.blockBytes + offset + RECORD_HEADER_BYTES + header.payloadBytes + (index - 1) * RETIREMENT_BYTES)) return false;
    const view = this._retirementView;
    this.retiredSequence = view.getInt32(0, true);
    this.retiredBlock = view.getUint16(4, true);
    this.retiredGranule = view.getUint8(6);
    this.retiredGranules = view.getUint8(7);
    return true;
  }

  /** Reads the largest page of at most `bytes` (a multiple of 32). @returns it, or undefined on a fault. */
  private _readPage(block: number, offset: number, bytes: number): Uint8Array | undefined {
    const page = this._pages[pageIndex(bytes)] as Uint8Array;
    return this._flash.read(page, block * this.blockBytes + offset) ? page : undefined;
  }

  // ---- Programming ----

  /** Starts the draft of a record that retires nothing. */
  startDraft(kind: number, priority: number, bootCount: number, sequence: number, payloadBytes: number, uptimeS: number): void {
    const draft = this.draft;
    draft.kind = kind;
    draft.priority = priority;
    draft.bootCount = bootCount;
    draft.sequence = sequence;
    draft.payloadBytes = payloadBytes;
    draft.uptimeS = uptimeS;
    draft.retireCount = 0;
    draft.retiredSequence = 0;
    draft.retiredBlock = 0;
    draft.retiredGranule = 0;
    draft.retiredGranules = 0;
  }

  /** Adds a record to those that the next record retires, if it is not among them. @returns false if the batch is full. */
  addRetirement(sequence: number, block: number, granule: number, granules: number): boolean {
    const count = this.batchCount;
    for (let index = 0; index < count; index++) {
      if (this._batchGranule[index] === granule && this._batchBlock[index] === block && this._batchSequence[index] === sequence) return true;
    }
    if (count === RETIRE_BATCH) return false;
    this._batchSequence[count] = sequence;
    this._batchBlock[count] = block;
    this._batchGranule[count] = granule;
    this._batchGranules[count] = granules;
    this.batchCount = count + 1;
    return true;
  }

  /** Adds to the retirements for the next KIND_RETIRE record; writes it first if it is full. */
  collect(sequence: number, block: number, granule: number, granules: number): boolean {
    if (this.addRetirement(sequence, block, granule, granules)) return true;
    return this.appendMark(KIND_RETIRE) && this.addRetirement(sequence, block, granule, granules);
  }

  /** Empties the batch into the draft, whose payload lies in the first `payloadBytes` of `area`. */
  draftRetirements(): void {
    const draft = this.draft;
    const count = this.batchCount;
    this.batchCount = 0;
    draft.retireCount = count;
    if (count === 0) return;
    draft.retiredSequence = this._batchSequence[0] as number;
    draft.retiredBlock = this._batchBlock[0] as number;
    draft.retiredGranule = this._batchGranule[0] as number;
    draft.retiredGranules = this._batchGranules[0] as number;
    const view = this.areaView;
    for (let index = 1; index < count; index++) {
      const offset = draft.payloadBytes + (index - 1) * RETIREMENT_BYTES;
      view.setInt32(offset, this._batchSequence[index] as number, true);
      view.setUint16(offset + 4, this._batchBlock[index] as number, true);
      view.setUint8(offset + 6, this._batchGranule[index] as number);
      view.setUint8(offset + 7, this._batchGranules[index] as number);
    }
  }

  /**
   * Programs the draft at the head, in a fresh block if need be: the area first, the header last, so that a valid header proves a
   * complete record.
   * @param source The payload area; undefined to copy it from the record at (`fromBlock`, `fromOffset`).
   * @returns the offset in the head block, or NOWHERE if the part failed on every spot or no block is free.
   */
  program(source: Uint8Array | undefined, fromBlock: number, fromOffset: number): number {
    const draft = this.draft;
    const bytes = recordBytes(draft.areaBytes);
    for (let attempt = 0; attempt < SPOTS_MAX; attempt++) {
      if (this.headOffset + bytes > this.blockBytes && !this.open()) return NOWHERE;
      const offset = this.headOffset;
      this.headOffset = offset + bytes;
      draft.encode(this.map.sequence[this.headBlock] as number, offset);
      const isAreaDone = source === undefined ? this._copyArea(fromBlock, fromOffset, offset, bytes) : this._programArea(source, offset, bytes);
      if (isAreaDone && this._programBytes(draft.bytes, this.headBlock, offset)) {
        this._noteRetirements();
        return offset;
      }
      // The spot is bad: nothing more goes into this block.
      this.partFaults++;
      this.headOffset = this.blockBytes;
    }
    return NOWHERE;
  }

  /** Appends a record without payload that carries the retirements collected in `log`. */
  appendMark(kind: number): boolean {
    this.startDraft(kind, 0, this.bootCount, 0, 0, 0);
    this.draftRetirements();
    return this.program(this.area, 0, 0) !== NOWHERE;
  }

  private _programArea(source: Uint8Array, offset: number, bytes: number): boolean {
    const areaBytes = this.draft.areaBytes;
    if (areaBytes === 0) return true;
    const crc = crc32(source, 0, areaBytes, this.draft.areaSeed);
    const end = bytes - RECORD_HEADER_BYTES;
    let done = 0;
    while (done < end) {
      const size = pageIndex(end - done);
      const page = this._pages[size] as Uint8Array;
      const length = page.length;
      for (let index = 0; index < length; index++) {
        const position = done + index;
        const behind = position - areaBytes;
        page[index] = behind < 0 ? (source[position] as number) : behind < AREA_CRC_BYTES ? crc >>> (8 * behind) : 0xff;
      }
      if (!this._programPage(size, this.headBlock, offset + RECORD_HEADER_BYTES + done)) return false;
      done += length;
    }
    return true;
  }

  /** Copies a payload area with its CRC and padding from elsewhere on flash. */
  private _copyArea(fromBlock: number, fromOffset: number, offset: number, bytes: number): boolean {
    let done = RECORD_HEADER_BYTES;
    while (done < bytes) {
      const page = this._readPage(fromBlock, fromOffset + done, bytes - done);
      if (page === undefined || !this._programPage(pageIndex(bytes - done), this.headBlock, offset + done)) return false;
      done += page.length;
    }
    return true;
  }

  /** Programs the 32 bytes of a header. */
  private _programBytes(bytes: Uint8Array, block: number, offset: number): boolean {
    (this._pages[0] as Uint8Array).set(bytes);
    return this._programPage(0, block, offset);
  }

  /** Programs page view `size` and reads it back. */
  private _programPage(size: number, block: number, offset: number): boolean {
    const page = this._pages[size] as Uint8Array;
    const echo = this._echoes[size] as Uint8Array;
    const address = block * this.blockBytes + offset;
    if (!this._flash.write(page, address) || !this._flash.read(echo, address)) return false;
    const length = page.length;
    for (let index = 0; index < length; index++) {
      if (page[index] !== echo[index]) return false;
    }
    return true;
  }

  /** Tells the map what the record just programmed retires. */
  private _noteRetirements(): void {
    const draft = this.draft;
    if (draft.retireCount === 0) return;
    const head = this.headBlock;
    this.map.noteRetirement(head, draft.retiredBlock, draft.retiredSequence);
    // Those in the area are bounded instead of looked up: none is newer than the newest block.
    for (let index = 1; index < draft.retireCount; index++) this.map.noteRetirement(head, NOWHERE, this.newestSequence);
  }

  /** Erases a free block and makes it the head. @returns false if there is none that works. */
  open(): boolean {
    for (let attempt = 0; attempt < this.blockCount; attempt++) {
      if (this.map.freeCount(this.headBlock) === 0) return false;
      const block = this.map.chooseFree(this.headBlock);
      assert(block >= 0, "record-log: a free block was counted but not found");
      if (this._format(block)) return true;
      this.map.markBad(block);
      this.partFaults++;
    }
    return false;
  }

  private _format(block: number): boolean {
    const map = this.map;
    const header = this._blockHeader;
    const erases = (map.sequence[block] === 0 ? map.guessEraseCount(block) : (map.eraseCount[block] as number)) + 1;
    map.clearHeader(block);
    if (!this._flash.eraseBlock(block)) return false;
    this.newestSequence++;
    header.blockSequence = this.newestSequence;
    header.tailSequence = map.lowestLive(this.newestSequence);
    header.bootCount = this.bootCount;
    header.eraseCount = erases;
    header.encode(this.blockBytes, block);
    if (!this._programBytes(header.bytes, block, 0) || !this._programBytes(header.bytes, block, BLOCK_HEADER_BYTES)) return false;
    map.setHeader(block, this.newestSequence, erases);
    this.headBlock = block;
    this.headOffset = RECORDS_OFFSET;
    map.setTail(header.tailSequence);
    return true;
  }
}

/** @returns the index of the largest page view of at most `bytes`, which is at least 32. */
function pageIndex(bytes: number): number {
  return bytes >= 256 ? 3 : bytes >= 128 ? 2 : bytes >= 64 ? 1 : 0;
}

function isErased(bytes: Uint8Array): boolean {
  const length = bytes.length;
  for (let index = 0; index < length; index++) {
    if (bytes[index] !== 0xff) return false;
  }
  return true;
}
