// Options of the scripts that run for a while: numbers with ranges, words with choices, flags; one clear line for what is wrong.

/**
 * @param {string} script its name in package.json
 * @param {Record<string, {initial: number, min: number, max: number, whole?: boolean} | {initial: string, choices: string[]} | {initial: false}>} options by name
 * @returns {Record<string, any>} the value of each; ends the process with status 2 when an argument is wrong
 */
export function readOptions(script, options) {
  const values = Object.fromEntries(Object.entries(options).map(([name, { initial }]) => [name, initial]));
  const words = process.argv.slice(2);
  for (let at = 0; at < words.length; at++) {
    const name = words[at].startsWith("--") ? words[at].slice(2) : "";
    const option = options[name];
    if (option === undefined) fail(script, `unknown argument ${words[at]}, expected one of ${Object.keys(options).map((known) => `--${known}`).join(" ")}`);
    values[name] = option.initial === false ? true : valueOf(script, name, option, words[++at]);
  }
  return values;
}

function valueOf(script, name, option, word) {
  if (option.choices) {
    if (!option.choices.includes(word)) fail(script, `--${name} ${word}, expected ${option.choices.join(" or ")}`);
    return word;
  }
  const value = Number(word);
  const isFit = word !== undefined && value >= option.min && value <= option.max && (!option.whole || Number.isInteger(value));
  if (!isFit) fail(script, `--${name} ${word}, expected a ${option.whole ? "whole " : ""}number from ${option.min} to ${option.max}`);
  return value;
}

function fail(script, problem) {
  console.error(`${script}: ${problem}`);
  process.exit(2);
}
