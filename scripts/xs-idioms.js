// Says what a module says in the way for which XS has the least bytecode and the fewest instructions.
import { withCalleesInPlace } from "./inline-once.js";
import { all, asAssignment, asBlock, asStatement, childrenOf, contains, hasOwnThis, isClass, isScope, isOwn, rewrite, statementsOf } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * @param {Node} program its tree, which this changes
 * @param {string[]} [rest] as of shrinkCode
 * @returns {Node} one that does the same
 */
export function inXsIdioms(program, rest) {
  const overriding = new Set(all(program, (node) => isClass(node) && node.superClass).flatMap(({ body }) => body.body.map(({ key }) => key?.name)));
  const plain = rewrite(program, (node) => {
    if (isHeld(node)) return { type: "EmptyStatement" };
    if (node.type === "VariableDeclaration") return { ...node, declarations: node.declarations.flatMap(asPlainReads) };
    return isClass(node) ? asPlainFields(node, overriding) : node;
  });
  return rewrite(rest ? withCalleesInPlace(plain, rest) : plain, (node) => {
    if (isLoop(node)) return asPlainLoop(node);
    if (node.type === "VariableDeclaration") return { ...node, declarations: node.declarations.flatMap(asPlainReads) };
    return node.type === "TemplateLiteral" ? asSum(node) : node;
  });
}

/**
 * `for (let i = 0; i < n; i++) { const x = ...; ... }` as `{ let i = 0; let x; while (i < n) { x = ...; ... i++; } }`: of the former, XS makes fresh variables in
 * each round, which only a function that outlives the round can tell.
 */
function asPlainLoop(loop) {
  if (contains(loop, (node) => isScope(node) || (node.type === "ContinueStatement" && node.label))) return loop;
  const { init, test, update } = loop;
  const first = !init ? [] : [init.type === "VariableDeclaration" ? init : asStatement(init)];
  const isMovable = ({ id, init: value }) => id.type === "Identifier" && value && !contains({ init, test, update }, ({ name }) => name === id.name);
  const isMoved = (statement) => statement.type === "VariableDeclaration" && statement.declarations.every(isMovable);
  const statements = statementsOf(loop.body);
  const moved = statements.filter(isMoved).flatMap(({ declarations }) => declarations);
  if (moved.length > 0) first.push({ type: "VariableDeclaration", kind: "let", declarations: moved.map((one) => ({ ...one, id: { ...one.id }, init: null })) });
  const body = asBlock(statements.flatMap((statement) => (isMoved(statement) ? statement.declarations.map(({ id, init }) => asAssignment(id, init)) : [statement])));
  const plain = asWhile({ ...loop, ...(moved.length > 0 && { body }), ...(init && { init: null }) }, init);
  return first.length > 0 ? asBlock([...first, plain]) : plain;
}

/** With the update as a statement in the loop, whose value XS need not drop; and with the test behind that if it holds at first: a jump less in each round. */
function asWhile(loop, init) {
  if (loop.type !== "ForStatement" || !loop.test || !loop.update || goesOn(loop.body)) return loop;
  const updates = loop.update.type === "SequenceExpression" ? loop.update.expressions : [loop.update];
  const statements = statementsOf(loop.body);
  const isScope = statements.some(({ type }) => type === "VariableDeclaration");
  const body = asBlock([...(isScope ? [loop.body] : statements), ...updates.map(asStatement)]);
  return { type: holdsAtFirst(loop.test, init) ? "DoWhileStatement" : "WhileStatement", test: loop.test, body };
}

/** Does the loop with that body begin its next round from within it? */
function goesOn(body) {
  return body.type === "ContinueStatement" || (!isLoop(body) && childrenOf(body).some(goesOn));
}

/** Is it `i < 8` where i began as 0? */
function holdsAtFirst({ operator, left, right }, init) {
  const value = init?.declarations?.find(({ id }) => id.name === left?.name)?.init?.value;
  return operator === "<" && left.type === "Identifier" && typeof value === "number" && value < right.value;
}

/** `const {a: x, b: y} = place` as `const x = place.a, y = place.b`: XS has ten bytes more for the former, and a check. */
function asPlainReads(declarator) {
  const { id, init } = declarator;
  const isField = ({ type, computed, key, value }) => type === "Property" && !computed && key.type === "Identifier" && value.type === "Identifier";
  if (id.type !== "ObjectPattern" || !isPlace(init) || !id.properties.every(isField)) return [declarator];
  const readOf = (property) => ({ type: "MemberExpression", object: structuredClone(init), property, computed: false });
  return id.properties.map(({ key, value }) => ({ ...declarator, id: value, init: readOf(key) }));
}

/** Can it be read again, to the same effect? */
function isPlace(node) {
  if (node?.type === "MemberExpression") return !node.computed && isPlace(node.object) && node.object.type !== "MemberExpression";
  return node?.type === "ThisExpression" || node?.type === "Identifier";
}

/**
 * A class with `get x() { return this._x; }` as one with a field x: XS has 27 bytes less, and reads it without a call. The compiler of TypeScript sees to it that
 * nobody else knows `_x`, which is private, or writes x.
 * @param {Set<string>} overriding members of the classes that extend others
 */
function asPlainFields(one, overriding) {
  const members = one.body.body;
  if (one.superClass || members.some((member) => contains(member.value ?? member, hasOwnThis))) return one;
  for (const getter of members.filter(fieldOf)) {
    const field = fieldOf(getter);
    const isField = (node) => isOwn(node) && node.property.name === field;
    const places = all(one, isField);
    if (overriding.has(getter.key.name) || all(one, ({ name }) => name === field).length !== places.length) continue;
    if (members.some((other) => other !== getter && other.key?.name === getter.key.name)) continue;
    for (const { property } of places) property.name = getter.key.name;
    members.splice(members.indexOf(getter), 1);
  }
  return one;
}

/** @returns {string | undefined} the private field that a getter gives as it is */
function fieldOf({ type, kind, static: isStatic, computed, value }) {
  const given = type === "MethodDefinition" && kind === "get" && !isStatic && !computed && value.body.body.length === 1 && value.body.body[0].argument;
  return given && isOwn(given) && given.property.name.startsWith("_") ? given.property.name : undefined;
}

/** `${name}: ${value}` as name + ": " + value: XS makes a text of each part of the former first, and of no part where it begins with a value. */
function asSum(template) {
  const { quasis, expressions } = template;
  const all = quasis.flatMap(({ value }, index) => [{ type: "Literal", value: value.cooked }, expressions[index]]);
  const parts = all.filter((part) => part !== undefined && part.value !== "");
  // A sum of texts from its first plus on.
  const isText = parts.length > 1 && parts.slice(0, 2).some(({ type, value }) => type === "Literal" && typeof value === "string");
  return isText ? parts.reduce((left, right) => ({ type: "BinaryExpression", operator: "+", left, right })) : template;
}

/** An assertion about constants, which held when this was written. */
function isHeld({ type, expression }) {
  return type === "ExpressionStatement" && expression.type === "CallExpression" && expression.callee.name === "assert" && expression.arguments[0].value === true;
}

function isLoop({ type }) {
  return /^(For|While|DoWhile)Statement$/.test(type);
}
