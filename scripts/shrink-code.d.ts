// Types of shrink-code.js.
import type { SourceMapOptions } from "terser";

export const CLASS_FIELDS: { readonly useDefineForClassFields: false };
export function shrinkCode(code: string, options?: { sourceMap?: SourceMapOptions; isBundle?: boolean; rest?: readonly string[] }): Promise<{ code: string; map?: string }>;
