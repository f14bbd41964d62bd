// The topic grammar: edgebeat/v1/<device id>/<channel>. Built and parsed from one table.

/** All channels a device publishes on. */
export const CHANNELS = Object.freeze(["alert", "status", "birth", "evidence", "update"] as const);
export type Channel = (typeof CHANNELS)[number];

export const ROOT = "edgebeat/v1";
/** MQTT 3.1.1 lets a broker refuse client identifiers of more than 23 bytes (section 3.1.3.1), and the device id is ours. */
export const DEVICE_ID_BYTES_MAX = 23;
const DEVICE_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-";

/** @returns "" if `deviceId` can name a device, else what is wrong with it. */
export function deviceIdProblem(deviceId: string): string {
  if (deviceId.length < 1 || deviceId.length > DEVICE_ID_BYTES_MAX) return `${deviceId.length} characters, expected 1 to ${DEVICE_ID_BYTES_MAX}`;
  for (let index = 0; index < deviceId.length; index++)
    if (!DEVICE_ID_CHARACTERS.includes(deviceId[index] as string)) return `character "${deviceId[index]}", expected a-z, 0-9 or "-"`;
  return "";
}

/** Topic of one channel of one device, or of its commands; "+" as `deviceId` subscribes to all. */
export function topicOf(deviceId: string, channel: Channel | "command"): string {
  return `${ROOT}/${deviceId}/${channel}`;
}
