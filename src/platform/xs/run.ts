// run: starts the monitor on XS and keeps it ticking.
import Timer from "timer";
import type { Board } from "../../contracts/board.js";
import { checkConfig } from "../../monitor/config.js";
import { Monitor, TICK_MS } from "../../monitor/monitor.js";

/**
 * Starts the monitor. A wrong setting does not stop a monitor: it is reported and the defaults are used.
 * @param settings unchecked settings, e.g. from mc/config
 * @param onFault a tick threw, which is a defect of ours. It must restart the device: what the monitor holds is not to be trusted any more.
 */
export function run(board: Board, settings: unknown, onFault: (error: unknown) => void): void {
  let checked = checkConfig(settings);
  if (!checked.ok) {
    checked.problems.forEach((problem) => trace(`${problem}; using the defaults\n`));
    checked = checkConfig({});
    if (!checked.ok) return;
  }
  const monitor = new Monitor(board, checked.config);
  Timer.repeat((timer) => {
    // Counted from now on: the SDK would make up for the ticks missed in a stall, and the AFE would look dead, being read with no time between.
    Timer.schedule(timer, TICK_MS, TICK_MS);
    try {
      monitor.tick();
    } catch (error) {
      Timer.clear(timer);
      onFault(error);
    }
  }, TICK_MS);
}
