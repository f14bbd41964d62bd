// Types of mcu-profile.js.
export interface ProfileRow {
  readonly address: number;
  readonly calls: number;
  readonly self: number;
  readonly all: number;
  readonly floats: number;
}
export interface TickProfile {
  readonly code: number;
  readonly rows: readonly ProfileRow[];
  readonly floats: readonly string[];
}
interface Callable {
  call(op: number, a: number, b: number, bytes?: Uint8Array): Promise<number>;
}
export class Profiles {
  readonly ticks: TickProfile[];
  take(line: string): void;
  watch<E extends Callable>(engine: E, callTick: number): E;
}
