// XsFlash: the Flash contract over a data partition (embedded:storage/flash).
import type { FlashPartition } from "embedded:storage/flash";
import type { Flash } from "../../contracts/flash.js";

export class XsFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  private readonly _partition: FlashPartition;

  /** @param partition opened with mode "r+" */
  constructor(partition: FlashPartition) {
    const { blockLength, blocks } = partition.status();
    this._partition = partition;
    this.blockBytes = blockLength;
    this.blockCount = blocks;
  }

  read(into: Uint8Array, offset: number): boolean {
    try {
      this._partition.read(into, offset);
      return true;
    } catch {
      return false;
    }
  }

  write(bytes: Uint8Array, offset: number): boolean {
    try {
      this._partition.write(bytes, offset);
      return true;
    } catch {
      return false;
    }
  }

  eraseBlock(blockIndex: number): boolean {
    try {
      this._partition.eraseBlock(blockIndex);
      return true;
    } catch {
      return false;
    }
  }
}
