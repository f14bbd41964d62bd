// Who uses what in a module: which names stand for which functions, classes and fields.
import { childrenOf, contains, isClass, isScope, isMereName, isNode, referredIn } from "./syntax-tree.js";

/** @typedef {import("./syntax-tree.js").Node} Node */

/** What a question about classes has led to. */
class Asked {
  #things = new Set();
  #outer;

  /** @param {Asked} [outer] the question whose answer needs that of this one */
  constructor(outer) {
    this.#outer = outer;
  }

  /** @returns {{classes: Set<Node> | undefined} | undefined} the answer, if that is asked about already: nothing more; or not to be had, for the sake of an outer question */
  about(thing) {
    if (this.#things.has(thing)) return { classes: new Set() };
    for (let other = this.#outer; other; other = other.#outer) if (other.#things.has(thing)) return { classes: undefined };
    this.#things.add(thing);
    return undefined;
  }
}

/** A module as it is when this is made, but for what is told by `link`. */
export class Uses {
  #parents = new Map();
  #variables = new Map();
  #properties = new Map();
  /** Words of texts, by which something may be known. */
  #words = new Set();
  /** Getters that do something. */
  acting = new Set();
  /** Names of fields that constructors alone assign, each of its own object. */
  made = new Set();
  /** Names of other properties that change. */
  changing = new Set();
  /** Names that the module itself declares. */
  shared;
  /** @type {Node[]} */
  classes;
  /** @type {Map<string, Node>} classes by their names */
  #named = new Map();

  /** @param {Node} program @param {readonly string[]} known names that others know, too */
  constructor(program, known) {
    for (const name of known) this.#words.add(name);
    this.link(program);
    this.#look(program);
    this.classes = [...this.#parents.keys()].filter(isClass);
    for (const one of this.classes) for (const id of [one.id, this.#parents.get(one).id]) if (id) this.#named.set(id.name, one);
    const declarations = program.body.map((statement) => statement.declaration ?? statement);
    this.shared = referredIn({ places: declarations.flatMap(({ declarations: ids = [], specifiers = [], id }) => [id, ...[...ids, ...specifiers].map((one) => one.id ?? one.local)]).filter(Boolean) });
    for (const [name, uses] of this.#properties) {
      for (const use of uses) this.#noteField(name, use);
      // What nobody here makes belongs to others, who may change it.
      if (!this.made.has(name) && !uses.some((use) => this.#parents.get(use).type === "MethodDefinition")) this.changing.add(name);
    }
  }

  /** Notes what is below what. */
  link(node) {
    for (const child of childrenOf(node)) {
      this.#parents.set(child, node);
      this.link(child);
    }
  }

  /** Notes where names are. */
  #look(node) {
    for (const key in node) {
      const value = node[key];
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue;
        const uses = child.type !== "Identifier" || key === "label" ? undefined : isMereName(node, key, child) ? this.#properties : this.#variables;
        if (uses?.has(child.name)) uses.get(child.name).push(child);
        else uses?.set(child.name, [child]);
        const text = child.type === "TemplateElement" ? child.value.cooked : child.type === "Literal" ? child.value : undefined;
        if (typeof text === "string") for (const word of text.match(/[\w$]+/g) ?? []) this.#words.add(word);
        this.#look(child);
      }
    }
  }

  #noteField(name, use) {
    const parent = this.#parents.get(use);
    if (parent.type === "MethodDefinition" && parent.kind === "get") {
      if (contains(parent.value, ({ type }) => /^(Call|New|Assignment|Update|Yield|Await)Expression$/.test(type))) this.acting.add(name);
      this.changing.add(name);
    }
    if (parent.type === "MethodDefinition" && parent.kind === "set") this.changing.add(name);
    if (!this.isTarget(parent)) return;
    const maker = this.functionOf(parent);
    const isMade = parent.object.type === "ThisExpression" && maker && this.#parents.get(maker).kind === "constructor";
    (isMade ? this.made : this.changing).add(name);
  }

  /** @returns {Node} */
  parentOf(node) {
    return this.#parents.get(node);
  }

  /** @returns {Node[]} */
  variables(name) {
    return this.#variables.get(name) ?? [];
  }

  /** @returns {Node[]} */
  properties(name) {
    return this.#properties.get(name) ?? [];
  }

  isInText(name) {
    return this.#words.has(name);
  }

  /** @returns {Node | undefined} the innermost function around a node */
  functionOf(node) {
    let at = this.#parents.get(node);
    while (at && !/Function/.test(at.type)) at = this.#parents.get(at);
    return at;
  }

  /** @returns {Node | undefined} the outermost one */
  rootOf(node) {
    let root;
    for (let at = node; at; at = this.#parents.get(at)) if (/Function/.test(at.type)) root = at;
    return root;
  }

  isInLoop(node) {
    for (let at = node; at && !/Function/.test(at.type); at = this.#parents.get(at)) if (/^(Do|While|For)/.test(at.type)) return true;
    return false;
  }

  /** @returns {Node | undefined} the class around a node */
  classOf(node) {
    let at = node;
    while (at && !isClass(at)) at = this.#parents.get(at);
    return at;
  }

  /** @returns {Node | undefined} the class of which `this` is an object at a node */
  thisOf(node) {
    let at = this.functionOf(node);
    while (at?.type === "ArrowFunctionExpression") at = this.functionOf(at);
    const method = at && this.#parents.get(at);
    return method?.type === "MethodDefinition" && !method.static ? this.classOf(method) : undefined;
  }

  /** Is a node called as a function, in any case and with arguments one by one? */
  isCalled(node) {
    const call = this.#parents.get(node);
    return call.type === "CallExpression" && call.callee === node && !call.optional && !call.arguments.some(({ type }) => type === "SpreadElement");
  }

  /** Is it a link of `a?.b.c`, which may not be reached? */
  isInChain(node) {
    let at = node;
    while (this.#parents.get(at).object === at || this.#parents.get(at).callee === at) at = this.#parents.get(at);
    return this.#parents.get(at).type === "ChainExpression";
  }

  /** Is it assigned, or deleted? */
  isTarget(member) {
    const parent = this.#parents.get(member);
    if (member.type !== "MemberExpression") return false;
    if (parent.type === "AssignmentExpression") return parent.left === member;
    if (parent.type === "UnaryExpression") return parent.operator === "delete";
    return /^(UpdateExpression|ArrayPattern|RestElement|AssignmentPattern)$/.test(parent.type) || (/^For(In|Of)/.test(parent.type) && parent.left === member) ||
      (parent.type === "Property" && this.#parents.get(parent).type === "ObjectPattern");
  }

  /**
   * @param {Node} node an expression
   * @param {Asked} [asked]
   * @returns {Set<Node> | undefined} classes of the objects that it may give, besides null and undefined; undefined if it may be anything
   */
  classesAt(node, asked = new Asked()) {
    const among = (values) => {
      const found = new Set();
      for (const value of values) {
        const classes = value && this.classesAt(value, asked);
        if (!classes) return undefined;
        for (const one of classes) found.add(one);
      }
      return found;
    };
    switch (node.type) {
      case "ThisExpression":
        return this.thisOf(node) && new Set([this.thisOf(node)]);
      case "NewExpression":
        return this.#named.has(node.callee.name) ? new Set([this.#named.get(node.callee.name)]) : undefined;
      case "Literal": case "UnaryExpression":
        return node.value === null || node.operator === "void" ? new Set() : undefined;
      case "ConditionalExpression":
        return among([node.consequent, node.alternate]);
      case "LogicalExpression":
        return among(node.operator === "&&" ? [node.right] : [node.left, node.right]);
      case "AssignmentExpression":
        return node.operator === "=" ? among([node.right]) : undefined;
      case "ChainExpression":
        return among([node.expression]);
      case "MemberExpression":
        if (node.computed) return undefined;
        return this.#valuesOfField(node, asked, among);
      case "Identifier":
        return this.#valuesOfVariable(node, asked, among);
      default:
        return undefined;
    }
  }

  /** About all that a property is given: where objects of one class are asked about, what that class gives its own and what any object may be given. */
  #valuesOfField({ object, property: { name } }, asked, among) {
    const classes = this.classesAt(object, new Asked(asked));
    const owner = classes?.size === 1 ? [...classes][0] : undefined;
    const known = asked.about(`${name} of ${this.classes.indexOf(owner)}`);
    if (known) return known.classes;
    const values = this.properties(name).flatMap((use) => {
      const parent = this.#parents.get(use);
      if (parent.type === "MemberExpression") {
        const target = this.#parents.get(parent);
        if (!this.isTarget(parent) || (owner && parent.object.type === "ThisExpression" && this.thisOf(parent) !== owner)) return [];
        return target.type === "AssignmentExpression" && target.operator === "=" ? [target.right] : [undefined];
      }
      if (parent.type === "Property") return owner || this.#parents.get(parent).type === "ObjectPattern" ? [] : [parent.value];
      return owner && this.classOf(parent) !== owner ? [] : [undefined];
    });
    return values.length === 0 ? undefined : among(values);
  }

  /** The same of a variable, and of others of its name in the same function. */
  #valuesOfVariable(node, asked, among) {
    const root = this.rootOf(node);
    const scope = root && this.variables(node.name).some((use) => this.rootOf(use) === root && this.#isDeclaration(use)) ? root : undefined;
    const uses = this.variables(node.name).filter((use) => !scope || this.rootOf(use) === scope);
    const known = asked.about(uses[0]);
    if (known) return known.classes;
    const values = [];
    for (const use of uses) {
      const parent = this.#parents.get(use);
      if (parent.type === "VariableDeclarator" && parent.id === use) values.push(...(parent.init ? [parent.init] : /^For(In|Of)/.test(this.#parents.get(this.#parents.get(parent)).type) ? [undefined] : []));
      else if (parent.type === "AssignmentExpression" && parent.left === use) values.push(parent.operator === "=" ? parent.right : undefined);
      else if (parent.params?.includes(use)) values.push(...this.#valuesOfParameter(parent, parent.params.indexOf(use)));
      else if (this.#isDeclaration(use) || parent.type === "UpdateExpression") values.push(undefined);
    }
    return values.length === 0 ? undefined : among(values);
  }

  #isDeclaration(use) {
    const parent = this.#parents.get(use);
    return (parent.type === "VariableDeclarator" && parent.id === use) || parent.params?.includes(use) || parent.param === use || (isScope(parent) && parent.id === use) ||
      /Pattern$|^RestElement$|^Import/.test(parent.type) || (parent.type === "Property" && this.#parents.get(parent).type === "ObjectPattern");
  }

  #valuesOfParameter(made, index) {
    const owner = this.#parents.get(made);
    const isMethod = owner.type === "MethodDefinition";
    const id = isMethod && owner.kind === "constructor" ? undefined : isMethod ? owner.key : (made.id ?? owner.id);
    const names = id ? [id] : isMethod ? [this.classOf(owner).id, this.#parents.get(this.classOf(owner)).id].filter(Boolean) : [];
    if (names.length === 0 || (isMethod && id && (owner.static || owner.computed || owner.kind !== "method" || this.isInText(id.name)))) return [undefined];
    const uses = names.flatMap(({ name }) => (isMethod && id ? this.properties(name) : this.variables(name)).filter((use) => !names.includes(use)));
    return uses.map((use) => {
      const callee = isMethod && id ? this.#parents.get(use) : use;
      const call = this.#parents.get(callee);
      const isCall = callee.type !== "MethodDefinition" && call.callee === callee && call.type === (isMethod && !id ? "NewExpression" : "CallExpression") && !call.arguments.some(({ type }) => type === "SpreadElement");
      return isCall ? (call.arguments[index] ?? { type: "Literal", value: null }) : undefined;
    });
  }
}
