// AlertList: alert events of one device to the ordered list that a person reads. No DOM.
import type { Priority } from "../vocabulary/alert.js";
import { conditionOf } from "../vocabulary/alarm-condition.js";
import { PHASE_END } from "../vocabulary/alert.js";
import type { Strip } from "../subscriber/strip-assembler.js";
import type { AlertEvent, OnsetTime } from "../subscriber/subscriber.js";

/** Why an alert is over: it told of an event, its condition ended, or the device started anew (the new boot raises again what still holds). */
export type Ended = "event" | "condition" | "restart";

export interface AlertItem {
  /** Boot and sequence of the onset; unique within the device. */
  readonly key: string;
  readonly conditionCode: number;
  readonly priority: Priority;
  readonly latching: boolean;
  readonly bootCount: number;
  readonly sequence: number;
  /** False if only the end has arrived; times and measures are then those of the end. */
  readonly onsetKnown: boolean;
  readonly onset: OnsetTime;
  readonly onsetUptimeMs: number;
  /** Number of the ECG sample at the onset. */
  readonly onsetSample: number;
  readonly measured: number;
  readonly limit: number;
  /** The onset waited in the device for the link or for power. */
  readonly late: boolean;
  readonly ended: Ended | undefined;
  /** How long the condition held, where both onset and end are known. [ms] */
  readonly heldMs: number | undefined;
}

/** Alerts kept; then the ended one at the bottom is dropped. A list nobody can read is no help. */
export const ALERTS_MAX = 200;

/** Strips kept; then the one that came first is dropped. */
const STRIPS_MAX = 50;

/** Active before ended; higher priority first; active ones oldest first, as they wait longest, ended ones latest first. */
export function compareAlerts(a: AlertItem, b: AlertItem): number {
  const byEnded = Number(a.ended !== undefined) - Number(b.ended !== undefined);
  if (byEnded !== 0) return byEnded;
  if (a.priority !== b.priority) return b.priority - a.priority;
  const byAge = a.bootCount - b.bootCount || a.onsetUptimeMs - b.onsetUptimeMs || a.sequence - b.sequence;
  return a.ended === undefined ? byAge : -byAge;
}

export class AlertList {
  readonly #items = new Map<string, AlertItem>();
  readonly #strips = new Map<string, Strip>();
  #bootCount = 0;

  /** @returns the alerts in the order in which they are shown. */
  items(): AlertItem[] {
    return [...this.#items.values()].sort(compareAlerts);
  }

  /** @returns the ECG around an alert, as far as it has arrived. */
  stripOf(item: AlertItem): Strip | undefined {
    return this.#strips.get(item.key);
  }

  /** Takes in a strip as it is now; its alert may come later. */
  applyStrip(strip: Strip): void {
    const key = `${strip.bootCount}.${strip.sequence}`;
    this.#strips.set(key, strip);
    if (this.#strips.size > STRIPS_MAX) this.#strips.delete(this.#strips.keys().next().value as string);
  }

  /** Takes in an alert that has not been seen before. @returns its item */
  apply(event: AlertEvent): AlertItem {
    const { alert, delivery, onset } = event;
    this.noteBoot(delivery.bootCount);
    const key = `${alert.bootCount}.${alert.onsetSequence}`;
    const known = this.#items.get(key);
    const isEnd = alert.phase === PHASE_END;
    const own = {
      key,
      conditionCode: alert.conditionCode,
      priority: alert.priority,
      latching: alert.latching,
      bootCount: alert.bootCount,
      sequence: alert.onsetSequence,
      onset,
      onsetUptimeMs: alert.onsetUptimeMs,
      onsetSample: alert.onsetSample,
      measured: alert.measured,
      limit: alert.limit,
      late: delivery.late,
    };
    let item: AlertItem;
    if (isEnd && known?.onsetKnown) {
      item = { ...known, ended: "condition", heldMs: alert.onsetUptimeMs - known.onsetUptimeMs };
    } else if (isEnd) {
      item = { ...own, onsetKnown: false, ended: "condition", heldMs: undefined };
    } else if (known && !known.onsetKnown) {
      item = { ...own, onsetKnown: true, ended: "condition", heldMs: known.onsetUptimeMs - alert.onsetUptimeMs };
    } else {
      const ended = conditionOf(alert.conditionCode)?.isEvent ? "event" : alert.bootCount === this.#bootCount ? undefined : "restart";
      item = { ...own, onsetKnown: true, ended, heldMs: undefined };
    }
    this.#items.set(key, item);
    this.#dropSurplus();
    return item;
  }

  /** Tells in which boot the device is: alerts of other boots are over. @returns whether the list changed */
  noteBoot(bootCount: number): boolean {
    this.#bootCount = bootCount;
    let changed = false;
    for (const [key, item] of this.#items) {
      if (item.bootCount === bootCount || item.ended !== undefined) continue;
      this.#items.set(key, { ...item, ended: "restart" });
      changed = true;
    }
    return changed;
  }

  #dropSurplus(): void {
    if (this.#items.size <= ALERTS_MAX) return;
    const last = this.items().at(-1);
    if (last) this.#items.delete(last.key);
  }
}
