// The architecture as data: who may import whom, what reaches the device, what portable code may not say. src/ARCHITECTURE.md in words.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { AFES, BOARDS as BUILT_BOARDS, updateNameOf } from "../scripts/boards.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Folders that run on the device and on the desk alike, with the folders each may import. */
const PORTABLE: Readonly<Record<string, readonly string[]>> = {
  "src/base": [],
  "src/vocabulary": ["src/base"],
  "src/wire": ["src/base", "src/vocabulary"],
  "src/contracts": ["src/base", "src/vocabulary"],
  "src/kernels": ["src/base"],
  "src/models": [],
  "src/samples": ["src/base", "src/vocabulary", "src/contracts"],
  "src/beats": ["src/base", "src/vocabulary"],
  "src/rhythm": ["src/base", "src/vocabulary"],
  "src/alerts": ["src/base", "src/vocabulary"],
  "src/journal": ["src/base", "src/vocabulary", "src/wire", "src/contracts"],
  "src/sync": ["src/base", "src/vocabulary", "src/wire", "src/contracts"],
  "src/security": ["src/base", "src/wire", "src/contracts"],
  "src/monitor": [
    "src/base", "src/vocabulary", "src/wire", "src/contracts", "src/samples", "src/beats", "src/models", "src/rhythm", "src/alerts", "src/journal",
    "src/sync", "src/security", "src/update",
  ],
  "src/update": ["src/wire", "src/contracts"],
  "src/subscriber": ["src/base", "src/vocabulary", "src/wire", "src/contracts"],
  "src/drivers/max30003": ["src/base", "src/vocabulary", "src/contracts"],
  "src/drivers/ads1292r": ["src/base", "src/vocabulary", "src/contracts"],
  "src/drivers/ad8232": ["src/base", "src/vocabulary", "src/contracts"],
  "src/platform/ecma419": ["src/base", "src/contracts"],
  "src/platform/desk": ["src/base", "src/vocabulary", "src/wire", "src/contracts", "src/platform/ecma419"],
};
const DRIVERS = ["src/drivers/max30003", "src/drivers/ads1292r", "src/drivers/ad8232"];
/** A board is a driver, its pins and the common start; how an AFE of any board is opened is common, too. */
const BOARD_IMPORTS = ["src/vocabulary", "src/contracts", "src/platform/xs", "hardware/common", ...DRIVERS];
/** Folders bound to a host, with what they may import besides npm packages. */
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  // Takes the place of a module of src/monitor.
  "src/native": ["src/base", "src/vocabulary", "src/rhythm", "src/monitor", "src/drivers/max30003"],
  "src/platform/xs": ["src/base", "src/vocabulary", "src/contracts", "src/samples", "src/monitor", "src/platform/ecma419"],
  "src/platform/sim": [
    "src/base", "src/vocabulary", "src/wire", "src/contracts", "src/wfdb", "src/dashboard", "src/platform/desk", "src/platform/ecma419", ...DRIVERS,
  ],
  "src/wfdb": ["src/base", "src/vocabulary"],
  "src/evaluation": ["src/base", "src/vocabulary", "src/rhythm", "src/wfdb"],
  "src/training": ["src/base", "src/vocabulary", "src/kernels", "src/samples", "src/beats", "src/wfdb", "src/evaluation", "src/model-compiler"],
  "src/model-compiler": ["src/base", "src/kernels", "src/platform/sim"],
  "src/release": ["src/base", "src/monitor"],
  "src/energy": ["src/cli", "src/platform/sim"],
  "src/dashboard": ["src/base", "src/vocabulary", "src/wire", "src/contracts", "src/subscriber"],
  "src/cli": [
    "src/base", "src/vocabulary", "src/wire", "src/contracts", "src/wfdb", "src/evaluation", "src/subscriber", "src/monitor", "src/platform/sim",
    "src/platform/desk", "hardware/desk",
  ],
  "hardware/desk": [
    "src/base", "src/vocabulary", "src/contracts", "src/samples", "src/beats", "src/models", "src/rhythm", "src/monitor", "src/platform/desk", "src/platform/ecma419", ...DRIVERS,
  ],
  "hardware/mcu": ["src/vocabulary", "src/platform/desk", "src/drivers/max30003", "hardware/desk"],
  "hardware/xs-host": [],
  "hardware/common": ["src/vocabulary", "src/contracts", "src/platform/xs", "src/platform/ecma419", ...DRIVERS],
  "hardware/esp32-devkit": BOARD_IMPORTS,
  "hardware/xiao-esp32s3": BOARD_IMPORTS,
  "hardware/esp32c3-supermini": BOARD_IMPORTS,
  // The simulated world of the desktop lies inside its firmware.
  "hardware/desktop": [...BOARD_IMPORTS, "src/platform/sim"],
};
const ALLOWED: Readonly<Record<string, readonly string[]>> = { ...PORTABLE, ...HOSTS };
/** Files that simulate or test and must never be flashed. */
const NEVER_ON_DEVICE = [/\/emulator\.ts$/, /^src\/platform\/(?!xs\/|ecma419\/)/, /^src\/(cli|release|energy|wfdb|evaluation|dashboard|training|model-compiler)\//, /^tests\//, /^hardware\/desk\//];
/** Boards that a manifest builds. */
const BOARDS = ["hardware/esp32-devkit", "hardware/xiao-esp32s3", "hardware/esp32c3-supermini"];
const DESKTOP = "hardware/desktop";
/** What manifests build: each board with each AFE, and the desktop. */
const TARGETS = [...BOARDS.flatMap((board) => Object.keys(AFES).map((afe) => `${board}/${afe}`)), DESKTOP];
/** Boards with two cores have a second entry, the worker's. */
const entriesOf = (target: string): string[] => [`${target}/main`, `${target}/acquisition`].filter((path) => existsSync(join(root, `${path}.ts`)));
/** What WIRING.md tells of each AFE: GPIO numbers in PINS. */
const PIN_COUNTS: Readonly<Record<string, number>> = { max30003: 4, ads1292r: 5, ad8232: 3 };
/** What the desktop has in place of modules of the SDK, by specifier; a computer may run emulators. */
const STAND_INS: Readonly<Record<string, string>> = {
  "embedded:storage/flash": "hardware/desktop/flash",
  "embedded:network/interface/wifi": "hardware/desktop/wifi",
  "resetReason": "hardware/desktop/reset-reason",
};
/** What boards with `ffi` have in place of other modules, by the name of those, and what that needs. */
const NATIVES = readNatives("manifest-native.json");
/** The same of the one AFE that has a kernel. */
const MAX30003_NATIVES = readNatives("manifest-max30003.json");
/** Words that bring time, chance, input or output of their own into portable code, or cost dearly on XS. */
const BANNED_WORDS = [/\bDate\b/, /\bMath\.random\b/, /\bsetTimeout\b/, /\bsetInterval\b/, /\bconsole\b/, /\bprocess\.\w/, /\bperformance\b/, /\basync\b/, /\bawait\b/, /\beval\b/];

function readNatives(manifest: string): Map<string, string> {
  const { modules } = JSON.parse(readFileSync(join(root, "hardware/common", manifest), "utf8")) as { modules: Record<string, string> };
  return new Map(Object.entries(modules).map(([name, path]) => [name, normalize(join("hardware/common", path))] as const).filter(([, path]) => path.startsWith("src/native/")));
}

function files(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => {
    const child = `${folder}/${name}`;
    return statSync(join(root, child)).isDirectory() ? files(child) : name.endsWith(".ts") && !name.endsWith(".d.ts") ? [child] : [];
  });
}

/** Specifiers of every import and re-export, type-only ones and dynamic ones included. */
function importsOf(file: string, text = readFileSync(join(root, file), "utf8")): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:^|[\s;}])(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g)].map((match) => (match[1] ?? match[2]) as string);
}

/** Repository path of what a file imports, or undefined for a package or a platform module. */
function resolve(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts");
}

/** The longest folder of the table that holds the file. */
function layerOf(file: string): string | undefined {
  return Object.keys(ALLOWED).filter((folder) => file.startsWith(`${folder}/`)).sort((one, other) => other.length - one.length)[0];
}

/** What is wrong with one import, or "". */
function importProblem(file: string, specifier: string): string {
  const layer = layerOf(file);
  if (!layer) return `${file}: is in no folder of the import table`;
  const target = resolve(file, specifier);
  if (target === undefined) return layer in PORTABLE ? `${file}: portable code imports "${specifier}"` : "";
  if (target.endsWith(".json")) return "";
  const targetLayer = layerOf(target);
  if (targetLayer === layer || (targetLayer !== undefined && (ALLOWED[layer] as readonly string[]).includes(targetLayer))) return "";
  return `${file}: may not import ${target}`;
}

const sources = [...files("src"), ...files("hardware")];

describe("imports", () => {
  it("finds the sources", () => expect(sources.length).toBeGreaterThan(40));

  it("follow the import table", () => {
    const problems = sources.flatMap((file) => importsOf(file).map((specifier) => importProblem(file, specifier))).filter((problem) => problem !== "");
    expect(problems).toEqual([]);
  });

  it.each([
    ["a stage that imports another stage", "src/beats/planted.ts", 'import { Journal } from "../journal/journal.js";'],
    ["a type-only import between stages", "src/rhythm/planted.ts", 'import type { Outbox } from "../sync/outbox.js";'],
    ["a Node module in portable code", "src/samples/planted.ts", 'import { readFileSync } from "node:fs";'],
    ["a package in portable code", "src/wire/planted.ts", 'export * from "mqtt";'],
    ["a dynamic import", "src/monitor/planted.ts", 'const sim = import("../platform/sim/world.js");'],
    ["a driver that imports another layer", "src/drivers/max30003/planted.ts", 'import { Monitor } from "../../monitor/monitor.js";'],
    ["a device adapter that imports the simulator", "src/platform/xs/planted.ts", 'import { World } from "../sim/world.js";'],
  ])("refuses %s", (_name, file, text) => {
    const problems = importsOf(file, text).map((specifier) => importProblem(file, specifier));
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toBe("");
  });
});

interface Manifest {
  include?: string[];
  modules?: Record<string, string | string[]>;
  preload?: string[];
  creation?: { main?: string };
  ffi?: { sources: string[] };
}

/** Modules, preloads, main module and C sources of a manifest and of those of ours that it includes; module names map to repository paths. */
function readManifest(file: string, target: string): { modules: Map<string, string>; preload: Set<string>; main: string | undefined; sources: string[] } {
  const manifest = JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest;
  const [, board = "", afe = ""] = target.split("/");
  const modules = new Map<string, string>();
  const preload = new Set(manifest.preload ?? []);
  const sources = (manifest.ffi?.sources ?? []).map((path) => normalize(join(dirname(file), path)));
  let main = manifest.creation?.main;
  for (const [name, source] of Object.entries(manifest.modules ?? {}))
    for (const path of [source].flat()) modules.set(name, normalize(join(dirname(file), path)));
  for (const included of manifest.include ?? []) {
    const path = included.replace("$(BOARD)", board).replace("$(AFE)", afe);
    if (path.startsWith("$(")) continue;
    const inner = readManifest(normalize(join(dirname(file), path)), target);
    for (const [name, source] of inner.modules) modules.set(name, source);
    for (const name of inner.preload) preload.add(name);
    sources.push(...inner.sources);
    main ??= inner.main;
  }
  return { modules, preload, main, sources };
}

/**
 * Every file of ours that the entry needs at run time, itself included.
 * @param modules what a manifest has under a module's name
 */
function closure(entry: string, modules: ReadonlyMap<string, string> = new Map()): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(root, file), "utf8").replace(/\b(import|export) type [^;]*;/g, "");
    for (const specifier of importsOf(file, text)) {
      const target = resolve(file, specifier);
      if (!target || target.endsWith(".json")) continue;
      const listed = modules.get(target.replace(/\.ts$/, ""));
      visit(listed ? `${listed}.ts` : target);
    }
  };
  visit(entry);
  return seen;
}

it("the boards and front ends that can be built are those whose manifests are tested", () => {
  expect(Object.keys(BUILT_BOARDS).map((board) => `hardware/${board}`)).toEqual([...BOARDS, DESKTOP]);
  expect(Object.keys(AFES).map((afe) => `src/drivers/${afe}`)).toEqual(DRIVERS);
});

describe.each(TARGETS)("manifest of %s", (target) => {
  const { modules, preload, main, sources: cSources } = readManifest("manifest.json", target);
  const isDesktop = target === DESKTOP;
  const [, board = "", afe = "max30003"] = target.split("/");
  const standIns = isDesktop ? STAND_INS : {};
  const natives = afe === "max30003" ? [...NATIVES, ...MAX30003_NATIVES] : [...NATIVES];
  const isNative = natives.every(([name, path]) => modules.get(name) === path);
  const specifierOf = new Map(Object.entries(standIns).map(([specifier, path]) => [path, specifier]));
  if (isNative) for (const [name, path] of natives) specifierOf.set(path, name);
  const needed = [...new Set([...entriesOf(target), ...Object.values(standIns)].flatMap((path) => [...closure(`${path}.ts`, modules)]))].map((file) => file.replace(/\.ts$/, ""));

  it("starts with the composition root of the board with that AFE", () => expect(main).toBe(`${target}/main`));

  it("lists every module the firmware imports, under its repository path", () => {
    expect(needed.filter((path) => modules.get(specifierOf.get(path) ?? path) !== path)).toEqual([]);
  });

  it("lists nothing else, and no test, emulator or simulator", () => {
    const listed = [...modules.values()];
    expect(listed.filter((path) => !needed.includes(path))).toEqual([]);
    if (!isDesktop) expect(listed.filter((path) => NEVER_ON_DEVICE.some((pattern) => pattern.test(`${path}.ts`)))).toEqual([]);
  });

  it("lets each module import the same by its name, as XS does, and by its place", () => {
    const strays = [...modules].flatMap(([name, path]) =>
      importsOf(`${path}.ts`, readFileSync(join(root, `${path}.ts`), "utf8").replace(/\b(import|export) type [^;]*;/g, ""))
        .filter((specifier) => specifier.startsWith(".") && !specifier.endsWith(".json"))
        .filter((specifier) => !(modules.has(normalize(join(dirname(name), specifier)).replace(/\.js$/, "")) && normalize(join(dirname(name), specifier)) === normalize(join(dirname(path), specifier))))
        .map((specifier) => `${name} (${path}): ${specifier}`));
    expect(strays.filter((stray) => !isDesktop || !stray.startsWith("embedded:"))).toEqual([]);
  });

  it("takes the native kernels where there is `ffi`, else the TypeScript", () => expect(isNative).toBe(!isDesktop));

  it("has no driver, and no C of one, but its own AFE's", () => {
    const isOther = (path: string): boolean => DRIVERS.some((driver) => !driver.endsWith(`/${afe}`) && (path.startsWith(`${driver}/`) || path.includes(`native/${driver.split("/")[2]}`)));
    expect([...modules.keys(), ...modules.values(), ...cSources].filter(isOther)).toEqual([]);
    expect(cSources.includes("src/native/max30003.c")).toBe(!isDesktop && afe === "max30003");
  });

  it("has no wildcard, since a wildcard would flash whatever is put into the folder and preload none of it", () => {
    expect([...modules.keys(), ...modules.values(), ...preload].filter((name) => name.includes("*"))).toEqual([]);
  });

  it("preloads every module but the composition roots", () => {
    const expected = needed.map((path) => specifierOf.get(path) ?? path).filter((name) => !entriesOf(target).includes(name));
    expect(expected.filter((name) => !preload.has(name))).toEqual([]);
    expect(entriesOf(target).filter((name) => preload.has(name))).toEqual([]);
  });

  it("sets no `ssid`, for which the SDK would wait before the monitor starts", () => {
    const folders = ["hardware/common", `hardware/${board}`, target];
    const manifests = ["manifest.json", ...folders.flatMap((folder) => readdirSync(join(root, folder)).filter((name) => /^manifest.*\.json$/.test(name)).map((name) => `${folder}/${name}`))];
    expect(manifests.filter((file) => /"ssid"/.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
  });

  const roots = entriesOf(target).map((path) => readFileSync(join(root, `${path}.ts`), "utf8"));

  it("tells in WIRING.md about every pin that the composition roots name", () => {
    const pins = roots.map((text) => /const PINS = \{(.*)\}/.exec(text)?.[1] ?? "").join();
    const wiring = readFileSync(join(root, "hardware", board, "WIRING.md"), "utf8");
    const table = wiring.split(/^### /m).find((section) => section.startsWith(AFES[afe as keyof typeof AFES].title)) ?? "";
    const numbers = [...pins.matchAll(/(?<!port|active): (\d+)/g)].map((match) => match[1]);
    expect(numbers).toHaveLength(isDesktop ? 0 : (PIN_COUNTS[afe] as number));
    expect(numbers.filter((number) => !new RegExp(`^\\| [^|]+ \\| (GPIO)?${number}( \\(.*?\\))? \\|`, "m").test(table))).toEqual([]);
  });

  it.skipIf(isDesktop)("is told as the AFE that it is, to the monitor and to who sends updates", () => {
    const text = roots.join("\n");
    expect(text).toContain(`updateOf("${updateNameOf(board, afe)}")`);
    expect(updateNameOf(board, afe)).toMatch(/^[a-z0-9-]{1,24}$/);
    const told = [...text.matchAll(/(?:readOnOtherCore|readBetweenTicks)\(.*"([A-Z0-9]+)"[,)]/g)].map((match) => match[1]);
    // A driver that the monitor has in hand says itself what it is.
    expect(told).toEqual(afe === "max30003" && entriesOf(target).length === 1 ? [] : [AFES[afe as keyof typeof AFES].title]);
    expect([...text.matchAll(/readOnOtherCore\("([^"]+)"/g)].map((match) => match[1])).toEqual(entriesOf(target).slice(1));
  });
});

it("the manifest of the tests on a device lists every module they import", () => {
  const { modules } = readManifest("tests/device/manifest.json", "");
  // The tests themselves are JavaScript that the SDK sends to the device: they import by the names of the manifest.
  const imported = readdirSync(join(root, "tests/device")).filter((name) => name.endsWith(".js"))
    .flatMap((name) => importsOf(`tests/device/${name}`)).filter((specifier) => specifier.startsWith("src/"));
  expect(imported.length).toBeGreaterThan(0);
  const needed = new Set(imported.flatMap((name) => [...closure(`${name}.ts`, modules)]));
  expect([...needed].map((file) => file.replace(/\.ts$/, "")).filter((path) => modules.get(path) !== path)).toEqual([]);
});

describe.each(BOARDS)("flash and watchdogs of %s", (board) => {
  const partitions = readFileSync(join(root, board, "partitions.csv"), "utf8").split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").map((cell) => cell.trim())).map(([name = "", type = "", subType = "", offset, size]) => ({ name, type, subType, start: Number(offset), end: Number(offset) + Number(size) }));

  it("has partitions that neither overlap nor leave the flash", () => {
    const flashBytes = board === "hardware/xiao-esp32s3" ? 0x800000 : 0x400000;
    expect(partitions.filter(({ start, end }, index) => end > (partitions[index + 1]?.start ?? flashBytes) || !(end > start))).toEqual([]);
  });

  it("has two equal slots for firmware on 64 KB boundaries, and a journal of at least five blocks", () => {
    const slots = partitions.filter(({ type }) => type === "app");
    expect(slots.map(({ subType, start }) => [subType, start % 0x10000])).toEqual([["ota_0", 0], ["ota_1", 0]]);
    expect(new Set(slots.map(({ start, end }) => end - start)).size).toBe(1);
    const journal = partitions.find(({ name, type }) => name === "journal" && type === "data");
    expect((journal?.end ?? 0) - (journal?.start ?? 0)).toBeGreaterThanOrEqual(5 * 4096);
  });

  it("turns the watchdogs on", () => {
    const config = readFileSync(join(root, board, "sdkconfig/sdkconfig.defaults"), "utf8").split("\n");
    for (const line of ["CONFIG_ESP_TASK_WDT_EN=y", "CONFIG_ESP_TASK_WDT_INIT=y", "CONFIG_ESP_TASK_WDT_PANIC=y", "CONFIG_ESP_INT_WDT=y"]) expect(config).toContain(line);
  });
});

/** Names of what a module keeps at its top level and may still change: XS gives each preloaded one a copy in RAM. */
function unfrozen(code: string): string[] {
  return [...code.matchAll(/^(?:export )?(?:let (\w+)|const (\w+)(?:: .+?)? = [[{])/gm)].map((match) => (match[1] ?? match[2]) as string);
}

describe("preloaded modules", () => {
  const ofTargets = TARGETS.flatMap((target) => entriesOf(target).flatMap((path) => [...closure(`${path}.ts`)]).filter((file) => !entriesOf(target).includes(file.replace(/\.ts$/, "")) && !NEVER_ON_DEVICE.some((pattern) => pattern.test(file))));
  const device = [...new Set([...ofTargets, ...[...NATIVES.values(), ...MAX30003_NATIVES.values()].flatMap((path) => [...closure(`${path}.ts`)])])];

  // The functions of `ffi` are made when the device runs, and once: an object of them takes half a kilobyte.
  const CHANGING = "src/native/kernels.ts";

  it("keep nothing at their top level that can change", () => {
    expect(device.filter((file) => file !== CHANGING).flatMap((file) => unfrozen(readFileSync(join(root, file), "utf8")).map((name) => `${file}: ${name}`))).toEqual([]);
  });

  // On XS a `#member` takes bytecode, a slot of RAM for each instance's methods, and time: the firmware as a whole is 6 % smaller without.
  it("have members that are `private _name`, not `#name`", () => {
    expect(device.filter((file) => /[.\s]#\w+ ?[(:=;]/.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
  });

  it.each([
    ["a table", 'export const ROWS: readonly { limit: "a" }[] = [', "ROWS"],
    ["an object", "const state = { count: 0 };", "state"],
    ["a variable", "export let count = 0;", "count"],
  ])("may not keep %s", (_what, code, name) => expect(unfrozen(code)).toEqual([name]));
});

describe("portable code", () => {
  const portable = sources.filter((file) => (layerOf(file) ?? "") in PORTABLE);

  it.each(portable)("%s has no time, chance or I/O of its own", (file) => {
    const code = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "").replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1/g, '""');
    expect(BANNED_WORDS.filter((word) => word.test(code)).map(String)).toEqual([]);
  });

  it("refuses a planted word", () => expect(BANNED_WORDS.some((word) => word.test("const now = Date.now();"))).toBe(true));
});

describe("every source file", () => {
  it("says on line 1 what it is", () => {
    const silent = [...sources, ...files("tests")].filter((file) => !/^(\/\/|\/\*)/.test(readFileSync(join(root, file), "utf8")));
    expect(silent).toEqual([]);
  });

  it("has a kebab-case name", () => {
    const odd = [...sources, ...files("tests")].filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|suite|browser\.test))?\.ts$/.test(file.split("/").at(-1) as string));
    expect(odd).toEqual([]);
  });

  it("has no Node built-in without the node: prefix (on the device, `net` is Moddable's)", () => {
    const bare = sources.filter((file) => layerOf(file) !== "src/platform/xs").flatMap((file) => importsOf(file).filter((specifier) => builtinModules.includes(specifier) && !specifier.startsWith("node:")).map((specifier) => `${file}: ${specifier}`));
    expect(bare).toEqual([]);
  });
});

it("tests mirror the sources' folders", () => {
  const strays = readdirSync(join(root, "tests")).filter((name) => statSync(join(root, "tests", name)).isDirectory() && !existsSync(join(root, "src", name)) && !["end-to-end", "swarm", "fuzz", "tools", "device"].includes(name));
  expect(strays.map((name) => relative(root, join("tests", name)))).toEqual([]);
});
