// The topic grammar: edgebeat/v1/<device id>/<channel>. Built and parsed from one table.

/** All channels a device publishes on. */
export const CHANNELS = Object.freeze(["alert", "status", "birth", "evidence", "update"] as const);
export type Channel = (typeof CHANNELS)[number];

export const ROOT = "edgebeat/v1";
const DEVICE_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-";
/** MQTT 3.1.1 lets a broker refuse client identifiers of more than 23 bytes (section 3.1.3.1), and the device id is ours. */
const DEVICE_ID_BYTES_MAX = 23;
/** What a device id must be, for messages. */
export const DEVICE_ID_EXPECTED = `1 to ${DEVICE_ID_BYTES_MAX} characters of a-z, 0-9 and "-"`;

/** Can it name a device? */
export function isDeviceId(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!DEVICE_ID_CHARACTERS.includes(text[index] as string)) return false;
  return text.length > 0 && text.length <= DEVICE_ID_BYTES_MAX;
}

/** Topic of one channel of one device, or of its commands; "+" as `deviceId` subscribes to all. */
export function topicOf(deviceId: string, channel: Channel | "command"): string {
  return `${ROOT}/${deviceId}/${channel}`;
}
