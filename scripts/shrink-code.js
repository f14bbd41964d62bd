// What the device's JavaScript is put through before XS compiles it: constants take the place of their names, and what nothing reaches goes.
import { minify } from "terser";
import { withLeastBytecode } from "./least-bytecode.js";
import { inOneFunction } from "./one-function.js";
import { inXsIdioms } from "./xs-idioms.js";

/**
 * What becomes of the fields of a class, for esbuild and tsc: assignments in its constructor instead of a function that defines each, and nothing at all
 * for a field without a first value.
 */
export const CLASS_FIELDS = Object.freeze({ useDefineForClassFields: false });

/**
 * Nothing else is asked of terser: its other transformations (inlined functions, joined statements, literals in the place of what is shared) make
 * the firmware slower on XS, and sums of constants that are no int32 make it calculate in floating point.
 */
const COMPRESS = {
  defaults: false, passes: 2, toplevel: true, reduce_vars: true, evaluate: true, properties: true, unused: true, dead_code: true, reduce_funcs: false,
  // A table that nobody reads goes.
  pure_funcs: ["Object.freeze", "deepFreeze"],
};
const FORMAT = { beautify: true, comments: false };

/**
 * @param {string} code an ES module
 * @param {{sourceMap?: import("terser").SourceMapOptions, isBundle?: boolean, rest?: string[]}} [options] isBundle: it declares much and exports little; rest: code
 * of all other modules that share objects with it, if that is known and nobody debugs it
 * @returns {Promise<{code: string, map?: string}>} one that does the same
 */
export async function shrinkCode(code, { sourceMap, isBundle = false, rest } = {}) {
  const { ast } = await minify(code, { module: true, mangle: false, compress: COMPRESS, format: { spidermonkey: true, code: false } });
  const idioms = inXsIdioms(ast, rest);
  const shrunk = rest ? withLeastBytecode(idioms, rest) : idioms;
  return minify(isBundle ? inOneFunction(shrunk) : shrunk, { parse: { spidermonkey: true }, module: true, mangle: false, compress: false, sourceMap, format: FORMAT });
}
