// Functions in the place of their calls: where that is the same, and what is left.
import { minify } from "terser";
import { describe, expect, it } from "vitest";
import { withCalleesInPlace } from "../../scripts/inline-once.js";
import { shrinkCode } from "../../scripts/shrink-code.js";
import { Prng } from "../../src/base/prng.js";

/** What the types of terser know nothing of: trees in the form of ESTree. */
const AS_IT_IS: object = { module: true, mangle: false, compress: false };
const TO_TREE: object = { format: { spidermonkey: true, code: false } };
const OF_TREE: object = { parse: { spidermonkey: true }, format: { beautify: true } };

/** @returns a module with callees in place */
async function placed(code: string, rest: string[] = []): Promise<string> {
  const { ast } = (await minify(code, { ...AS_IT_IS, ...TO_TREE })) as unknown as { ast: object };
  const { code: made } = await minify(withCalleesInPlace(ast, rest) as unknown as string, { ...AS_IT_IS, ...OF_TREE });
  return made as string;
}

/** Members of a class with callees in place, on one line. */
const membersOf = async (members: string, more = ""): Promise<string> =>
  (await placed(`export class A { ${members} } ${more}`)).replace(/^export class A \{/, "").replace(/\}(\s*export .*)?$/s, "").replace(/\s+/g, " ").trim();

describe("a private method that is called once", () => {
  it.each([
    ["is done there", "go(a) { this._add(a, 1); } _add(x, y) { this.sum = x + y; }", "go(a) { this.sum = a + 1; }"],
    ["with an argument of the same name", "go(x) { if (x) this._add(x); } _add(x) { this.sum = x; }", "go(x) { if (x) this.sum = x; }"],
    ["with a parameter that changes", "go(a) { this._add(a); a.end(); } _add(x) { x++; this.sum = x; }", "go(a) { let x = a; x++; this.sum = x; a.end(); }"],
    ["within another one", "go() { this._one(); } _one() { this._two(); } _two() { this.sum = 1; }", "go() { this.sum = 1; }"],
    ["as one that returns early", "go(a) { this._add(a); this.end(); } _add(a) { if (a) return; this.sum = a; }", "go(a) { _add: { if (a) break _add; this.sum = a; } this.end(); }"],
    ["within another one, of which both return early", "go(a) { this._one(a); a(); } _two(a) { if (a) return; a.b(); } _one(a) { if (a.c) return; this._two(a); }",
      "go(a) { _one: { if (a.c) break _one; _two: { if (a) break _two; a.b(); } } a(); }"],
    ["with a function as an argument", "go(a) { this._add(() => { if (a) return; a(); }); } _add(x) { if (!x) return; this.sum = x; }",
      "go(a) { _add: { const x = () => { if (a) return; a(); }; if (!x) break _add; this.sum = x; } }"],
    ["with an argument that the next one changes", "go(x) { this._add(x, x++); } _add(x, y) { this.sum = x + y; }", "go(x) { const x2 = x; const y = x++; this.sum = x2 + y; }"],
    ["within a closure", "go() { return (a) => this._add(a); } _add(a) { this.sum = a; }", "go() { return a => { this.sum = a; }; }"],
    ["with an argument that a closure changes", "go(x) { a(() => x++); this._add(x); } _add(x) { this.sum = x; this.end(x); }", "go(x) { a(() => x++); const x2 = x; this.sum = x2; this.end(x2); }"],
    ["under another name where one is known already", "go(y) { this._add(y); y(); } _add(x) { const y = x + 1; this.sum = y + y; }", "go(y) { const y2 = y + 1; this.sum = y2 + y2; y(); }"],
    ["in a loop as a block, so that other rounds make no variables of it", "go(a) { while (a()) { if (a) continue; this._add(a()); } } _add(x) { this.sum = x + x; }",
      "go(a) { while (a()) { if (a) continue; { const x = a(); this.sum = x + x; } } }"],
    ["with arguments that are missing", "go() { this._add(1); } _add(x, y = 2, z) { this.sum = x + y; this.z = z; }", "go() { this.sum = 1 + 2; this.z = void 0; }"],
    ["with what an object is taken apart into", "go(a) { this._add(a); } _add({ x, y }) { this.sum = x + y; }", "go(a) { const {x: x, y: y} = a; this.sum = x + y; }"],
    ["although another class has one of its name", "go(a) { this._add(a); } _add(x) { this.sum = x; }", "go(a) { this.sum = a; }", "export class B { go() { this._add(1); this._add(2); } _add(x) { this.sum = x; } }"],
    ["as a getter", "go() { return this._next + 1; } get _next() { return this.sum * 2; }", "go() { return this.sum * 2 + 1; }"],
  ])("%s", async (_what, members, expected, more = "") => expect(await membersOf(members, more)).toBe(expected));

  it.each([
    ["of what it returns, as an operand", "go(a) { return this._sum(a) / 2; } _sum(x) { return x + this.sum; }", "go(a) { return (a + this.sum) / 2; }"],
    ["of what it returns last", "go(a) { return 2 * this._sum(a); } _sum(x) { const y = x.y(); return y + y; }", "go(a) { const y = a.y(); return 2 * (y + y); }"],
    ["of what is returned", "go(a) { return this._sum(a); } _sum(x) { if (x.y()) return 1; x(); return 2; }", "go(a) { if (a.y()) return 1; a(); return 2; }"],
    ["of nothing that is returned", "go(a) { if (a) return this._sum(a); a(); } _sum(x) { x.y(); }", "go(a) { if (a) { a.y(); return; } a(); }"],
    ["of conditions", "go(a) { return this._sum(a) + 1; } _sum(x) { if (x.y()) return 1; return 2; }", "go(a) { return (a.y() ? 1 : 2) + 1; }"],
    ["of a constant", "go(a) { const z = this._sum(a); a(z); } _sum(x) { if (x.y()) return 1; x(); return 2; }",
      "go(a) { let z; _sum: { if (a.y()) { z = 1; break _sum; } a(); z = 2; } a(z); }"],
    ["of one constant of several", "go(a) { const b = a.b, z = this._sum(a), c = a.c; a(z, b, c); } _sum(x) { if (x.y()) return 1; x(); return 2; }",
      "go(a) { const b = a.b; let z; _sum: { if (a.y()) { z = 1; break _sum; } a(); z = 2; } const c = a.c; a(z, b, c); }"],
    ["of a condition", "go(a) { if (!this._isOdd(a)) a(); } _isOdd(x) { for (const y of x) if (y) return true; return false; }",
      "go(a) { let isOdd; _isOdd: { for (const y of a) if (y) { isOdd = true; break _isOdd; } isOdd = false; } if (!isOdd) a(); }"],
    ["of what is assigned", "go(a) { a.z = this._sum(a); } _sum(x) { if (x.y()) return 1; x(); return 2; }",
      "go(a) { let sum; _sum: { if (a.y()) { sum = 1; break _sum; } a(); sum = 2; } a.z = sum; }"],
  ])("takes the place %s", async (_what, members, expected) => expect(await membersOf(members)).toBe(expected));

  it.each([
    ["what the class itself calls", "static go() { this._add(1); } _add(x) { this.sum = x; }"],
    ["what another function than the class's own calls", "go() { return function() { this._add(1); }; } _add(x) { this.sum = x; }"],
    ["what is done in two places", "go(a) { this._add(a); this._add(1); } _add(x) { this.sum = x; this.end(x); this.a = 1; }"],
    ["what is known without a call", "go(a) { a(this._add); this._add(a); } _add(x) { this.sum = x; }"],
    ["what calls itself", "_add(x) { this._add(x); }"],
    ["what makes a function", "go(a) { this._add(a); } _add(x) { this.sum = () => x; }"],
    ["what knows its arguments", "go(a) { this._add(a); } _add(x) { this.sum = arguments; }"],
    ["what waits", "async go(a) { await this._add(a); } async _add(x) { await x; }"],
    ["what is asked for if it is there", "go(a) { this._add?.(a); } _add(x) { this.sum = x; }"],
    ["what takes all of a list", "go(a) { this._add(...a); } _add(x) { this.sum = x; }"],
    ["what has a default in the place of an argument", "go(a) { this._add(a); } _add(x = 1) { this.sum = x; }"],
    ["what may be known by its name as a text", 'go(a) { this._add(a); a["_add"](); } _add(x) { this.sum = x; }'],
    ["what is behind a condition", "go(a) { return a && this._sum(a); } _sum(x) { if (x.y()) return 1; x(); return 2; }"],
    ["what is behind something that it may change", "go(a) { return a.b + this._sum(a); } _sum(x) { x.b++; const c = x(); return c + c; }"],
    ["what is behind something that changes its argument", "go(a, b) { return (b = a) + this._sum(b); } _sum(x) { const c = x * 2; return c * c; }"],
    ["what begins with a default that knows its object", "go(a) { return a.b(this._sum(a)); } _sum({ x = this.y }) { a(); return x; }"],
    ["what is behind a call", "go(a) { return a() + this._sum(a); } _sum(x) { const c = x(); return c + c; }"],
    ["what each round of a loop asks", "go(a) { while (this._sum(a)) a(); } _sum(x) { const c = x(); return c + c; }"],
    ["what a constructor returns", "constructor(a) { return this._sum(a); } _sum(x) { if (x.y()) return {}; x(); return {}; }"],
  ])("is left: %s", async (_what, members) => expect(await membersOf(members)).toMatch(/(^| )_?(add|sum)\([^)]*\) \{/));
});

/** What a line may name: variables, and `this` or not. */
interface Scope {
  readonly names: readonly string[];
  readonly hasThis: boolean;
  readonly mayReturn: boolean;
  /** Of the function, in blocks around and beside, too. */
  readonly declared: Set<string>;
}

/** Programs of methods and functions that call each other, each from one or two places, of whatever there is in the language. They log what they do. */
class Programs {
  private readonly _random: Prng;
  private _functions: string[] = [];
  private _methods: string[] = [];

  constructor(seed: number) {
    this._random = new Prng(seed);
  }

  next(): string {
    this._functions = [];
    this._methods = [];
    const go = this._function("go", 3, ["a", "b"], true, false);
    return `const F = [1, 2, 3];\n${this._functions.join("\n")}\nexport default class {\n constructor(log) { this.log = log; this.made = [5, 6]; this._k = 7; this.n = 0; this._late = 1; }\n get size() { return this.n * 2; }\n${this._methods.join("\n")}\n ${go}\n}\nfunction log(...words) { console.log(...words); return words.length; }`;
  }

  private _function(head: string, depth: number, params: readonly string[], hasThis: boolean, mayReturn: boolean): string {
    const first = params.length === 0 ? "let w = 3; " : "";
    const scope = { names: params.length === 0 ? ["w"] : params, hasThis, mayReturn, declared: new Set([...params, "w"]) };
    const body = this._random.below(3) === 0 && mayReturn && params.length > 0 ? `return ${this._value(depth, scope)};` : this._lines(depth, scope);
    return `${head}(${params.join(", ")}) { ${first}${body} }`;
  }

  private _pick<T>(choices: readonly T[]): T {
    return choices[this._random.below(choices.length)] as T;
  }

  private _value(depth: number, scope: Scope): string {
    const name = (): string => this._pick(scope.names);
    if (depth <= 0) return this._pick([name, name, name, () => `${this._random.below(9)}`, () => "F[1]", ...(scope.hasThis ? [() => this._pick(["this._k", "this.n", "this._late", "this.made[0]", "this.size"])] : [])])();
    const inner = (): string => this._value(depth - 1 - this._random.below(2), scope);
    return this._pick([
      () => `(${inner()} + ${inner()})`, () => `(${inner()} ? ${inner()} : ${inner()})`, () => `(${inner()} && ${inner()})`, () => `log(${inner()}, ${inner()})`, () => `(${name()} = ${inner()})`,
      () => `(${name()} += ${inner()})`, () => `${name()}++`, () => `(() => ${inner()})()`, () => `-(${inner()})`, () => `(F[1] = ${inner()})`, ...(scope.hasThis ? [() => `(this.n += ${inner()})`] : []),
      ...Array.from({ length: 8 }, () => () => this._call(depth, scope)),
    ])();
  }

  /** A call of a new function, and now and then a second one. */
  private _call(depth: number, scope: Scope): string {
    const isMethod = scope.hasThis && this._random.below(3) > 0;
    const made = isMethod ? this._methods : this._functions;
    const params = ["a", "b", "c"].slice(0, this._random.below(4));
    const name = `${isMethod ? "_m" : "f"}${made.length}`;
    const index = made.push("") - 1;
    made[index] = this._function(`${isMethod ? "" : "function "}${name}`, depth - 1, params, isMethod, true);
    const call = (): string => `${isMethod ? "this." : ""}${name}(${params.slice(0, this._random.below(8) === 0 ? 1 : 3).map(() => this._value(depth - 1, scope)).join(", ")})`;
    if (this._random.below(6) > 0) return call();
    return this._random.below(2) === 0 || params.length === 0 ? `(${call()} + ${call()})` : call().replace(/\(.*\)$/, `(${call()})`);
  }

  private _lines(depth: number, scope: Scope): string {
    const names = [...scope.names];
    const here = { ...scope, names };
    const value = (): string => this._value(depth, here);
    const inner = (): string => this._lines(depth - 1, here);
    const fresh = (): string => {
      const found = ["x", "y", "z", "b", "v"].find((one) => !scope.declared.has(one)) ?? `v${scope.declared.size}`;
      scope.declared.add(found);
      return found;
    };
    const declaration = (): string => {
      const [one, other] = [fresh(), fresh()];
      const text = `let ${one} = ${value()}, ${other} = ${value()};`;
      names.push(one, other);
      return text;
    };
    const loop = (): string => {
      const i = fresh();
      return `for (let ${i} = 0; ${i} < 2; ${i}++) { ${inner()} if (${value()}) ${this._pick(["break", "continue"])}; ${inner()} }`;
    };
    const lines = Array.from({ length: 1 + this._random.below(3) }, () =>
      this._pick([
        () => `${value()};`, () => `${this._pick(names)} = ${value()};`, () => `log(${value()});`, declaration, declaration,
        ...(scope.hasThis ? [() => `this.n = ${value()};`, () => `this._late = ${value()};`] : []),
        ...(scope.mayReturn ? [() => `if (${value()}) return ${value()};`, () => `if (!${value()}) return;`] : []),
        ...(depth > 0 ? [() => `if (${value()}) { ${inner()} } else ${value()};`, loop, () => `try { ${inner()} } finally { ${inner()} }`, () => `switch (${value()} & 1) { case 0: { ${inner()} break; } default: log(9); }`] : []),
      ])());
    if (scope.mayReturn && this._random.below(3) > 0) lines.push(`return ${value()};`);
    return lines.join(" ");
  }
}

describe("a method that anybody may call", () => {
  const first = "const A = class { constructor(x) { this.sum = x; } add(x) { this.sum += x; this.end(x); } };";
  it.each([
    ["of a constant", `${first} export function go(a, b) { const one = new A(a); one.add(b); return one; }`, "const one = new A(a); one.sum += b; one.end(b);"],
    ["of a field", `${first} export class B { constructor(b) { this._one = new A(b); } go(b) { this._one.add(b); } }`, "go(b) { const one = this._one; one.sum += b; one.end(b); }"],
    ["of a parameter", `${first} const B = class { constructor(one) { this._one = one; } go(b) { this._one.add(b); } }; export function go(a, b) { return new B(new A(a)); }`,
      "go(b) { const one = this._one; one.sum += b; one.end(b); }"],
    ["of an object that is there now and then", `${first} export function go(a, b) { const one = b ? new A(a) : void 0; if (one) one.add(b); return one; }`, "if (one) { one.sum += b; one.end(b); }"],
    ["of one of its own kind in another's field of the same name", `${first} const B = class { constructor() { this._one = []; } go() { this._one.push(1); } }; export class C { constructor(b) { this._one = new A(b); } go(b) { this._one.add(b); } f(b) { new B().go(b); } }`,
      "go(b) { const one = this._one; one.sum += b; one.end(b); }"],
    ["that another class has, too", `${first} const B = class { add() { return 1; } }; export function go(a, b) { const one = new A(a); one.add(b); return [one, new B().add()]; }`, "one.sum += b; one.end(b); const self = new B; return [ one, 1 ];"],
  ])("is done in its place: %s", async (_what, source, expected) => expect((await placed(source)).replace(/\s+/g, " ")).toContain(expected));

  it.each([
    ["of who knows what", `${first} export function go(one, b) { new A(b); one.add(b); }`],
    ["of one of two kinds", `${first} export function go(a, b) { const one = a ? new A(b) : new Set(); one.add(b); return one; }`],
    ["of what is another thing later", `${first} export function go(a, b) { let one = new A(b); a(() => { one = a(); }); one.add(b); return one; }`],
    ["of a kind that is made elsewhere, too", `${first} export function go(a, b) { const one = new a(A); one.add(b); return one; }`],
    ["of a field that somebody else assigns", `${first} export class B { constructor(b) { this.one = new A(b); } go(b) { this.one.add(b); } } export function set(b, one) { b.one = one; }`],
    ["of a class that another one extends", `${first} export class B extends A { go(b) { this.add(b); } }`],
    ["of a list", `${first} export function go(a, b) { for (const one of [new A(a)]) one.add(b); }`],
    ["if it is there", `${first} export function go(a, b) { const one = b ? new A(a) : undefined; one?.add(b); return one; }`],
    ["in a chain that may end before it", `${first} const B = class { constructor(b) { this.one = new A(b); } }; export function go(a, b) { const two = a ? new B(a) : void 0; return two?.one.add(b).x; }`],
    ["of a class of which another one may be made", `${first} export class B extends a(A) { go(b) { const one = new A(b); one.add(b); return one; } }`],
    ["that a text may name", `${first} export function go(a, b) { const one = new A(a); one.add(b); return one["add"]; }`],
    ["that a part of an object may name", `${first} export function go(a, b) { const one = new A(a); one.add(b); const { add } = a; return add; }`],
    ["in a module that imports something, which may call it", `import c from "c"; ${first} export function go(a, b) { const one = new A(a); one.add(b); c(one); }`],
  ])("is left: %s", async (_what, source) => expect((await placed(source)).replace(/\s+/g, " ")).toContain("add(x) { this.sum += x;"));

  it("is left where the engine may call it", async () => {
    const source = "const A = class { toJSON() { return this.sum; } }; export function go(a) { const one = new A; a(one.toJSON()); return JSON.stringify(one); }";
    expect(await placed(source)).toContain("toJSON() {");
    const next = "const A = class { next() { return this.sum; } }; export function go(a) { const one = new A; return one.next(); }";
    expect(await placed(next)).not.toContain("next() {");
    expect(await placed(`${next} export const made = (a) => ({ [Symbol.iterator]: a });`)).toContain("next() {");
  });

  it("is left where other code names it", async () => {
    const source = `${first} export function go(a, b) { const one = new A(a); one.add(b); return one; }`;
    expect(await placed(source, ["go().add(1);"])).toContain("add(x) {");
    expect(await placed(source, ["go().end(1);"])).not.toContain("add(x) {");
  });
});

describe("what is shorter than its calls", () => {
  const go = (expression: string): string => `export function go(a, b) { return ${expression}; }`;
  it.each([
    ["is put in the place of each", "function f(x) { return x >> 16; }", "f(a) + f(b.c)", "(a >> 16) + (b.c >> 16)"],
    ["also within itself", "function f(x, y) { return x + y; }", "f(f(a, 1), f(b, 2))", "a + 1 + (b + 2)"],
    ["but stays where an argument would be done twice", "function f(x) { return x * x; }", "f(a) + f(b()) + f(b())", "a * a + f(b()) + f(b())", true],
    ["but stays where an argument would not be done in its turn", "function f(x, y) { return y - x; }", "f(a, b) + f(a(), b()) + f(a(), b())", "b - a + f(a(), b()) + f(a(), b())", true],
    ["but stays where an argument might not be done", "function f(x, y) { return x && y; }", "f(a, b) + f(a, b()) + f(a, b())", "(a && b) + f(a, b()) + f(a, b())", true],
    ["but stays for who knows it", "function f(x) { return x + 1; } export { f };", "f(a) + f(b)", "a + 1 + (b + 1)", true],
    ["not if that is longer", "function f(x) { return x.first + x.second * x.third - x.fourth; }", "f(a) + f(b) + f(a) + f(b) + f(a) + f(b)", "f(a) + f(b) + f(a) + f(b) + f(a) + f(b)", true],
  ])("%s", async (_what, made, expression, expected, isLeft = false) =>
    expect((await placed(`${made} ${go(expression)}`)).replace(/\s+/g, " ")).toBe(isLeft ? `${made} ${go(expected)}` : go(expected)));
});

describe("programs", () => {
  /** @returns what a program logs, and its state in the end */
  const run = async (code: string): Promise<string> => {
    const { default: Made, told } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code.replace("console.log(", "told.push(").concat("\nexport const told = [];"))}`)) as { default: new () => { go(...given: number[]): void }; told: unknown[] };
    // A module is there once, also for two equal programs.
    told.length = 0;
    for (const given of [[0, 1], [3, 0], [2, 5]]) {
      const one = new Made();
      one.go(...given);
      told.push(JSON.stringify(one));
    }
    return told.join();
  };

  it.each(Array.from({ length: 12 }, (_, index) => index))("does the same, seed %i", async (seed) => {
    const programs = new Programs(1 + seed);
    for (let count = 0; count < 5; count++) {
      const source = programs.next();
      const expected = await run(source);
      expect(await run(await placed(source)), source).toBe(expected);
      expect(await run((await shrinkCode(source, { rest: [] })).code), source).toBe(expected);
    }
  });
});
