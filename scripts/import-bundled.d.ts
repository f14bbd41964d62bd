// Types of import-bundled.js.
export const PROJECT: string;
export function importBundled(entry: string): Promise<unknown>;
