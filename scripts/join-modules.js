// Makes one module of all that a board preloads, for releases: a fifteenth of the modules' bytecode is what they import of each other.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { bundleCode } from "./bundle-xs.js";

/** The joined module's name. */
const JOINED = "hardware/firmware";

/**
 * Writes modules and a manifest with them: the project's, but all that is preloaded is in one module. Apart are the entries, and what stands for a module of the
 * SDK. Debug builds take the project's manifest, since the SDK's debugger knows but one source a module.
 *
 * @param {string} project its folder
 * @param {string} board
 * @param {string} afe
 * @returns {Promise<string>} path of the manifest
 */
export async function joinModules(project, board, afe) {
  const folder = join(project, "build", "joined", `${board}-${afe}`);
  const { modules, preload } = readManifest(join(project, "manifest.json"), board, afe);
  const isApart = (name) => !(preload.has(name) && /^(src|hardware)\//.test(name));
  /** What the joined module exports: name and module by the name that it has there. */
  const shared = new Map();
  const written = {};
  for (const [name, path] of [...modules].filter(([one]) => isApart(one))) {
    const { code } = await bundleCode({ entryPoints: [`${path}.ts`], plugins: [byName(modules, (imported) => imported !== name)] });
    written[name] = withJoined(code, (imported) => modules.has(imported) && !isApart(imported), shared);
  }
  const entry = [...shared].map(([alias, { name, module }]) => `export { ${name} as ${alias} } from "${module}";`).join("\n");
  written[JOINED] = (await bundleCode({ stdin: { contents: entry }, plugins: [byName(modules, isApart)] }, Object.values(written))).code;

  const paths = Object.fromEntries(Object.keys(written).map((name) => [name, `./${relative(project, modules.get(name) ?? join(project, JOINED))}`]));
  for (const [name, code] of Object.entries(written)) put(join(folder, `${paths[name]}.js`), code);
  const excluded = [...modules.values()].map((path) => `${relative(folder, path)}.ts`);
  const manifest = { include: [relative(folder, join(project, "manifest.json"))], modules: { "~": excluded, ...paths }, preload: [JOINED] };
  return put(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @returns {{modules: Map<string, string>, preload: Set<string>}} of a manifest and those of ours that it includes; paths of modules without extension */
function readManifest(file, board, afe) {
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const included = (manifest.include ?? []).filter((path) => path.startsWith(".")).map((path) => path.replace("$(BOARD)", board).replace("$(AFE)", afe));
  const ours = included.map((path) => readManifest(join(dirname(file), path), board, afe));
  const modules = Object.entries(manifest.modules ?? {}).map(([name, path]) => [name, join(dirname(file), path)]);
  return {
    modules: new Map([...modules, ...ours.flatMap((inner) => [...inner.modules])]),
    preload: new Set([...(manifest.preload ?? []), ...ours.flatMap((inner) => [...inner.preload])]),
  };
}

/** Plugin of esbuild: finds modules by their names in the manifests, as XS does. What is the SDK's, or is to be left, stays an import. */
function byName(modules, isLeft) {
  const names = new Map([...modules].map(([name, path]) => [`${path}.ts`, name]));
  return {
    name: "modules-by-name",
    setup: (bundle) => bundle.onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      if (kind === "entry-point") return undefined;
      const name = path.startsWith(".") ? posix.join(posix.dirname(names.get(importer)), path).replace(/\.js$/, "") : path;
      return !modules.has(name) || isLeft(name) ? { path: name, external: true } : { path: `${modules.get(name)}.ts` };
    }),
  };
}

/**
 * @param {string} code
 * @param {(name: string) => boolean} isJoined
 * @param {Map<string, {name: string, module: string}>} shared what the joined module has to export, to which this adds
 * @returns {string} the code with imports of the joined module
 */
function withJoined(code, isJoined, shared) {
  return code.replace(/^import (?:([\w$]+),? )?(?:\{ (.*) \} )?from "(.*)";$/gm, (statement, main, list, module) => {
    if (!isJoined(module)) return statement;
    const imported = [...(main ? [`default as ${main}`] : []), ...(list?.split(", ") ?? [])].map((word) => {
      const [name, local = name] = word.split(" as ");
      const alias = name === "default" ? local : name;
      const other = shared.get(alias);
      if (other && other.module !== module) throw new Error(`"${alias}" is imported of ${other.module} and of ${module}, expected different names`);
      shared.set(alias, { name, module });
      return alias === local ? alias : `${alias} as ${local}`;
    });
    return `import { ${imported.join(", ")} } from "${JOINED}";`;
  });
}

/** @returns {string} path */
function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
