// What a board needs for updates over the air: two slots, the means to check an image, its own name, and a way to start anew.
import type { FirmwareSlots } from "./firmware-slots.js";
import type { ImageCheck } from "./image-check.js";

export interface BoardUpdate {
  /** Name of the board's folder in hardware/: an image for another board is refused. */
  readonly board: string;
  readonly slots: FirmwareSlots;
  /** Knows the key that images must be signed with. */
  readonly check: ImageCheck;
  /** Starts the device anew; may return before it does. */
  restart(): void;
}
