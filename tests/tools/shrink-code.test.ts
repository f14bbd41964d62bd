// What the device's JavaScript is put through: another way to say the same, and only where it is the same.
import { describe, expect, it } from "vitest";
import { shrinkCode } from "../../scripts/shrink-code.js";

/** The body of a function once it is shrunk, on one line. */
async function shrunk(body: string): Promise<string> {
  const { code } = await shrinkCode(`export function f(a, b) { ${body} }`);
  return code.replace(/^export function f\(a, b\) \{|\}$/g, "").replace(/\s+/g, " ").trim();
}

describe("a function", () => {
  it.each([
    ["a loop has one variable", "for (let i = 0; i < a; i++) b(i);", "{ let i = 0; while (i < a) { b(i); i++; } }"],
    ["a loop in a loop", "for (let i = 0; i < a; i++) for (let j = i; j < a; j++) b(j);", "{ let i = 0; let j; while (i < a) { j = i; while (j < a) { b(j); j++; } i++; } }"],
    ["a loop behind a condition", "if (a) for (let i = 0; i < a; i++) b(i); else b();", "if (a) { let i = 0; while (i < a) { b(i); i++; } } else b();"],
    ["a loop whose variable a function keeps is left", "for (let i = 0; i < a; i++) b(() => i);", "for (let i = 0; i < a; i++) b(() => i);"],
    ["a loop that is gone on with by its name is left", "all: for (let i = 0; i < a; i++) while (b(i)) continue all;", "all: for (let i = 0; i < a; i++) while (b(i)) continue all;"],
    ["a loop without a variable of its own", "for (a = 0; a < 3; a++, b++) b(a);", "{ a = 0; while (a < 3) { b(a); a++; b++; } }"],
    ["a loop whose first round is sure", "for (let i = 0; i < 3; i++) b(i);", "{ let i = 0; do { b(i); i++; } while (i < 3); }"],
    ["a loop that goes on before its end", "for (let i = 0; i < a; i++) { if (b(i)) continue; b(a); }", "{ let i = 0; for (;i < a; i++) { if (b(i)) continue; b(a); } }"],
    ["a loop in which another one goes on", "for (let i = 0; i < a; i++) while (b(i)) if (b(a)) continue;", "{ let i = 0; while (i < a) { while (b(i)) if (b(a)) continue; i++; } }"],
    ["a loop with a name of its own that its update knows, too", "for (let i = 0; i < a; i += b) { let b; b = i; a(b); }", "{ let i = 0; while (i < a) { { let b; b = i; a(b); } i += b; } }"],
    ["a loop that nothing ends is left", "for (;;) if (b()) break;", "for (;;) if (b()) break;"],
    ["a loop's constants are there once", "for (let i = 0; i < a; i++) { const x = b(i), y = x + 1; b(y); let z = y; z++; b(z); }", "{ let i = 0; let x, y, z; while (i < a) { x = b(i); y = x + 1; b(y); z = y; z++; b(z); i++; } }"],
    ["those of a while loop, too", "while (a) { const x = b(a); if (x) continue; b(x); }", "{ let x; while (a) { x = b(a); if (x) continue; b(x); } }"],
    ["those in a branch of a loop are left", "while (a()) if (b) { const x = a(); b(x, x); }", "while (a()) if (b) { const x = a(); b(x, x); }"],
    ["one that hides what the loop's head reads is left", "const x = a; while (a(x)) { const x = b(a); b(x, x); }", "const x = a; while (a(x)) { const x = b(a); b(x, x); }"],
    ["one without a value is left, since each round begins without", "while (a()) { let x; if (b) x = a(); b(x); }", "while (a()) { let x; if (b) x = a(); b(x); }"],
    ["those that a function keeps are left", "while (a()) { const x = b(a); b(() => x, x); }", "while (a()) { const x = b(a); b(() => x, x); }"],
    ["an assertion that holds goes", "assert(1 + 1 === 2, 'sum'); b(a);", "b(a);"],
    ["an assertion that may fail stays", "assert(a === 2, 'sum'); assert(false, 'never');", 'assert(a === 2, "sum"); assert(false, "never");'],
    ["fields are read one by one", "const { x, y: z } = this.place; return x + z;", "const x = this.place.x, z = this.place.y; return x + z;"],
    ["fields of what a call gives are left", "const { x } = a(); return x;", "const {x: x} = a(); return x;"],
    ["fields further off, which a getter may give, are left", "const { x } = a.b.c; return x;", "const {x: x} = a.b.c; return x;"],
    ["what is left of the fields is left", "const { x, ...rest } = a; return b(x, rest);", "const {x: x, ...rest} = a; return b(x, rest);"],
    ["fields with a default are left", "const { x = 1 } = a; return x;", "const {x: x = 1} = a; return x;"],
    ["elements are left", "const [x] = a; return x;", "const [x] = a; return x;"],
    ["a text is a sum", "return `${a}: ${b + 1} of ${a ? 1 : 2}\\n`;", 'return a + ": " + (b + 1) + " of " + (a ? 1 : 2) + "\\n";'],
    ["a text that begins as one", "return `x${a}${b}`;", 'return "x" + a + b;'],
    ["a text of values alone is left, since their sum may be a number", "return `${a}${b}: x`;", "return `${a}${b}: x`;"],
    ["a text of one value is left", "return `${a}`;", "return `${a}`;"],
  ])("%s", async (_what, body, expected) => expect(await shrunk(body)).toBe(expected));

  it("does the same", async () => {
    const source = `export default ({ count, names }) => {
      const made = [];
      for (let i = 0, last = count; i < last; i++) { if (i === 1) continue; for (let j = 0; j < i; j++) { const sum = i + j; if (j === 2) break; if (sum === 3) continue; made.push(\`\${i}.\${j}\`); } }
      for (let i = 0; i < 2; i++) made.push(() => i);
      const { first, second } = names;
      return [...made.map((one) => typeof one === "string" ? one : one()), \`\${first} and \${second}\`, \`\${count}\`];
    };`;
    const run = async (code: string): Promise<unknown> => {
      const { default: made } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { default: (given: object) => unknown };
      return made({ count: 4, names: { first: 1, second: undefined } });
    };
    expect(await run((await shrinkCode(source)).code)).toEqual(await run(source));
  });
});

describe("a class", () => {
  const bodyOf = async (body: string, more = ""): Promise<string> => {
    const { code } = await shrinkCode(`export class A { ${body} } ${more}`);
    return code.replace(/^export class A \{/, "").replace(/\}(\s*export .*)?$/s, "").replace(/\s+/g, " ").trim();
  };
  const count = "get count() { return this._count; }";
  it.each([
    ["a getter that gives a field becomes that field", `constructor() { this._count = 0; } ${count} add() { return () => { this._count++; }; }`,
      "constructor() { this.count = 0; } add() { return () => { this.count++; }; }"],
    ["one that gives what has no name of its own is left", "get count() { return this.made; }", "get count() { return this.made; }"],
    ["one that gives what is in a field is left", "get count() { return this._rows.length; }", "get count() { return this._rows.length; }"],
    ["one of the class itself is left", `static ${count}`, `static ${count}`],
    ["one that has a setter is left", `${count} set count(a) { this._count = a; }`, `${count} set count(a) { this._count = a; }`],
    ["one whose field is known of another object, too, is left", `${count} isAs(a) { return a._count === this._count; }`, `${count} isAs(a) { return a._count === this._count; }`],
    ["one beside another this is left", `${count} f() { return function() { return this._count; }; }`, `${count} f() { return function() { return this._count; }; }`],
    ["the first of two for one field", `${count} get size() { return this._count; }`, "get size() { return this.count; }"],
  ])("%s", async (_what, body, expected) => expect(await bodyOf(body)).toBe(expected));

  it("a getter that a class may override is left", async () => {
    expect(await bodyOf(count, "export class B extends A { get count() { return 1; } }")).toBe(count);
  });
});

it("a table that nobody reads goes, and one that somebody reads stays", async () => {
  const { code } = await shrinkCode('const NAMES = Object.freeze(["a"]); const CODES = Object.freeze([1]); export const first = () => CODES[0];');
  expect(code).toBe("const CODES = Object.freeze([ 1 ]);\n\nexport const first = () => CODES[0];");
});

describe("a bundle", () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const declared = `${numbers.map((number) => `function f${number}() { a(); }`).join(" ")} const all = [${numbers.map((number) => `f${number}, f${number}`).join()}];`;
  const shrunkBundle = async (code: string): Promise<string> => {
    const flat = (await shrinkCode(code, { isBundle: true })).code.replace(/\s+/g, " ");
    return flat.replace(/function f0.* const all = \[ f0.*? \];/, "...");
  };

  it.each([
    ["is one function", `import a from "a"; ${declared} function b() { return all; } export { b as default };`,
      'import a from "a"; const b = function() { ... function b() { return all; } return b; }(); export { b as default };'],
    ["exports what it exported", `import a from "a"; export { c } from "c"; ${declared} function b() { return all; } export { b, all, all as same };`,
      'import a from "a"; export { c } from "c"; const {b: b, all: all} = function() { ... function b() { return all; } return { b: b, all: all }; }(); export { b, all, all as same };'],
    ["of few names is left", 'import a from "a"; function b() { a(); } export { b as default };', 'import a from "a"; function b() { a(); } export { b as default };'],
    ["without exports is left", `import a from "a"; ${declared} all();`, 'import a from "a"; ... all();'],
  ])("%s", async (_what, code, expected) => expect(await shrunkBundle(code)).toBe(expected));
});
