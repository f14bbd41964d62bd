// Puts what a getter gives in the place of its name: XS has some 25 bytes of bytecode for a getter, and makes a call of each read.
import { all, contains, isClass, isFunction, isNode, namesIn, namesOf, rewrite } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/** Of a getter without what it gives: a function and a property. [bytes] */
const GETTER_BYTES = 23;

/**
 * @param {Node} program its tree, which this changes
 * @param {Set<string>} outside names of properties that others may know
 * @returns {Node} one that does the same
 */
export function withGettersInPlace(program, outside) {
  const classes = all(program, isClass).map(({ body }) => body);
  const definitions = definitionsIn(program);
  const reads = new Map();
  const note = (node, host) => {
    if (isFunction(node)) host ??= node;
    if (node.type === "MemberExpression" && !node.computed) reads.set(node.property.name, [...(reads.get(node.property.name) ?? []), { node, host }]);
    for (const child of partsIn(node)) note(child, host);
  };
  note(program);
  for (const body of classes) {
    body.body = body.body.filter((getter) => {
      if (!isSimple(getter) || definitions.get(getter.key.name) !== 1 || outside.has(getter.key.name)) return true;
      const given = getter.value.body.body[0].argument;
      const places = reads.get(getter.key.name) ?? [];
      const free = new Set(namesOf(given).map((node) => node.name));
      const isKnown = ({ node, host }) => !node.optional && isPlace(node.object) && host !== getter.value && !(host && declaredIn(host).some(({ name }) => free.has(name)));
      const more = places.reduce((sum, { node: { object } }) => sum + bytesOf(inPlaceOf(given, object)) - bytesOf(object) - 3, 0);
      if (places.length === 0 || more >= GETTER_BYTES + bytesOf(given) || !places.every(isKnown)) return true;
      for (const { node, host } of places) {
        const value = inPlaceOf(given, node.object);
        for (const key of Object.keys(node)) delete node[key];
        note(Object.assign(node, value), host);
      }
      return false;
    });
  }
  return program;
}

/** @returns {Map<string, number>} how often something may make or change a property of a name, or tell it to others as a text */
function definitionsIn(program) {
  const found = new Map();
  const count = (name) => found.set(name, (found.get(name) ?? 0) + 1);
  const targets = (node) => (node.type === "MemberExpression" && !node.computed ? [node.property.name] : all(node, (one) => one.type === "MemberExpression" && !one.computed).map(({ property }) => property.name));
  for (const node of all(program, () => true)) {
    const { type, computed, key, left, argument, value } = node;
    if (/^(MethodDefinition|Property|PropertyDefinition)$/.test(type) && !computed) count(key.name ?? key.value);
    if (type === "AssignmentExpression") targets(left).forEach(count);
    if (type === "UpdateExpression") targets(argument).forEach(count);
    if (type === "Literal" && typeof value === "string") value.split(/\W+/).forEach(count);
  }
  return found;
}

/** `get x() { return value; }` where the value is worked out without functions of its own. */
function isSimple({ type, kind, static: isStatic, computed, value }) {
  if (type !== "MethodDefinition" || kind !== "get" || isStatic || computed || value.body.body.length !== 1) return false;
  const { argument } = value.body.body[0];
  return value.body.body[0].type === "ReturnStatement" && argument && !contains({ argument }, (node) => isFunction(node) || isClass(node) || /^(Super|Assignment|Update|Chain)/.test(node.type));
}

/** Can it be read twice? */
function isPlace({ type, computed, optional, object }) {
  return type === "Identifier" || type === "ThisExpression" || (type === "MemberExpression" && !computed && !optional && isPlace(object));
}

function inPlaceOf(given, object) {
  return rewrite({ given: structuredClone(given) }, (node) => (node.type === "ThisExpression" ? structuredClone(object) : node)).given;
}

function declaredIn(host) {
  return all({ host }, ({ type }) => type === "VariableDeclarator" || type === "CatchClause" || isFunction({ type })).flatMap(({ id, param, params = [] }) => [id, param, ...params].flatMap(namesIn));
}

/** What XS needs for an expression, about. [bytes] */
function bytesOf(node) {
  const own = { Identifier: 2, Literal: 2, MemberExpression: node.computed ? 2 : 3, CallExpression: 5, ConditionalExpression: 6, LogicalExpression: 5 }[node.type] ?? 1;
  const parts = node.type === "MemberExpression" && !node.computed ? [node.object] : partsIn(node);
  return own + parts.reduce((sum, part) => sum + bytesOf(part), 0);
}

function partsIn(node) {
  return Object.values(node).flat().filter(isNode);
}
