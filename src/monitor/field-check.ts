// FieldCheck: checks parsed JSON field by field; one line a problem says the field, what it holds (of a secret, its length) and what was expected.

type Fields = Readonly<Record<string, unknown>>;

/** The fields of one object, and of objects in it, whose problems are gathered with its own. */
export class FieldCheck {
  readonly problems: string[];
  /** None where it is no object. */
  readonly fields: Fields;
  private readonly _name: string;

  /** @param names of the fields that it may have, with spaces between: a list takes twice the flash */
  constructor(name: string, value: unknown, names: string, problems: string[] = []) {
    this._name = name;
    this.problems = problems;
    const kind = kindOf(value);
    const isObject = kind === "object";
    this.fields = isObject ? (value as Fields) : {};
    if (!isObject) problems.push(`${name}: ${kind}, expected an object`);
    const known = names.split(" ");
    Object.keys(this.fields).forEach((field) => {
      if (!known.includes(field)) this.refuse(field, "unknown field", `one of ${known.join(", ")}`);
    });
  }

  /** @returns the check of the object in a field, undefined where there is none */
  inner(field: string, names: string): FieldCheck | undefined {
    const value = this.fields[field];
    return value === undefined ? undefined : new FieldCheck(`${this._name}.${field}`, value, names, this.problems);
  }

  refuse(field: string, found: string | number | undefined, expected: string): void {
    this.add(field, `${found}, expected ${expected}`);
  }

  add(field: string, problem: string): void {
    this.problems.push(`${this._name}.${field}: ${problem}`);
  }

  /** @param initial where the field is not there; undefined: it must be */
  whole(field: string, initial: number | undefined, min: number, max: number, unit = ""): number {
    const value = (this.fields[field] ?? initial) as number;
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.refuse(field, JSON.stringify(value), `a whole number from ${min} to ${max}${unit}`);
    return min;
  }

  /** @param initial where the field is not there; undefined: it must be, and not be empty */
  text(field: string, initial: string | undefined, max: number): string {
    const value = this.fields[field] ?? initial;
    const min = initial === undefined ? 1 : 0;
    if (typeof value === "string" && value.length >= min && value.length <= max) return value;
    this.refuse(field, kindOf(value), `a text of ${min} to ${max} characters`);
    return "";
  }
}

/** What may be said of a value that may be a secret: of a text its length. */
export function kindOf(value: unknown): string {
  if (typeof value === "string") return `${value.length} characters`;
  return value === undefined ? "not there" : value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
