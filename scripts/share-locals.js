// Lets local variables of a function share places: one that is read no more lends its place to the next. XS has four bytes of bytecode for a place, and as many
// more for its first value as for any other.
import { putAssignmentsInPlace, putValuesInPlace, readFieldsInPlace } from "./fold-locals.js";
import { bit, livesOf } from "./live-locals.js";
import { localsIn } from "./local-variables.js";
import { Uses } from "./module-uses.js";
import { asUndefined, contains, isFunction, partsOf, rewriteLists, variablesIn } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */
/** @typedef {import("./local-variables.js").Local} Local */

/**
 * Locals with one place. `declarator`: that of the locals' declarators which declares the place; `block`: else the block whose beginning does;
 * `read`: the declarators of all locals whose values are read.
 * @typedef {{locals: Local[], mask: bigint, meets: bigint, isParam: boolean, read: Set<Node>, bytes: number, declarator?: Node,
 * block?: Node}} Place
 */

/**
 * @param {Node} program its tree, without `var`, which this changes
 * @param {Set<string>} outside names of properties that others may change
 * @returns {Node} one that does the same
 */
export function withSharedLocals(program, outside) {
  const { localOf, functions, changing } = localsIn(program);
  const uses = new Uses(program, outside);
  for (const [one, locals] of functions) {
    if (one.body.type !== "BlockStatement" || one.generator || one.async || contains(one, isBeyond)) continue;
    const scope = { localOf: (node) => localOf.get(node), isSteady: (name) => isSteady(name, one, uses), changing };
    putValuesInPlace(one, scope);
    readFieldsInPlace(one, scope);
    share(one, locals.filter(({ isKept, isGone }) => !isKept && !isGone), localOf);
    putAssignmentsInPlace(one, scope);
  }
  return program;
}

/** Does nothing change a property while a function runs? Not methods, nor what constructors alone assign, once they have. */
function isSteady(name, one, uses) {
  return !uses.changing.has(name) && !uses.isInText(name) && !(uses.made.has(name) && uses.parentOf(one).kind === "constructor");
}

/** What the flow of control is not followed through. */
function isBeyond({ type, name, finalizer }) {
  return (type === "Identifier" && name === "arguments") || (type === "TryStatement" && finalizer);
}

/**
 * @param {Node} one a function
 * @param {Local[]} locals those that may share
 * @param {Map<Node, Local>} localOf
 */
function share(one, locals, localOf) {
  locals.forEach((local, index) => (local.index = index));
  const places = placesOf(one, locals, (node) => (locals[localOf.get(node)?.index] === localOf.get(node) ? localOf.get(node) : undefined));
  if (places.every((place) => place.locals.length === 1)) return;
  const placeOf = new Map(places.flatMap((place) => place.locals.map((local) => [local, place])));
  nameAll(places, variablesIn(one).filter((node) => !placeOf.has(localOf.get(node))));
  const ofName = (node) => (node?.type === "Identifier" ? placeOf.get(localOf.get(node)) : undefined);
  const isNothing = ({ type, expression }) => type === "ExpressionStatement" && isAssignment(expression) && ofName(expression.left) && ofName(expression.left) === ofName(expression.right);
  rewriteLists(one.body, (statements) => statements.filter((statement) => !isNothing(statement)).flatMap((statement) => {
    if (statement.type !== "VariableDeclaration") return [statement];
    return statement.declarations.flatMap((declarator) => {
      const { id, init, loc } = declarator;
      const place = ofName(id);
      if (!place || place.declarator === declarator) return [{ ...statement, kind: place && place.locals.length > 1 ? "let" : statement.kind, declarations: [declarator] }];
      if (ofName(init) === place || (!place.read.has(declarator) && (!init || init.type === "Literal"))) return [];
      return [{ type: "ExpressionStatement", loc, expression: { type: "AssignmentExpression", operator: "=", left: id, right: init ?? asUndefined(), loc } }];
    });
  }), () => false);
  for (const { block, locals: [{ nodes: [id] }] } of places)
    block?.body.unshift({ type: "VariableDeclaration", kind: "let", declarations: [{ type: "VariableDeclarator", id: { ...id }, init: null }] });
}

function isAssignment({ type, operator }) {
  return type === "AssignmentExpression" && operator === "=";
}

/** Gives each place a name of its own, that of its first local if nobody else has it. */
function nameAll(places, others) {
  const taken = new Set(others.map(({ name }) => name));
  for (const { locals } of places) {
    let name = locals[0].name;
    for (let count = 2; taken.has(name); count++) name = `${locals[0].name}$${count}`;
    taken.add(name);
    for (const node of locals.flatMap(({ nodes }) => nodes)) node.name = name;
  }
}

/** @returns {Place[]} in which no local holds a value while another one's is still to be read */
function placesOf(one, locals, localOf) {
  const { meets, copies, declarators } = livesOf(one, locals, localOf);
  const spots = spotsIn(one);
  const read = new Set([...declarators.values()].flat());
  const priced = (place) => ({ ...place, read, ...declarationOf(place, declarators, spots) });
  const isApart = (a, b) => (a.mask & b.meets) === 0n && (b.mask & a.meets) === 0n && !(a.isParam && b.isParam);
  const joined = (a, b) => priced({
    locals: [...a.locals, ...b.locals].sort((x, y) => x.index - y.index), mask: a.mask | b.mask, meets: a.meets | b.meets, isParam: a.isParam || b.isParam,
  });
  let places = locals.map((local) => priced({ locals: [local], mask: bit(local), meets: meets[local.index], isParam: local.isParam }));
  const placeOf = (local) => places.find((place) => place.locals.includes(local));
  const join = (a, b) => (places = [...places.filter((place) => place !== a && place !== b), joined(a, b)]);
  for (const pair of copies) {
    const [a, b] = pair.map(placeOf);
    if (a !== b && isApart(a, b)) join(a, b);
  }
  for (const local of locals) {
    const own = placeOf(local);
    const others = places.filter((place) => place !== own && isApart(place, own));
    const best = others.map((other) => ({ other, gain: other.bytes + own.bytes - joined(other, own).bytes })).sort((a, b) => b.gain - a.gain)[0];
    if (best?.gain > 0) join(best.other, own);
  }
  return places;
}

/** @returns where the place is declared, and what XS needs for it [bytes] */
function declarationOf({ locals, isParam }, declarators, spots) {
  const own = locals.flatMap((local) => declarators.get(local) ?? []).sort((a, b) => spots.get(a.id).order - spots.get(b.id).order);
  const values = 2 * own.filter(({ init }) => init).length;
  if (isParam) return { bytes: 8 + values };
  const around = locals.flatMap(({ nodes }) => nodes.map((node) => spots.get(node)));
  let depth = 0;
  while (around.every(({ scopes }) => scopes[depth] && scopes[depth] === around[0].scopes[depth])) depth++;
  do depth--; while (around[0].scopes[depth].type !== "BlockStatement");
  const block = around[0].scopes[depth];
  const leaving = depth === 0 ? 0 : 2;
  const [declarator] = own;
  const spot = declarator && spots.get(declarator.id);
  if (!spot || spot.scopes.at(-1) !== block || around.some(({ order }) => order < spot.order)) return { block, bytes: 7 + leaving + values };
  return { declarator, bytes: (declarator.init ? 4 : 7) + leaving + values };
}

/** @returns {Map<Node, {order: number, scopes: Node[]}>} of each name in a function: its place in the text, and the scopes around it, outermost first */
function spotsIn(one) {
  const found = new Map();
  const visit = (node, scopes) => {
    if (node.type === "Identifier") return void found.set(node, { order: found.size, scopes });
    const inner = /^(BlockStatement|SwitchStatement|For)/.test(node.type) ? [...scopes, node] : scopes;
    for (const child of isFunction(node) ? [] : partsOf(node)) visit(child, inner);
  };
  for (const param of one.params) visit(param, [one.body]);
  visit(one.body, []);
  return found;
}
