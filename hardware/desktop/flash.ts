// Stand-in for embedded:storage/flash: NOR flash in a file of the computer, so that alerts outlive the simulator.
import { File } from "file";
import config from "mc/config";
import type { FlashPartition } from "embedded:storage/flash";

/** As in the boards' partitions.csv. */
const BLOCK_BYTES = 4096;
const BLOCK_COUNT = 112;
const ERASED = 0xff;

class FilePartition implements FlashPartition {
  private readonly _file: File;

  constructor(path: string) {
    this._file = new File(path, true);
    for (let block = Math.floor(this._file.length / BLOCK_BYTES); block < BLOCK_COUNT; block++) this.eraseBlock(block);
  }
  read(into: Uint8Array, offset: number): number {
    into.set(this._bytes(offset, into.length));
    return into.length;
  }
  write(bytes: Uint8Array, offset: number): void {
    const merged = this._bytes(offset, bytes.length);
    for (let index = 0; index < bytes.length; index++) merged[index] = (merged[index] as number) & (bytes[index] as number);
    this._put(merged, offset);
  }
  eraseBlock(start: number, end = start + 1): void {
    const block = new Uint8Array(BLOCK_BYTES).fill(ERASED);
    for (let index = start; index < end; index++) this._put(block, index * BLOCK_BYTES);
  }
  status(): { size: number; blockLength: number; blocks: number } {
    return { size: BLOCK_BYTES * BLOCK_COUNT, blockLength: BLOCK_BYTES, blocks: BLOCK_COUNT };
  }
  close(): void {
    this._file.close();
  }

  private _bytes(offset: number, byteCount: number): Uint8Array<ArrayBuffer> {
    this._file.position = offset;
    return new Uint8Array(this._file.read(ArrayBuffer, byteCount));
  }
  private _put(bytes: Uint8Array<ArrayBuffer>, offset: number): void {
    this._file.position = offset;
    this._file.write(bytes.buffer);
  }
}

/** As FlashStorage of the SDK; the file lies where the SDK's `file` module keeps files, or is named by `flashFile=`. */
export default {
  open({ path }: { readonly path: string }): FlashPartition {
    const { flashFile, file } = config as { flashFile?: string; file: { root: string } };
    return new FilePartition(flashFile ?? `${file.root}edgebeat-${path}.img`);
  },
};
