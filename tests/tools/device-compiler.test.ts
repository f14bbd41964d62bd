// The compiler of the boards' manifests: constants in the place of their names, nothing else changed, and changed constants found.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import createDevice from "../../hardware/desk/device.js";
import { compileForDevice, Program } from "../../scripts/device-compiler.js";
import { CLASS_FIELDS } from "../../scripts/shrink-code.js";
import { NodeEngine } from "../../src/platform/sim/node-engine.js";
import { meteredRun } from "../platform/mcu/metered-run.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

/** Sources of a small firmware, by module name; `src/other/wide` lies elsewhere than its name says. */
const SOURCES: Record<string, string> = {
  "src/limits": "export const LIMIT = 250;\nexport const HALF = LIMIT / 2;\nexport const IS_ON = true;\nexport const NAME = 'limits';\nexport const TABLE = Object.freeze([1, 2]);\nexport const NOTHING = -0;\nexport function limit(): number { return LIMIT; }\n",
  "src/derived": "import { LIMIT } from './limits.js';\nexport const DOUBLE = 2 * LIMIT;\nexport const BELOW = -LIMIT;\n",
  "src/wide/other": "export const WIDTH = 7;\n",
  "src/sdk": "import Timer from 'timer';\nexport const PERIOD = Timer.period ?? 5;\n",
  "src/caller": "import Timer from 'timer';\nexport const STEP = 9;\nexport const now = (): number => Timer.now();\n",
  // Else nobody would want what the rows below export.
  "hardware/small/main": "import { A, TABLE, first, max, name, none, over, period, rate, row, under, value } from '../../src/module.js';\nimport { rate as another } from '../../src/user.js';\nexport const all = [A, TABLE, first, max, name, none, over, period, rate, row, under, value, another];\n",
};

function put(path: string, text: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
}

/** A module without its types, as tsc makes it. */
const plain = async (text: string): Promise<string> => (await transform(text, { loader: "ts", tsconfigRaw: { compilerOptions: CLASS_FIELDS } })).code;

const pathsOf = (sources: Record<string, string>): Record<string, string[]> => Object.fromEntries(Object.keys(sources).map((one) => [one === "src/wide/other" ? "src/other/wide" : one, [join(folder, one)]]));

/** What mcconfig writes for a manifest with these modules. @returns the tsconfig of one of them */
function configOf(name: string, sources: Record<string, string>, more: object = {}): string {
  const paths = pathsOf(sources);
  const base = put("modules/tsconfig-base.json", JSON.stringify({
    compilerOptions: { module: "preserve", paths, lib: ["es2025"], types: [], sourceMap: true, target: "es2025", strict: true, useDefineForClassFields: false, ...more },
  }));
  return put(`modules/${name}-tsconfig.json`, JSON.stringify({ extends: base, compilerOptions: { rootDir: "/", outDir: join(folder, "tsc", name) }, files: [join(folder, `${name}.ts`)] }));
}

const outputOf = (name: string): string => join(folder, "tsc", name, join(folder, `${name}.js`));

beforeAll(() => {
  mkdirSync(join(project, "build"), { recursive: true });
  folder = mkdtempSync(join(project, "build", "device-compiler-"));
  for (const [name, text] of Object.entries(SOURCES)) put(`${name}.ts`, text);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("constants", () => {
  it.each([
    ["src/limits", { LIMIT: 250, HALF: 125, IS_ON: true }],
    ["src/derived", { DOUBLE: 500, BELOW: -250 }],
    ["src/other/wide", { WIDTH: 7 }],
    ["src/sdk", undefined],
    ["src/caller", { STEP: 9 }],
    ["src/absent", undefined],
  ])("of %s are its numbers and booleans", async (name, expected) => {
    expect(await new Program(pathsOf(SOURCES)).constantsOf(name)).toEqual(expected);
  });

  it("of what is not the project's are left alone", async () => {
    expect(await new Program({ limits: ["/elsewhere/limits"] }).constantsOf("limits")).toBeUndefined();
  });
});

describe("a module", () => {
  it.each([
    ["a constant", "import { LIMIT } from './limits.js';\nexport const over = (n: number) => n > LIMIT;", "export const over = n => n > 250;"],
    ["one under another name", "import { LIMIT as MAX } from './limits.js';\nexport const over = (n: number) => n > MAX;", "export const over = n => n > 250;"],
    ["one beside a function", "import { LIMIT, limit } from './limits.js';\nexport const over = (n: number) => n > LIMIT + limit();", 'import { limit } from "./limits.js";\n\nexport const over = n => n > 250 + limit();'],
    ["a sum of constants", "import { LIMIT, HALF } from './limits.js';\nexport const over = (n: number) => n > LIMIT - HALF;", "export const over = n => n > 125;"],
    ["one made of another module's", "import { BELOW } from './derived.js';\nexport const under = (n: number) => n < BELOW;", "export const under = n => n < -250;"],
    ["one behind the name that a manifest gives", "import { WIDTH } from './other/wide.js';\nexport const over = (n: number) => n > WIDTH;", "export const over = n => n > 7;"],
    ["a property of that name", "import { LIMIT } from './limits.js';\nexport const row = { LIMIT, x: LIMIT };", "export const row = {\n    LIMIT: 250,\n    x: 250\n};"],
    ["a truth", "import { IS_ON } from './limits.js';\nexport const value = () => IS_ON;", "export const value = () => true;"],
    ["what nobody imports", "export function lost() { return 1; }\nexport const over = 'x';", 'export const over = "x";'],
    ["what nobody calls", "import { limit } from './limits.js';\nfunction unused() { return limit(); }\nexport const name = 'x';", 'import { limit } from "./limits.js";\n\nexport const name = "x";'],
    ["text", "import { NAME } from './limits.js';\nexport const name = () => NAME;", 'import { NAME } from "./limits.js";\n\nexport const name = () => NAME;'],
    ["a table", "import { TABLE } from './limits.js';\nexport const first = () => TABLE[0];", 'import { TABLE } from "./limits.js";\n\nexport const first = () => TABLE[0];'],
    ["minus zero", "import { NOTHING } from './limits.js';\nexport const none = () => NOTHING;", 'import { NOTHING } from "./limits.js";\n\nexport const none = () => NOTHING;'],
    ["one of a module whose functions need the SDK", "import { STEP } from './caller.js';\nexport const rate = () => STEP;", "export const rate = () => 9;"],
    ["one of a module that needs the SDK as it is made", "import { PERIOD } from './sdk.js';\nexport const period = () => PERIOD;", 'import { PERIOD } from "./sdk.js";\n\nexport const period = () => PERIOD;'],
    ["its own", "export const LIMIT = 3;\nexport const over = (n: number) => n > LIMIT;", "export const over = n => n > 3;"],
    ["its own tables", "export const TABLE = [1];\nexport const size = 4;", "export const TABLE = [ 1 ];"],
    ["a field without a value", "export class A { private _n: number; constructor() { this._n = 1; } n() { return this._n; } }", "export class A {\n    constructor() {\n        this._n = 1;\n    }\n    n() {\n        return this._n;\n    }\n}"],
  ])("with %s", async (_what, text, expected) => {
    put("src/module.ts", text);
    expect((await new Program(pathsOf({ ...SOURCES, "src/module": "" })).compile("src/module", await plain(text))).code).toBe(expected);
  });

  it.each([
    ["a map of its own, and a name that a parameter hides", "import { LIMIT } from './limits.js';\nexport const over = (LIMIT: number) => LIMIT;\nexport const max = () => LIMIT;", "export const over = LIMIT => LIMIT;\n\nexport const max = () => 250;\n//# sourceMappingURL=module.js.map\n"],
    ["nothing left: a map of nothing would crash the SDK's compiler", "export const LIMIT = 3;\nexport const IS_ON = true;", "export {};\n"],
  ])("is written where tsc would have put it, with %s", async (_what, text, expected) => {
    rmSync(join(folder, "tsc"), { recursive: true, force: true });
    put("src/module.ts", text);
    expect(await compileForDevice(configOf("src/module", { ...SOURCES, "src/module": "" }, { noCheck: true }))).toBe(0);
    expect(readFileSync(outputOf("src/module"), "utf8")).toBe(expected);
  });

  it.each([
    ["a wrong type", "export const text: string = 5;", /module\.ts.*error TS2322: /],
    ["a wrong word", "export const = 5;", /module\.ts.*error TS1/],
  ])("with %s fails as with tsc", async (_what, text, expected) => {
    put("src/module.ts", text);
    const lines: string[] = [];
    expect(await compileForDevice(configOf("src/module", { ...SOURCES, "src/module": "" }), (line) => lines.push(line))).toBeGreaterThan(0);
    expect(lines.join("\n")).toMatch(expected);
  });

  it.each([
    ["all of a module", "import * as limits from './limits.js';\nexport const over = (n: number) => n > limits.LIMIT;"],
    ["another's constants, to export them", "export { LIMIT } from './limits.js';"],
  ])("may not import %s: the names are gone", async (_what, text) => {
    await expect(new Program(pathsOf({ ...SOURCES, "src/module": "" })).compile("src/module", await plain(text))).rejects.toThrow(/constants are put in the place of their names; import them by name/);
  });

  it("keeps its lines for the debugger", async () => {
    put("src/module.ts", "import { LIMIT } from './limits.js';\n\n// A comment.\nexport const over = (n: number) => n > LIMIT;\n");
    await compileForDevice(configOf("src/module", { ...SOURCES, "src/module": "" }));
    const { SourceMap } = await import("node:module");
    const map = new SourceMap(JSON.parse(readFileSync(`${outputOf("src/module")}.map`, "utf8")));
    const line = readFileSync(outputOf("src/module"), "utf8").split("\n").findIndex((text) => text.startsWith("export const over"));
    expect((map.findEntry(line, 13) as { originalLine: number }).originalLine).toBe(3);
  });
});

describe("a constant that has changed", () => {
  const sources = { "src/rate": "", "src/user": "", "hardware/small/main": "" };

  it("has all compiled anew", async () => {
    put("src/rate.ts", "export const RATE = 250;\n");
    put("src/user.ts", "import { RATE } from './rate.js';\nexport const rate = () => RATE;\n");
    const config = configOf("src/user", sources);
    const base = join(folder, "modules/tsconfig-base.json");
    utimesSync(base, 1, 1);
    const lines: string[] = [];
    const compile = (path: string): Promise<number> => compileForDevice(path, (line) => lines.push(line));
    expect([await compile(config), await compile(config)]).toEqual([0, 0]);
    expect(statSync(base).mtimeMs).toBe(1000);
    put("src/rate.ts", "export const RATE = 500;\n");
    const rate = configOf("src/rate", sources);
    utimesSync(base, 1, 1);
    expect(await compile(rate)).toBe(2);
    expect(lines).toEqual([expect.stringMatching(/^Constants have changed in src\/rate\. .* run the same command again\.$/)]);
    expect(statSync(base).mtimeMs).toBeGreaterThan(1000);
    expect([await compile(rate), await compile(config)]).toEqual([0, 0]);
    expect(readFileSync(outputOf("src/user"), "utf8")).toContain("500");
  });
});

describe("an export that nobody wanted and somebody wants now", () => {
  it("has all compiled anew", async () => {
    const sources = { "src/giver": "", "src/taker": "", "hardware/small/main": "" };
    put("src/giver.ts", "export const one = () => 1;\nexport const two = () => 2;\n");
    put("src/taker.ts", "import { one } from './giver.js';\nexport const sum = () => one();\n");
    const lines: string[] = [];
    const compile = (name: string): Promise<number> => compileForDevice(configOf(name, sources), (line) => lines.push(line));
    expect([await compile("src/giver"), await compile("src/taker")]).toEqual([0, 0]);
    expect(readFileSync(outputOf("src/giver"), "utf8")).not.toContain("two");
    put("src/taker.ts", "import { one, two } from './giver.js';\nexport const sum = () => one() + two();\n");
    expect(await compile("src/taker")).toBe(2);
    expect(lines).toEqual([expect.stringMatching(/^More is wanted of src\/giver\. .* run the same command again\.$/)]);
    expect([await compile("src/giver"), await compile("src/taker")]).toEqual([0, 0]);
    expect(readFileSync(outputOf("src/giver"), "utf8")).toContain("two");
  });
});

describe("the firmware", () => {
  it("does the same when its modules are compiled like this", async () => {
    const names = new Set<string>();
    const modules = await modulesOf("hardware/desk/device.ts");
    const paths = Object.fromEntries(modules.map((path) => [path.replace(/\.ts$/, ""), [join(project, path.replace(/\.ts$/, ""))]]));
    // With a main, as a board has one: what nobody imports goes.
    const program = new Program({ ...paths, "hardware/small/main": [join(folder, "hardware/small/main")] });
    const compiled: Plugin = {
      name: "compiled",
      setup: (bundle) => bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const name = relative(project, path).replace(/\.ts$/, "");
        const { code, used } = await program.compile(name, await plain(readFileSync(path, "utf8")));
        for (const module of used.keys()) names.add(module);
        return { contents: code, loader: "js" };
      }),
    };
    const outfile = join(folder, "device.mjs");
    await build({ entryPoints: [join(project, "hardware/desk/device.ts")], outfile, bundle: true, format: "esm", plugins: [compiled], logLevel: "error" });
    const device = (await import(/* @vite-ignore */ outfile)) as { default: typeof createDevice };
    const run = await meteredRun(async (hostCall) => new NodeEngine(device.default, hostCall), 30);
    expect(names.size).toBeGreaterThan(20);
    expect(run.alerts).toBeGreaterThan(0);
    expect(run.digest).toBe((await meteredRun(async (hostCall) => new NodeEngine(createDevice, hostCall), 30)).digest);
  });
});

/** Paths of an entry and all that it imports. */
async function modulesOf(entry: string): Promise<string[]> {
  const { metafile } = await build({ entryPoints: [join(project, entry)], bundle: true, write: false, metafile: true, format: "esm", absWorkingDir: project });
  return Object.keys(metafile.inputs);
}
