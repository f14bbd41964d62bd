// The engines by name: V8, XS, and XS with the native kernels of the boards.
import { UsageError } from "./usage-error.js";

const ENGINES = ["node", "xs", "xs-native"] as const;
export type EngineName = (typeof ENGINES)[number];

/** @throws UsageError if there is none of that name */
export function engineNamed(name: string): EngineName {
  const engine = ENGINES.find((known) => known === name);
  if (engine === undefined) throw new UsageError(`--engine ${name}: expected ${ENGINES.join(", ")}`);
  return engine;
}
