// Types of import-bundled.js.
import type { Plugin } from "esbuild";

export const PROJECT: string;
export function importBundled(entry: string, plugins?: Plugin[]): Promise<unknown>;
