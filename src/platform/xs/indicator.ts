// TraceIndicator: says beats and alerts on the debug console, for boards without lamp or speaker.
import type { Indicator } from "../../contracts/indicator.js";
import { conditionOf } from "../../vocabulary/alarm-condition.js";
import { type Alert, PHASE_END } from "../../vocabulary/alert.js";
import { BEAT_LETTERS } from "../../vocabulary/beat.js";

export class TraceIndicator implements Indicator {
  beat(sample: number, heartRateBpm: number): void {
    trace(`beat ${sample} ${heartRateBpm}/min\n`);
  }
  beatClass(sample: number, beatClass: number): void {
    trace(`beat ${sample} ${BEAT_LETTERS[beatClass]}\n`);
  }
  alert(alert: Alert): void {
    const name = conditionOf(alert.conditionCode)?.name ?? "unknown";
    trace(`alert ${alert.bootCount}.${alert.sequence} ${name} ${alert.phase === PHASE_END ? "ended" : "onset"}\n`);
  }
}
