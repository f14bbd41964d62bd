// The state folder: what a subscriber has heard, a file for each device, so that a restart neither repeats an alert nor falls for a replay.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DeviceMemory } from "../subscriber/device-memory.js";
import { isDeviceId } from "../wire/topic.js";
import { readJson, writeSecretJson } from "./json-file.js";
import { UsageError } from "./usage-error.js";

const FLAG = "--state";
const ENDING = ".json";
const EXPECTED = "what edgebeat wrote there; nothing was changed, and without the file its device would be heard anew";

export class StateFolder {
  readonly #folder: string;
  /** By device. */
  readonly memories = new Map<string, DeviceMemory>();

  /** Reads the folder, or makes it. @throws UsageError that names file and field; no file is touched then */
  constructor(folder: string) {
    this.#folder = folder;
    for (const file of filesOf(folder)) {
      const deviceId = file.slice(0, -ENDING.length);
      // Unfinished files of a writer that was stopped have other endings.
      if (!file.endsWith(ENDING) || !isDeviceId(deviceId)) continue;
      const path = join(folder, file);
      const memory = DeviceMemory.fromJson(readJson(FLAG, path, EXPECTED));
      if (typeof memory === "string") throw new UsageError(`${FLAG} ${path}: ${memory}, as in ${EXPECTED}`);
      this.memories.set(deviceId, memory);
    }
  }

  /** Makes durable what was heard of a device. @throws UsageError */
  save(deviceId: string): void {
    const memory = this.memories.get(deviceId);
    if (memory?.isChanged) writeSecretJson(FLAG, join(this.#folder, deviceId + ENDING), memory.toJson());
  }
}

function filesOf(folder: string): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder);
  } catch (error) {
    throw new UsageError(`${FLAG} ${folder}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected a folder`);
  }
}
