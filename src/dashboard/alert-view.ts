// AlertView: the list of alerts, the alarm bar above everything, and what a screen reader says.
import { PRIORITY_NAMES } from "../vocabulary/alarm-condition.js";
import { PRIORITY_HIGH } from "../vocabulary/alert.js";
import type { AlertItem } from "./alert-list.js";
import type { Strip } from "../subscriber/strip-assembler.js";
import { stripView } from "./strip-view.js";
import { conditionText, measureText, onsetText, shortDurationText } from "./text.js";

/** Marks of priority beside the colour, one to three as the number of the priority. */
const PRIORITY_MARKS = ["", "!", "!!", "!!!"] as const;

/** Announcements kept in a live region; the newest is what is read. */
const ANNOUNCEMENTS_MAX = 5;

export interface AlertViewElements {
  list: HTMLElement;
  empty: HTMLElement;
  counts: HTMLElement;
  bar: HTMLElement;
  barMark: HTMLElement;
  barText: HTMLElement;
  barMore: HTMLElement;
  /** Live regions: assertive and polite. */
  urgent: HTMLElement;
  calm: HTMLElement;
}

export class AlertView {
  readonly #elements: AlertViewElements;
  /** Drawings of strips that have not changed since. */
  #drawings = new Map<Strip, HTMLElement>();

  constructor(elements: AlertViewElements) {
    this.#elements = elements;
  }

  /**
   * @param items In the order in which they are to be shown.
   * @param stripOf The ECG around an alert, as far as it has arrived.
   * @param doubt Why silence means nothing at the moment; "" if alerts can arrive.
   */
  show(items: readonly AlertItem[], stripOf: (item: AlertItem) => Strip | undefined, doubt: string): void {
    const { list, empty, counts } = this.#elements;
    const drawings = new Map<Strip, HTMLElement>();
    const rows = items.map((item) => {
      const row = rowOf(item);
      const strip = stripOf(item);
      if (!strip) return row;
      const drawing = this.#drawings.get(strip) ?? stripView(strip, item.onsetSample);
      drawings.set(strip, drawing);
      row.append(drawing);
      return row;
    });
    this.#drawings = drawings;
    list.replaceChildren(...rows);
    empty.hidden = items.length > 0;
    const active = items.filter((item) => item.ended === undefined);
    counts.textContent = items.length === 0 ? "" : `${active.length} active, ${items.length - active.length} ended`;
    this.#showBar(active, doubt);
  }

  /** Has a new alert read aloud; one of high priority interrupts. */
  announce(item: AlertItem): void {
    const region = item.priority === PRIORITY_HIGH && item.ended === undefined ? this.#elements.urgent : this.#elements.calm;
    const state = item.ended === undefined ? "" : " ended";
    const line = document.createElement("p");
    line.textContent = `${conditionText(item.conditionCode)}${state}, ${PRIORITY_NAMES[item.priority]} priority${item.late ? ", delivered late" : ""}`;
    region.append(line);
    while (region.childElementCount > ANNOUNCEMENTS_MAX) region.firstElementChild?.remove();
  }

  #showBar(active: readonly AlertItem[], doubt: string): void {
    const { bar, barMark, barText, barMore } = this.#elements;
    const first = active[0];
    bar.dataset["priority"] = first ? PRIORITY_NAMES[first.priority] : doubt ? "doubt" : "none";
    barMark.textContent = first ? PRIORITY_MARKS[first.priority] : doubt ? "?" : "✓";
    barText.textContent = first ? conditionText(first.conditionCode) : doubt || "No active alert";
    const others = active.length > 1 ? `and ${active.length - 1} more` : "";
    barMore.textContent = first ? [`${PRIORITY_NAMES[first.priority]} priority`, others, doubt].filter(Boolean).join(" · ") : "";
  }
}

function rowOf(item: AlertItem): HTMLElement {
  const row = document.createElement("li");
  row.className = "alert";
  row.dataset["priority"] = PRIORITY_NAMES[item.priority];
  row.dataset["ended"] = String(item.ended !== undefined);
  row.append(
    span("alert-mark", PRIORITY_MARKS[item.priority], "aria-hidden"),
    span("alert-name", conditionText(item.conditionCode)),
    span("alert-priority", `${PRIORITY_NAMES[item.priority]} priority`),
    span("alert-measure", item.onsetKnown ? measureText(item) : "onset not received"),
    tagsOf(item),
    span("alert-onset", onsetText(item.onset, item.bootCount, item.onsetUptimeMs)),
  );
  return row;
}

function tagsOf(item: AlertItem): HTMLElement {
  const tags = span("alert-tags", "");
  if (item.late) tags.append(tag("late", "late", "Waited in the device's flash for the link or for power"));
  if (item.ended === "restart") tags.append(tag("ended", "ended by restart", "The device started anew after this alert"));
  if (item.ended === "condition") tags.append(tag("ended", item.heldMs === undefined ? "ended" : `ended after ${shortDurationText(item.heldMs)}`));
  if (item.latching && item.ended === "condition") tags.append(tag("latched", "latched", "Must be acknowledged by a person"));
  return tags;
}

function tag(kind: string, text: string, title = ""): HTMLElement {
  const element = span(`tag tag-${kind}`, text);
  element.title = title;
  return element;
}

function span(className: string, text: string, ...flags: string[]): HTMLElement {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  for (const flag of flags) element.setAttribute(flag, "true");
  return element;
}
