// Types of device-compiler.js.
export function compileForDevice(configPath: string, say?: (line: string) => void): Promise<number>;
export class Program {
  constructor(paths: Record<string, string[]>);
  compile(name: string, code: string, map?: string): Promise<{ code: string; map?: string; used: Map<string, Record<string, number | boolean>>; wanted?: string[]; imports: [string, string[]][] }>;
  constantsOf(name: string): Promise<Record<string, number | boolean> | undefined>;
}
