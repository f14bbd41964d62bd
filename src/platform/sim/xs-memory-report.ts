// XsMemoryReport: what the firmware takes of the device's memory, as the XS host reports it.

/**
 * Bytes are bytes of the device, whose slots have 16. In a 64-bit build of the host a slot is charged as 16, and what holds
 * pointers inside chunks costs up to twice its price on the device, so the figures err on the safe side.
 */
export interface XsMemoryReport {
  /** The pool for chunks, slots and stack. */
  readonly arenaBytes: number;
  /** Taken now by blocks of chunks, blocks of slots and the stack. */
  readonly arenaUsedBytes: number;
  /** The most ever taken. Blocks grow only when a collection has not made room, so this is what the firmware needs. */
  readonly arenaPeakBytes: number;
  /** In use now, garbage included unless collected first. */
  readonly chunksBytes: number;
  readonly chunksPeakBytes: number;
  /** In use now, garbage included unless collected first. */
  readonly slots: number;
  readonly slotsPeak: number;
  readonly stackSlots: number;
  readonly stackSlotsPeak: number;
  /** C stack that the firmware may use, and the most it has used; bytes of this machine. */
  readonly cStackBytes: number;
  readonly cStackPeakBytes: number;
  /** Tables that XS keeps outside the arena, in the C heap; bytes of this machine. */
  readonly outsideBytes: number;
  /** Built-ins, bytecode excepted, and what was preloaded; bytes of this machine. */
  readonly romBytes: number;
  /** Bytecode of the bundle. */
  readonly codeBytes: number;
  readonly collections: number;
  /** Bytecodes executed since the start, and steps of built-ins that XS counts like bytecodes. */
  readonly bytecodes: number;
  /** Operations on doubles since the start: on a core without an FPU each is done in software. */
  readonly floatOperations: number;
}

/** Fields in the order of `ReportField` in hardware/xs-host/machine.h. */
const FIELDS: readonly (keyof XsMemoryReport)[] = [
  "arenaBytes", "arenaUsedBytes", "arenaPeakBytes", "chunksBytes", "chunksPeakBytes", "slots", "slotsPeak", "stackSlots",
  "stackSlotsPeak", "cStackBytes", "cStackPeakBytes", "outsideBytes", "romBytes", "codeBytes", "collections", "bytecodes",
  "floatOperations",
];

/** Decodes the bytes of a REPORT frame. */
export function decodeMemoryReport(bytes: Uint8Array): XsMemoryReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.fromEntries(FIELDS.map((name, index) => [name, view.getFloat64(index * 8, true)])) as unknown as XsMemoryReport;
}
