// The modules of a release: all that is preloaded in one, the entries apart, which do the same as before.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AFES, BOARDS, DEFAULT_AFE } from "../../scripts/boards.js";
import { joinModules } from "../../scripts/join-modules.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

interface Manifest {
  include: string[];
  modules: Record<string, string> & { "~": string[] };
  preload: string[];
}

/** A firmware with all that a board may have: a module that lies elsewhere than its name says, one of the SDK's name, a worker. */
const FIRMWARE: Record<string, string> = {
  "manifest.json": JSON.stringify({ include: ["$(MODDABLE)/base.json", "./hardware/$(BOARD)/manifest.json"], modules: { "src/driver": "./src/driver", "src/limits": "./src/limits", "src/base/words": "./src/native/words" }, preload: ["src/driver", "src/limits", "src/base/words"] }),
  "hardware/small/manifest.json": JSON.stringify({ include: ["./$(AFE)/manifest.json"], modules: { "hardware/small/main": "./main", "embedded:flash": "./flash" }, preload: ["embedded:flash"] }),
  "hardware/small/chip/manifest.json": JSON.stringify({ modules: { "hardware/small/worker": "../worker" } }),
  "hardware/small/main.ts": 'import Flash from "embedded:flash";\nimport Driver, { name as driver } from "../../src/driver.js";\nimport { LIMIT } from "../../src/limits.js";\nexport const told = [new Driver().words(), driver, LIMIT, Flash];\n',
  "hardware/small/worker.ts": 'import { LIMIT } from "../../src/limits.js";\nexport const told = LIMIT + 1;\n',
  "hardware/small/flash.ts": 'export default "flash";\n',
  "src/driver.ts": 'import Flash from "embedded:flash";\nimport { words } from "./base/words.js";\nexport default class Driver { words(): string { return `${words()}, ${Flash}`; } }\nexport const name = "driver";\nexport const unused = 1;\n',
  "src/limits.ts": "export const LIMIT: number = 250;\n",
  "src/base/words.ts": 'export const words = (): string => "TypeScript";\n',
  "src/native/words.ts": 'import { LIMIT } from "../limits.js";\nexport const words = (): string => `native ${LIMIT}`;\n',
};

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeAll(() => {
  folder = mkdtempSync(join(project, "build", "join-modules-"));
  for (const [path, text] of Object.entries(FIRMWARE)) put(path, text);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a module as XS would find it: under its name in the manifest. */
async function run(manifestPath: string, name: string): Promise<Record<string, unknown>> {
  const { modules } = JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
  const pathOf = (module: string): string => `${join(dirname(manifestPath), modules[module] as string)}.js`;
  const { outputFiles } = await build({
    entryPoints: [pathOf(name)], bundle: true, write: false, format: "esm", logLevel: "error",
    plugins: [{ name: "names", setup: (bundle) => bundle.onResolve({ filter: /./ }, ({ path, kind }) => (kind === "entry-point" ? undefined : { path: pathOf(path) })) }],
  });
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`)) as Record<string, unknown>;
}

describe("a release", () => {
  it("has one module of what is preloaded, and apart its entries and what has a name of the SDK's", async () => {
    const path = await joinModules(folder, "small", "chip");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
    const { "~": left, ...modules } = manifest.modules;
    expect(Object.keys(modules).sort()).toEqual(["embedded:flash", "hardware/firmware", "hardware/small/main", "hardware/small/worker"]);
    expect(left.map((one) => normalize(join(dirname(path), one))).sort())
      .toEqual(["hardware/small/flash", "hardware/small/main", "hardware/small/worker", "src/driver", "src/limits", "src/native/words"].map((one) => join(folder, `${one}.ts`)));
    expect(manifest.include.map((one) => normalize(join(dirname(path), one)))).toEqual([join(folder, "manifest.json")]);
    expect(manifest.preload).toEqual(["hardware/firmware"]);
  });

  it("does what the modules did apart", async () => {
    const path = await joinModules(folder, "small", "chip");
    expect((await run(path, "hardware/small/main"))["told"]).toEqual(["native 250, flash", "driver", 250, "flash"]);
    expect((await run(path, "hardware/small/worker"))["told"]).toBe(251);
  });

  it("has nothing that nobody imports, and no variable, which a preloaded module would have in RAM", async () => {
    const path = await joinModules(folder, "small", "chip");
    const joined = readFileSync(join(dirname(path), "hardware/firmware.js"), "utf8");
    expect(joined).not.toMatch(/unused|^(var|let) /m);
  });

  it("is refused when entries import the same name of two modules", async () => {
    put("src/twice.ts", "export const LIMIT = 1;\n");
    put("hardware/twice/manifest.json", JSON.stringify({ modules: { "hardware/twice/main": "./main", "src/twice": "../../src/twice" }, preload: ["src/twice"] }));
    put("hardware/twice/main.ts", 'import { LIMIT } from "../../src/limits.js";\nimport { LIMIT as other } from "../../src/twice.js";\nexport const told = [LIMIT, other];\n');
    await expect(joinModules(folder, "twice", "chip")).rejects.toThrow('"LIMIT" is imported of src/limits and of src/twice, expected different names');
  });
});

const targets = Object.keys(BOARDS).flatMap((board) => (board === "desktop" ? [[board, DEFAULT_AFE]] : Object.keys(AFES).map((afe) => [board, afe])) as [string, string][]);

describe.each(targets)("a release of %s with %s", (board, afe) => {
  it("has modules that import of the SDK and of each other alone", async () => {
    const path = await joinModules(project, board, afe);
    const { "~": _left, ...modules } = (JSON.parse(readFileSync(path, "utf8")) as Manifest).modules;
    const names = Object.keys(modules);
    for (const one of Object.values(modules)) {
      const code = readFileSync(`${join(dirname(path), one)}.js`, "utf8");
      const imported = [...code.matchAll(/^import .* from "(.*)";$/gm)].map((match) => match[1] as string);
      expect(imported.filter((name) => /^(\.|src\/|hardware\/)/.test(name) && !names.includes(name))).toEqual([]);
      expect(code).not.toMatch(/^var /m);
    }
  });
});
