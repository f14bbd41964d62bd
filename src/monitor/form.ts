// readForm: checks parsed JSON against a form; one line a problem says the field, what it holds (of a secret, its length) and what was expected.
import { bytesOfHex } from "../base/hex.js";
import { DEVICE_ID_EXPECTED, isDeviceId } from "../wire/topic.js";
import { FORMS } from "./forms.js";

export type Fields = Readonly<Record<string, unknown>>;

/** Words of a form's line. */
const NAME = 0;
const KIND = 1;
const INITIAL = 2;
const MIN = 3;
const MAX = 4;

/** @returns the lines of a form, each as its words */
export function rowsOf(form: string): readonly (readonly string[])[] {
  return (FORMS[form] as string).split("\n").map((line) => line.split(" "));
}

/** @param path of the object, for the problems, to which this adds @returns its fields; if there are problems, they are not to be used */
export function readForm(form: string, path: string, value: unknown, problems: string[]): Fields {
  const read: Record<string, unknown> = {};
  const kind = kindOf(value);
  if (kind !== "object") {
    problems.push(`${path}: ${kind}, expected an object`);
    return read;
  }
  const given = value as Fields;
  const rows = rowsOf(form);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as readonly string[];
    const name = row[NAME] as string;
    // What is null is not there.
    read[name] = readField(row, `${path}.${name}`, given[name] ?? undefined, problems);
  }
  const names = Object.keys(read);
  Object.keys(given).forEach((name) => {
    if (!names.includes(name)) problems.push(`${path}.${name}: unknown field, expected one of ${names.join(", ")}`);
  });
  return read;
}

function readField(row: readonly string[], path: string, value: unknown, problems: string[]): unknown {
  const initial = row[INITIAL];
  if (initial === "?" && value === undefined) return value;
  const min = +(row[MIN] as string);
  const max = +(row[MAX] as string);
  let found = kindOf(value);
  let expected: string;
  switch (row[KIND]) {
    case "form":
      return readForm(row[NAME] as string, path, initial ? (value ?? {}) : value, problems);
    case "whole": {
      // Not by a plus: XS would take the number for a fraction for ever.
      const number = (value ?? Number(initial)) as number;
      if (Number.isInteger(number) && number >= min && number <= max) return number;
      found = JSON.stringify(value);
      expected = min === max ? `${min}` : `a whole number from ${min} to ${max}`;
      break;
    }
    case "text": {
      const text = value ?? "";
      if (typeof text === "string" && text.length >= min && text.length <= max) return text;
      expected = `a text of ${min} to ${max} characters`;
      break;
    }
    case "key": {
      const bytes = typeof value === "string" ? bytesOfHex(value) : undefined;
      if (bytes && (bytes.length === 16 || bytes.length === 32)) return bytes;
      expected = "32 or 64 hexadecimal digits (0-9, a-f)";
      break;
    }
    default: {
      const id = value ?? initial;
      if (typeof id === "string" && isDeviceId(id)) return id;
      found = JSON.stringify(value);
      expected = DEVICE_ID_EXPECTED;
    }
  }
  problems.push(`${path}: ${found}, expected ${expected}`);
  return undefined;
}

/** What may be said of a value that may be a secret: of a text its length. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return `${value.length} characters`;
  return value === undefined ? "not there" : value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
