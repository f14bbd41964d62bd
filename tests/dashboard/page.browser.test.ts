// The bedside page in real Chromium, against a real broker and a scripted device.
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/vocabulary/alert.js";
import { PHASE_END, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM } from "../../src/vocabulary/alert.js";
import { STATE_OFFLINE, STATE_ONLINE } from "../../src/wire/record.js";
import { DEVICE_ID, alertOf, connectDevice, startBedside, startBroker } from "./bedside-rig.js";
import { CHROMIUM_MISSING, CHROMIUM_PATH, launchChromium } from "./chromium.js";

/** Folder for pictures of the page, as the README shows one; none are taken without it. */
const PICTURES = process.env["EDGEBEAT_PICTURES"];

if (!CHROMIUM_PATH) console.warn(CHROMIUM_MISSING);

/** How many pixels of the trace are drawn, and a sum that changes with their places. */
const INK = `(() => {
  const canvas = document.getElementById("trace");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0, sum = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) { count++; sum = (sum + at * data[at]) % 1e9; }
  return { count, sum, width: canvas.width, height: canvas.height, ratio: devicePixelRatio, cssWidth: canvas.clientWidth };
})()`;

/** Sweeps two and a half times over a canvas in uneven steps, beats coming late, and counts pixels that differ from a picture drawn at once by more than the browser's rounding at path ends (14 of 255 seen). */
const STRIPS = `
  import { SampleHistory } from "../../src/dashboard/sample-history.js";
  import { beatStrip, drawTrace, staleStrips, sweepOf } from "../../src/dashboard/waveform.js";
  export function compare(ratio) {
    const sweep = sweepOf(400, 200);
    const look = { font: "sans-serif", ink: "#fff", trace: "#0f0", glow: "rgb(0 255 0 / 0.2)", head: "#fff", beat: { V: "#f80" } };
    const pens = [0, 1].map(() => {
      const pen = new OffscreenCanvas(Math.round(400 * ratio), Math.round(200 * ratio)).getContext("2d", { willReadFrequently: true });
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      return pen;
    });
    const history = new SampleHistory();
    const onPixels = ({ fromPx, toPx }) => ({ fromPx: Math.floor(fromPx * ratio) / ratio, toPx: Math.ceil(toPx * ratio) / ratio });
    let drawn = 0, next = 0;
    const uvAt = (sample) => (sample % 190 < 8 ? 1500 - 300 * Math.abs((sample % 190) - 4) : 200 * Math.sin(sample / 30));
    for (let step = 0; next < 2.5 * sweep.sampleCount; step++) {
      const count = 1 + (step * 7) % 13;
      history.push({ firstSample: next + (step % 50 === 49 ? 6 : 0), samplesUv: Int16Array.from({ length: count }, (_, index) => uvAt(next + index)) });
      next = history.nextSample;
      const beats = [];
      for (let sample = 4; sample < next - 60; sample += 190) if (sample >= drawn - 60) beats.push({ sample, class: "V", heartRateBpm: 79 });
      for (const beat of beats) history.pushBeat(beat);
      const strips = [...(step === 0 ? [{ fromPx: 0, toPx: 400 }] : staleStrips(sweep, drawn, next - 1)), ...beats.map((beat) => beatStrip(sweep, beat))];
      for (const strip of strips) drawTrace(pens[0], sweep, look, history, next - 1, onPixels(strip));
      drawn = next - 1;
    }
    drawTrace(pens[1], sweep, look, history, drawn, { fromPx: 0, toPx: 400 });
    const [byStrips, atOnce] = pens.map((pen) => pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height).data);
    let different = 0, inked = 0;
    for (let at = 0; at < atOnce.length; at += 4) {
      if (atOnce[at + 3] > 0) inked++;
      const visible = (data, channel) => data[at + channel] * data[at + 3] / 255;
      if ([0, 1, 2].some((channel) => Math.abs(visible(byStrips, channel) - visible(atOnce, channel)) > 32)) different++;
    }
    return { different, inked };
  }
`;
interface Ink {
  count: number;
  sum: number;
  width: number;
  height: number;
  ratio: number;
  cssWidth: number;
}

describe.skipIf(!CHROMIUM_PATH)("waveform in Chromium", () => {
  it("draws strip by strip what it would draw at once, at any pixel ratio", async () => {
    const { outputFiles } = await build({
      stdin: { contents: STRIPS, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, write: false, format: "iife", globalName: "strips", platform: "browser",
    });
    const browser = await launchChromium();
    const blank = await browser.newPage();
    await blank.evaluate(String(outputFiles[0]?.text));
    for (const ratio of [1, 1.5, 2]) {
      const { different, inked } = (await blank.evaluate(`strips.compare(${ratio})`)) as { different: number; inked: number };
      expect(inked).toBeGreaterThan(2000 * ratio);
      expect(different).toBe(0);
    }
    await browser.close();
  });
});

describe.skipIf(!CHROMIUM_PATH)("page in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let bedside: Awaited<ReturnType<typeof startBedside>>;
  let device: Awaited<ReturnType<typeof connectDevice>>;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function openPage(size: { width: number; height: number }, deviceScaleFactor = 1): Promise<void> {
    page = await browser.newPage({ viewport: size, deviceScaleFactor, timezoneId: "UTC" });
    complaints = [];
    page.on("console", (line) => ["error", "warning"].includes(line.type()) && complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(bedside.url);
    await page.locator("#broker-chip", { hasText: "online" }).waitFor();
    await page.locator("#device-chip", { hasText: "connected" }).waitFor();
  }

  beforeEach(async () => {
    broker = await startBroker();
    bedside = await startBedside(broker.wsUrl);
    device = await connectDevice(broker.tcpUrl);
    await openPage({ width: 1280, height: 800 });
  });
  afterEach(async () => {
    await page.close();
    await device.end();
    await bedside.close();
    await broker.close();
  });

  const rowTexts = (): Promise<string[]> => page.locator(".alert").evaluateAll((rows) => rows.map((row) => (row as unknown as { innerText: string }).innerText.replace(/\s+/g, " ")));
  const rowsAre = (expected: (string | RegExp)[]): Promise<void> => expect.poll(rowTexts, { timeout: 10_000 }).toEqual(expected.map((text) => expect.stringMatching(text)));
  const publishAll = async (alerts: Alert[], late = false): Promise<void> => {
    for (const alert of alerts) await device.publishAlert(alert, late);
  };

  it("says what it is, and that it is not a medical device", async () => {
    await expect.poll(() => page.locator(".facts").innerText()).toMatch(new RegExp(`${DEVICE_ID}[^]*208-excerpt[^]*node[^]*1×[^]*0:0\\d:\\d\\d`));
    expect(await page.locator(".disclaimer").innerText()).toBe("Not a medical device");
    expect(await page.locator("footer").innerText()).toContain("never use it to watch a patient");
    await expect.poll(() => page.locator("#alarm-text").innerText()).toBe("No active alert");
    expect(complaints).toEqual([]);
  });

  it("draws a moving trace, sharp on a dense screen, and the heart rate", async () => {
    await page.close();
    await openPage({ width: 1280, height: 800 }, 2);
    bedside.play(1500);
    await expect.poll(async () => ((await page.evaluate(INK)) as Ink).count, { timeout: 10_000 }).toBeGreaterThan(5000);
    const before = (await page.evaluate(INK)) as Ink;
    expect(before.ratio).toBe(2);
    expect(before.width).toBe(2 * before.cssWidth);
    await expect.poll(async () => ((await page.evaluate(INK)) as Ink).sum).not.toBe(before.sum);
    await expect.poll(() => page.locator("#heart-rate").innerText()).toMatch(/^\d{2,3}$/);
    expect(complaints).toEqual([]);
  });

  it("orders alerts by priority, then age, and marks late and ended ones", async () => {
    await publishAll([
      alertOf({ sequence: 1, conditionCode: 64, priority: PRIORITY_LOW, onsetUptimeMs: 1000 }),
      alertOf({ sequence: 2, conditionCode: 3, priority: PRIORITY_MEDIUM, onsetUptimeMs: 9000, measured: 141, limit: 120 }),
      alertOf({ sequence: 3, conditionCode: 4, priority: PRIORITY_MEDIUM, onsetUptimeMs: 5000, measured: 2600, limit: 2500 }),
    ]);
    await publishAll([alertOf({ sequence: 4, conditionCode: 1, priority: PRIORITY_HIGH, onsetUptimeMs: 20_000 })], true);
    await rowsAre([
      /^!!! Asystole high priority 4.0 s, limit 4.0 s late 10:00:20$/,
      /^!! Pause medium priority 2.6 s, limit 2.5 s 10:00:05$/,
      /^!! Tachycardia medium priority 141\/min, limit 120\/min 10:00:09$/,
      /^! Lead off low priority .* 10:00:01$/,
    ]);
    expect(await page.locator("#alarm-bar").getAttribute("data-priority")).toBe("high");
    expect(await page.locator("#alarm-bar").innerText()).toMatch(/Asystole[^]*high priority · and 3 more/);
    expect(await page.locator("#say-urgent").innerText()).toBe("Asystole, high priority, delivered late");
    expect(await page.locator("#say-calm p").last().innerText()).toBe("Pause, medium priority");

    await publishAll([alertOf({ sequence: 5, onsetSequence: 4, conditionCode: 1, phase: PHASE_END, onsetUptimeMs: 26_000 })]);
    await rowsAre([/Pause/, /Tachycardia/, /Lead off/, /Asystole .* late ended after 6.0 s 10:00:20$/]);
    expect(await page.locator("#alarm-bar").getAttribute("data-priority")).toBe("medium");
    expect(await page.locator("#alerts-counts").innerText()).toBe("3 active, 1 ended");
    expect(complaints).toEqual([]);
  });

  it("shows the ECG around an alert under it, with its gaps, and says when it is not complete", async () => {
    const [whole, torn, cut] = [
      alertOf({ sequence: 1, onsetSample: 40_000 }),
      alertOf({ sequence: 2, conditionCode: 4, priority: PRIORITY_MEDIUM, onsetSample: 50_000 }),
      alertOf({ sequence: 3, conditionCode: 2, priority: PRIORITY_LOW, measured: 38, limit: 40, onsetSample: 60_000 }),
    ] as const;
    await publishAll([whole, torn, cut]);
    await device.publishStrip(whole);
    await device.publishStrip(torn, { gap: [1500, 1750] });
    await device.publishStrip(cut, { partCount: 5 });
    const captions = (): Promise<string[]> => page.locator(".alert-strip figcaption").allInnerTexts();
    await expect.poll(captions).toEqual([
      "ECG 10.0 s · onset at 7.0 s",
      "ECG 10.0 s · onset at 7.0 s · 1.0 s missing",
      "ECG 5.0 s · incomplete: 5 parts so far",
    ]);
    expect(await page.locator(".alert-strip").first().locator("polyline").count()).toBe(1);
    expect(await page.locator(".alert-strip").nth(1).locator("polyline").count()).toBe(2);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const [row, drawing] = [await page.locator(".alert").first().boundingBox(), await page.locator(".strip-trace").first().boundingBox()];
      expect(drawing!.height).toBeGreaterThanOrEqual(40);
      expect(drawing!.width).toBeGreaterThan(row!.width * 0.7);
      expect(drawing!.width).toBeLessThanOrEqual(row!.width);
    }
    expect(complaints).toEqual([]);
  });

  it("shows each alert once, and drops what is damaged", async () => {
    const alert = alertOf({ sequence: 1 });
    await publishAll([alert, alert]);
    await device.publishRaw("alert", Buffer.from("no alert"));
    await expect.poll(() => page.locator("#dropped").innerText()).toBe("1 repeated, 1 damaged messages dropped");
    await rowsAre([/Asystole/]);
    expect(await page.locator("#notice").innerText()).toMatch(/^Dropped a message on edgebeat\/v1\/bed-7\/alert: message: 8 bytes/);
    expect(complaints).toEqual([]);
  });

  it("tells what the broker says: online, lost by Last Will, online again after a restart, offline", async () => {
    await publishAll([alertOf({ sequence: 1 })]);
    await rowsAre([/Asystole/]);
    device.vanish();
    await expect.poll(() => page.locator("#broker-chip").innerText()).toBe("lost");
    expect(await page.locator("#alarm-more").innerText()).toContain("Alerts cannot arrive: device lost");

    device = await connectDevice(broker.tcpUrl, 2);
    await expect.poll(() => page.locator("#broker-chip").innerText()).toBe("online");
    await rowsAre([/Asystole .* ended by restart/]);
    expect(await page.locator("footer").innerText()).toContain("MAX30003, firmware 0.1.0, boot 2");

    await device.publishStatus(STATE_OFFLINE);
    await expect.poll(() => page.locator("#broker-chip").innerText()).toBe("offline");
    expect(await page.locator("#alarm-text").innerText()).toBe("Alerts cannot arrive: device offline");
    await device.publishStatus(STATE_ONLINE);
    await expect.poll(() => page.locator("#alarm-text").innerText()).toBe("No active alert");
    expect(complaints).toEqual([]);
  });

  it("has buttons that cut and restore, by mouse and by keyboard", async () => {
    const press = (name: string): Promise<void> => page.getByRole("button", { name }).click();
    await press("Cut link");
    await expect.poll(() => page.locator("#device-chip").innerText()).toBe("no link");
    bedside.state.pendingAlerts = 2;
    await expect.poll(() => page.locator("#pending").innerText()).toBe("2");
    expect(await page.locator("#pending-note").isVisible()).toBe(true);
    await press("Restore link");
    await press("Pull lead off");
    await expect.poll(() => page.locator("#banner").innerText()).toBe("Lead off");
    expect(await page.locator("#heart-rate").innerText()).toBe("---");
    await press("Reattach lead");
    await page.getByRole("button", { name: "Cut power" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("#banner").innerText()).toBe("Device without power");
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator("#banner").isVisible()).toBe(false);
    expect(bedside.commands).toEqual([["link", false], ["link", true], ["lead", false], ["lead", true], ["power", false], ["power", true]]);
    expect(complaints).toEqual([]);
  });

  it("keeps its buttons within reach of the Tab key, each with a name", async () => {
    const reached: string[] = [];
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press("Tab");
      reached.push((await page.evaluate("document.activeElement.textContent")) as string);
    }
    expect(reached).toEqual(expect.arrayContaining(["Cut link", "Pull lead off", "Cut power"]));
  });

  it.each([{ width: 1280, height: 800 }, { width: 390, height: 844 }, { width: 320, height: 640 }])("fits $width x $height", async (size) => {
    await page.setViewportSize(size);
    await publishAll([alertOf({ sequence: 1 }), alertOf({ sequence: 2, conditionCode: 2, priority: PRIORITY_MEDIUM, measured: 38, limit: 40 })], true);
    await rowsAre([/Asystole/, /Bradycardia/]);
    await page.evaluate("document.getElementById('record').textContent = 'synthetic:sinus:72@12,asystole@9,vt@10,sinus:72@60,af:110@600'");
    const overflowPx = (await page.evaluate("document.documentElement.scrollWidth - innerWidth")) as number;
    expect(overflowPx).toBeLessThanOrEqual(0);
    for (const name of ["Cut link", "Pull lead off", "Cut power"]) {
      const box = await page.getByRole("button", { name }).boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
    }
  });

  it("says so when the simulator is gone, and finds it again", async () => {
    const { port } = bedside.server;
    await bedside.close();
    await expect.poll(() => page.locator("#banner").innerText()).toBe("No connection to the simulator");
    expect(await page.getByRole("button", { name: "Cut link" }).isDisabled()).toBe(true);
    bedside = await startBedside(broker.wsUrl, port);
    await expect.poll(() => page.locator("#device-chip").innerText(), { timeout: 10_000 }).toBe("connected");
  });

  it.runIf(PICTURES)("has its picture taken", async () => {
    await publishAll([
      alertOf({ sequence: 1, conditionCode: 3, priority: PRIORITY_MEDIUM, onsetUptimeMs: 61_000, measured: 131, limit: 120 }),
      alertOf({ sequence: 2, onsetSequence: 1, conditionCode: 3, priority: PRIORITY_MEDIUM, phase: PHASE_END, onsetUptimeMs: 84_000 }),
    ]);
    await publishAll([
      alertOf({ sequence: 3, conditionCode: 1, latching: true, onsetUptimeMs: 130_000, measured: 4012, limit: 4000 }),
      alertOf({ sequence: 4, onsetSequence: 3, conditionCode: 1, latching: true, phase: PHASE_END, onsetUptimeMs: 135_200 }),
      alertOf({ sequence: 5, conditionCode: 4, priority: PRIORITY_MEDIUM, onsetUptimeMs: 166_000, measured: 2612, limit: 2500 }),
    ], true);
    await publishAll([alertOf({ sequence: 6, conditionCode: 64, priority: PRIORITY_LOW, onsetUptimeMs: 180_000, measured: 1000, limit: 1000 })]);
    await device.publishStrip(alertOf({ sequence: 3, onsetSample: 32_500 }));
    await device.publishStrip(alertOf({ sequence: 5, onsetSample: 41_500 }), { gap: [1500, 1750] });
    const shoot = async (name: string): Promise<void> => {
      bedside.play(2500);
      await page.waitForTimeout(3000);
      await page.screenshot({ path: join(PICTURES as string, `${name}.png`), fullPage: true });
    };
    await shoot("page-1280x800");
    bedside.state.linkUp = bedside.state.online = false;
    bedside.state.pendingAlerts = 3;
    device.vanish();
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot("page-390x844");
    expect(complaints).toEqual([]);
  });
});
