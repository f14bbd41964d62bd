// Says conditions in the way for which XS has the least bytecode.
import { isOwn, rewrite, rewriteLists } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * @param {Node} program its tree, which this changes
 * @returns {Node} one that does the same
 */
export function withShortBranches(program) {
  return rewriteLists(rewrite(program, asShort), (statements) => statements.flatMap(asReturns));
}

function asShort(node) {
  if (node.test && node.type !== "SwitchCase") node.test = asCondition(node.test);
  if (node.type !== "IfStatement") return node;
  return node.alternate ? asOneAssignment(node) : asNested(node);
}

/** `if (a && b) c();` as `if (a) if (b) c();`: XS keeps the value of a sum of conditions for whom it may concern. */
function asNested({ test, consequent, ...rest }) {
  if (test.type !== "LogicalExpression" || test.operator !== "&&") return { ...rest, test, consequent };
  return asNested({ ...rest, test: test.left, consequent: { type: "BlockStatement", body: [asNested({ ...rest, test: test.right, consequent })] } });
}

/** `if (a) x = 1; else x = 2;` as `x = a ? 1 : 2;`. */
function asOneAssignment(node) {
  const [one, other] = [node.consequent, node.alternate].map(assignmentIn);
  if (!one || !other || !isSamePlace(one.left, other.left)) return node;
  const right = { type: "ConditionalExpression", test: node.test, consequent: one.right, alternate: other.right };
  return { type: "ExpressionStatement", loc: node.loc, expression: { ...one, right } };
}

function assignmentIn(statement) {
  const only = statement.type === "BlockStatement" && statement.body.length === 1 ? statement.body[0] : statement;
  return only.type === "ExpressionStatement" && only.expression.type === "AssignmentExpression" && only.expression.operator === "=" ? only.expression : undefined;
}

function isSamePlace(one, other) {
  if (one.type === "Identifier") return other.type === "Identifier" && one.name === other.name;
  return isOwn(one) && isOwn(other) && one.property.name === other.property.name;
}

/** `return a ? x : y;` as `if (a) return x; return y;`. */
function asReturns(statement) {
  if (statement.type !== "ReturnStatement" || statement.argument?.type !== "ConditionalExpression") return [statement];
  const { test, consequent, alternate } = statement.argument;
  const returnOf = (argument) => ({ ...statement, argument });
  return [asNested({ type: "IfStatement", loc: statement.loc, test, consequent: blockOf(asReturns(returnOf(consequent))), alternate: null }), ...asReturns(returnOf(alternate))];
}

function blockOf(body) {
  return body.length === 1 ? body[0] : { type: "BlockStatement", body };
}

/** `(a & b) !== 0` as `a & b`, where only its truth counts. */
function asCondition(node) {
  const { type, operator, left, right, argument } = node;
  if (type === "LogicalExpression" && operator !== "??") return { ...node, left: asCondition(left), right: asCondition(right) };
  if (type === "UnaryExpression" && operator === "!") return { ...node, argument: asCondition(argument) };
  if (type !== "BinaryExpression" || right.value !== 0 || left.type !== "BinaryExpression" || !/^([&|^]|<<|>>>?)$/.test(left.operator)) return node;
  if (operator === "!==") return left;
  return operator === "===" ? { type: "UnaryExpression", operator: "!", prefix: true, argument: left } : node;
}
