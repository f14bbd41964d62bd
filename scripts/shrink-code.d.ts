// Types of shrink-code.js.
import type { MinifyOptions } from "terser";

export const CLASS_FIELDS: { readonly useDefineForClassFields: false };
export function shrinkCode(code: string, options?: MinifyOptions): Promise<{ code: string; map?: string }>;
