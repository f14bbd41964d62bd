// TraceIndicator: says beats and alerts on the debug console, for boards without lamp or speaker.
import type { Indicator } from "../../contracts/indicator.js";
import { RrCheck } from "../../samples/rr-check.js";
import { type Alert, PHASE_END } from "../../vocabulary/alert.js";
import { BEAT_LETTERS } from "../../vocabulary/beat.js";
import { conditionName } from "../../vocabulary/condition-name.js";

export class TraceIndicator implements Indicator {
  private readonly _rrCheck = new RrCheck();
  private _isChecked = false;

  /** An AFE that finds R peaks by itself has measured an interval. [ms] */
  rToR(intervalMs: number): void {
    this._rrCheck.chip(intervalMs);
    this._isChecked = true;
  }
  beat(sample: number, heartRateBpm: number): void {
    trace(`beat ${sample} ${heartRateBpm}/min\n`);
    const check = this._rrCheck;
    if (this._isChecked && check.beat(sample)) trace(`R-to-R: ${check.differing} of ${check.compared} intervals are not the AFE's\n`);
  }
  beatClass(sample: number, beatClass: number): void {
    trace(`beat ${sample} ${BEAT_LETTERS[beatClass]}\n`);
  }
  alert(alert: Alert): void {
    trace(`alert ${alert.bootCount}.${alert.sequence} ${conditionName(alert.conditionCode)} ${alert.phase === PHASE_END ? "ended" : "onset"}\n`);
  }
}
