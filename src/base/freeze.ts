// deepFreeze: makes a table constant through and through.

/**
 * Freezes a table of arrays, objects and simple values (no typed arrays: they can't be frozen), and all in it. For constants of modules:
 * what is not frozen when Moddable links a preloaded module takes RAM on the device, since it might still change.
 */
export function deepFreeze<T>(table: T): T {
  if (typeof table === "object" && table !== null) {
    Object.values(table).forEach(deepFreeze);
    Object.freeze(table);
  }
  return table;
}
