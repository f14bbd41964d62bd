// Walks through programs in the form of ESTree.

/** A node of ESTree, the form in which terser hands out its syntax tree. @typedef {{type: string, [key: string]: any}} Node */

/** @returns {Node[]} nodes just below one */
export function childrenOf(node) {
  const children = [];
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) for (const one of value) {
      if (isNode(one)) children.push(one);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

/** @returns {Node[]} what is `wanted` below a node */
export function all(node, wanted) {
  const found = [];
  const look = (one) => {
    for (const child of childrenOf(one)) {
      if (wanted(child)) found.push(child);
      look(child);
    }
  };
  look(node);
  return found;
}

/** @returns {boolean} is something `wanted` below a node? */
export function contains(node, wanted) {
  return childrenOf(node).some((child) => wanted(child) || contains(child, wanted));
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

/** Is it something with a scope of its own that may outlive what is around it? */
export function isScope(node) {
  return isFunction(node) || isClass(node);
}

export function isClass({ type }) {
  return type === "ClassDeclaration" || type === "ClassExpression";
}

export function isNode(value) {
  return typeof value?.type === "string";
}

/** Makes another node of one that stays where it is in the tree. */
export function become(node, other) {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, other);
}

export function hasOwnThis(node) {
  return node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || isClass(node);
}

export function isAssigned(name, node) {
  return contains(node, ({ type, left, argument }) => (type === "AssignmentExpression" && left.name === name) || (type === "UpdateExpression" && argument.name === name));
}

/** Is a child an identifier that names no variable: a property, a label, what an import or an export is called elsewhere? */
export function isMereName({ type, computed, local }, key, child) {
  if (child.type !== "Identifier") return false;
  return (!computed && (key === "property" || key === "key")) || key === "label" || (/^(Im|Ex)portSpecifier$/.test(type) && (key === "imported" || key === "exported") && child !== local);
}

/** @returns {Node[]} the identifiers of variables in a part of a program */
export function variablesIn(node) {
  const found = [];
  const look = (one) => {
    for (const key in one) {
      const value = one[key];
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child) || isMereName(one, key, child)) continue;
        if (child.type === "Identifier") found.push(child);
        else look(child);
      }
    }
  };
  look(node);
  return found;
}

/** @returns {Set<string>} names of variables in a part of a program */
export function referredIn(node) {
  return new Set(variablesIn(node).map(({ name }) => name));
}

/** @returns {Set<string>} names that a part of a program declares */
export function declaredIn(node) {
  const isNamed = (one) => isFunction(one) || isClass(one);
  const places = [node, ...all(node, () => true)].flatMap((one) =>
    (one.type === "VariableDeclarator" ? [one.id] : [...(one.params ?? []), one.param, ...(isNamed(one) && one !== node ? [one.id] : [])]));
  return referredIn({ places: places.filter(Boolean) });
}

export function asStatement(expression) {
  return { type: "ExpressionStatement", expression };
}

export function asBlock(body) {
  return { type: "BlockStatement", body };
}

export function asDeclaration(kind, id, init) {
  return { type: "VariableDeclaration", kind, declarations: [{ type: "VariableDeclarator", id, init }] };
}

export function asIdentifier(name) {
  return { type: "Identifier", name };
}

export function asUndefined() {
  return { type: "UnaryExpression", operator: "void", prefix: true, argument: { type: "Literal", value: 0, raw: "0" } };
}

export function asAssignment(left, right) {
  return asStatement({ type: "AssignmentExpression", operator: "=", left, right });
}

export function statementsOf(body) {
  return body.type === "BlockStatement" ? body.body : [body];
}
