// updateOf: updates over the air of a board with ESP-IDF's two slots.
import type { BoardUpdate } from "../../contracts/update.js";
import { bytesOfHex } from "../../base/hex.js";
import { XsFirmwareSlots } from "./firmware-slots.js";
import { XsImageCheck } from "./image-check.js";
import { noteExpectedRestart } from "./restart-note.js";
import { textSetting } from "./settings.js";

const KEY_BYTES = 64;

/**
 * @param board name of its folder in hardware/
 * @returns undefined for firmware that was built without the setting `updateKey`, or on a chip without a second slot. Does not throw.
 */
export function updateOf(board: string): BoardUpdate | undefined {
  const text = textSetting("updateKey");
  if (text === "") return undefined;
  const key = bytesOfHex(text);
  if (key?.length !== KEY_BYTES) {
    trace(`config.updateKey: ${text.length} characters, expected ${2 * KEY_BYTES} hexadecimal digits; no updates\n`);
    return undefined;
  }
  try {
    return { board, slots: new XsFirmwareSlots(), check: new XsImageCheck(key), restart };
  } catch (error) {
    trace(`Slots: ${error}; no updates\n`);
    return undefined;
  }
}

function restart(): void {
  noteExpectedRestart();
  System.restart?.();
}
