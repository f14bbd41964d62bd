// What firmware can be built for: boards by their folder in hardware/, with title, the SDK's platform, and of those with flash the chip as esp-web-tools calls
// it; and the front ends of those, by their folder in the board's.
import { readFileSync } from "node:fs";

/** `bootloaderOffset`: where the chip's ROM looks for the second-stage bootloader (ESP-IDF programming guide, "Bootloader"). */
export const BOARDS = Object.freeze({
  "esp32-devkit": { title: "ESP32-DevKitC", platform: "esp32", chip: "ESP32", bootloaderOffset: 0x1000 },
  "xiao-esp32s3": { title: "Seeed XIAO ESP32S3", platform: "esp32/xiao_esp32s3", chip: "ESP32-S3", bootloaderOffset: 0 },
  "esp32c3-supermini": { title: "ESP32-C3 SuperMini", platform: "esp32/esp32c3", chip: "ESP32-C3", bootloaderOffset: 0 },
  desktop: { title: "Moddable's simulator", platform: { linux: "lin", darwin: "mac", win32: "win" }[process.platform] ?? "lin" },
});

/** `suffix`: of the name by which a board with it takes updates, 24 characters at most. */
export const AFES = Object.freeze({
  max30003: { title: "MAX30003", suffix: "" },
  ads1292r: { title: "ADS1292R", suffix: "-1292r" },
  ad8232: { title: "AD8232", suffix: "-8232" },
});

/** The front end of whoever names none. */
export const DEFAULT_AFE = "max30003";

/** @returns the name by which a board with an AFE takes updates, as in its main.ts */
export function updateNameOf(board, afe) {
  return `${board}${AFES[afe].suffix}`;
}

/** @returns place and size of a partition of a board [bytes] */
export function partitionOf(board, name) {
  const lines = readFileSync(new URL(`../hardware/${board}/partitions.csv`, import.meta.url), "utf8").split("\n");
  const cells = lines.map((line) => line.split(",").map((cell) => cell.trim())).find(([label]) => label === name);
  if (!cells) throw new Error(`hardware/${board}/partitions.csv: no partition "${name}"`);
  return { offset: Number(cells[3]), bytes: Number(cells[4]) };
}
