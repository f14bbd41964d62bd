// FieldCheck: checks parsed JSON field by field; one line a problem says the field, what it holds (of a secret, its length) and what was expected.

export type Fields = Readonly<Record<string, unknown>>;

export class FieldCheck {
  readonly problems: string[] = [];

  refuse(name: string, found: string | undefined, expected: string): void {
    this.problems.push(`${name}: ${found}, expected ${expected}`);
  }

  /**
   * @param names of the fields that it may have, with spaces between: a list takes twice the flash
   * @returns the object, an empty one where it is none
   */
  object(name: string, value: unknown, names: string): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.refuse(name, kindOf(value), "an object");
      return {};
    }
    const known = names.split(" ");
    Object.keys(value).forEach((field) => {
      if (!known.includes(field)) this.refuse(`${name}.${field}`, "unknown field", `one of ${known.join(", ")}`);
    });
    return value as Fields;
  }

  /** @param initial where the field is not there; undefined: it must be */
  whole(name: string, fields: Fields, field: string, initial: number | undefined, min: number, max: number, unit = ""): number {
    const value = (fields[field] ?? initial) as number;
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.refuse(`${name}.${field}`, JSON.stringify(value), `a whole number from ${min} to ${max}${unit}`);
    return min;
  }

  /** @param initial where the field is not there; undefined: it must be, and not be empty */
  text(name: string, fields: Fields, field: string, initial: string | undefined, max: number): string {
    const value = fields[field] ?? initial;
    const min = initial === undefined ? 1 : 0;
    const isText = typeof value === "string";
    if (isText && value.length >= min && value.length <= max) return value;
    this.refuse(`${name}.${field}`, isText ? `${value.length} characters` : kindOf(value), `a text of ${min} to ${max} characters`);
    return "";
  }
}

/** What may be said of a value that may be a secret. */
export function kindOf(value: unknown): string {
  return value === undefined ? "not there" : value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
