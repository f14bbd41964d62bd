// Finds the local variables of a program's functions, and what each name means.
import { isFunction, namesIn, partsOf } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * A variable of a function.
 * - `nodes`: its names, in the order of the text, the declaring one first
 * - `isKept`: it keeps its place and its declaration, since others may change it (closures), or since it is no plain variable
 * @typedef {{name: string, owner: Node, nodes: Node[], isParam: boolean, isKept: boolean, index: number, isGone?: boolean}} Local
 */

/**
 * @param {Node} program without `var`
 * @returns {{localOf: Map<Node, Local>, functions: Map<Node, Local[]>, changing: Set<string>}} locals by their names' nodes, and those of each function; names of other
 * variables that something assigns
 */
export function localsIn(program) {
  const localOf = new Map();
  const functions = new Map();
  const changing = new Set();
  const inside = (outer) => ({ names: new Map(), outer });

  const declare = (scope, owner, id, { isParam = false, isKept = false }) => {
    if (!functions.has(owner)) return;
    const local = { name: id.name, owner, nodes: [], isParam, isKept, index: -1 };
    scope.names.set(id.name, local);
    functions.get(owner).push(local);
  };
  const declareAll = (scope, owner, statements) => {
    for (const { type, declarations, id } of statements) {
      if (type === "VariableDeclaration") for (const one of declarations) for (const name of namesIn(one.id)) declare(scope, owner, name, { isKept: one.id.type !== "Identifier" });
      else if (id) declare(scope, owner, id, { isKept: true });
    }
    return scope;
  };

  const visitFunction = (node, scope) => {
    functions.set(node, []);
    const own = inside(scope);
    if (node.type === "FunctionExpression" && node.id) declare(own, node, node.id, { isKept: true });
    const isPlain = node.params.every(({ type }) => type === "Identifier");
    for (const id of node.params.flatMap(namesIn)) declare(own, node, id, { isParam: true, isKept: !isPlain });
    const statements = node.body.type === "BlockStatement" ? node.body.body : [];
    declareAll(own, node, statements);
    for (const child of [...node.params, ...(node.body.type === "BlockStatement" ? statements : [node.body])]) visit(child, own, node);
  };
  const visitName = (node, scope, owner) => {
    let at = scope;
    while (at && !at.names.has(node.name)) at = at.outer;
    const local = at?.names.get(node.name);
    if (!local) return;
    local.nodes.push(node);
    localOf.set(node, local);
    if (local.owner !== owner) local.isKept = true;
  };
  const scopeOf = (node, scope, owner) => {
    switch (node.type) {
      case "BlockStatement": case "StaticBlock": return declareAll(inside(scope), owner, node.body);
      case "SwitchStatement": return declareAll(inside(scope), owner, node.cases.flatMap(({ consequent }) => consequent));
      case "CatchClause": {
        const inner = inside(scope);
        for (const id of namesIn(node.param)) declare(inner, owner, id, { isKept: true });
        return inner;
      }
      case "ForStatement": case "ForOfStatement": case "ForInStatement": {
        // Variables that are made anew in each round.
        const inner = inside(scope);
        const first = node.init ?? node.left;
        for (const id of first?.type === "VariableDeclaration" ? first.declarations.flatMap((one) => namesIn(one.id)) : []) declare(inner, owner, id, { isKept: true });
        return inner;
      }
      default: return scope;
    }
  };
  const visit = (node, scope, owner) => {
    if (node.type === "Identifier") return visitName(node, scope, owner);
    if (isFunction(node)) return visitFunction(node, scope);
    const inner = scopeOf(node, scope, owner);
    // What a class works out for its fields, it does when an object is made.
    const user = node.type === "ClassBody" ? node : owner;
    for (const child of partsOf(node)) visit(child, inner, user);
    if (node.type !== "AssignmentExpression" && node.type !== "UpdateExpression") return;
    for (const id of namesIn(node.left ?? node.argument)) {
      if (!localOf.has(id)) changing.add(id.name);
      else if (id !== node.left && id !== node.argument) localOf.get(id).isKept = true;
    }
  };
  for (const statement of program.body) visit(statement, undefined, undefined);
  return { localOf, functions, changing };
}
