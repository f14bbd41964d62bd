// The three front ends in the simulator: the same beats from each, on V8 and on XS.
import { beforeAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../scripts/build-xs-host.js";
import { type Run, runSim } from "./command.js";

const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: front ends on the XS engine: ${host.reason}`);

/** R peaks on the patient's own count of samples at 250/s. */
const beatsOf = ({ command }: Run): number[] => command.of("beat").map(({ sample }) => sample as number);

describe("front ends", () => {
  let reference: number[];
  beforeAll(async () => {
    reference = beatsOf(await runSim(["--seconds", "20"]));
    expect(reference.length).toBeGreaterThan(25);
  });

  describe.each(["ads1292r", "ad8232"])("%s", (afe) => {
    const args = ["--afe", afe, "--seconds", "20"];
    let run: Run;
    beforeAll(async () => void (run = await runSim(args)));

    it("finds the beats that the MAX30003 finds, each to within 8 ms, and loses no sample", () => {
      const beats = beatsOf(run);
      const expected = reference.filter((sample) => sample <= (beats.at(-1) as number) + 2);
      expect(beats).toHaveLength(expected.length);
      beats.forEach((sample, index) => expect(Math.abs(sample - (expected[index] as number))).toBeLessThanOrEqual(2));
      expect(run.summary).toMatchObject({ gaps: 0, late: 0, lost: 0 });
    });

    it.skipIf(!host.ok)("does the same on XS, over a SharedArrayBuffer with Atomics", async () => {
      const onXs = await runSim([...args, "--engine", "xs"]);
      expect([onXs.status, onXs.command.stderr]).toEqual([0, ""]);
      expect(onXs.summary["digest"]).toBe(run.summary["digest"]);
      expect(beatsOf(onXs)).toEqual(beatsOf(run));
    });
  });
});
