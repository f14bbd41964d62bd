// Text: times, conditions and measures as a person reads them. No DOM.
import type { OnsetTime } from "../subscriber/subscriber.js";
import { conditionOf } from "../vocabulary/alarm-condition.js";
import type { AlertItem } from "./alert-list.js";
import type { Speed } from "./bedside.js";

const two = (value: number): string => String(value).padStart(2, "0");

/** 3661000 -> "1:01:01". [ms] */
export function durationText(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Short durations: 4200 -> "4.2 s", 65000 -> "1 min 5 s". [ms] */
export function shortDurationText(durationMs: number): string {
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function speedText(speed: Speed): string {
  return speed === "max" ? "max" : `${speed}×`;
}

/** "lead-off" -> "Lead off". A code from a newer firmware is shown as its number. */
export function conditionText(conditionCode: number): string {
  const condition = conditionOf(conditionCode);
  if (!condition) return `Condition ${conditionCode}`;
  const words = condition.name.replaceAll("-", " ").replace("afe", "AFE");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What was measured and the limit that it crossed: "38/min, limit 40/min". */
export function measureText(item: Pick<AlertItem, "conditionCode" | "measured" | "limit">): string {
  const unit = conditionOf(item.conditionCode)?.unit ?? "";
  const say = (value: number): string => {
    if (unit === "ms") return shortDurationText(value);
    if (unit === "1/min") return `${value}/min`;
    return unit === "samples" ? `${value} samples` : String(value);
  };
  return `${say(item.measured)}, limit ${say(item.limit)}`;
}

/** Wall time of an onset in the reader's time zone; without one, the boot and the time since its start. */
export function onsetText(onset: OnsetTime, bootCount: number, uptimeMs: number): string {
  if (onset.wallMs === undefined) return `boot ${bootCount} + ${durationText(uptimeMs)}`;
  const time = new Date(onset.wallMs);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return onset.source === "computed" || onset.drifted ? `about ${clock}` : clock;
}
