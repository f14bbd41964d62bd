// Lines for people: alerts, statuses and births as text.
import { CLOCK_QUALITY_NAMES } from "../contracts/clock.js";
import { PRIORITY_NAMES, conditionOf } from "../vocabulary/alarm-condition.js";
import { PHASE_END, type Alert } from "../vocabulary/alert.js";
import { STATE_NAMES, UPDATE_RESULT_NAMES, UPDATE_STATE_NAMES, versionText } from "../wire/decode.js";
import { UPDATE_RECEIVING } from "../wire/update.js";
import type { Strip } from "../subscriber/strip-assembler.js";
import type { SubscriberEvent } from "../subscriber/subscriber.js";
import { SAMPLE_RATE_HZ } from "../vocabulary/sample.js";

/** @returns e.g. "2:05.4" */
export function clockText(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}

/** @returns e.g. "0:04.2", "30:06" or "10:13:56" */
export function durationText(seconds: number): string {
  if (seconds < 600) return clockText(seconds * 1000);
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** @returns e.g. "HIGH   asystole onset, 4000 ms (limit 4000 ms)" */
export function alertText(alert: Alert): string {
  const condition = conditionOf(alert.conditionCode);
  const name = condition?.name ?? `condition ${alert.conditionCode}`;
  const unit = condition?.unit ? ` ${condition.unit}` : "";
  const limit = alert.limit > 0 ? ` (limit ${alert.limit}${unit})` : "";
  const value = unit && alert.measured >= 0 ? `, ${alert.measured}${unit}${limit}` : "";
  const priority = (PRIORITY_NAMES[alert.priority] as string).toUpperCase().padEnd(6);
  return `${priority} ${name} ${alert.phase === PHASE_END ? "ended" : "onset"}${value}`;
}

/** @returns a line for an event, or "" for one that people need not see. */
export function eventText(event: SubscriberEvent): string {
  switch (event.type) {
    case "alert": {
      const { alert, delivery, onset } = event;
      const when = onset.wallMs === undefined ? `${clockText(alert.onsetUptimeMs)} after start ${alert.bootCount}` : `${onset.drifted ? "about " : ""}${new Date(onset.wallMs).toISOString()}`;
      return `${event.deviceId}  ${alertText(alert)}, at ${when}${delivery.late ? "  LATE" : ""}  #${alert.bootCount}.${alert.sequence}`;
    }
    case "status": {
      const { status } = event;
      const rate = status.heartRateBpm < 0 ? "unknown" : `${status.heartRateBpm}/min`;
      return `${event.deviceId}  status ${STATE_NAMES[status.state]}, heart rate ${rate}${status.leadOff ? ", lead off" : ""}${status.journalFault ? ", FLASH FAULT" : ""}, ${status.pendingAlerts} alerts pending`;
    }
    case "birth":
      return `${event.deviceId}  birth: firmware ${event.birth.firmwareVersion}, start ${event.birth.bootCount}, ${event.birth.sampleRateHz} samples/s`;
    case "dropped": {
      const { report } = event;
      return `${event.deviceId}  ${report.count} ${report.lane} of priority ${PRIORITY_NAMES[report.priority] ?? report.priority} were dropped (${report.reason}), from #${report.oldest.bootCount}.${report.oldest.sequence} to #${report.newest.bootCount}.${report.newest.sequence}`;
    }
    case "clock":
      return `${event.deviceId}  start ${event.clock.bootCount} learned the time ${clockText(event.clock.uptimeMs)} after it: ${new Date(event.clock.wallMs).toISOString()}`;
    case "strip": {
      const { strip } = event;
      if (!strip.complete) return "";
      const missing = missingSamples(strip);
      return `${event.deviceId}  ECG of #${strip.bootCount}.${strip.sequence}: ${(strip.samplesUv.length / SAMPLE_RATE_HZ).toFixed(1)} s${missing > 0 ? `, ${missing} samples missing` : ""}`;
    }
    case "update": {
      const { update } = event;
      if (update.state === UPDATE_RECEIVING && update.nextOffset > 0) return "";
      const offered = update.sequence > 0 ? `, update to ${versionText(update.offeredVersion)}: ${UPDATE_RESULT_NAMES[update.result] ?? `result ${update.result}`}` : "";
      return `${event.deviceId}  firmware ${versionText(update.runningVersion)} ${UPDATE_STATE_NAMES[update.state]}${offered}`;
    }
    case "problem":
      return `dropped a message on ${event.topic}: ${event.problem}`;
    case "refused":
      return `REFUSED a message on ${event.topic}: ${event.refusal} (${event.problem}); ${event.count} so far`;
    case "duplicate":
      return "";
  }
}

function missingSamples(strip: Strip): number {
  return strip.samplesUv.reduce((count, sampleUv) => count + (Number.isNaN(sampleUv) ? 1 : 0), 0);
}

/** @returns the event as one flat JSON object; the samples of a strip only when it is complete, null for those that are missing */
export function eventJson(event: SubscriberEvent): string {
  switch (event.type) {
    case "alert": {
      const { alert, delivery, onset } = event;
      const condition = conditionOf(alert.conditionCode);
      return JSON.stringify({
        type: "alert", deviceId: event.deviceId, bootCount: alert.bootCount, sequence: alert.sequence, condition: condition?.name ?? alert.conditionCode,
        phase: alert.phase === PHASE_END ? "end" : "onset", priority: PRIORITY_NAMES[alert.priority], latching: alert.latching, late: delivery.late,
        redelivered: delivery.redelivered, onsetUptimeMs: alert.onsetUptimeMs, raisedUptimeMs: alert.raisedUptimeMs, sentUptimeMs: delivery.sentUptimeMs,
        onsetTime: onset.wallMs === undefined ? null : new Date(onset.wallMs).toISOString(), onsetTimeSource: onset.source,
        onsetTimeDrifted: onset.drifted, clockQuality: CLOCK_QUALITY_NAMES[alert.clockQuality], onsetSequence: alert.onsetSequence,
        onsetSample: alert.onsetSample, measured: alert.measured, limit: alert.limit, unit: condition?.unit ?? "",
      });
    }
    case "status":
      return JSON.stringify({ type: "status", deviceId: event.deviceId, ...event.status, state: STATE_NAMES[event.status.state] });
    case "clock":
      return JSON.stringify({ type: "clock", deviceId: event.deviceId, ...event.clock });
    case "strip": {
      const { samplesUv, ...strip } = event.strip;
      return JSON.stringify({
        type: "strip", deviceId: event.deviceId, ...strip, sampleCount: samplesUv.length, missingSamples: missingSamples(event.strip),
        ...(strip.complete && { samplesUv: Array.from(samplesUv, (sampleUv) => (Number.isNaN(sampleUv) ? null : sampleUv)) }),
      });
    }
    case "update":
      return JSON.stringify({ type: "update", deviceId: event.deviceId, ...event.update, state: UPDATE_STATE_NAMES[event.update.state] });
    case "birth":
      return JSON.stringify({ type: "birth", deviceId: event.deviceId, ...event.birth });
    default:
      return JSON.stringify(event);
  }
}
