// Puts what a bundle declares into one function, of which the bundle exports what it exported.

/** @typedef {import("./xs-idioms.js").Node} Node */

/** What XS saves of each name that a module declares, since a variable of a function takes three bytes in the place of eight; */
const NAME_BYTES = 5;
/** and what it pays for the function, and for each name that leaves it. */
const FUNCTION_BYTES = 40;
const EXPORT_BYTES = 20;

/**
 * @param {Node} program tree of a bundle: imports, declarations, `export { local as name }`
 * @returns {Node} one that does the same; the same one if it has so few names that XS would have more bytecode
 */
export function inOneFunction(program) {
  const isOther = ({ type, source }) => type === "ImportDeclaration" || source;
  const others = program.body.filter(isOther);
  const specifiers = program.body.flatMap((statement) => (isOther(statement) ? [] : (statement.specifiers ?? [])));
  const inside = program.body.filter((statement) => !isOther(statement) && !statement.specifiers);
  const exported = [...new Set(specifiers.map(({ local }) => local.name))];
  const nameCount = inside.flatMap(({ declarations = [null] }) => declarations).length;
  if (exported.length === 0 || nameCount * NAME_BYTES < FUNCTION_BYTES + exported.length * EXPORT_BYTES) return program;

  const [first, ...more] = exported;
  const given = more.length === 0 ? identifier(first) : { type: "ObjectExpression", properties: exported.map(propertyOf) };
  const taken = more.length === 0 ? identifier(first) : { type: "ObjectPattern", properties: exported.map(propertyOf) };
  const body = { type: "BlockStatement", body: [...inside, { type: "ReturnStatement", argument: given }] };
  const callee = { type: "FunctionExpression", id: null, params: [], async: false, generator: false, body };
  const made = { type: "CallExpression", callee, arguments: [], optional: false };
  return {
    ...program,
    body: [
      ...others,
      { type: "VariableDeclaration", kind: "const", declarations: [{ type: "VariableDeclarator", id: taken, init: made }] },
      { type: "ExportNamedDeclaration", declaration: null, specifiers, source: null },
    ],
  };
}

function propertyOf(name) {
  return { type: "Property", shorthand: true, computed: false, method: false, kind: "init", key: identifier(name), value: identifier(name) };
}

function identifier(name) {
  return { type: "Identifier", name };
}
