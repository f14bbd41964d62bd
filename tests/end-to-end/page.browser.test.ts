// The page of `npm start` in real Chromium over the real simulator: look, disturb, recover.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM_MISSING, CHROMIUM_PATH, launchChromium } from "../dashboard/chromium.js";
import { Command } from "./command.js";

/** Folder for the picture that the README shows; none is taken without it. */
const PICTURES = process.env["EDGEBEAT_PICTURES"];

if (!CHROMIUM_PATH) console.warn(CHROMIUM_MISSING);

describe.skipIf(!CHROMIUM_PATH)("the page of the simulator", () => {
  let sim: Command;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const text = (id: string): Promise<string> => page.locator(`#${id}`).innerText();
  const alerts = (): Promise<string> => page.locator("#alerts").innerText();

  beforeAll(async () => {
    sim = new Command(["sim", "--speed", PICTURES ? "1" : "4", "--mqtt-port", "0", "--ws-port", "0", "--http-port", "0"]);
    await sim.until(({ stdout }) => /Look at it: +http\S+/.test(stdout), "the address of the page");
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto((/Look at it: +(http\S+)/.exec(sim.stdout) as RegExpExecArray)[1] as string);
  });
  afterAll(async () => {
    await browser?.close();
    await sim?.kill("SIGINT");
  });

  it("shows the record, the heart rate and a device that is online", async () => {
    await expect.poll(() => text("record"), { timeout: 30_000 }).toContain("208-excerpt");
    await expect.poll(async () => Number(await text("heart-rate")), { timeout: 60_000 }).toBeGreaterThan(60);
    await expect.poll(() => text("broker-chip"), { timeout: 30_000 }).toMatch(/online/i);
    await expect.poll(() => text("device-chip"), { timeout: 30_000 }).toMatch(/connected/i);
  });

  it("shows a link that is cut, keeps alerts in flash, and delivers them late when it is back", async () => {
    await page.click("#link-button");
    await expect.poll(() => text("broker-chip"), { timeout: 60_000 }).toMatch(/lost/i);
    await page.click("#lead-button");
    await expect.poll(async () => Number(await text("pending")), { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await alerts()).not.toMatch(/lead off/i);
    if (PICTURES) await page.screenshot({ path: join(PICTURES, "outage.png") });
    await expect.poll(() => text("lead-button"), { timeout: 60_000 }).toMatch(/reattach/i);
    await page.click("#lead-button");
    await expect.poll(() => text("link-button"), { timeout: 60_000 }).toMatch(/restore/i);
    await page.click("#link-button");
    await expect.poll(alerts, { timeout: 120_000 }).toMatch(/lead off/i);
    expect(await alerts()).toMatch(/late/i);
    await expect.poll(async () => Number(await text("pending")), { timeout: 60_000 }).toBe(0);
    if (PICTURES) {
      await page.waitForTimeout(12_000);
      await page.screenshot({ path: join(PICTURES, "page.png") });
    }
  });

  it("survives a power cut: the device starts again and goes on", async () => {
    await expect.poll(() => text("broker-chip"), { timeout: 60_000 }).toMatch(/online/i);
    await page.click("#power-button");
    await expect.poll(() => text("broker-chip"), { timeout: 60_000 }).toMatch(/lost/i);
    await expect.poll(() => text("power-button"), { timeout: 60_000 }).toMatch(/restore/i);
    await page.click("#power-button");
    await expect.poll(() => text("broker-chip"), { timeout: 60_000 }).toMatch(/online/i);
    await expect.poll(async () => Number(await text("heart-rate")), { timeout: 60_000 }).toBeGreaterThan(60);
  });

  it("ends with Ctrl-C, a summary and nothing lost", async () => {
    expect(complaints).toEqual([]);
    await page.close(); // it would rightly complain that the simulator is gone
    await sim.kill("SIGINT");
    expect([sim.process.exitCode, sim.stderr]).toEqual([0, ""]);
    expect(sim.stdout).toMatch(/ 0 lost\.\ndigest [0-9a-f]{64}\n$/);
  });
});
