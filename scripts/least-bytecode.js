// Says what a whole program says in the way for which XS has the least bytecode, at the price that a debugger would find other variables than the source has.
import { withChains } from "./chain-assignments.js";
import { withSharedLocals } from "./share-locals.js";
import { withShortBranches } from "./short-branches.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * @param {Node} program its tree, without `var`, which this changes
 * @param {string[]} rest code that shares objects with it
 * @returns {Node} one that does the same
 */
export function withLeastBytecode(program, rest) {
  const outside = new Set(rest.flatMap((code) => code.match(/[\w$]+/g) ?? []));
  return withShortBranches(withChains(withSharedLocals(program, outside)));
}
