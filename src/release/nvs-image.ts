// An image of ESP-IDF's NVS partition that holds one blob, for writing a provision onto a device. Runs in Node and in browsers.
// The format: ESP-IDF programming guide, "Non-Volatile Storage Library", "Internals"; page version 2 (blobs in chunks with an index).

const PAGE_BYTES = 4096;
const ENTRY_BYTES = 32;
const ENTRIES_PER_PAGE = 126;
const BITMAP_OFFSET = 32;
const ENTRIES_OFFSET = 64;
const PAGE_ACTIVE = 0xffff_fffe;
const PAGE_FULL = 0xffff_fffc;
const FORMAT_VERSION_2 = 0xfe;
const TYPE_U8 = 0x01;
const TYPE_BLOB_DATA = 0x42;
const TYPE_BLOB_INDEX = 0x48;
const NO_CHUNK = 0xff;
/** Ours is the only namespace of the image, and gets the first number. */
const NAMESPACE_INDEX = 1;
/** Of namespaces and keys. [characters] */
const NAME_CHARACTERS_MAX = 15;
/** NVS keeps one page free to move entries to. */
const PAGES_SPARE = 1;

/**
 * @param partitionBytes size of the partition, a multiple of 4096 and at least three pages
 * @returns the whole partition. @throws RangeError for a name that is too long or a blob that does not fit.
 */
export function makeNvsImage(namespace: string, key: string, blob: Uint8Array, partitionBytes: number): Uint8Array<ArrayBuffer> {
  for (const name of [namespace, key])
    if (!/^[\x21-\x7e]{1,15}$/.test(name)) throw new RangeError(`NVS name "${name}", expected 1 to ${NAME_CHARACTERS_MAX} printable characters`);
  const image = new NvsImage(partitionBytes);
  image.put(0, TYPE_U8, NO_CHUNK, namespace, Uint8Array.of(NAMESPACE_INDEX));
  let chunk = 0;
  for (let offset = 0; offset < blob.length; ) {
    // A chunk never crosses a page: its head and its data lie in one.
    const room = (image.entriesLeftInPage() - 1) * ENTRY_BYTES;
    if (room <= 0) {
      image.nextPage();
      continue;
    }
    const byteCount = Math.min(room, blob.length - offset);
    image.putBlobData(chunk++, key, blob.subarray(offset, offset + byteCount));
    offset += byteCount;
  }
  if (image.entriesLeftInPage() < 1) image.nextPage();
  const index = new Uint8Array(8).fill(0xff);
  const view = new DataView(index.buffer);
  view.setUint32(0, blob.length, true);
  view.setUint8(4, chunk);
  view.setUint8(5, 0);
  image.put(NAMESPACE_INDEX, TYPE_BLOB_INDEX, NO_CHUNK, key, index);
  return image.bytes;
}

class NvsImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #page = -1;
  #entry = 0;

  constructor(partitionBytes: number) {
    if (partitionBytes % PAGE_BYTES !== 0 || partitionBytes < 3 * PAGE_BYTES) throw new RangeError(`NVS partition of ${partitionBytes} bytes, expected a multiple of ${PAGE_BYTES}, at least three times that`);
    this.bytes = new Uint8Array(partitionBytes).fill(0xff);
    this.#view = new DataView(this.bytes.buffer);
    this.nextPage();
  }

  entriesLeftInPage(): number {
    return ENTRIES_PER_PAGE - this.#entry;
  }

  nextPage(): void {
    if (this.#page >= 0) this.#view.setUint32(this.#page * PAGE_BYTES, PAGE_FULL, true);
    this.#page++;
    this.#entry = 0;
    const start = this.#page * PAGE_BYTES;
    if (start + PAGE_BYTES > this.bytes.length - PAGES_SPARE * PAGE_BYTES) throw new RangeError(`the provision does not fit an NVS partition of ${this.bytes.length} bytes`);
    this.#view.setUint32(start, PAGE_ACTIVE, true);
    this.#view.setUint32(start + 4, this.#page, true);
    this.bytes[start + 8] = FORMAT_VERSION_2;
    this.#view.setUint32(start + 28, nvsCrc32(this.bytes.subarray(start + 4, start + 28)), true);
  }

  /** One entry, whose data lie in it. @param data at most 8 bytes */
  put(namespaceIndex: number, type: number, chunk: number, key: string, data: Uint8Array): void {
    const field = new Uint8Array(8).fill(0xff);
    field.set(data);
    this.#putHead(namespaceIndex, type, 1, chunk, key, field);
  }

  /** A chunk of a blob: a head and the entries with its bytes. It must fit the page. */
  putBlobData(chunk: number, key: string, data: Uint8Array): void {
    const dataEntries = Math.ceil(data.length / ENTRY_BYTES);
    const field = new Uint8Array(8).fill(0xff);
    const view = new DataView(field.buffer);
    view.setUint16(0, data.length, true);
    view.setUint32(4, nvsCrc32(data), true);
    this.#putHead(NAMESPACE_INDEX, TYPE_BLOB_DATA, 1 + dataEntries, chunk, key, field);
    this.bytes.set(data, this.#entryOffset());
    for (let entry = 0; entry < dataEntries; entry++) this.#markWritten();
  }

  #putHead(namespaceIndex: number, type: number, span: number, chunk: number, key: string, field: Uint8Array): void {
    const start = this.#entryOffset();
    const entry = this.bytes.subarray(start, start + ENTRY_BYTES);
    entry.fill(0, 8, 24);
    entry.set([namespaceIndex, type, span, chunk]);
    for (let index = 0; index < key.length; index++) entry[8 + index] = key.charCodeAt(index);
    entry.set(field, 24);
    const checked = new Uint8Array(28);
    checked.set(entry.subarray(0, 4));
    checked.set(entry.subarray(8), 4);
    this.#view.setUint32(start + 4, nvsCrc32(checked), true);
    this.#markWritten();
  }

  #entryOffset(): number {
    return this.#page * PAGE_BYTES + ENTRIES_OFFSET + this.#entry * ENTRY_BYTES;
  }

  /** Two bits an entry, 11 is empty and 10 written. */
  #markWritten(): void {
    const offset = this.#page * PAGE_BYTES + BITMAP_OFFSET + (this.#entry >> 2);
    this.bytes[offset] = (this.bytes[offset] as number) & ~(1 << (2 * (this.#entry & 3)));
    this.#entry++;
  }
}

/** CRC-32 as `esp_rom_crc32_le(0xffffffff, ...)`: the polynomial of IEEE 802.3, from a register of zeros. */
function nvsCrc32(bytes: Uint8Array): number {
  let register = 0;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? 0xedb8_8320 : 0);
  }
  return ~register >>> 0;
}
