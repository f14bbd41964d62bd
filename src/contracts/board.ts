// The bundle that a board provides: everything the monitor needs from outside, and nothing else.
import type { Afe } from "./afe.js";
import type { Clock } from "./clock.js";
import type { Flash } from "./flash.js";
import type { Indicator } from "./indicator.js";
import type { Uplink } from "./uplink.js";

export interface Board {
  /** Opens the AFE. Throws if it is not there; the monitor raises a technical alarm and tries again. */
  openAfe(): Afe;
  readonly flash: Flash;
  readonly clock: Clock;
  readonly uplink: Uplink;
  readonly indicator: Indicator;
  /** 32 random bits from the hardware at start, for back-off jitter. */
  readonly entropy: number;
}
