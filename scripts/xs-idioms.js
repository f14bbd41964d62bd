// Says what a module says in the way for which XS has the least bytecode and the fewest instructions.

/** A node of ESTree, the form in which terser hands out its syntax tree. @typedef {{type: string, [key: string]: any}} Node */

/**
 * @param {Node} program its tree, which this changes
 * @returns {Node} one that does the same
 */
export function inXsIdioms(program) {
  return rewrite(program, (node) => {
    if (node.type === "ForStatement") return withOneVariable(node);
    if (node.type === "VariableDeclaration") return { ...node, declarations: node.declarations.flatMap(asPlainReads) };
    return node.type === "TemplateLiteral" ? asSum(node) : node;
  });
}

/** `for (let i = 0; ...)` as `{ let i = 0; for (; ...) }`: else XS has a fresh variable made for each round, which only a function that outlives it can tell. */
function withOneVariable(loop) {
  if (loop.init?.type !== "VariableDeclaration" || contains(loop, isFunction)) return loop;
  return { type: "BlockStatement", body: [loop.init, { ...loop, init: null }] };
}

/** `const {a: x, b: y} = place` as `const x = place.a, y = place.b`: XS has ten bytes more for the former, and a check. */
function asPlainReads(declarator) {
  const { id, init } = declarator;
  const isPlain = id.type === "ObjectPattern" && isPlace(init) && id.properties.every(({ type, computed, value }) => type === "Property" && !computed && value.type === "Identifier");
  if (!isPlain) return [declarator];
  return id.properties.map(({ key, value }) => ({ ...declarator, id: value, init: { type: "MemberExpression", object: structuredClone(init), property: key, computed: false } }));
}

/** Can it be read again, to the same effect? */
function isPlace(node) {
  if (node?.type === "MemberExpression") return !node.computed && isPlace(node.object) && node.object.type !== "MemberExpression";
  return node?.type === "ThisExpression" || node?.type === "Identifier";
}

/** `${name}: ${value}` as name + ": " + value: XS makes a text of each part of the former first, and of no part where it begins with a value. */
function asSum(template) {
  const { quasis, expressions } = template;
  const parts = quasis.flatMap(({ value }, index) => [{ type: "Literal", value: value.cooked }, expressions[index]]).filter((part) => part !== undefined && part.value !== "");
  // A sum of texts from its first plus on.
  const isText = parts.length > 1 && parts.slice(0, 2).some(({ type, value }) => type === "Literal" && typeof value === "string");
  return isText ? parts.reduce((left, right) => ({ type: "BinaryExpression", operator: "+", left, right })) : template;
}

function isFunction({ type }) {
  return /Function|^Class/.test(type);
}

function contains(node, wanted) {
  return Object.values(node).flat().some((child) => isNode(child) && (wanted(child) || contains(child, wanted)));
}

/** @returns {Node} the tree with `change` of each of its nodes, from the leaves on */
function rewrite(node, change) {
  const changed = (value) => (isNode(value) ? rewrite(value, change) : value);
  for (const [key, value] of Object.entries(node)) node[key] = Array.isArray(value) ? value.map(changed) : changed(value);
  return change(node);
}

function isNode(value) {
  return typeof value?.type === "string";
}
