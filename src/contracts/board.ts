// The bundle that a board provides: everything the monitor needs from outside, and nothing else.
import type { Aead } from "./aead.js";
import type { Afe } from "./afe.js";
import type { Clock } from "./clock.js";
import type { Flash } from "./flash.js";
import type { Indicator } from "./indicator.js";
import type { RestartReason } from "./restart.js";
import type { Store } from "./store.js";
import type { BoardUpdate } from "./update.js";
import type { Uplink } from "./uplink.js";

/** What a provisioned device encrypts with. */
export interface BoardSecurity {
  readonly aead: Aead;
  readonly store: Store;
  /** Number of the data key; a later key has a higher one. */
  readonly epoch: number;
  /** Encrypts what the device sends. 16 or 32 bytes. */
  readonly data: Uint8Array;
  /** Encrypts commands to it. 16 or 32 bytes. */
  readonly command: Uint8Array;
  /** Sets the wall clock. @param unixMs [ms] */
  readonly setTime: (unixMs: number) => void;
}

export interface Board {
  /** Opens the AFE. Throws if it is not there; the monitor raises a technical alarm and tries again. */
  openAfe(): Afe;
  readonly flash: Flash;
  readonly clock: Clock;
  readonly uplink: Uplink;
  readonly indicator: Indicator;
  /** 32 random bits from the hardware at start, for back-off jitter and nonces. */
  readonly entropy: number;
  /** Without it the device sends in clear. */
  readonly security?: BoardSecurity | undefined;
  /** Why the device started; absent where nobody can tell. A fault raises a technical alarm. */
  readonly restartReason?: RestartReason;
  /** Updates over the air, for a device with security; without it commands that offer one are not understood. */
  readonly update?: BoardUpdate | undefined;
}
