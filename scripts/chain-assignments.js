// `a = 0; b = 0;` as `b = a = 0;`: XS has three bytes less.
import { all, contains, isNode, isOwn, rewriteLists, variablesIn } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/**
 * @param {Node} program its tree, which this changes
 * @returns {Node} one that does the same
 */
export function withChains(program) {
  const setters = new Set(all(program, ({ kind }) => kind === "set").map(({ key }) => key.name));
  const isFirstValue = (statement) => isAssignment(statement) && isOwn(statement.expression.left) && !setters.has(statement.expression.left.property.name) && constantOf(statement.expression.right);
  return rewriteLists(program, (statements) => {
    const left = [];
    let firstValues = new Map();
    for (const statement of statements) {
      // The order in which constants are given to fields tells nobody anything.
      const constant = isFirstValue(statement);
      if (!constant) firstValues = new Map();
      const chain = constant ? firstValues.get(constant) : left.at(-1);
      if (chain && isAssignment(chain) && isAssignment(statement) && isSame(valueOf(chain.expression), statement.expression.right) && isApart(chain.expression, statement.expression.left)) {
        // What is assigned first is last in the chain, which is carried out from behind.
        chain.expression = { ...statement.expression, right: chain.expression };
        continue;
      }
      if (constant) firstValues.set(constant, statement);
      left.push(statement);
    }
    return left;
  });
}

/** Is it `x = v;`? */
function isAssignment({ type, expression }) {
  return type === "ExpressionStatement" && expression.type === "AssignmentExpression" && expression.operator === "=" && isPlace(expression.left);
}

function isPlace({ type, optional, object, computed, property }) {
  return type === "Identifier" || (type === "MemberExpression" && !optional && isPlain(object) && (!computed || isPlain(property)));
}

/** Of names, fields, constants and their sums alone? */
function isPlain(node) {
  if (node.type === "BinaryExpression") return isPlain(node.left) && isPlain(node.right);
  return node.type === "Identifier" || node.type === "ThisExpression" || node.type === "Literal" || isOwn(node);
}

function valueOf(assignment) {
  let value = assignment.right;
  while (value.type === "AssignmentExpression") value = value.right;
  return value;
}

/** @returns {string | undefined} what tells a constant from all others */
function constantOf({ type, value, operator, argument }) {
  if (type === "Literal") return Object.is(value, -0) ? undefined : `${typeof value} ${value}`;
  return type === "UnaryExpression" && argument.type === "Literal" ? `${operator} ${argument.value}` : undefined;
}

function isSame(one, other) {
  return one.type === "Identifier" ? one.name === other.name : constantOf(one) !== undefined && constantOf(one) === constantOf(other);
}

/** Is `place` the same before and after what the chain assigns, and its value as well? */
function isApart(chain, place) {
  const assigned = [];
  for (let at = chain; at.type === "AssignmentExpression"; at = at.right) assigned.push(at.left);
  const names = new Set(variablesIn({ place, value: valueOf(chain) }).map(({ name }) => name));
  const fields = new Set(assigned.filter(isOwn).map(({ property }) => property.name));
  const parts = [place.object, place.property].filter(isNode);
  return !assigned.some(({ type, name }) => type === "Identifier" && names.has(name)) && !contains({ parts }, (node) => isOwn(node) && fields.has(node.property.name));
}
