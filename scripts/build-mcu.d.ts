// Types of build-mcu.js.
export interface McuSizes {
  /** XS and the board's own C. [bytes] */
  readonly codeBytes: number;
  readonly nativeBytes: number;
  /** Of the firmware. */
  readonly bytecodeBytes: number;
  /** Bytecode of BENCH_MODULES, which lies in the image, too. */
  readonly benchBytes: number;
  /** RAM that is taken before the arena is made: data, stack of the C code. [bytes] */
  readonly staticRamBytes: number;
}
export type McuBuild =
  | { readonly ok: true; readonly program: string; readonly emulator: string; readonly emulatorWords: readonly string[]; readonly sizes: McuSizes; readonly image: string; readonly bundle: string; readonly hostPath: string }
  | { readonly ok: false; readonly reason: string };

export const BENCH_MODULES: readonly string[];
export function buildMcu(options?: { entry?: string; quiet?: boolean; native?: boolean; profile?: boolean }): Promise<McuBuild>;
