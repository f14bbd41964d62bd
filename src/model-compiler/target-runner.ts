// TargetRunner: a compiled model that can be run on this machine.
import type { Int8Model } from "../kernels/int8-model.js";
import { valueCount } from "../kernels/model-spec.js";

/** One array for each input of the model. */
export type InputRow = readonly Int8Array[];

export interface TargetRunner {
  /** E.g. "XS". */
  readonly name: string;
  /** @returns the logits of each row */
  run(rows: readonly InputRow[]): Promise<Int32Array[]>;
  close(): Promise<void>;
}

/** A runner, or why there is none on this machine. */
export type RunnerStart<Runner extends TargetRunner> = { readonly ok: true; readonly runner: Runner } | { readonly ok: false; readonly reason: string };

/** Bytes of all inputs of a model, one after the other. */
export function rowBytes(model: Int8Model): number {
  return model.inputs.reduce((sum, tensor) => sum + valueCount(tensor), 0);
}

export function packRows(rows: readonly InputRow[]): Uint8Array {
  const size = rows.reduce((sum, row) => sum + row.reduce((bytes, values) => bytes + values.length, 0), 0);
  const packed = new Uint8Array(size);
  let offset = 0;
  for (const row of rows)
    for (const values of row) {
      packed.set(new Uint8Array(values.buffer, values.byteOffset, values.length), offset);
      offset += values.length;
    }
  return packed;
}

/** Undoes `packRows`. What is left over at the end is dropped. */
export function unpackRows(model: Int8Model, packed: Uint8Array): Int8Array[][] {
  let offset = 0;
  return Array.from({ length: Math.floor(packed.length / rowBytes(model)) }, () =>
    model.inputs.map((tensor) => {
      const values = Int8Array.from(packed.subarray(offset, offset + valueCount(tensor)));
      offset += values.length;
      return values;
    }),
  );
}

/** @param bytes little-endian int32, `logitCount` a row */
export function unpackLogits(bytes: Uint8Array, logitCount: number): Int32Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows = bytes.length / (4 * logitCount);
  return Array.from({ length: rows }, (_, row) => Int32Array.from({ length: logitCount }, (_value, index) => view.getInt32(4 * (row * logitCount + index), true)));
}
