// Types of build-xs-host.js.
export type XsHostBuild = { readonly ok: true; readonly path: string; readonly bits: 32 | 64 } | { readonly ok: false; readonly reason: string };

export function buildXsHost(options?: { quiet?: boolean }): Promise<XsHostBuild>;
