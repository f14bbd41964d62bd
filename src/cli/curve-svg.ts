// A precision-recall curve as SVG.
import type { CurvePoint } from "../evaluation/precision-recall.js";

const SIZE = 360;
const LEFT = 52;
const BOTTOM = 44;
const TOP = 12;
const RIGHT = 16;
const TICKS = 4;
/** Axes begin at a multiple of this, so that a good curve fills the square. [%] */
const AXIS_STEP = 2;

/** @param points The highest limit first; at least one. @param scoreNow the limit as it is: marked with a large dot */
export function curveSvg(points: readonly CurvePoint[], scoreNow: number): string {
  const now = points.findLastIndex(({ scoreMin }) => scoreMin >= scoreNow);
  const low = (values: readonly number[]): number => Math.max(0, Math.min(100 - AXIS_STEP, AXIS_STEP * Math.floor(Math.min(...values) / AXIS_STEP)));
  const xLow = low(points.map(({ sensitivity }) => sensitivity));
  const yLow = low(points.map(({ predictivity }) => predictivity));
  const x = (percent: number): number => LEFT + ((percent - xLow) / (100 - xLow)) * (SIZE - LEFT - RIGHT);
  const y = (percent: number): number => SIZE - BOTTOM - ((percent - yLow) / (100 - yLow)) * (SIZE - BOTTOM - TOP);
  const path = points.map(({ sensitivity, predictivity }, index) => `${index === 0 ? "M" : "L"}${x(sensitivity).toFixed(1)} ${y(predictivity).toFixed(1)}`).join("");
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => {
    const xPercent = xLow + ((100 - xLow) * index) / TICKS;
    const yPercent = yLow + ((100 - yLow) * index) / TICKS;
    return (
      `<path class="axis" opacity=".45" d="M${x(xPercent)} ${TOP}V${SIZE - BOTTOM}M${LEFT} ${y(yPercent)}H${SIZE - RIGHT}"/>` +
      `<text class="tick" x="${x(xPercent)}" y="${SIZE - BOTTOM + 17}" text-anchor="middle">${axisText(xPercent)}</text>` +
      `<text class="tick" x="${LEFT - 7}" y="${y(yPercent) + 4}" text-anchor="end">${axisText(yPercent)}</text>`
    );
  });
  const dots = points.map(
    ({ scoreMin, sensitivity, predictivity }, index) =>
      `<circle class="point" cx="${x(sensitivity).toFixed(1)}" cy="${y(predictivity).toFixed(1)}" r="${index === now ? 5 : 2}"><title>score at least ${scoreMin}: Se ${sensitivity.toFixed(2)}, +P ${predictivity.toFixed(2)}</title></circle>`,
  );
  return (
    `<svg viewBox="0 0 ${SIZE} ${SIZE}" width="${SIZE}" height="${SIZE}" role="img">${ticks.join("")}<path class="curve" d="${path}"/>${dots.join("")}` +
    `<text class="tick" x="${(LEFT + SIZE - RIGHT) / 2}" y="${SIZE - 8}" text-anchor="middle">sensitivity [%]</text>` +
    `<text class="tick" transform="translate(13 ${(SIZE - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">positive predictivity [%]</text></svg>`
  );
}

function axisText(percent: number): string {
  return Number.isInteger(percent) ? String(percent) : percent.toFixed(1);
}
