// The native kernels outside of the Moddable SDK: what two manifests ask of mcconfig, done for our own hosts of XS.
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const COMMON = join(PROJECT, "hardware/common");

/** C types of `ffi` that the kernels use, and how an argument is fetched and a result given. */
const ARGUMENTS = { "void*": (index) => `xsmcToArrayBuffer(xsArg(${index}))`, int32_t: (index) => `xsmcToInteger(xsArg(${index}))` };
const RESULTS = { void: (call) => `${call};`, int32_t: (call) => `xsmcSetInteger(xsResult, ${call});` };

/** The kernels of every board, and those of the one AFE that has some. */
const MANIFESTS = ["manifest-native.json", "manifest-max30003.json"];

/** @returns those of MANIFESTS as one */
async function readManifest() {
  const manifests = await Promise.all(MANIFESTS.map(async (name) => JSON.parse(await readFile(join(COMMON, name), "utf8"))));
  return {
    ffi: { sources: manifests.flatMap(({ ffi }) => ffi.sources), functions: Object.assign({}, ...manifests.map(({ ffi }) => ffi.functions)) },
    modules: Object.assign({}, ...manifests.map(({ modules }) => modules)),
  };
}

/** @returns {Promise<string[]>} paths of the C files */
export async function nativeSources() {
  return (await readManifest()).ffi.sources.map((path) => join(COMMON, path));
}

/** @returns {Promise<string>} C that binds the functions of `ffi`, as mcconfig's does: a host function bindNatives(object) that makes them its properties */
export async function nativeGlue() {
  const functions = Object.entries((await readManifest()).ffi.functions);
  const glue = functions.map(([name, { arguments: types, returns }]) => {
    const fetches = types.map((type, index) => `\t${type} a${index} = ${ARGUMENTS[type](index)};\n`).join("");
    const call = `${name}(${types.map((_, index) => `a${index}`).join(", ")})`;
    return `${returns} ${name}(${types.join(", ") || "void"});\nstatic void call_${name}(xsMachine* the)\n{\n${fetches}\t${RESULTS[returns](call)}\n}\n`;
  });
  const binds = functions.map(([name, { arguments: types }]) => `\txsVar(0) = xsNewHostFunction(call_${name}, ${types.length});\n\txsmcSet(xsArg(0), xsID("${name}"), xsVar(0));\n`);
  return `#include "xs.h"\n#include "xsmc.h"\n${glue.join("")}void bindNatives(xsMachine* the)\n{\n\txsmcVars(1);\n${binds.join("")}}\n`;
}

/** Plugin of esbuild: takes the modules of the native manifest in the place of those of their names, and our own `mc/ffi`. */
export const nativeModules = {
  name: "native-modules",
  setup(build) {
    build.onResolve({ filter: /^mc\/ffi$/ }, () => ({ path: join(PROJECT, "hardware/xs-host/ffi.ts") }));
    build.onResolve({ filter: /^\..*\.js$/ }, async ({ path, resolveDir }) => {
      const name = relative(PROJECT, join(resolveDir, path)).replace(/\.js$/, "");
      const source = (await readManifest()).modules[name];
      return source === undefined ? undefined : { path: `${join(COMMON, source)}.ts` };
    });
  },
};
