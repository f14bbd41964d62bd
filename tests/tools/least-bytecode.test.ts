// What a whole program is put through for XS: less bytecode, and the same done.
import { describe, expect, it } from "vitest";
import { shrinkCode } from "../../scripts/shrink-code.js";
import { Prng } from "../../src/base/prng.js";

const shrink = async (code: string, rest: string[] = []): Promise<string> => (await shrinkCode(code, { rest })).code.replace(/\s+/g, " ").trim();

/** The body of a function of a whole program, on one line. */
async function shrunk(body: string): Promise<string> {
  const code = await shrink(`export function f(a, b) { ${body} }`);
  return /^export function f\(a, b(?:\$2)?\) \{ (.*) \}$/.exec(code)?.[1] ?? code;
}

describe("locals", () => {
  it.each([
    ["what is read no more lends its place", "const x = a() + 1; b(x, x); const y = a(); b(y, y);", "const x = a() + 1; b(x, x); b(a = a(), a);"],
    ["what is still read does not", "const x = a(); b(x, a, x); b(x);", "const x = a(); b(x, a, x); b(x);"],
    ["a copy goes", "let x = a; x++; b(x, x);", "a++; b(a, a);"],
    ["a copy of what is read later stays", "let x = a; x++; b(x, a);", "let x = a; x++; b(x, a);"],
    ["in a loop, what the next round reads keeps its place", "let x = 0; while (a()) { const y = b(); b(y, y, x); x++; }", "let x = 0; { let y; while (a()) { b(y = b(), y, x); x++; } }"],
    ["what closures know keeps its place", "const x = a(); b(() => x); const y = b(); b(y, y);", "const x = a(); b(() => x); b(a = b(), a);"],
    ["a value that a catch may read keeps its place", "let x = 1; try { x = a(); const y = b(); b(y, y); } catch { b(x); }", "let x = 1; try { x = a(); b(a = b(), a); } catch { b(x); }"],
    ["a first value that nothing reads goes", "let x = 0; let y = 0; if (a) x = b(1); else x = b(2); y = b(x, a); a(y, y);", "let x; x = a ? b(1) : b(2); a(x = b(x, a), x);"],
    ["what begins as undefined does", "let y = b(1); b(y, y); let x; if (b()) x = 1; a(x); a(x);", "let y = b(1); b(y, y); y = void 0; if (b()) y = 1; a(y); a(y);"],
    ["where finally is, all stays", "const x = a(); try { b(x, x); } finally { const y = a(); b(y, y); }", "const x = a(); try { b(x, x); } finally { const y = a(); b(y, y); }"],
  ])("%s", async (_what, body, expected) => expect(await shrunk(body)).toBe(expected));
});

describe("values", () => {
  it.each([
    ["what is read once is where it is read", "const x = a(1); return x + b;", "return a(1) + b;"],
    ["not before what may change it", "const x = a.n; b(); return x;", "a = a.n; b(); return a;"],
    ["not behind what it may change", "const x = a(); return b.n + x;", "a = a(); return b.n + a;"],
    ["behind what nothing changes", "const x = a(); return 1 + x;", "return 1 + a();"],
    ["in order", "const x = a(1), y = a(2); b(x, y);", "b(a(1), a(2));"],
    ["not out of order", "const x = a(1), y = a(2); b(y, x);", "const x = a(1); b(a(2), x);"],
    ["not where it may not be worked out", "const x = a(); return b && x;", "a = a(); return b && a;"],
    ["not into a loop", "const x = a(); while (b(x)) b();", "a = a(); while (b(a)) b();"],
    ["not where its names mean something else", "const x = a(b); { const b = x + a(); a(() => b); }", "{ const b = (b$2 = a(b$2)) + a(); a(() => b); }"],
    ["an assignment is where its value is read", "let x = a(); if (x > 3) b(x);", "if ((a = a()) > 3) b(a);"],
  ])("%s", async (_what, body, expected) => expect(await shrunk(body)).toBe(expected));
});

describe("fields", () => {
  const method = async (constructor: string, body: string, rest: string[] = []): Promise<string> => {
    const code = await shrink(`class A { constructor(n) { ${constructor} } f(a, b) { ${body} } } export { A };`, rest);
    return /f\(a, b\) \{ (.*) \} \} export/.exec(code)?.[1] ?? code;
  };
  it("what the constructor alone assigns is read where it is used", async () => expect(await method("this.n = n;", "const n = this.n; a(); b(n, n);")).toBe("a(); b(this.n, this.n);"));
  it("what a method assigns is not", async () => expect(await method("this.n = n;", "const n = this.n; a(); b(n, n); this.n = 1;")).toBe("const n = this.n; a(); b(n, n); this.n = 1;"));
  it("nor what others may assign", async () => expect(await method("this.n = n;", "const n = this.n; a(); b(n, n);", ["a.n = 1"])).toBe("const n = this.n; a(); b(n, n);"));
  it("nor what is read in a loop", async () => expect(await method("this.n = n;", "const n = this.n; while (a()) b(n);")).toBe("const n = this.n; while (a()) b(n);"));
  it("nor what the constructor still assigns", async () => expect(await shrink("class A { constructor(a) { const n = this.n; a(); a(n, n); this.n = a; } } export { A };")).toContain("const n = this.n;"));
  it("nor what a function of the constructor's assigns", async () => expect(await method("this.n = n; n(() => { this.n = 2; });", "const n = this.n; a(); b(n, n);")).toBe("const n = this.n; a(); b(n, n);"));
});

describe("statements", () => {
  it.each([
    ["one value for several", "this.x = 0; this.y = 0; a[1] = 0;", "a[1] = this.y = this.x = 0;"],
    ["first values by value", "this.x = 0; this.y = true; this.z = 0; this.u = true;", "this.z = this.x = 0; this.u = this.y = true;"],
    ["0 and -0 are two", "this.x = 0; this.y = -0;", "this.x = 0; this.y = -0;"],
    ["a place that depends on another", "this.i = 1; this.rows[this.i] = 1;", "this.i = 1; this.rows[this.i] = 1;"],
    ["one that the next place depends on", "a = b; b[a] = b;", "b[a = b] = b;"],
    ["what calls give is worked out twice", "this.x = a(); this.y = a();", "this.x = a(); this.y = a();"],
    ["two conditions", "if (a && b) a(b); a();", "if (a) { if (b) a(b); } a();"],
    ["two conditions with an alternative", "if (a && b) a(b); else b(a);", "if (a && b) a(b); else b(a);"],
    ["what is returned on a condition", "return a && b ? a : b;", "if (a) { if (b) return a; } return b;"],
    ["one of two values", "if (a) this.x = 1; else this.x = b;", "this.x = a ? 1 : b;"],
    ["one of two places", "if (a) this.x = 1; else this.y = b;", "if (a) this.x = 1; else this.y = b;"],
    ["bits", "if ((a & 4) !== 0 && !((b | 1) === 0)) a();", "if (a & 4) { if (!!(b | 1)) a(); }"],
    ["bits whose value counts", "return (a & 4) !== 0;", "return (a & 4) !== 0;"],
  ])("%s", async (_what, body, expected) => expect(await shrunk(body)).toBe(expected));
});

describe("a module", () => {
  it("of many keeps its variables", async () => {
    const { code } = await shrinkCode("const x = f(); export const g = () => { const y = x(); return y; };");
    expect(code).toContain("const y = x();");
  });
});

/** Programs of all that the firmware has: loops, branches, what ends them early, exceptions, switches, closures; each ends. */
class Programs {
  private readonly _prng: Prng;
  private _depth = 0;
  private _names = 0;

  constructor(seed: number) {
    this._prng = new Prng(seed);
  }

  next(): string {
    this._names = 0;
    return `export default (t, a, b) => { let fuel = 60; class K { constructor(n) { this.n = n; this.m = 0; this.k = 0; } get twice() { return this.n * 2; } f(a, b) { ${this._block(["a", "b"], 5)} return a; } }
      const k = new K(3); function f(a, b) { ${this._block(["a", "b"], 7)} return b; } try { t(f(a, b)); t(f(b, a)); t(k.f(a, 1)); } catch (e) { t(e); } t(k.m, k.k, k.twice); };`;
  }

  private _block(names: readonly string[], length: number): string {
    const own = [...names];
    let text = "";
    for (let count = 0; count < length; count++) text += this._statement(own);
    return text;
  }

  private _statement(names: string[]): string {
    const of = (list: readonly string[]): string => list[this._prng.below(list.length)] as string;
    const value = (): string => this._value(names);
    const inner = (): string => `{ ${this._block(names, 1 + this._prng.below(4))} }`;
    if (this._depth > 3) return `t(${value()});`;
    this._depth++;
    try {
      switch (this._prng.below(16)) {
        case 0: case 1: case 2: case 3: {
          const name = `v${this._names++}`;
          const text = `${of(["const", "let", "let"])} ${name} = ${value()};`;
          names.push(name);
          return text.startsWith("const") ? text.replace("const", "let") : text;
        }
        case 4: case 5: return `${of(names)} ${of(["=", "=", "+=", "-=", "??=", "&&="])} ${value()};`;
        case 6: return `if (${value()}) ${inner()} else ${inner()}`;
        case 7: return `if (${value()} > 2 && ${value()}) ${inner()}`;
        case 8: return `while (fuel-- > 0) { if (${value()} > 5) ${of(["break", "continue"])}; ${this._block(names, 3)} }`;
        case 9: {
          const name = `i${this._names++}`;
          return `for (let ${name} = 0; ${name} < ${this._prng.below(4)} && fuel-- > 0; ${name}++) { ${this._block([...names, name], 3)} ${of(["", `if (${value()}) continue;`])} t(${name}); }`;
        }
        case 10: return `try { ${this._block(names, 3)} if (${value()} > 3) throw ${value()}; ${this._block(names, 1)} } catch (e) { t(e); ${this._block(names, 2)} }`;
        case 11: return `switch (${value()} & 3) { case 0: ${this._block(names, 2)} case 1: ${this._block(names, 1)} break; default: ${this._block(names, 2)} }`;
        case 12: return `l${this._depth}: { ${this._block(names, 2)} if (${value()}) break l${this._depth}; ${this._block(names, 2)} }`;
        case 13: return this._prng.below(3) === 0 ? `if (${value()} > 7) return ${value()};` : `${of(names)}++;`;
        case 14: return `{ const c = ${of(names)}; t((() => c + 1)()); }`;
        default: return `t(${value()}, ${value()});`;
      }
    } finally {
      this._depth--;
    }
  }

  private _value(names: readonly string[]): string {
    const of = (list: readonly string[]): string => list[this._prng.below(list.length)] as string;
    switch (this._prng.below(10)) {
      case 0: return String(this._prng.below(9));
      case 1: return `t(${of(names)})`;
      case 2: return `(${of(names)} ${of(["+", "-", "&", "|"])} ${of(names)})`;
      case 3: return `(${of(names)} ? ${of(names)} : ${of(names)})`;
      case 4: return `(${of(names)} ${of(["&&", "||", "??"])} t(${of(names)}))`;
      case 5: return `(${of(names)} = t(${of(names)}))`;
      case 6: return `k.${of(["n", "m", "twice", "k"])}`;
      case 7: return `(k.${of(["m", "k"])} = ${of(names)})`;
      default: return of(names);
    }
  }
}

it("does the same: 25 programs made at random", async () => {
  const run = async (code: string): Promise<string> => {
    const { default: program } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { default: (t: (...values: unknown[]) => unknown, a: number, b: number) => void };
    const told: unknown[] = [];
    program((...values) => {
      if (told.push(values) > 5000) throw new Error("no end");
      return typeof values[0] === "number" ? (values[0] + told.length) % 11 : values[0];
    }, 4, 7);
    return JSON.stringify(told);
  };
  let changed = 0;
  for (let seed = 0; seed < 25; seed++) {
    const source = new Programs(seed).next();
    const { code } = await shrinkCode(source, { rest: [] });
    if ((code.match(/\blet\b/g)?.length ?? 0) < (source.match(/\blet\b/g)?.length ?? 0)) changed++;
    expect(await run(code), `seed ${seed}: ${source}\n${code}`).toBe(await run(source));
  }
  expect(changed).toBeGreaterThan(12);
}, 120_000);
