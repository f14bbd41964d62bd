// Which properties keep their values while a function runs.
import { all, isClass, isFunction, isNode } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * @param {Node} program
 * @param {Set<string>} outside names of properties that others may change
 * @returns {(one: Node) => Set<string>} names of properties that nothing changes while a function runs: methods, and what constructors alone assign to `this`
 */
export function steadyIn(program, outside) {
  const members = all(program, isClass).flatMap(({ body }) => body.body).filter(({ computed }) => !computed);
  const constructors = new Set(members.filter(({ kind }) => kind === "constructor").map(({ value }) => value));
  const first = new Set();
  const changing = new Set([...outside, ...members.filter(({ kind }) => kind === "get" || kind === "set").map(({ key }) => key.name)]);
  const visit = (node, isFirst) => {
    for (const { object, property } of targetsOf(node)) (isFirst && object.type === "ThisExpression" ? first : changing).add(property.name);
    if (node.type === "Literal" && typeof node.value === "string") for (const word of node.value.split(/\W+/)) changing.add(word);
    const isOwn = constructors.has(node) || (isFirst && !isFunction(node));
    for (const child of Object.values(node).flat().filter(isNode)) visit(child, isOwn);
  };
  visit(program, false);
  const methods = new Set(members.filter(({ kind, key }) => kind === "method" && !changing.has(key.name) && !first.has(key.name)).map(({ key }) => key.name));
  const fields = new Set([...methods, ...[...first].filter((name) => !changing.has(name))]);
  return (one) => (constructors.has(one) ? methods : fields);
}

/** @returns {Node[]} properties that a node assigns */
function targetsOf({ type, left, argument }) {
  const isTarget = (node) => node.type === "MemberExpression" && !node.computed;
  if (type === "UpdateExpression") return [argument].filter(isTarget);
  if (type !== "AssignmentExpression") return [];
  return left.type === "MemberExpression" ? [left].filter(isTarget) : all(left, isTarget);
}
