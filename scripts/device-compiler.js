// The TypeScript compiler of the boards' manifests: tsc, and after it what makes the firmware small. `node scripts/device-compiler.js -p TSCONFIG`, as mcconfig calls tsc.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { shrinkCode } from "./shrink-code.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Status of tsc for errors of types and syntax. */
const FAILED = 2;

/**
 * Compiles the one file of a tsconfig that mcconfig has written. If it is one of the project's, its imports of numbers and booleans become constants of its
 * own, those of its own that nobody then imports are no longer exported, and what nothing reaches goes.
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
  const { code, map, used } = await program.compile(name, readFileSync(output, "utf8"), existsSync(mapPath) ? readFileSync(mapPath, "utf8") : undefined);
  writeFileSync(output, `${code}\n${map === undefined ? "" : `//# sourceMappingURL=${basename(mapPath)}\n`}`);
  if (map !== undefined) writeFileSync(mapPath, map);

  const changed = new Ledger(join(outDir.slice(0, outDir.length - name.length), "constants")).update(used);
  if (changed.length === 0) return 0;
  // Make knows nothing of the files that have the former values in them: all depend on the base.
  const now = new Date();
  utimesSync(config.basePath, now, now);
  say(`Constants have changed in ${changed.join(", ")}. All that use them are compiled anew when you run the same command again.`);
  return FAILED;
}

/** The firmware's modules, by their names in the manifests. */
export class Program {
  #paths;
  /** Do scripts that tsc does not see import modules? They do it by their exports. */
  #hasScripts;
  /** @type {Map<string, string>} names by path without extension */
  #names = new Map();
  #constants = new Map();

  /** @param {Record<string, string[]>} paths of mcconfig's tsconfig: what has which name, without extension */
  constructor(paths) {
    this.#paths = Object.fromEntries(Object.entries(paths).filter(([, [path]]) => path.startsWith(`${PROJECT}/`)).map(([name, [path]]) => [name, path]));
    this.#hasScripts = Object.values(this.#paths).some((path) => !existsSync(`${path}.ts`) && existsSync(`${path}.js`));
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
   * @returns {Promise<{code: string, map?: string, used: Map<string, Record<string, number | boolean>>}>} used: constants by module, its own among them
   */
  async compile(name, code, map) {
    const inlined = await this.#inline(name, code);
    const shrunk = await shrinkCode(inlined.code, map === undefined ? {} : { sourceMap: { content: map } });
    // Constants alone. No map: the SDK's xsc (8.2.3) crashes at a map of nothing.
    return shrunk.code === "" ? { code: "export {};", used: inlined.used } : { ...shrunk, used: inlined.used };
  }

  async #inline(name, code) {
    const used = new Map();
    const own = await this.constantsOf(name);
    if (own) used.set(name, own);
    for (const [statement, specifier] of code.matchAll(/^(?:import \* as|export \*|export \{[^}]*\} from)[^"']*["']([^"']+)["']/gm))
      if (await this.constantsOf(this.#resolve(specifier, name) ?? "")) throw new Error(`${statement}: constants are put in the place of their names; import them by name`);
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
    for (const constant of this.#hasScripts ? [] : Object.keys(own ?? {})) result = result.replace(new RegExp(`^export (const ${constant.replaceAll("$", "\\$")} = )`, "m"), "$1");
    return { code: result, used };
  }

  /**
   * @param {string} name of a module
   * @returns {Promise<Record<string, number | boolean> | undefined>} what it exports that is a number or a boolean; undefined if it cannot be asked, because it
   * has none or needs modules of the SDK
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
          return found === undefined ? { errors: [{ text: "not of the project" }] } : { path: found, pluginData: { name: imported } };
        });
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

/** What each module's constants were when they were last put into others: one file a module, since make compiles several at once. */
class Ledger {
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  /** @returns {string[]} modules whose constants were others before */
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
