// Stand-in for the SDK's resetReason on a computer, where every start is "power on".

/** @returns as `esp_reset_reason_t` */
export default function getResetReason(): { reason: number; string: string } {
  return { reason: 1, string: "Power-On" };
}
