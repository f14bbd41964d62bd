// SampleRing: order, gaps, flags and wrap-around on one thread, and no loss and no tear between two.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { AFE_BUS_ERROR, AFE_OK, type AfeReading } from "../../src/contracts/afe.js";
import { RingAfe } from "../../src/samples/ring-afe.js";
import { SAMPLE_RING_BYTES, SampleRing } from "../../src/samples/sample-ring.js";
import type { SampleBlock } from "../../src/vocabulary/sample.js";
import { makeReading } from "../contracts/afe.suite.js";

const block = (samplesUv: number[], rest: Partial<SampleBlock> = {}): SampleBlock => ({
  firstSample: 0, count: samplesUv.length, samplesUv: Int32Array.from(samplesUv), gapSamples: 0, lateSamples: 0, leadOff: false, saturated: false, ...rest,
});

function rings(): { writer: SampleRing; reader: SampleRing; reading: AfeReading; memory: SharedArrayBuffer } {
  const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
  return { memory, writer: new SampleRing(memory), reader: new SampleRing(memory), reading: makeReading(32) };
}
const taken = (reading: AfeReading): number[] => [...reading.samplesUv.subarray(0, reading.count)];

describe("one thread", () => {
  it("hands over what was put, with its flags, over the whole range", () => {
    const { writer, reader, reading } = rings();
    writer.put(block([-32_768, -1, 0, 1, 32_767], { saturated: true, lateSamples: 2 }));
    expect(reader.take(reading)).toBe(AFE_OK);
    expect(taken(reading)).toEqual([-32_768, -1, 0, 1, 32_767]);
    expect(reading).toMatchObject({ leadOff: false, saturated: true, overrun: false, lostSamples: 0, lateSamples: 2, more: false });
    writer.put(block([5], { leadOff: true }));
    reader.take(reading);
    expect(reading).toMatchObject({ count: 1, leadOff: true, saturated: false, lateSamples: 0 });
    reader.take(reading);
    expect(reading).toMatchObject({ count: 0, more: false });
  });

  it("ends a reading at a gap, and tells its size with the next", () => {
    const { writer, reader, reading } = rings();
    writer.put(block([1, 2]));
    writer.put(block([3], { gapSamples: 70_000 }));
    reader.take(reading);
    expect([taken(reading), reading.overrun, reading.more]).toEqual([[1, 2], false, true]);
    reader.take(reading);
    expect([taken(reading), reading.overrun, reading.lostSamples, reading.more]).toEqual([[3], true, 70_000, false]);
  });

  it("tells of intervals where they were put, and of none when nobody wants to hear", () => {
    const { writer, reader, reading, memory } = rings();
    const heard: string[] = [];
    const listener = new SampleRing(memory, (intervalMs) => heard.push(`${intervalMs} ms after ${taken({ ...reading, count: 2 })}`));
    writer.put(block([1, 2]));
    writer.putRToR(800);
    writer.put(block([3], { gapSamples: 7 }));
    writer.putRToR(131_064);
    expect(listener.take(reading)).toBe(AFE_OK);
    expect([taken(reading), reading.lostSamples, heard]).toEqual([[1, 2], 0, ["800 ms after 1,2"]]);
    listener.take(reading);
    expect([taken(reading), reading.lostSamples, reading.more, heard.length]).toEqual([[3], 7, false, 2]);
    writer.putRToR(800);
    writer.put(block([4]));
    reader.take(reading);
    expect([taken(reading), reading.overrun, heard.length]).toEqual([[4], false, 2]);
  });

  it("that is full drops intervals, and no sample that it holds", () => {
    const { writer, reader, reading } = rings();
    writer.put(block([1, 2, 3]));
    for (let interval = 0; interval < 2000; interval++) writer.putRToR(1000);
    reader.take(reading);
    expect([taken(reading), reading.more]).toEqual([[1, 2, 3], false]);
    writer.put(block([4]));
    reader.take(reading);
    expect([taken(reading), reading.lostSamples]).toEqual([[4], 0]);
  });

  it("that nobody reads is full after 1,024 samples or a few less; all later ones are one gap", () => {
    const { writer, reader, reading } = rings();
    for (let number = 0; number < 3000; number += 10) writer.put(block(Array.from({ length: 10 }, (_, index) => number + index)));
    let next = 0;
    do {
      reader.take(reading);
      for (const sampleUv of taken(reading)) expect(sampleUv).toBe(next++);
    } while (reading.more);
    expect(next).toBeGreaterThan(1000);
    writer.put(block([3000]));
    reader.take(reading);
    expect([taken(reading), reading.lostSamples]).toEqual([[3000], 3000 - next]);
  });

  it("tells the status of the other end while there are no samples", () => {
    const { writer, reader, reading } = rings();
    writer.put(block([1]));
    writer.setStatus(AFE_BUS_ERROR);
    expect(reader.take(reading)).toBe(AFE_OK);
    expect(reader.take(reading)).toBe(AFE_BUS_ERROR);
    writer.setStatus(AFE_OK);
    expect(reader.take(reading)).toBe(AFE_OK);
  });

  it("goes on past 2^31 and 2^32 words", () => {
    for (const start of [0x7fff_fff0, -16, -1]) {
      const { memory, writer, reader, reading } = rings();
      new Int32Array(memory).set([start, start]);
      for (let number = 0; number < 100; number++) {
        writer.put(block([number, -1 - number]));
        reader.take(reading);
        expect(taken(reading)).toEqual([number, -1 - number]);
      }
    }
  });

  it("numbers every sample truly, whatever the order of puts and takes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 0, max: 3 }), fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 500 }))), { maxLength: 400 }), (steps) => {
        const { writer, reader, reading } = rings();
        let written = 0;
        let read = 0;
        for (const [count, takes, gapSamples] of steps) {
          written += gapSamples;
          writer.put(block(Array.from({ length: count }, (_, index) => (written + index) % 30_000), { gapSamples }));
          written += count;
          for (let take = 0; take < takes; take++) {
            reader.take(reading);
            read += reading.lostSamples;
            for (const sampleUv of taken(reading)) if (sampleUv !== read++ % 30_000) return false;
          }
        }
        return true;
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it("is an AFE at its reading end, and remembers that an electrode is off", () => {
    const { memory, writer, reading } = rings();
    const afe = new RingAfe(memory, "ADS1292R");
    expect(afe.identification).toEqual({ model: "ADS1292R", classification: "ECG" });
    writer.put(block([1], { leadOff: true }));
    afe.sample(reading);
    expect(reading).toMatchObject({ count: 1, leadOff: true });
    afe.sample(reading);
    expect(reading).toMatchObject({ count: 0, leadOff: true });
    writer.put(block([1]));
    afe.sample(reading);
    expect(reading.leadOff).toBe(false);
  });

  it("takes only memory of its size", () => expect(() => new SampleRing(new ArrayBuffer(16))).toThrow("SAMPLE_RING_BYTES"));
});

describe("two threads", () => {
  /** The writer's side: blocks of 1 to 32 numbered samples as fast as it can, each with flags that follow from its number. */
  const WRITER = `
    import { parentPort, workerData } from "node:worker_threads";
    import { SampleRing } from "./src/samples/sample-ring.ts";
    const { memory, samples, patient } = workerData;
    const ring = new SampleRing(memory);
    const words = new Int32Array(memory);
    const block = { firstSample: 0, count: 0, samplesUv: new Int32Array(32), gapSamples: 0, lateSamples: 0, leadOff: false, saturated: false };
    for (let number = 0, length = 1; number < samples; number += block.count, length = (length % 32) + 1) {
      block.count = length;
      for (let index = 0; index < length; index++) block.samplesUv[index] = ((number + index) % 60000) - 30000;
      block.saturated = length === 7;
      // A patient writer waits for room, so that nothing may be lost; an impatient one does not, so that losses must be told.
      for (let spins = 0; patient && ((Atomics.load(words, 0) - Atomics.load(words, 1)) | 0) > 1024 - 33; spins++)
        if (spins > 1000) Atomics.wait(words, 3, 0, 0.2);
      ring.put(block);
    }
    parentPort.postMessage("done");
  `;

  it.each([["a writer that waits for room: nothing of 4 million samples is lost", true, 4_000_000], ["a writer that does not: what is lost of 20 million is told, to the sample", false, 20_000_000]])("%s", async (_, patient, samples) => {
    const bundle = await build({ stdin: { contents: WRITER, resolveDir: new URL("../..", import.meta.url).pathname }, bundle: true, format: "esm", platform: "node", write: false });
    const { memory, reader, reading } = rings();
    const code = `data:text/javascript,${encodeURIComponent((bundle.outputFiles[0] as { text: string }).text)}`;
    const worker = new Worker(new URL(code), { workerData: { memory, samples, patient } });
    const done = once(worker, "message");
    let isDone = false;
    void done.then(() => (isDone = true));
    let read = 0;
    let received = 0;
    for (let rounds = 0; ; rounds++) {
      reader.take(reading);
      if (!patient || reading.lostSamples === 0) read += reading.lostSamples;
      else throw new Error(`${reading.lostSamples} samples lost before ${read}`);
      for (let index = 0; index < reading.count; index++) {
        if (reading.samplesUv[index] !== (read++ % 60_000) - 30_000) throw new Error(`sample ${read - 1} is ${reading.samplesUv[index]}`);
      }
      received += reading.count;
      if (reading.count > 0) continue;
      if (isDone) break;
      if (rounds % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await worker.terminate();
    expect(received).toBeGreaterThan(patient ? samples - 1 : 900);
    if (!patient) expect(read).toBeGreaterThanOrEqual(received);
  }, 60_000);
});
