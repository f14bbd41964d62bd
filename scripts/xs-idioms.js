// Says what a module says in the way for which XS has the least bytecode and the fewest instructions.

/** A node of ESTree, the form in which terser hands out its syntax tree. @typedef {{type: string, [key: string]: any}} Node */

/**
 * @param {Node} program its tree, which this changes
 * @returns {Node} one that does the same
 */
export function inXsIdioms(program) {
  const overriding = new Set(all(program, (node) => isClass(node) && node.superClass).flatMap(({ body }) => body.body.map(({ key }) => key?.name)));
  return rewrite(withProceduresInPlace(program), (node) => {
    if (isClass(node)) return asPlainFields(node, overriding);
    if (isLoop(node)) return asPlainLoop(node);
    if (isHeld(node)) return { type: "EmptyStatement" };
    if (node.type === "VariableDeclaration") return { ...node, declarations: node.declarations.flatMap(asPlainReads) };
    return node.type === "TemplateLiteral" ? asSum(node) : node;
  });
}

/**
 * `for (let i = 0; i < n; i++) { const x = ...; ... }` as `{ let i = 0; let x; while (i < n) { x = ...; ... i++; } }`: of the former, XS makes fresh variables in
 * each round, which only a function that outlives the round can tell.
 */
function asPlainLoop(loop) {
  if (contains(loop, (node) => isFunction(node) || (node.type === "ContinueStatement" && node.label))) return loop;
  const { init, test, update } = loop;
  const first = !init ? [] : [init.type === "VariableDeclaration" ? init : asStatement(init)];
  const isMovable = ({ id, init: value }) => id.type === "Identifier" && value && !contains({ init, test, update }, ({ name }) => name === id.name);
  const isMoved = (statement) => statement.type === "VariableDeclaration" && statement.declarations.every(isMovable);
  const statements = statementsOf(loop.body);
  const moved = statements.filter(isMoved).flatMap(({ declarations }) => declarations);
  if (moved.length > 0) first.push({ type: "VariableDeclaration", kind: "let", declarations: moved.map((one) => ({ ...one, id: { ...one.id }, init: null })) });
  const body = asBlock(statements.flatMap((statement) => (isMoved(statement) ? statement.declarations.map(asAssignment) : [statement])));
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
  return body.type === "ContinueStatement" || (!isLoop(body) && Object.values(body).flat().some((child) => isNode(child) && goesOn(child)));
}

/** Is it `i < 8` where i began as 0? */
function holdsAtFirst({ operator, left, right }, init) {
  const value = init?.declarations?.find(({ id }) => id.name === left?.name)?.init?.value;
  return operator === "<" && left.type === "Identifier" && typeof value === "number" && value < right.value;
}

function asAssignment({ id, init }) {
  return asStatement({ type: "AssignmentExpression", operator: "=", left: id, right: init });
}

function asStatement(expression) {
  return { type: "ExpressionStatement", expression };
}

function asBlock(body) {
  return { type: "BlockStatement", body };
}

function statementsOf(body) {
  return body.type === "BlockStatement" ? body.body : [body];
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
 * `this._judge(a);`, the only call of a private method that returns nothing, as what the method does: XS has 40 bytes less, and makes no call. Left is what
 * makes functions, and what has names that would mean something else there.
 */
function withProceduresInPlace(program) {
  const uses = new Map();
  for (const { name } of all(program, ({ type }) => type === "Identifier")) uses.set(name, (uses.get(name) ?? 0) + 1);
  const declarations = program.body.map((statement) => statement.declaration ?? statement);
  const shared = referredIn({ places: declarations.flatMap(({ declarations: ids = [], specifiers = [], id }) => [id, ...[...ids, ...specifiers].map((one) => one.id ?? one.local)]).filter(Boolean) });
  for (const { body: { body: members } } of all(program, isClass)) {
    for (const method of members.filter((member) => isProcedure(member) && uses.get(member.key.name) === 2)) {
      const isCall = ({ type, expression }) =>
        type === "ExpressionStatement" && expression.type === "CallExpression" && isOwn(expression.callee) && expression.callee.property.name === method.key.name;
      const host = members.find(({ value }) => value && contains(value, isCall));
      if (!host || host === method || host.static || contains(host.value, hasOwnThis)) continue;
      const [call] = all(host.value, isCall);
      const block = inPlace(method, call.expression.arguments, host.value, shared);
      if (!block) continue;
      Object.assign(call, block);
      members.splice(members.indexOf(method), 1);
    }
  }
  return program;
}

function isProcedure({ type, kind, computed, static: isStatic, key, value }) {
  if (type !== "MethodDefinition" || kind !== "method" || computed || isStatic || !key.name?.startsWith("_") || value.async || value.generator) return false;
  const isLeft = (node) =>
    (node.type === "ReturnStatement" && node.argument) || (node.type === "LabeledStatement" && !node.label.name.startsWith("_")) || node.type === "Super" || node.kind === "var" || node.name === "arguments" || isFunction(node);
  return value.params.every((param) => param.type === "Identifier") && !contains(value.body, isLeft);
}

/**
 * @param {Node} method isProcedure
 * @param {Node[]} given its arguments
 * @param {Node} host the function with the only call
 * @param {Set<string>} shared names that the module declares
 * @returns {Node | undefined} what the method does with the arguments that are given
 */
function inPlace({ key, value: { params, body } }, given, host, shared) {
  const isSame = (index) => given[index].type === "Identifier" && given[index].name === params[index].name;
  const isKept = ({ name }) => !isAssigned(name, { body, given }) && !all(host, isFunction).some((inner) => isAssigned(name, inner));
  if (given.length !== params.length || params.some((param, index) => isSame(index) && !isKept(param))) return undefined;
  const first = params.flatMap((id, index) =>
    (isSame(index) ? [] : [{ type: "VariableDeclaration", kind: isAssigned(id.name, body) ? "let" : "const", declarations: [{ type: "VariableDeclarator", id, init: given[index] }] }]));
  const outside = new Set([...first, ...body.body].flatMap((statement) => (statement.type === "VariableDeclaration" ? [...declaredIn(statement)] : [])));
  const inside = declaredIn(body);
  const around = declaredIn(host);
  const isOther = (name) => around.has(name) && !outside.has(name) && !params.some((param) => param.name === name) && (!inside.has(name) || shared.has(name));
  const isHidden = (name) => outside.has(name) || inside.has(name);
  if ([...referredIn({ given })].some(isHidden) || [...referredIn(body)].some(isOther)) return undefined;
  const returns = all(body, ({ type }) => type === "ReturnStatement");
  for (const one of returns) Object.assign(one, { type: "BreakStatement", label: key });
  const block = asBlock([...first, ...body.body]);
  return returns.length > 0 ? { type: "LabeledStatement", label: key, body: block } : block;
}

function isAssigned(name, node) {
  return contains(node, ({ type, left, argument }) => (type === "AssignmentExpression" && left.name === name) || (type === "UpdateExpression" && argument.name === name));
}

/** @returns {Set<string>} names that a part of a program declares */
function declaredIn(node) {
  const places = [node, ...all(node, () => true)].flatMap(({ type, id, params = [], param }) => (type === "VariableDeclarator" ? [id] : [...params, param]));
  return referredIn({ places: places.filter(Boolean) });
}

/** @returns {Set<string>} names that a part of a program has, but those of properties */
function referredIn(node) {
  const isName = (key) => (key === "property" || key === "key") && !node.computed && node[key].type === "Identifier";
  const names = Object.entries(node).filter(([key]) => !isName(key)).flatMap(([, value]) => value).filter(isNode);
  return new Set(names.flatMap((child) => (child.type === "Identifier" ? [child.name] : [...referredIn(child)])));
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

/** Is it `this.x`? */
function isOwn({ type, object, computed }) {
  return type === "MemberExpression" && object.type === "ThisExpression" && !computed;
}

function hasOwnThis(node) {
  return node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || isClass(node);
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

function isFunction({ type }) {
  return /Function|^Class/.test(type);
}

function isClass({ type }) {
  return type === "ClassDeclaration" || type === "ClassExpression";
}

/** @returns {Node[]} what is `wanted` below a node */
function all(node, wanted) {
  return Object.values(node).flat().filter(isNode).flatMap((child) => (wanted(child) ? [child, ...all(child, wanted)] : all(child, wanted)));
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
