// Types of bundle-xs.js.
export function bundleForXs(entry: string, outfile: string): Promise<void>;
