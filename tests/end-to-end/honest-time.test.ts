// What the device says about time when its clock is unset, late, wrong, fast, or wraps.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type JsonLine, type Run, runSim } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-time-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs as fast as it goes begin at this time. [ms, Unix] */
const START_MS = Date.UTC(2026, 0, 1);
const ASYSTOLE = "synthetic:sinus:72@20,asystole@8,sinus:72@40";

const onset = ({ command }: Run): JsonLine => command.of("delivered").find((line) => line["condition"] === "asystole" && line["phase"] === "onset") as JsonLine;
/** Seconds after the start of the run at which the onset was, by its date. */
const onsetS = (line: JsonLine, startMs = START_MS): number => (Date.parse(line["onsetTime"] as string) - startMs) / 1000;

function expectNothingLost({ status, summary }: Run): void {
  expect(status).toBe(0);
  expect(summary).toMatchObject({ lost: 0, duplicates: 0, problems: 0, alertsPending: 0 });
}

describe("a clock that is unset", () => {
  it("is said with every alert, and the receiver dates it by its age", async () => {
    const run = await runSim(["--patient", ASYSTOLE, "--clock", "unset 0-100000"]);
    expectNothingLost(run);
    expect(run.command.of("delivered").every((line) => line["clockQuality"] === "unset" && line["onsetTimeSource"] === "computed")).toBe(true);
  });
  it("and set before the alert can be sent: the time is filled in", async () => {
    const run = await runSim(["--patient", ASYSTOLE, "--clock", "unset 0-50", "--link", "down 5-50"]);
    expectNothingLost(run);
    const alert = onset(run);
    expect(alert).toMatchObject({ clockQuality: "unset", onsetTimeSource: "dated", onsetTimeDrifted: false });
    expect(onsetS(alert)).toBeGreaterThan(19);
    expect(onsetS(alert)).toBeLessThanOrEqual(20);
  });
  it.each([["learned the time before the power went", "step 40:0", "dated"], ["never learned the time", "fast 1", "unknown"]])(
    "in a boot that %s: the next one dates its alerts, or says that it can't",
    async (_name, clock, source) => {
      const flash = ["--flash", join(folder, `${source}.flash`)];
      const first = await runSim(["--patient", ASYSTOLE, ...flash, "--link", "down 1-100000", "--clock", `unset 0-100000, ${clock}`]);
      expect(first.summary).toMatchObject({ lost: 0, alertsDelivered: 0 });
      const second = await runSim(["--patient", "synthetic:sinus:72@20", ...flash, "--clock", "unset 0-100000"]);
      expectNothingLost(second);
      const alert = onset(second);
      expect(alert).toMatchObject({ bootCount: 1, clockQuality: "unset", onsetTimeSource: source });
      if (source === "unknown") expect(alert["onsetTime"]).toBeNull();
      else expect(Math.abs(onsetS(alert) - 19.6)).toBeLessThanOrEqual(0.6);
      expect(second.command.of("clock").map((line) => line["bootCount"])).toEqual(source === "dated" ? [1] : []);
    },
  );
});

it.each([["an hour ahead", 3600], ["an hour back", -3600]])("a time that steps %s moves dates, but neither the order of alerts nor their ages", async (_name, errorS) => {
  const scenario = "synthetic:sinus:72@20,asystole@8,sinus:72@20,asystole@8,sinus:72@20";
  const [right, wrong] = [await runSim(["--patient", scenario]), await runSim(["--patient", scenario, "--clock", `step 40:${errorS}`])];
  expectNothingLost(wrong);
  const times = ({ command }: Run): unknown[] => command.of("delivered").map((line) => [line["sequence"], line["condition"], line["onsetUptimeMs"], line["raisedUptimeMs"]]);
  expect(times(wrong)).toEqual(times(right));
  const shifts = wrong.command.of("delivered").map((line, index) => onsetS(line) - onsetS(right.command.of("delivered")[index] as JsonLine));
  expect(new Set(shifts)).toEqual(new Set([0, errorS]));
});

it("a crystal that is 1000 ppm fast shifts dates by no more than it gains since the time was told", async () => {
  const run = await runSim(["--patient", ASYSTOLE, "--clock", "fast 1000"]);
  expectNothingLost(run);
  expect(Math.abs(onsetS(onset(run)) - 19.6)).toBeLessThanOrEqual(0.6);
});

describe("a millisecond counter that wraps", () => {
  it("in the middle of a run changes nothing: same alerts, same bytes on flash", async () => {
    const args = ["--link", "down 25-55", "--patient", ASYSTOLE];
    const [plain, wrapping] = [await runSim(args), await runSim([...args, "--clock", "wrap 28"])];
    expectNothingLost(wrapping);
    expect(wrapping.summary["alertsRaised"]).toBeGreaterThan(1);
    expect(wrapping.summary["digest"]).toBe(plain.summary["digest"]);
    expect(onset(wrapping)["onsetTime"]).toBe(onset(plain)["onsetTime"]);
  });
});
