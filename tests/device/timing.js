/*---
description: A timer of 40 ms, the monitor's tick, keeps its pace while memory is collected, and the millisecond clock goes on.
flags: [module, async]
---*/
// For Moddable's testmc on a device; hardware/README.md says how.
import Time from "time";
import Timer from "timer";

const TICK_MS = 40;
const TICKS = 250;
/** A FIFO of 32 words overflows after 128 ms without a read. [ms] */
const GAP_MS_MAX = 128;

let ticks = 0;
let longestMs = 0;
let garbage;
const start = Time.ticks;
let last = start;
Timer.repeat((timer) => {
  const now = Time.ticks;
  longestMs = Math.max(longestMs, Time.delta(last, now));
  last = now;
  garbage = new Array(64).fill(ticks);
  if (++ticks < TICKS) return;
  Timer.clear(timer);
  const meanMs = Time.delta(start, now) / TICKS;
  trace(`timing: mean tick ${meanMs} ms, longest ${longestMs} ms\n`);
  if (Math.abs(meanMs - TICK_MS) > 0.5) $DONE(`mean tick ${meanMs} ms, expected ${TICK_MS}`);
  else if (longestMs > GAP_MS_MAX) $DONE(`longest tick ${longestMs} ms, expected at most ${GAP_MS_MAX}`);
  else $DONE(garbage.length === 64 ? undefined : "unreachable");
}, TICK_MS);
