// In which order XS evaluates the parts of a function, what each can change, and what it takes.
import { childrenOf, isScope, isNode } from "./syntax-tree.js";

/** What a step depends on and does: nothing that changes; something that changes; it may change anything, or throw. Two steps may change places unless one acts. */
export const STILL = 0;
export const READS = 1;
export const ACTS = 2;

/** @typedef {{node: import("./syntax-tree.js").Node, sure: boolean, again: boolean}} Step sure: it is done in any case; again: it may be done several times */

/**
 * @param {import("./syntax-tree.js").Node} node an expression, or statements
 * @returns {Generator<Step>} what XS does in turn: a value is read, or a node's own part is done once those of its parts are
 */
export function* stepsOf(node, sure = true, again = false) {
  const own = { node, sure, again };
  const parts = function* (...nodes) {
    for (const part of nodes.flat()) if (isNode(part)) yield* stepsOf(part, sure, again);
  };
  const perhaps = function* (...nodes) {
    for (const part of nodes.flat()) if (isNode(part)) yield* stepsOf(part, false, again);
  };
  if (isScope(node)) return yield own;
  switch (node.type) {
    case "MemberExpression":
      yield* parts(node.object);
      yield* parts(node.computed && node.property);
      return yield own;
    case "AssignmentExpression": {
      const { left, operator, right } = node;
      if (left.type === "MemberExpression") yield* parts(left.object, left.computed && left.property);
      else if (left.type !== "Identifier") yield* parts(left);
      if (operator !== "=") yield { ...own, node: left };
      yield* /^(&&|\|\||\?\?)=/.test(operator) ? perhaps(right) : parts(right);
      return yield own;
    }
    case "LogicalExpression":
      yield* parts(node.left);
      return yield* perhaps(node.right);
    case "ConditionalExpression":
      yield* parts(node.test);
      return yield* perhaps(node.consequent, node.alternate);
    case "ChainExpression":
      return yield* perhaps(node.expression);
    case "Property":
      yield* parts(node.computed && node.key);
      return yield* parts(node.value);
    case "VariableDeclarator":
      if (node.id.type !== "Identifier") yield { ...own, node: { type: "MemberExpression", computed: true } };
      return yield* parts(node.init);
    case "BlockStatement":
      return yield* statementSteps(node.body, sure, again);
    case "IfStatement":
      yield* parts(node.test);
      return yield* perhaps(node.consequent, node.alternate);
    case "VariableDeclaration":
    case "ExpressionStatement":
    case "ReturnStatement":
      return yield* parts(childrenOf(node));
    default:
      if (/Statement$|^SwitchCase$|^CatchClause$/.test(node.type)) {
        for (const child of childrenOf(node)) yield* stepsOf(child, false, again || /^(Do|While|For)/.test(node.type));
        return yield own;
      }
      // Operators, calls, what is made: all operands, then that.
      yield* parts(childrenOf(node));
      yield own;
  }
}

function* statementSteps(statements, sure, again) {
  let isSure = sure;
  for (const statement of statements) {
    yield* stepsOf(statement, isSure, again);
    if (!/^(VariableDeclaration|ExpressionStatement)$/.test(statement.type)) isSure = false;
  }
}

/** Names of properties that change although nobody assigns them. */
const CHANGING = new Set(["length", "size"]);

/**
 * @param {import("./syntax-tree.js").Node} node of a step
 * @param {{acting: Set<string>, changing: Set<string>, isStill: (name: string) => boolean}} known acting: getters that act; changing: properties that change;
 * isStill: does a variable not change meanwhile?
 */
export function effectOf(node, { acting, changing, isStill }) {
  switch (node.type) {
    case "Identifier":
      return isStill(node.name) ? STILL : READS;
    case "MemberExpression":
      if (node.computed) return READS;
      return acting.has(node.property.name) ? ACTS : changing.has(node.property.name) || CHANGING.has(node.property.name) ? READS : STILL;
    case "CallExpression":
      return node.callee.object?.name === "Math" ? STILL : ACTS;
    case "UnaryExpression":
      return node.operator === "delete" ? ACTS : STILL;
    case "ObjectExpression": case "ArrayExpression":
      return READS;
    case "Literal": case "ThisExpression": case "BinaryExpression": case "TemplateLiteral": case "TemplateElement": case "ArrowFunctionExpression": case "FunctionExpression":
    case "BlockStatement": case "BreakStatement": case "ContinueStatement": case "EmptyStatement": case "WhileStatement": case "DoWhileStatement": case "ForStatement":
    case "LabeledStatement": case "SwitchStatement": case "SwitchCase":
      return STILL;
    default:
      return ACTS;
  }
}

/** @returns what all steps of a node do together */
export function effectOfAll(node, known) {
  let most = STILL;
  for (const step of stepsOf(node)) most = Math.max(most, effectOf(step.node, known));
  return most;
}

export function mayChangePlaces(one, other) {
  return one === STILL || other === STILL || (one === READS && other === READS);
}

/** @returns {number} about how much bytecode an expression is; XS 8.2.3, as `npm run mcu -- --modules` counts it */
export function bytesOf(node) {
  const sum = (...parts) => parts.flat().reduce((bytes, part) => bytes + (isNode(part) ? bytesOf(part) : 0), 0);
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "number") return Number.isInteger(node.value) ? (node.value < 128 ? 2 : node.value < 32768 ? 3 : 5) : 9;
      return typeof node.value === "string" ? 2 + node.value.length : 1;
    case "Identifier":
      return 2;
    case "ThisExpression":
      return 1;
    case "MemberExpression":
      return sum(node.object) + (node.computed ? 1 + sum(node.property) : 3);
    case "CallExpression": case "NewExpression":
      return 4 + sum(node.callee, node.arguments);
    case "UnaryExpression":
      return node.operator === "void" ? 1 : 1 + sum(node.argument);
    case "BinaryExpression":
      return 1 + sum(node.left, node.right);
    case "LogicalExpression":
      return 4 + sum(node.left, node.right);
    case "ConditionalExpression":
      return 6 + sum(node.test, node.consequent, node.alternate);
    default:
      return 4 + sum(childrenOf(node));
  }
}
