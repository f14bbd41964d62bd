// The contract of NOR flash: the ECMA-419 flash shape with faults as values instead of exceptions.

/**
 * Raw NOR flash. Erased bytes read 0xFF; a program can only clear bits; only a whole block can be erased. A power cut may leave any
 * program or erase half done. No member allocates; each may block (an erase for tens of milliseconds).
 */
export interface Flash {
  /** Bytes in an erase block. Every block has the same size. */
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Reads `into.length` bytes from `offset`. @returns false on a fault of the part; `into` is then undefined. */
  read(into: Uint8Array, offset: number): boolean;
  /** Programs `bytes` at `offset`: any size and alignment within one block. @returns false on a fault of the part. */
  write(bytes: Uint8Array, offset: number): boolean;
  /** Erases block `blockIndex` (from 0) to 0xFF. @returns false on a fault of the part. */
  eraseBlock(blockIndex: number): boolean;
}
