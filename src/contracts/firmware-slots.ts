// The contract of the two slots for firmware: one runs, the other takes an update, and a bootloader decides which one starts.

/**
 * Faults are values. Power may go in any member: the device then starts one of the two firmwares, whole. A firmware that was selected starts
 * on trial: unless it calls `confirm`, the next start is the old one again.
 */
export interface FirmwareSlots {
  /** Room in a slot. */
  readonly slotBytes: number;
  /** What runs was selected by an update, and nobody has confirmed it yet. */
  readonly isOnTrial: boolean;
  /** Makes the other slot ready for an image of that size. @returns false on a fault */
  begin(imageBytes: number): boolean;
  /** Appends to the image. @returns false on a fault */
  write(bytes: Uint8Array): boolean;
  /** The image is whole: lets the next start take it. @returns false on a fault, or if the image is not what the bootloader takes */
  select(): boolean;
  /** What runs is good: it starts from now on. @returns false on a fault */
  confirm(): boolean;
}
