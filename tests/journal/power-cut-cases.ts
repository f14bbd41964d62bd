// The cases of the power-cut suite, as data: what a device does with its journal, on which flash, in a life that power cuts end.
import { Prng } from "../../src/base/prng.js";
import type { Geometry, PowerCutCase, Step } from "./power-cut-engine.js";

const KIND_ALERT = 1;
const KIND_EVIDENCE = 64;
const LOW = 1;
const MEDIUM = 2;
const HIGH = 3;
/** Bytes of an encoded alert. */
const ALERT_BYTES = 48;

const alert = (priority: number): Step => ({ do: "append", kind: KIND_ALERT, priority, bytes: ALERT_BYTES });
const evidence = (priority: number, bytes: number): Step => ({ do: "append", kind: KIND_EVIDENCE, priority, bytes });
const acknowledge = (which = 0): Step => ({ do: "acknowledge", which });
const restart: Step = { do: "restart" };

function times(count: number, make: (index: number) => Step[]): Step[] {
  return Array.from({ length: count }, (_, index) => make(index)).flat();
}

/** The ledger looks at all that waits with everything in flight at once, so that each needs a handle; the journal has 64, some of them for drop reports. */
const WAITING_MAX = 56;

/** Everything at random, from a seed. */
export function randomCase(seed: number, count: number, evidenceBytesMax: number): PowerCutCase {
  const prng = new Prng(seed);
  // How often each thing happens is drawn first, so that some runs are all appends and some all acknowledgements.
  const appends = 1 + prng.below(8);
  const acknowledgements = prng.below(8);
  const restarts = prng.below(2);
  const evidences = prng.below(4);
  let waiting = 0;
  const steps = times(count, (): Step[] => {
    const die = prng.below(appends + acknowledgements + restarts + evidences);
    const isAppend = die < appends || (die >= appends + acknowledgements && die < appends + acknowledgements + evidences);
    if (isAppend && waiting === WAITING_MAX) {
      waiting--;
      return [acknowledge(prng.below(4))];
    }
    if (isAppend) waiting++;
    else if (waiting > 0 && die < appends + acknowledgements) waiting--;
    if (die < appends) return [{ do: "append", kind: KIND_ALERT + prng.below(2), priority: 1 + prng.below(3), bytes: prng.below(4) === 0 ? prng.below(130) : ALERT_BYTES }];
    if (die < appends + acknowledgements) return [acknowledge(prng.below(4))];
    if (die < appends + acknowledgements + evidences) return [evidence(1 + prng.below(3), prng.below(evidenceBytesMax))];
    return [restart];
  });
  return { name: `random ${seed}`, steps };
}

/** A low alert that stays, and `alerts` high ones that are delivered at once. */
export function wearCase(alerts: number): PowerCutCase {
  return { name: "wear", steps: [alert(LOW), ...times(alerts, () => [alert(HIGH), acknowledge()])] };
}

/** Cases by name; `evidenceBytes` fits the geometry. */
export function namedCases(evidenceBytes: number): PowerCutCase[] {
  return [
    { name: "first alerts", steps: [alert(HIGH), alert(LOW), alert(MEDIUM), restart, acknowledge(), acknowledge()] },
    { name: "online", steps: times(40, (index) => [alert(1 + (index % 3)), acknowledge()]) },
    { name: "outage and drain", steps: [...times(14, (index) => [alert(1 + (index % 3))]), restart, ...times(16, () => [acknowledge()])] },
    { name: "long outage", steps: times(48, (index) => [alert(1 + ((index * 7) % 3))]) },
    { name: "long outage, high alerts only", steps: times(24, () => [alert(HIGH)]) },
    { name: "high, then low alerts", steps: [...times(16, () => [alert(HIGH)]), ...times(8, () => [alert(LOW)])] },
    { name: "low, then high alerts", steps: [...times(16, () => [alert(LOW)]), ...times(16, () => [alert(HIGH)])] },
    { name: "evidence", steps: times(12, (index) => [alert(1 + (index % 3)), evidence(1 + (index % 3), evidenceBytes)]) },
    { name: "evidence, delivered late", steps: times(16, (index) => [alert(1 + (index % 3)), evidence(1 + (index % 3), evidenceBytes), ...(index > 4 ? [acknowledge(), acknowledge(1)] : [])]) },
    {
      name: "strips",
      steps: [
        ...times(3, (index) => [alert(3 - index), ...times(4, () => [evidence(3 - index, evidenceBytes)]), restart]),
        ...times(4, () => [alert(HIGH), acknowledge(), evidence(HIGH, evidenceBytes), acknowledge()]),
        ...times(8, () => [acknowledge()]),
      ],
    },
    { name: "brown-outs", steps: [alert(HIGH), ...times(24, () => [restart]), acknowledge(), ...times(12, () => [restart])] },
    { name: "brown-outs on a full flash", steps: [...times(16, () => [alert(HIGH)]), ...times(24, () => [restart])] },
    { name: "newest delivered first", steps: [...times(10, (index) => [alert(1 + (index % 3)), alert(HIGH), acknowledge(3)]), ...times(12, () => [acknowledge(2)])] },
    { name: "reports delivered, then more dropped", steps: [...times(20, () => [alert(LOW)]), ...times(20, (index) => [acknowledge(index % 3), alert(LOW), alert(HIGH)])] },
    { name: "one that stays", steps: [alert(LOW), ...times(40, () => [alert(HIGH), acknowledge()])] },
    { name: "empty and odd payloads", steps: times(10, (index) => [{ do: "append", kind: 1 + (index % 2), priority: index % 4, bytes: [0, 1, 27, 28, 29, 60, 61, 31][index % 8]! }, ...(index % 3 === 0 ? [acknowledge()] : [])]) },
  ];
}

/** Small flashes, where everything happens soon, and one of real blocks. */
export const GEOMETRIES: readonly (Geometry & { readonly evidenceBytes: number })[] = [
  { blockBytes: 256, blockCount: 11, evidenceBytes: 140 },
  { blockBytes: 256, blockCount: 12, evidenceBytes: 100 },
  { blockBytes: 512, blockCount: 8, evidenceBytes: 300 },
  { blockBytes: 384, blockCount: 9, evidenceBytes: 200 },
  { blockBytes: 4096, blockCount: 6, evidenceBytes: 2600 },
  { blockBytes: 256, blockCount: 11, evidenceBytes: 120, encrypted: true },
  { blockBytes: 512, blockCount: 8, evidenceBytes: 300, encrypted: true },
];
