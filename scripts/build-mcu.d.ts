// Types of build-mcu.js.
export interface McuSizes {
  /** XS and the board's own C. [bytes] */
  readonly codeBytes: number;
  readonly nativeBytes: number;
  readonly bytecodeBytes: number;
  /** RAM that is taken before the arena is made: data, stack of the C code. [bytes] */
  readonly staticRamBytes: number;
}
export type McuBuild =
  | { readonly ok: true; readonly program: string; readonly emulator: string; readonly emulatorWords: readonly string[]; readonly sizes: McuSizes; readonly image: string; readonly bundle: string; readonly hostPath: string }
  | { readonly ok: false; readonly reason: string };

export function buildMcu(options?: { entry?: string; quiet?: boolean; native?: boolean; profile?: boolean }): Promise<McuBuild>;
