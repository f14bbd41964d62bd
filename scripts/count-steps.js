// countSteps: an esbuild plugin that lets the code under src/ count its steps, and tell where it has been: at the head of each function, loop and branch.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { PROJECT } from "./import-bundled.js";

const COUNTER = join(PROJECT, "tests/fuzz/steps.ts");
const STEP = "step$";

/** The counter's `PLACE_COUNT` must be above the number of places that this makes. */
export const countSteps = {
  name: "count-steps",
  setup(builder) {
    let places = 0;
    builder.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      return { contents: `import { step as ${STEP} } from ${JSON.stringify(COUNTER)};${withSteps(path, source, () => places++)}`, loader: "ts" };
    });
  },
};

/** @param {() => number} nextPlace */
function withSteps(path, source, nextPlace) {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  /** @type {{ at: number, rank: number, text: string }[]} */
  const inserts = [];
  let order = 0;
  const around = ({ start, end }, before, after) => {
    order++;
    inserts.push({ at: start, rank: order, text: before });
    // What begins inside ends first.
    if (after) inserts.push({ at: end, rank: -order, text: after });
  };
  const stepIn = (statement) => {
    if (statement?.type === "BlockStatement") around({ start: statement.start + 1, end: 0 }, `${STEP}(${nextPlace()});`, "");
    else if (statement) around(statement, `{${STEP}(${nextPlace()});`, "}");
  };
  const stepBefore = (expression) => around(expression, `(${STEP}(${nextPlace()}),`, ")");
  const visit = (node) => {
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
        if (node.body) around({ start: node.body.start + 1, end: 0 }, `${STEP}(${nextPlace()});`, "");
        break;
      case "ArrowFunctionExpression":
        if (node.body.type === "BlockStatement" || node.body.type === "FunctionBody") around({ start: node.body.start + 1, end: 0 }, `${STEP}(${nextPlace()});`, "");
        else stepBefore(node.body);
        break;
      case "IfStatement":
        stepIn(node.consequent);
        stepIn(node.alternate);
        break;
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        stepIn(node.body);
        break;
      case "SwitchCase":
        if (node.consequent.length > 0) around({ start: node.consequent[0].start, end: 0 }, `${STEP}(${nextPlace()});`, "");
        break;
      case "ConditionalExpression":
        stepBefore(node.consequent);
        stepBefore(node.alternate);
        break;
      case "LogicalExpression":
        stepBefore(node.right);
    }
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value]) if (typeof child?.type === "string") visit(child);
  };
  visit(program);
  let text = "";
  let from = 0;
  for (const insert of inserts.sort((one, other) => one.at - other.at || one.rank - other.rank)) {
    text += source.slice(from, insert.at) + insert.text;
    from = insert.at;
  }
  return text + source.slice(from);
}
