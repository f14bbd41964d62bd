// Types of bundle-xs.js.
export function bundleForXs(entry: string, outfile: string, options?: { native?: boolean }): Promise<void>;
