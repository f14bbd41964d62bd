// assert: stops on a defect of ours; stays on in release builds. Never for faults of the world.

/**
 * Throws when `condition` is false.
 * @param condition What must hold if edgebeat itself is right.
 * @param message What is broken, for the crash log.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
