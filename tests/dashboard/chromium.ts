// Chromium for tests: finds the browser and starts it without a screen.
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";

const PATHS = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser's path, or undefined if there is none; `CHROMIUM` names another. */
export const CHROMIUM_PATH = PATHS.find((path) => path !== undefined && existsSync(path));

export const CHROMIUM_MISSING = "SKIPPED: tests in a browser, for there is no Chromium; on Debian: apt-get install -y chromium";

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM_PATH as string,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}
