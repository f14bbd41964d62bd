// Which local variables hold a value that is still to be read, where another one is given one.
import { isFunction, partsOf } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */
/** @typedef {import("./local-variables.js").Local} Local */

/**
 * Follows a function's flow of control from the end to the beginning. Sets of locals are numbers with the bits of their indices.
 * @param {Node} one a function without `finally`
 * @param {Local[]} locals those of its variables that matter, with their indices in this list
 * @param {(node: Node | undefined) => Local | undefined} localOf which of them a name means
 * @returns {{meets: bigint[], copies: [Local, Local][], declarators: Map<Local, Node[]>}}
 * meets: by index, what is alive where a local is given a value; copies: values that go from the second to the first; declarators: those of each local whose value
 * is read, or, without a value, must be undefined there
 */
export function livesOf(one, locals, localOf) {
  const meets = locals.map(() => 0n);
  const copies = new Map();
  const isRead = new Map();

  /** @returns {bigint} what is alive before `local` is given a value, which may be that of `source` */
  const given = (local, after, source) => {
    meets[local.index] |= after & ~bit(local) & ~(source ? bit(source) : 0n);
    if (source && source !== local) copies.set(`${local.index} ${source.index}`, [local, source]);
    return after & ~bit(local);
  };
  const inTurn = (nodes, after, flow) => nodes.reduceRight((alive, node) => before(node, alive, flow), after);

  /** @returns {bigint} what is alive before a node, if `after` is behind it; whatever is in a `try` may go on in its `catch` */
  const before = (node, after, flow) => beforeNode(node, after | flow.thrown, flow) | flow.thrown;
  const beforeNode = (node, after, flow) => {
    if (isFunction(node)) return after;
    switch (node.type) {
      case "Identifier": return localOf(node) ? after | bit(localOf(node)) : after;
      case "VariableDeclarator": {
        const local = localOf(node.id);
        if (local) isRead.set(node, { local, is: (after & bit(local)) !== 0n });
        const left = local ? given(local, after, localOf(node.init)) : before(node.id, after, flow);
        return node.init ? before(node.init, left, flow) : left;
      }
      case "AssignmentExpression": {
        const local = localOf(node.left);
        if (!local) return inTurn([...(node.left.type === "Identifier" ? [] : partsOf(node.left)), node.right], after, flow);
        if (node.operator === "=") return before(node.right, given(local, after, localOf(node.right)), flow);
        const value = before(node.right, given(local, after), flow) | bit(local);
        return isOptional(node.operator) ? value | after : value;
      }
      case "UpdateExpression": {
        const local = localOf(node.argument);
        return local ? given(local, after) | bit(local) : before(node.argument, after, flow);
      }
      case "LogicalExpression": return before(node.left, after | before(node.right, after, flow), flow);
      case "ConditionalExpression": return before(node.test, before(node.consequent, after, flow) | before(node.alternate, after, flow), flow);
      case "IfStatement": return before(node.test, before(node.consequent, after, flow) | (node.alternate ? before(node.alternate, after, flow) : after), flow);
      case "ChainExpression": return after | before(node.expression, after, flow);
      case "ReturnStatement": return node.argument ? before(node.argument, 0n, flow) : 0n;
      case "ThrowStatement": return before(node.argument, 0n, flow);
      case "BreakStatement": return flow.breaks.get(node.label?.name);
      case "ContinueStatement": return flow.goesOn.get(node.label?.name);
      case "LabeledStatement": return before(node.body, after, { ...flow, breaks: new Map([...flow.breaks, [node.label.name, after]]), label: node.label.name });
      case "TryStatement": {
        const caught = node.handler ? before(node.handler.body, after, flow) : 0n;
        return caught | before(node.block, after, { ...flow, thrown: flow.thrown | caught });
      }
      case "SwitchStatement": return beforeSwitch(node, after, { ...flow, breaks: new Map([...flow.breaks, [undefined, after]]) });
      case "WhileStatement": case "DoWhileStatement": case "ForStatement": case "ForOfStatement": case "ForInStatement": return beforeLoop(node, after, flow);
      default: return inTurn(partsOf(node), after, flow);
    }
  };
  /** As if each test might lead to each case. */
  const beforeSwitch = ({ discriminant, cases }, after, flow) => {
    let next = after;
    let any = after;
    for (const { consequent } of cases.toReversed()) any |= next = inTurn(consequent, next, flow);
    return inTurn([discriminant, ...cases.flatMap(({ test }) => test ?? [])], any, flow) | any;
  };
  /** Until a round more makes nothing more alive. */
  const beforeLoop = ({ type, init, test, update, left, right, body }, after, flow) => {
    const breaks = new Map([...flow.breaks, [undefined, after]]);
    const around = (next) => before(body, next, { ...flow, label: undefined, breaks, goesOn: new Map([...flow.goesOn, [undefined, next], [flow.label, next]]) });
    const tested = (next) => (test ? before(test, next | after, flow) : next | after);
    let first = 0n;
    for (let former; former !== first; ) {
      former = first;
      if (type === "DoWhileStatement") first |= around(tested(first));
      else if (type === "WhileStatement") first |= tested(around(first));
      else if (type === "ForStatement") first |= tested(around(update ? before(update, first, flow) : first));
      else first |= after | before(left, around(first), flow);
    }
    if (init) return before(init, first, flow);
    return right ? before(right, first, flow) : first;
  };

  const atStart = before(one.body, 0n, { thrown: 0n, breaks: new Map(), goesOn: new Map(), label: undefined });
  // All parameters are given at once.
  const params = locals.filter(({ isParam }) => isParam);
  for (const param of params) given(param, params.reduce((sum, other) => sum | bit(other), atStart));
  const declarators = new Map();
  for (const [declarator, { local, is }] of isRead) if (is) declarators.set(local, [...(declarators.get(local) ?? []), declarator]);
  return { meets, copies: [...copies.values()], declarators };
}

/** Does it assign only on a condition? */
function isOptional(operator) {
  return operator === "&&=" || operator === "||=" || operator === "??=";
}

export function bit({ index }) {
  return 1n << BigInt(index);
}
