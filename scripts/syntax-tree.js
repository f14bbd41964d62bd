// Walks through programs in the form of ESTree.

/** A node of ESTree, the form in which terser hands out its syntax tree. @typedef {{type: string, [key: string]: any}} Node */

/** @returns {Node[]} what is `wanted` below a node */
export function all(node, wanted) {
  return Object.values(node).flat().filter(isNode).flatMap((child) => (wanted(child) ? [child, ...all(child, wanted)] : all(child, wanted)));
}

/** Is anything `wanted` below a node? */
export function contains(node, wanted) {
  return Object.values(node).flat().some((child) => isNode(child) && (wanted(child) || contains(child, wanted)));
}

/** @returns {Node} the tree with `change` of each of its nodes, from the leaves on */
export function rewrite(node, change) {
  const changed = (value) => (isNode(value) ? rewrite(value, change) : value);
  for (const [key, value] of Object.entries(node)) node[key] = Array.isArray(value) ? value.map(changed) : changed(value);
  return change(node);
}

/** @returns {Node} the tree with `change` of each list of statements in it, the innermost first; of no function that is not `wanted` */
export function rewriteLists(node, change, wanted = () => true) {
  for (const child of Object.values(node).flat().filter(isNode)) if (!isFunction(child) || wanted(child)) rewriteLists(child, change, wanted);
  if (node.type === "BlockStatement") node.body = change(node.body);
  if (node.type === "SwitchCase") node.consequent = change(node.consequent);
  return node;
}

/** @returns {Node[]} a node's parts in the order of the text, without names of properties and of labels */
export function partsOf(node) {
  const isName = (key) => key === "label" || ((key === "property" || key === "key") && !node.computed);
  return Object.entries(node).filter(([key]) => !isName(key)).flatMap(([, value]) => value).filter(isNode);
}

/** @returns {Node[]} the names in a part of a program, but those of properties and of labels */
export function namesOf(node) {
  return node.type === "Identifier" ? [node] : partsOf(node).flatMap(namesOf);
}

/** @returns {Node[]} the names that a pattern gives values */
export function namesIn(pattern) {
  switch (pattern?.type) {
    case "Identifier": return [pattern];
    case "ObjectPattern": return pattern.properties.flatMap((property) => namesIn(property.value ?? property.argument));
    case "ArrayPattern": return pattern.elements.flatMap(namesIn);
    case "AssignmentPattern": return namesIn(pattern.left);
    case "RestElement": return namesIn(pattern.argument);
    default: return [];
  }
}

export function isFunction({ type }) {
  return /^(Function(Declaration|Expression)|ArrowFunctionExpression)$/.test(type);
}

export function isLoop({ type }) {
  return /^(For|ForOf|ForIn|While|DoWhile)Statement$/.test(type);
}

/** Is it `this.x`? */
export function isOwn({ type, object, computed }) {
  return type === "MemberExpression" && object.type === "ThisExpression" && !computed;
}

export function isClass({ type }) {
  return type === "ClassDeclaration" || type === "ClassExpression";
}

export function isNode(value) {
  return typeof value?.type === "string";
}
