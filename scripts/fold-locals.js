// Puts values where they are read: XS has four bytes of bytecode more for a local that is written and then read, and eight more for one that exists for that alone.
import { all, isFunction, isLoop, isOwn, namesIn, rewriteLists, variablesIn } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * What the names in a function mean. `isSteady`: does a property keep its value while the function runs? `changing`: variables that are no locals and do not.
 * @typedef {{localOf: (node: Node) => import("./local-variables.js").Local | undefined, isSteady: (name: string) => boolean, changing: Set<string>}} Scope
 */

/** What may change something. A getter that others would notice is none of ours. */
const EFFECTS = /^(Call|New|Assignment|Update|TaggedTemplate|Import|Chain|Yield|Await)|^Class|Function/;

/** With so many reads, a field and a local of its own are even. */
const READS_MAX = 3;

/**
 * `const x = v; f(x);` as `f(v);`, where x is read nowhere else and v is the same, and does the same, where x is read.
 * @param {Node} one a function
 * @param {Scope} scope
 */
export function putValuesInPlace(one, scope) {
  forEachPair(one, apart, (statement, next) => {
    const { declarator, local } = variableIn(statement, scope);
    if (!declarator?.init || local.nodes.length !== 2) return false;
    const [, read] = local.nodes;
    local.isGone = putAt(next, (node) => node === read, declarator.init, declarator.init, scope);
    return local.isGone;
  });
}

/** `const x = this.x; f(x); g(x);` as `f(this.x); g(this.x);`, where nothing changes the field; in loops, where reading a local is faster, it stays. */
export function readFieldsInPlace(one, scope) {
  const inLoops = new Set(all(one.body, isLoop).flatMap(variablesIn));
  rewriteLists(one.body, (statements) => statements.flatMap(apart).filter((statement) => {
    const { declarator, local } = variableIn(statement, scope);
    if (!declarator?.init || statement.kind !== "const" || !isOwn(declarator.init) || !scope.isSteady(declarator.init.property.name)) return true;
    const [, ...reads] = local.nodes;
    if (reads.length > READS_MAX || reads.some((node) => inLoops.has(node))) return true;
    for (const read of reads) Object.assign(read, structuredClone(declarator.init), { name: undefined });
    local.isGone = true;
    return false;
  }), () => false);
}

/** `x = v; if (x > 3) ...` as `if ((x = v) > 3) ...`. */
export function putAssignmentsInPlace(one, scope) {
  forEachPair(one, (statement) => [statement], ({ type, expression }, next) => {
    if (type !== "ExpressionStatement" || expression.type !== "AssignmentExpression" || expression.operator !== "=") return false;
    const local = scope.localOf(expression.left);
    return local !== undefined && !local.isKept && putAt(next, (node) => scope.localOf(node) === local, expression, expression.right, scope);
  });
}

/** Asks of each two statements of a function that follow each other, the last ones first, if the first can go; `parted` is each list of statements before. */
function forEachPair(one, parted, isGone) {
  rewriteLists(one.body, (statements) => {
    const left = statements.flatMap(parted);
    for (let at = left.length - 2; at >= 0; at--) if (isGone(left[at], left[at + 1])) left.splice(at, 1);
    return left;
  }, () => false);
}

/** A declaration for each variable. */
function apart(statement) {
  return statement.type === "VariableDeclaration" ? statement.declarations.map((one) => ({ ...statement, declarations: [one] })) : [statement];
}

function variableIn({ type, declarations }, { localOf }) {
  const local = type === "VariableDeclaration" && declarations[0].id.type === "Identifier" ? localOf(declarations[0].id) : undefined;
  return local && !local.isKept ? { declarator: declarations[0], local } : {};
}

/**
 * Puts `value` in the place of the first name in a statement that is `wanted`, if what is read before it can as well be read before `source`, which is, or is in, the
 * value.
 * @returns {boolean} was it?
 */
function putAt(statement, isWanted, value, source, { localOf, isSteady, changing }) {
  const parts = [source, ...all(source, () => true)];
  const isPure = !parts.some(({ type }) => EFFECTS.test(type));
  const names = new Set(variablesIn({ value }).map(({ name }) => name));
  const assigned = new Set(parts.map(({ type, left, argument }) => localOf(type === "AssignmentExpression" ? left : type === "UpdateExpression" ? argument : undefined)));
  /** Does it not matter if it is read before or after the source? */
  const isFree = (node) => {
    if (isPure || node.type === "Literal" || node.type === "ThisExpression") return true;
    if (node.type === "Identifier") return localOf(node) ? !localOf(node).isKept && !assigned.has(localOf(node)) : !changing.has(node.name);
    return !node.computed && isSteady(node.property.name);
  };
  for (const step of inOrder(statement)) {
    if (step.declared?.some(({ name }) => names.has(name)) || step.isEnd) return false;
    if (step.read && isWanted(step.read)) {
      step.place?.(value);
      return step.place !== undefined;
    }
    if (step.read && !isFree(step.read)) return false;
  }
  return false;
}

/**
 * Yields what a statement does, in order, up to what may change something, or is not done in any case (isEnd): what it reads, with `place` to put something else
 * there, and the names that a block declares.
 */
function* inOrder(statement) {
  switch (statement.type) {
    case "ExpressionStatement": yield* values(statement, "expression"); break;
    case "VariableDeclaration": if (statement.declarations[0].init) yield* values(statement.declarations[0], "init"); break;
    case "ReturnStatement": case "ThrowStatement": if (statement.argument) yield* values(statement, "argument"); break;
    case "IfStatement": yield* values(statement, "test"); break;
    case "SwitchStatement": yield* values(statement, "discriminant"); break;
    case "BlockStatement":
      yield { declared: statement.body.flatMap(({ type, declarations, id }) => (type === "VariableDeclaration" ? declarations.flatMap((one) => namesIn(one.id)) : id ? [id] : [])) };
      if (statement.body.length > 0) yield* inOrder(statement.body[0]);
      break;
    default:
  }
  yield { isEnd: true };
}

function* values(parent, key, index) {
  const node = index === undefined ? parent[key] : parent[key][index];
  const place = (value) => (index === undefined ? (parent[key] = value) : (parent[key][index] = value));
  switch (node.type) {
    case "Identifier": case "Literal": case "ThisExpression": return yield { read: node, place };
    case "MemberExpression":
      if (node.object.type === "Super" || node.optional) break;
      yield* values(node, "object");
      if (node.computed) yield* values(node, "property");
      return yield { read: node };
    case "AssignmentExpression":
      if (node.left.type.endsWith("Pattern")) break;
      if (node.left.type === "MemberExpression") {
        yield* values(node.left, "object");
        if (node.left.computed) yield* values(node.left, "property");
      }
      if (node.operator !== "=") yield { read: node.left };
      if (!/^(&&|\|\||\?\?)=$/.test(node.operator)) yield* values(node, "right");
      break;
    case "LogicalExpression": yield* values(node, "left"); break;
    case "ConditionalExpression": yield* values(node, "test"); break;
    case "CallExpression": case "NewExpression":
      if (node.optional || node.callee.type === "Super") break;
      yield* values(node, "callee");
      for (const at of node.arguments.keys()) yield* values(node, "arguments", at);
      break;
    case "BinaryExpression":
      yield* values(node, "left");
      return yield* values(node, "right");
    case "UnaryExpression":
      if (node.operator === "delete" || node.operator === "typeof") break;
      return yield* values(node, "argument");
    default:
      if (isFunction(node)) return;
  }
  yield { isEnd: true };
}
