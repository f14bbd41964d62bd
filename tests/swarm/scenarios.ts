// Named scenarios of the swarm: what must always be tried, and every failure that the swarm has found.
import { CUT_ALL, CUT_NOTHING, CUT_TORN, CUT_UNSTABLE } from "../../src/platform/sim/flash.js";
import { INTRUSIONS, NO_BROKER_FAULTS, QUIET, type SwarmPlan, WISHES, WRITABLE_BYTES_MIN, type WorldEvent } from "./plan.js";

export interface Scenario {
  readonly name: string;
  readonly plan: SwarmPlan;
  /** Alerts at least raised, records at least dropped: else the scenario shows nothing. */
  readonly raised: number;
  readonly dropped?: number;
  /** Alarms that were due and came, at least. */
  readonly met?: number;
}

const ILL = [{ rhythm: "sinus", seconds: 16 }, { rhythm: "asystole", seconds: 8 }, { rhythm: "sinus", seconds: 14 }, { rhythm: "vf", seconds: 14 }, { rhythm: "sinus", seconds: 20 }] as const;

/** An electrode that is loose the whole time: two alerts every 2.5 s. */
function looseLead(untilMs: number): WorldEvent[] {
  return Array.from({ length: Math.floor((untilMs - 3000) / 2500) }, (_, index) => ({ atMs: 3000 + 2500 * index, do: "lead-off", forMs: 800 }));
}

function inOrder(...events: readonly WorldEvent[]): WorldEvent[] {
  return events.toSorted((one, other) => one.atMs - other.atMs);
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "a healthy patient in a quiet world", plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 60 }] }, raised: 0 },
  { name: "asystole and fibrillation in a quiet world", plan: { ...QUIET, segments: ILL }, raised: 4, met: 2 },
  { name: "asystole and fibrillation in an outage", plan: { ...QUIET, segments: ILL, events: [{ atMs: 5000, do: "link-down", forMs: 55_000 }] }, raised: 4, met: 2 },
  { name: "asystole and fibrillation on a link that is half open", plan: { ...QUIET, segments: ILL, events: [{ atMs: 12_000, do: "half-open", forMs: 30_000 }] }, raised: 4, met: 2 },
  {
    name: "a full flash in an outage",
    plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 60 }], blockBytes: 256, blockCount: 11, events: inOrder({ atMs: 500, do: "link-down", forMs: 80_000 }, ...looseLead(60_000)) },
    raised: 40, dropped: 20,
  },
  {
    name: "a full flash, small tables, and deadly rhythms that must outlive the rest",
    plan: { ...QUIET, segments: ILL, build: "small", blockBytes: 256, blockCount: 11, events: inOrder({ atMs: 500, do: "link-down", forMs: 80_000 }, ...looseLead(10_000), ...looseLead(68_000).filter(({ atMs }) => atMs > 48_000)) },
    raised: 20, dropped: 4, met: 1,
  },
  {
    name: "power that goes again and again while the flash is full",
    plan: {
      ...QUIET, segments: [{ rhythm: "sinus", seconds: 60 }], blockBytes: 512, blockCount: 8,
      events: inOrder({ atMs: 500, do: "link-down", forMs: 80_000 }, ...looseLead(60_000), ...([CUT_TORN, CUT_UNSTABLE, CUT_NOTHING, CUT_ALL] as const).flatMap((outcome, index): WorldEvent[] => [
        { atMs: 14_000 + 11_000 * index, do: "power-cut", operations: index, outcome, offMs: 300, rotBits: 0 },
        { atMs: 19_000 + 11_000 * index, do: "power-cut", operations: 5 + index, outcome, offMs: 0, rotBits: 0 },
      ])),
    },
    raised: 20, dropped: 5,
  },
  {
    name: "a broker that acknowledges late, twice, never, out of order and what it never got",
    plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 60 }], events: looseLead(60_000), broker: { late: 60, twice: 60, never: 30, unknownId: 60, overtake: 60, duplicate: 60 } },
    raised: 40,
  },
  {
    name: "a broker in a restart loop",
    plan: {
      ...QUIET, segments: ILL,
      events: inOrder({ atMs: 8000, do: "broker-drop" }, { atMs: 8001, do: "broker-refuse", forMs: 20_000, accepts: true }, { atMs: 30_000, do: "broker-drop" }, { atMs: 30_001, do: "broker-refuse", forMs: 20_000, accepts: false }),
    },
    raised: 4, met: 2,
  },
  {
    name: "a socket that takes one message at a time over a slow link",
    plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 60 }], events: looseLead(60_000), writableBytes: WRITABLE_BYTES_MIN, latencyMs: 1500, latencySpreadMs: 800 },
    raised: 40,
  },
  {
    name: "a chip that is unplugged, hangs, resets and garbles",
    plan: {
      ...QUIET, segments: [{ rhythm: "sinus", seconds: 70 }],
      events: [
        { atMs: 8000, do: "bus", state: "high", forMs: 3000 }, { atMs: 18_000, do: "bus", state: "low", forMs: 1500 }, { atMs: 25_000, do: "bus", state: "throws", forMs: 2000 },
        { atMs: 32_000, do: "chip-reset" }, { atMs: 36_000, do: "hang" }, { atMs: 55_000, do: "corrupt", byteIndex: 2, mask: 0x40 }, { atMs: 60_000, do: "corrupt", byteIndex: 0, mask: 1 },
      ],
    },
    raised: 8, met: 3,
  },
  {
    name: "firmware that is kept from running",
    plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 50 }], events: [{ atMs: 8000, do: "late", forMs: 120 }, { atMs: 15_000, do: "late", forMs: 300 }, { atMs: 32_000, do: "late", forMs: 2500 }] },
    raised: 4, met: 2,
  },
  {
    name: "a clock that is set late, steps back and forth, and drifts",
    plan: {
      ...QUIET, segments: [{ rhythm: "sinus", seconds: 40 }], clockPpm: 200, chipPpm: -100,
      events: inOrder(...looseLead(40_000), { atMs: 9000, do: "set-clock", offsetMs: 0 }, { atMs: 16_000, do: "set-clock", offsetMs: -3_600_000 }, { atMs: 25_000, do: "set-clock", offsetMs: 7_200_000 }),
    },
    raised: 20,
  },
  {
    name: "a subscriber that restarts while messages come twice",
    plan: { ...QUIET, segments: [{ rhythm: "sinus", seconds: 40 }], broker: { ...NO_BROKER_FAULTS, duplicate: 128 }, events: inOrder(...looseLead(40_000), { atMs: 10_000, do: "subscriber-restart", downMs: 9000 }, { atMs: 25_000, do: "subscriber-restart", downMs: 4000 }) },
    raised: 20,
  },
  {
    // Found by seed 2059: the QRS detector, learning, has more beats at once than the classifier had room for.
    name: "a heart that races when the device starts", plan: { ...QUIET, segments: [{ rhythm: "racing", seconds: 20 }, { rhythm: "vt", seconds: 10 }], events: [{ atMs: 25_000, do: "power-cut", operations: 0, outcome: CUT_NOTHING, offMs: 0, rotBits: 0 }] },
    raised: 2,
  },
  {
    // Found by seed 909: what was in flight when the link was lost went before what was more urgent and had no slot.
    name: "a link that is lost with an alert in flight and more urgent ones behind full tables",
    plan: {
      ...QUIET, seed: 909, segments: [{ rhythm: "sinus", seconds: 27 }, { rhythm: "vt", seconds: 5 }], build: "small", blockBytes: 1024, blockCount: 8, latencyMs: 15, latencySpreadMs: 40,
      events: [{ atMs: 10_043, do: "power-cut", operations: 9, outcome: CUT_NOTHING, offMs: 1570, rotBits: 0 }, { atMs: 24_438, do: "half-open", forMs: 7168 }, { atMs: 30_028, do: "broker-drop" }],
    },
    raised: 4,
  },
  {
    // Found by seed 434: it was acknowledged before that was noted.
    name: "an acknowledgement that the store does not take",
    plan: {
      ...QUIET, segments: ILL, keyBytes: 32,
      events: [{ atMs: 24_000, do: "store-fails", forMs: 12_000 }, { atMs: 25_000, do: "command", wish: "acknowledge", value: 0 }, { atMs: 50_000, do: "command", wish: "acknowledge", value: 0 }],
    },
    raised: 4, met: 2,
  },
  {
    name: "keys that are rotated in an outage, alerts that wait for it to end, and all that an intruder may send",
    plan: {
      ...QUIET, segments: ILL, keyBytes: 16,
      events: inOrder(
        { atMs: 8000, do: "command", wish: "rotate", value: 0 }, { atMs: 18_000, do: "link-down", forMs: 25_000 }, { atMs: 20_000, do: "command", wish: "rotate", value: 0 }, { atMs: 30_000, do: "power-cut", operations: 0, outcome: CUT_ALL, offMs: 500, rotBits: 0 },
        ...INTRUSIONS.flatMap((intrusion, index): WorldEvent[] => [{ atMs: 5000 + 500 * index, do: "intrude", intrusion, value: 97 * index }, { atMs: 60_000 + 500 * index, do: "intrude", intrusion, value: 31 * index }]),
        ...WISHES.map((wish, index): WorldEvent => ({ atMs: 9000 + 1000 * index, do: "command", wish, value: 10 * index })),
      ),
    },
    raised: 4, met: 1,
  },
  {
    // Found by seed 5570 of the first swarm: the only trace of a boot was its mark, and a bit of that rotted.
    name: "a boot whose mark rots",
    plan: {
      ...QUIET, seed: 5570, blockBytes: 256, blockCount: 11, segments: [{ rhythm: "sinus", seconds: 60 }],
      events: Array.from({ length: 16 }, (_, index) => ({ atMs: 2000 + 3500 * index, do: "power-cut", operations: 0, outcome: CUT_NOTHING, offMs: 0, rotBits: 1 })),
    },
    raised: 0,
  },
];
