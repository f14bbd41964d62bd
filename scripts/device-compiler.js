// The TypeScript compiler of the boards' manifests: tsc, and after it what makes the firmware small. `node scripts/device-compiler.js -p TSCONFIG`, as mcconfig calls tsc.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { shrinkCode } from "./shrink-code.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** In the place of a module of the SDK when a module is asked for its constants: one that asks for anything of it, as it is made, is not to be had here. */
const ABSENT_MODULE = `const fail = () => { throw new Error("only on the device"); };
module.exports = new Proxy(function () {}, { get: (_, name) => (name === "__esModule" ? undefined : fail()), apply: fail, construct: fail });`;

/** Status of tsc for errors of types and syntax. */
const FAILED = 2;

/**
 * Compiles the one file of a tsconfig that mcconfig has written. If it is one of the project's, its imports of numbers and booleans become constants of its
 * own, what nobody imports of it is no longer exported, and what nothing reaches goes.
 *
 * @param {string} configPath
 * @param {(line: string) => void} say
 * @returns {Promise<number>} exit status
 */
export async function compileForDevice(configPath, say = console.error) {
  const config = readConfig(configPath);
  // Without types to check, what a module imports need not be read: half the time, the same output.
  const { status, stdout, stderr } = tsc(configPath, config.compilerOptions.noCheck ? ["--noResolve"] : []);
  for (const text of [stdout, stderr]) if (text.trim() !== "") say(text.trimEnd());
  if (status !== 0) return status ?? FAILED;
  const { outDir, rootDir, noEmit, paths } = config.compilerOptions;
  if (noEmit || config.files?.length !== 1 || !outDir) return 0;
  const source = config.files[0];
  const output = join(outDir, source.slice(rootDir.length).replace(/\.ts$/, ".js"));
  const program = new Program(paths ?? {});
  const name = program.nameOf(source);
  if (name === undefined) return 0;

  const mapPath = `${output}.map`;
  const { code, map, used, wanted, imports } = await program.compile(name, readFileSync(output, "utf8"), existsSync(mapPath) ? readFileSync(mapPath, "utf8") : undefined);
  writeFileSync(output, `${code}\n${map === undefined ? "" : `//# sourceMappingURL=${basename(mapPath)}\n`}`);
  if (map !== undefined) writeFileSync(mapPath, map);

  const folder = outDir.slice(0, outDir.length - name.length);
  const changed = new Ledger(join(folder, "constants")).update(used);
  if (wanted) new Ledger(join(folder, "exports")).update(new Map([[name, wanted]]));
  const lacking = new Ledger(join(folder, "exports")).lacking(imports);
  if (changed.length + lacking.length === 0) return 0;
  // Make knows nothing of the files that have the former values in them, or export too little: all depend on the base.
  const now = new Date();
  utimesSync(config.basePath, now, now);
  say(`${changed.length > 0 ? "Constants have changed in" : "More is wanted of"} ${[...changed, ...lacking].join(", ")}. All modules are compiled anew when you run the same command again.`);
  return FAILED;
}

/** The firmware's modules, by their names in the manifests. */
export class Program {
  #paths;
  /** Is it a board's firmware, of which all is known that imports a module? Not so the tests on a device, whose scripts come later. */
  #isWhole;
  /** @type {Map<string, Set<string> | undefined> | undefined} what is imported of each module; undefined: all of it */
  #wanted;
  /** @type {Map<string, string>} names by path without extension */
  #names = new Map();
  #constants = new Map();

  /** @param {Record<string, string[]>} paths of mcconfig's tsconfig: what has which name, without extension */
  constructor(paths) {
    this.#paths = Object.fromEntries(Object.entries(paths).filter(([, [path]]) => path.startsWith(`${PROJECT}/`)).map(([name, [path]]) => [name, path]));
    this.#isWhole = Object.keys(this.#paths).some((name) => /^hardware\/.+\/main$/.test(name));
    for (const [name, path] of Object.entries(this.#paths)) this.#names.set(path, name);
  }

  /** @param {string} source @returns {string | undefined} */
  nameOf(source) {
    return this.#names.get(source.replace(/\.ts$/, ""));
  }

  /**
   * @param {string} name of a module
   * @param {string} code what tsc has made of it
   * @param {string | undefined} map its source map
   * @returns {Promise<{code: string, map?: string, used: Map<string, Record<string, number | boolean>>, wanted?: string[], imports: [string, string[]][]}>}
   * used: constants by module, its own among them; wanted: what it still exports, if that is not all; imports: what is wanted of others
   */
  async compile(name, code, map) {
    const wanted = await this.#wantedOf(name);
    const inlined = await this.#inline(name, wanted ? withoutExports(code, wanted) : code);
    const imports = this.#importsOf(name, inlined.code);
    const shrunk = await shrinkCode(inlined.code, map === undefined ? {} : { sourceMap: { content: map } });
    // Constants alone. No map: the SDK's xsc (8.2.3) crashes at a map of nothing.
    const told = { used: inlined.used, ...(wanted && { wanted: [...wanted].sort() }), imports };
    return shrunk.code === "" ? { code: "export {};", ...told } : { ...shrunk, ...told };
  }

  /** What other modules import of one, besides constants; undefined if that is not known. The SDK's modules import what has a name of theirs. */
  async #wantedOf(name) {
    if (!this.#isWhole || !/^(src|hardware)\//.test(name)) return undefined;
    if (!this.#wanted) {
      this.#wanted = new Map(Object.keys(this.#paths).map((one) => [one, new Set(["default"])]));
      for (const importer of Object.keys(this.#paths)) {
        const path = this.#sourceOf(importer);
        for (const [module, names] of path === undefined ? [] : this.#importsOf(importer, readFileSync(path, "utf8")))
          for (const wanted of names) this.#wanted.get(module).add(wanted);
      }
    }
    const constants = (await this.constantsOf(name)) ?? {};
    return new Set([...this.#wanted.get(name)].filter((wanted) => !Object.hasOwn(constants, wanted)));
  }

  /** @returns {[string, string[]][]} modules of the project that the code imports, and what */
  #importsOf(name, code) {
    const imports = [];
    for (const [, list, specifier] of code.matchAll(/^import (?!type\b)(?:[\w$]+, )?\{([^}]*)\} from ["']([^"']+)["'];/gm)) {
      const module = this.#resolve(specifier, name);
      if (module === undefined) continue;
      imports.push([module, list.split(",").map((word) => word.trim().split(" as ")[0]).filter((word) => word !== "" && !word.startsWith("type "))]);
    }
    return imports;
  }

  async #inline(name, code) {
    const used = new Map();
    const own = await this.constantsOf(name);
    if (own) used.set(name, own);
    for (const [statement, specifier] of code.matchAll(/^(?:import \* as|export \*|export \{[^}]*\} from)[^"']*["']([^"']+)["']/gm))
      if (this.#resolve(specifier, name) !== undefined && (this.#isWhole || (await this.constantsOf(this.#resolve(specifier, name))))) throw new Error(`${statement}: constants are put in the place of their names; import them by name`);
    const statements = [...code.matchAll(/^import (?:([\w$]+), )?\{([^}]*)\} from ["']([^"']+)["'];/gm)];
    let result = code;
    for (const [statement, main, list, specifier] of statements) {
      const module = this.#resolve(specifier, name);
      const constants = module === undefined ? undefined : await this.constantsOf(module);
      if (!constants) continue;
      const specifiers = list.split(",").map((word) => word.trim()).filter((word) => word !== "");
      const isConstant = (word) => Object.hasOwn(constants, word.split(" as ")[0]);
      const taken = specifiers.filter(isConstant);
      if (taken.length === 0) continue;
      used.set(module, constants);
      const left = specifiers.filter((word) => !isConstant(word));
      const declarations = taken.map((word) => `${word.split(" as ").at(-1)} = ${constants[word.split(" as ")[0]]}`);
      // On the import's own line: lines stay what they are for the source map.
      const imported = [...(main ? [main] : []), ...(left.length > 0 ? [`{ ${left.join(", ")} }`] : [])].join(", ");
      const rewritten = `${imported === "" ? "" : `import ${imported} from "${specifier}"; `}const ${declarations.join(", ")};`;
      result = result.replace(statement, () => rewritten + "\n".repeat(statement.split("\n").length - 1));
    }
    return { code: result, used };
  }

  /**
   * @param {string} name of a module
   * @returns {Promise<Record<string, number | boolean> | undefined>} what it exports that is a number or a boolean; undefined if it cannot be asked, because it
   * has none or uses modules of the SDK as it is made
   */
  constantsOf(name) {
    if (!this.#constants.has(name)) this.#constants.set(name, this.#evaluate(name));
    return this.#constants.get(name);
  }

  async #evaluate(name) {
    const path = this.#sourceOf(name);
    if (path === undefined) return undefined;
    const names = [...readFileSync(path, "utf8").matchAll(/^export const ([\w$]+)/gm)].map((match) => match[1]);
    if (names.length === 0) return undefined;
    const module = await this.#import(name, path);
    if (!module) return undefined;
    const isPlain = (value) => typeof value === "boolean" || (Number.isFinite(value) && !Object.is(value, -0));
    const constants = names.filter((constant) => isPlain(module[constant])).map((constant) => [constant, module[constant]]);
    return constants.length > 0 ? Object.fromEntries(constants) : undefined;
  }

  /** The module, run here. Modules only define: that is a rule of the project (a preloaded module may do nothing else). */
  async #import(name, path) {
    const modules = {
      name: "modules-by-name",
      setup: (bundle) => {
        bundle.onResolve({ filter: /./ }, ({ path: specifier, kind, importer, pluginData }) => {
          if (kind === "entry-point") return { path, pluginData: { name } };
          const imported = this.#resolve(specifier, pluginData?.name ?? this.nameOf(importer) ?? "");
          const found = imported === undefined ? undefined : this.#sourceOf(imported);
          return found === undefined ? { path: specifier, namespace: "absent" } : { path: found, pluginData: { name: imported } };
        });
        bundle.onLoad({ filter: /./, namespace: "absent" }, () => ({ contents: ABSENT_MODULE }));
      },
    };
    try {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: "esm", platform: "neutral", logLevel: "silent", plugins: [modules] });
      return await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
    } catch {
      return undefined;
    }
  }

  /** The name that XS finds under a specifier. */
  #resolve(specifier, importer) {
    const name = specifier.startsWith(".") ? posix.join(posix.dirname(importer), specifier).replace(/\.js$/, "") : specifier;
    return Object.hasOwn(this.#paths, name) ? name : undefined;
  }

  #sourceOf(name) {
    const path = `${this.#paths[name]}.ts`;
    return existsSync(path) ? path : undefined;
  }
}

/** @returns the module without "export" before what is not wanted */
function withoutExports(code, wanted) {
  return code.replace(/^export (?=(?:async function|function|class|const) ([\w$]+))/gm, (statement, name) => (wanted.has(name) ? statement : ""));
}

/** What each module's constants or exports were when it was last compiled: one file a module, since make compiles several at once. */
class Ledger {
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  /** @returns {string[]} modules that export less than is imported of them */
  lacking(imports) {
    return imports.filter(([name, names]) => {
      const path = join(this.#folder, `${name}.json`);
      if (!existsSync(path)) return false;
      const exported = JSON.parse(readFileSync(path, "utf8"));
      return names.some((word) => !exported.includes(word));
    }).map(([name]) => name);
  }

  /** @returns {string[]} modules for which this was something else before */
  update(used) {
    return [...used].filter(([name, constants]) => {
      const path = join(this.#folder, `${name}.json`);
      const text = JSON.stringify(constants);
      const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
      if (before === text) return false;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.${process.pid}`, text);
      renameSync(`${path}.${process.pid}`, path);
      return before !== undefined;
    }).map(([name]) => name);
  }
}

/** mcconfig's tsconfig of one file extends a base by its whole path. */
function readConfig(path) {
  const config = JSON.parse(readFileSync(path, "utf8"));
  const base = config.extends === undefined ? {} : JSON.parse(readFileSync(config.extends, "utf8"));
  return { ...config, compilerOptions: { ...base.compilerOptions, ...config.compilerOptions }, basePath: config.extends ?? path };
}

function tsc(configPath, options) {
  const packagePath = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(packagePath, "utf8"));
  return spawnSync(process.execPath, [join(dirname(packagePath), bin.tsc), "-p", configPath, ...options], { encoding: "utf8" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [flag, config] = process.argv.slice(2);
  if (flag !== "-p" || config === undefined || !existsSync(config)) {
    console.error(`device-compiler: "${process.argv.slice(2).join(" ")}", expected -p and a tsconfig of mcconfig`);
    process.exitCode = FAILED;
  } else {
    try {
      process.exitCode = await compileForDevice(config);
    } catch (error) {
      console.error(`device-compiler: ${config}: ${error.message}`);
      process.exitCode = FAILED;
    }
  }
}
