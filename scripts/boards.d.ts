// Types of boards.js, for the tests.
interface BuiltBoard {
  readonly title: string;
  readonly platform: string;
  readonly chip?: string;
  readonly bootloaderOffset?: number;
}
export declare const BOARDS: Readonly<Record<string, BuiltBoard>>;
export declare const AFES: Readonly<Record<"max30003" | "ads1292r" | "ad8232", { readonly title: string; readonly suffix: string }>>;
export declare const DEFAULT_AFE: "max30003";
export declare function updateNameOf(board: string, afe: string): string;
export declare function partitionOf(board: string, name: string): { offset: number; bytes: number };
