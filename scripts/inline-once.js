// Puts what is called once in the place of its call, and what is shorter than its calls in the place of each: XS has some 35 bytes for a method and its call.
import { ACTS, READS, STILL, bytesOf, effectOf, effectOfAll, mayChangePlaces, stepsOf } from "./evaluation.js";
import { Uses } from "./module-uses.js";
import { all, asAssignment, asBlock, asDeclaration, asIdentifier, asUndefined, become, childrenOf, contains, declaredIn, isAssigned, isClass, isScope, referredIn, variablesIn } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/** What JavaScript itself calls or reads by name, */
const CALLED_BY_ENGINE = ["toString", "toJSON", "valueOf", "then", "name", "message"];
/** and of what a `Symbol.iterator` gives. */
const CALLED_OF_ITERATORS = ["next", "return", "throw"];

/** About what XS has for a method or a function without its code, and for each parameter. [bytes] */
const FUNCTION_BYTES = 25;
const PARAMETER_BYTES = 8;

/**
 * Left is what makes functions, what is asynchronous, and what is known otherwise than by its calls.
 * @param {Node} program its tree, without `var`, which this changes
 * @param {string[]} rest code that shares objects with it; public methods are put in place only if it imports nothing, since what it imports may call them, too
 * @returns {Node} one that does the same
 */
export function withCalleesInPlace(program, rest) {
  let isChanged = true;
  while (isChanged) {
    const inliner = new Inliner(program, rest);
    isChanged = false;
    for (const callee of inliner.callees()) if (inliner.put(callee)) isChanged = true;
  }
  return program;
}

/** @typedef {{name: string, value: Node, sites: Node[], isLeft: boolean, remove: () => void}} Callee a function: sites: its calls; isLeft: others may call it, too */

class Inliner {
  #program;
  #isWhole;
  #uses;
  /** Names in what has been put elsewhere since this was made: their uses are no longer those that were found. */
  #moved = new Set();

  constructor(program, rest) {
    this.#program = program;
    this.#isWhole = !program.body.some(({ source }) => source);
    const ofIterators = contains(program, ({ name }) => name === "Symbol") ? CALLED_OF_ITERATORS : [];
    this.#uses = new Uses(program, [...CALLED_BY_ENGINE, ...ofIterators, ...rest.flatMap((code) => code.match(/[\w$]+/g) ?? [])]);
  }

  /** @returns {Callee[]} */
  callees() {
    return [...this.#functions(), ...this.#uses.classes.flatMap((one) => this.#methods(one))].filter(({ value, sites }) => sites.length > 0 && isPlain(value));
  }

  #functions() {
    const { body } = this.#program;
    return body.flatMap((statement) => {
      const { id, init } = statement.type === "VariableDeclaration" && statement.declarations.length === 1 ? statement.declarations[0] : {};
      const value = statement.type === "FunctionDeclaration" ? statement : init && /^(Arrow)?FunctionExpression$/.test(init.type) ? init : undefined;
      if (!value || contains(value, ({ type }) => type === "ThisExpression")) return [];
      const own = id ?? statement.id;
      const uses = this.#uses.variables(own.name).filter((use) => use !== own);
      const sites = uses.filter((use) => this.#uses.isCalled(use) && !this.#uses.isInChain(use)).map((use) => this.#uses.parentOf(use));
      return [{ name: own.name, value, sites, isLeft: sites.length < uses.length, remove: () => body.splice(body.indexOf(statement), 1) }];
    });
  }

  #methods(one) {
    const members = one.body.body;
    const mayExtend = ({ superClass }) => superClass && (superClass.type !== "Identifier" || superClass.name === one.id?.name || superClass.name === this.#uses.parentOf(one).id?.name);
    const isAlone = !one.superClass && !this.#uses.classes.some(mayExtend);
    if (!isAlone) return [];
    return members.flatMap((method) => {
      const { type, kind, static: isStatic, computed, key, value } = method;
      const isOurs = type === "MethodDefinition" && (kind === "method" || kind === "get") && !isStatic && !computed && (this.#isWhole || key.name.startsWith("_")) && !this.#uses.isInText(key.name);
      if (!isOurs || members.some((other) => other !== method && other.key?.name === key.name)) return [];
      const sites = [];
      let isLeft = false;
      for (const use of this.#uses.properties(key.name)) {
        const member = this.#uses.parentOf(use);
        if (member.type === "MethodDefinition") continue;
        const classes = member.type === "MemberExpression" ? this.#uses.classesAt(member.object) : undefined;
        if (classes && !classes.has(one)) continue;
        const isSite = classes?.size === 1 && !member.optional && !this.#uses.isInChain(member) && (kind === "get" ? !this.#uses.isTarget(member) : this.#uses.isCalled(member));
        if (isSite) sites.push(kind === "get" ? member : this.#uses.parentOf(member));
        else isLeft = true;
      }
      return [{ name: key.name, value, sites, isLeft, remove: () => members.splice(members.indexOf(method), 1) }];
    });
  }

  /** @returns {boolean} whether it could */
  put(callee) {
    const { name, value, sites, isLeft } = callee;
    if (this.#moved.has(name)) return false;
    const places = sites.map((call) => ({ call, root: this.#uses.rootOf(call) }));
    if (places.some(({ root }) => root === value)) return false;
    const names = all({ value, calls: places.map(({ call }) => ({ ...call })) }, ({ type }) => type === "Identifier").map((one) => one.name);
    const isOnly = places.length === 1 && !isLeft;
    const changed = isOnly ? this.#putOnly(callee, places[0]) && places : this.#putEach(callee, places);
    if (!changed || changed.length === 0) return false;
    for (const one of names) this.#moved.add(one);
    for (const { call, root } of changed) this.#uses.link(root ?? call);
    return true;
  }

  #putEach({ value, isLeft, remove }, places) {
    if (bytesOf(value.body) > 60) return [];
    const valueAt = (place) => {
      const made = this.#instance(value, place);
      return made?.body.length === 1 && made.body[0].type === "ReturnStatement" ? made.body[0].argument : undefined;
    };
    const savedAt = new Map(places.map((place) => [place, bytesOf(place.call) - bytesOf(valueAt(place) ?? place.call)]));
    const isAll = !isLeft && places.every(valueAt);
    const saved = [...savedAt.values()].reduce((sum, bytes) => sum + bytes, FUNCTION_BYTES + PARAMETER_BYTES * value.params.length + bytesOf(value.body));
    const taken = isAll && saved > 0 ? places : places.filter((place) => savedAt.get(place) > 0);
    // A call may have another one among its arguments.
    const inner = (one) => taken.filter((other) => contains(other.call, (node) => node === one.call)).length;
    for (const place of taken.toSorted((one, other) => inner(other) - inner(one))) become(place.call, valueAt(place));
    if (isAll && taken.length === places.length) remove();
    return taken;
  }

  #putOnly({ name, value, remove }, { call, root }) {
    const made = this.#instance(value, { call, root });
    if (!made) return false;
    const { body } = made;
    const done = () => {
      remove();
      return true;
    };
    if (body.length === 1 && body[0].type === "ReturnStatement") {
      become(call, body[0].argument ?? asUndefined());
      return done();
    }
    const statement = root && this.#statementOf(call);
    if (!statement) return false;
    const returns = returnsIn(body);
    if (statement.type === "ExpressionStatement" && statement.expression === call) {
      if (returns.some(({ argument }) => argument && effectOfAll(argument, made.known) === ACTS)) return false;
      this.#replace(statement, withoutResult(body, this.#labelOf(name, root)));
      return done();
    }
    if (statement.type === "ReturnStatement" && statement.argument === call) {
      if (this.#uses.parentOf(this.#uses.functionOf(call)).kind === "constructor") return false;
      const isEnded = /^(Return|Throw)Statement$/.test(body.at(-1)?.type) || isLast(statement, this.#uses.functionOf(call));
      this.#replace(statement, isEnded ? body : [...body, { type: "ReturnStatement", argument: null }]);
      return done();
    }
    const index = this.#declaredBefore(statement, call);
    if (!this.#isFirst(call, statement, made)) return false;
    const copy = statement.type === "VariableDeclaration" ? { ...statement, declarations: statement.declarations.splice(index) } : { ...statement };
    return this.#putBefore(copy, statement, call, made, returns, name, root) && done();
  }

  #declaredBefore(statement, call) {
    return statement.type === "VariableDeclaration" ? statement.declarations.findIndex((one) => contains(one, (node) => node === call)) : 0;
  }

  #putBefore(copy, statement, call, { body, taken }, returns, name, root) {
    const earlier = statement.type === "VariableDeclaration" && statement.declarations.length > 0 ? [{ ...statement }] : [];
    if (returns.length === 1 && returns[0] === body.at(-1)) {
      become(call, body.pop().argument ?? asUndefined());
      this.#replace(statement, [...earlier, ...body, copy]);
      return true;
    }
    const result = this.#freshName(name.replace(/^_/, ""), root, taken);
    const label = this.#labelOf(name, root);
    become(call, asIdentifier(result));
    const first = copy.type === "VariableDeclaration" && copy.declarations[0].init === call && copy.declarations[0].id.type === "Identifier" ? copy.declarations[0].id.name : undefined;
    const given = first ?? result;
    const value = withResult(body, given, label);
    const left = first === undefined ? [copy] : copy.declarations.length > 1 ? [{ ...copy, declarations: copy.declarations.slice(1) }] : [];
    this.#replace(statement, [...earlier, asDeclaration("let", asIdentifier(given), null), ...value, ...left]);
    return true;
  }

  /** Is all that a statement does before a call such that the body can be done before it? */
  #isFirst(call, statement, made) {
    const { known } = made;
    // What is done before the call may change a variable that is an argument, too.
    const effect = Math.max(made.effect, READS);
    const index = this.#declaredBefore(statement, call);
    const part = statement.type === "VariableDeclaration" ? { type: "VariableDeclaration", declarations: [statement.declarations[index]] } : statement;
    const inCall = new Set([call, ...all(call, () => true)]);
    for (const { node, sure } of stepsOf(part)) {
      if (node === call) return sure;
      if (!inCall.has(node) && !mayChangePlaces(effectOf(node, known), effect)) return false;
    }
    return false;
  }

  /** @returns {Node | undefined} the statement in a list, or behind a condition, whose first step may be a call */
  #statementOf(call) {
    let node = call;
    let below = call;
    while (!/Statement$|^VariableDeclaration$/.test(node.type)) {
      below = node;
      node = this.#uses.parentOf(node);
      if (node.type === "ArrowFunctionExpression" && node.body === below) {
        node.body = asBlock([{ type: "ReturnStatement", argument: below }]);
        node.expression = false;
        this.#uses.link(node);
        return node.body.body[0];
      }
      if (isScope(node)) return undefined;
    }
    const parent = this.#uses.parentOf(node);
    if (!/^(ExpressionStatement|VariableDeclaration|ReturnStatement|IfStatement|ThrowStatement|SwitchStatement)$/.test(node.type)) return undefined;
    if (node.type === "VariableDeclaration" && parent.type !== "BlockStatement") return undefined;
    if (parent.type.startsWith("For") && parent.body !== node) return undefined;
    return node;
  }

  /** Puts statements in the place of one. In a loop those that declare something make a block: outside of it, each round would make the variables anew. */
  #replace(statement, statements) {
    const parent = this.#uses.parentOf(statement);
    const isApart = statement.type !== "VariableDeclaration" && this.#uses.isInLoop(statement) && statements.some(({ type }) => type === "VariableDeclaration");
    if (parent.type === "BlockStatement" && isApart) parent.body[parent.body.indexOf(statement)] = asBlock(statements);
    else if (parent.type === "BlockStatement") parent.body.splice(parent.body.indexOf(statement), 1, ...statements);
    else become(statement, statements.length === 1 ? statements[0] : asBlock(statements));
  }

  /**
   * @returns {{body: Node[], known: object, effect: number, taken: Set<string>} | undefined} what a function does with the arguments of a call, as statements
   * that can stand at its place; undefined if there is none
   */
  #instance(value, { call, root }) {
    const receiver = call.type === "CallExpression" ? call.callee.object : call.object;
    const params = value.params.map((param) => (param.type === "AssignmentPattern" ? param.left : param));
    const given = params.map((_, index) => call.arguments?.[index] ?? value.params[index].right ?? asUndefined());
    if (receiver && receiver.type !== "ThisExpression") {
      params.unshift({ type: "ThisExpression" });
      given.unshift(receiver);
    }
    const isDefault = (param, index) => param.type === "AssignmentPattern" && ((call.arguments ?? []).length > index || param.right.type !== "Literal");
    if (value.params.some((param, index) => isDefault(param, index) || param.type === "RestElement") || (call.arguments ?? []).length > value.params.length) return undefined;
    const around = root ? new Set([...declaredIn(root), ...this.#namesAround(root)]) : new Set();
    const own = declaredIn(value);
    const free = [...referredIn(value.body)].filter((name) => !own.has(name));
    if (free.some((name) => around.has(name)) || around.has(call.callee?.name) || [...own].some((name) => this.#uses.shared.has(name))) return undefined;

    const taken = new Set([...around, ...(root ? referredIn(root) : []), ...own, ...free, ...this.#uses.shared]);
    const copy = structuredClone({ params, body: value.body.type === "BlockStatement" ? value.body.body : [{ type: "ReturnStatement", argument: value.body }] });
    for (const name of own) if (around.has(name)) rename(copy, name, freshName(name, taken));
    const labels = root ? new Set(all(root, ({ type }) => type === "LabeledStatement").map(({ label }) => label.name)) : new Set();
    if (contains(copy, ({ type, label }) => type === "LabeledStatement" && labels.has(label.name))) return undefined;

    const known = this.#knownAt(call, root, given);
    const lines = asOneReturn(copy.body);
    const first = bindArguments(copy.params, structuredClone(given), lines, known, taken);
    const body = [...first, ...lines];
    const inside = { ...known, isStill: (name) => !around.has(name) || known.isStill(name) };
    return { body, known, taken, effect: effectOfAll(asBlock(body), inside) };
  }

  #knownAt(call, root, given) {
    const inner = root && this.#uses.functionOf(call);
    const functions = root ? all(root, isScope) : [];
    const isElsewhere = (name) => functions.some((one) => (one !== inner || !declaredIn(inner).has(name)) && isAssigned(name, one));
    const isStill = (name) => !isElsewhere(name) && !isAssigned(name, { given });
    const isMaking = root && this.#uses.parentOf(root).kind === "constructor";
    return { acting: this.#uses.acting, changing: isMaking || !root ? new Set([...this.#uses.changing, ...this.#uses.made]) : this.#uses.changing, isStill };
  }

  #labelOf(name, root) {
    const labels = new Set(all(root, ({ type }) => type === "LabeledStatement").map(({ label }) => label.name));
    return asIdentifier(freshName(name, labels));
  }

  #freshName(name, root, taken) {
    return taken.has(name) ? freshName(name, taken) : name;
  }

  #namesAround(root) {
    const names = new Set();
    for (let node = this.#uses.parentOf(root); node; node = this.#uses.parentOf(node)) if (isClass(node) && node.id) names.add(node.id.name);
    return names;
  }
}

/** Can it be done elsewhere? */
function isPlain(value) {
  const isLeft = (node) => isScope(node) || node.type === "Super" || node.type === "MetaProperty" || node.kind === "var" || node.name === "arguments";
  const isOwnThis = (node) => node.type === "ThisExpression" || isScope(node);
  return !value.async && !value.generator && !contains(value.body, isLeft) && !isScope(value.body) && !contains({ params: value.params }, isOwnThis);
}

function isLast(statement, { body }) {
  return body.body.at(-1) === statement;
}

function rename(node, name, other) {
  for (const one of variablesIn(node)) if (one.name === name) one.name = other;
  for (const one of all(node, ({ type, shorthand }) => type === "Property" && shorthand)) one.shorthand = false;
}

function freshName(name, taken) {
  let fresh = name;
  for (let number = 2; taken.has(fresh); number++) fresh = `${name}${number}`;
  taken.add(fresh);
  return fresh;
}

/** `if (a) return b; return c;` as `return a ? b : c;`, of which XS has no more bytecode. */
function asOneReturn(body) {
  const valueOf = (statements) => {
    const [first, ...rest] = statements;
    if (first?.type === "ReturnStatement") return first.argument ?? asUndefined();
    if (first?.type === "BlockStatement" && rest.length === 0) return valueOf(first.body);
    if (first?.type !== "IfStatement") return undefined;
    const consequent = valueOf([first.consequent]);
    const alternate = consequent && valueOf(first.alternate ? [first.alternate] : rest);
    return alternate && { type: "ConditionalExpression", test: first.test, consequent, alternate };
  };
  const argument = valueOf(body);
  return argument ? [{ type: "ReturnStatement", argument }] : body;
}

/**
 * Puts arguments in the place of the parameters in a function's lines, where that makes no difference.
 * @param {Node[]} params ThisExpression: what `this` is
 * @returns {Node[]} declarations of the other ones
 */
function bindArguments(params, given, lines, known, taken) {
  const nameOf = ({ type, name }) => (type === "ThisExpression" ? "this" : type === "Identifier" ? name : undefined);
  const names = new Map(params.map((param, index) => [nameOf(param), index]));
  const effects = given.map((value) => effectOfAll(value, known));
  const steps = [...stepsOf(asBlock(lines))];
  const effectAt = ({ node }) => (names.has(nameOf(node)) ? effects[names.get(nameOf(node))] : node.type === "Identifier" ? STILL : effectOf(node, known));
  const reads = params.map((param) => steps.flatMap((step, at) => (nameOf(param) && nameOf(step.node) === nameOf(param) ? [{ ...step, at }] : [])));
  let behind = STILL;
  const declared = [];
  for (const [index, param] of [...params.entries()].toReversed()) {
    const value = given[index];
    const effect = effects[index];
    const [read, another] = reads[index];
    const before = (at) => steps.slice(0, at).reduce((most, step) => Math.max(most, effectAt(step)), STILL);
    const isMovable = () => mayChangePlaces(effect, behind) && (effect !== ACTS || read.sure) && mayChangePlaces(effect, before(read.at));
    const isOnce = read && !another && !read.again;
    const isKept = param.type === "ThisExpression" || (param.type === "Identifier" && !isAssigned(param.name, { lines }));
    if (isKept && ((effect === STILL && (isSimple(value) || !read)) || (!read && effect !== ACTS) || (isOnce && isMovable()))) {
      for (const { node } of reads[index]) become(node, structuredClone(value));
      continue;
    }
    behind = Math.max(behind, effect);
    const isChanged = [...referredIn({ param })].some((name) => isAssigned(name, { lines }));
    const id = param.type === "ThisExpression" ? asIdentifier(freshName((value.property?.name ?? "self").replace(/^_/, ""), taken)) : param;
    if (id !== param) for (const { node } of reads[index]) become(node, { ...id });
    declared.unshift(asDeclaration(isChanged ? "let" : "const", id, value));
  }
  return declared;
}

/** Has XS at most as much for it as for a variable, or hardly more? */
function isSimple({ type, value, operator, argument }) {
  if (type === "UnaryExpression") return operator === "void" || (operator === "-" && isSimple(argument));
  return type === "Identifier" || type === "ThisExpression" || (type === "Literal" && (typeof value !== "string" || value.length < 2));
}

/** @returns {Node[]} those of a function's lines, without those of functions in them */
function returnsIn(lines) {
  return lines.flatMap((node) => (node.type === "ReturnStatement" ? [node] : isScope(node) ? [] : returnsIn(childrenOf(node))));
}

/** @returns {Node[]} statements whose result nobody wants */
function withoutResult(body, label) {
  const lines = body.at(-1)?.type === "ReturnStatement" ? body.slice(0, -1) : body;
  const returns = returnsIn(lines);
  for (const one of returns) become(one, { type: "BreakStatement", label });
  return returns.length > 0 ? [{ type: "LabeledStatement", label, body: asBlock(lines) }] : lines;
}

/** @returns {Node[]} statements that assign their result to a variable */
function withResult(body, name, label) {
  const last = body.at(-1);
  for (const one of returnsIn(body)) {
    const assignment = asAssignment(asIdentifier(name), one.argument ?? asUndefined());
    become(one, one === last ? assignment : asBlock([assignment, { type: "BreakStatement", label }]));
  }
  const isLabelled = contains(asBlock(body), ({ type, label: to }) => type === "BreakStatement" && to?.name === label.name);
  return [isLabelled ? { type: "LabeledStatement", label, body: asBlock(body) } : asBlock(body)];
}
