// The border between the firmware on the desk and the world around it: operation numbers of the two calls that cross it.
// One call goes out (hostCall), one comes in (Device.call); both carry two numbers and bytes, so that a pipe can carry them too.
import { putText } from "../../wire/bytes.js";

/**
 * What the firmware asks of the world.
 * @param op OP_*
 * @param bytes The world may read and change them in place.
 * @returns depends on `op`
 */
export type HostCall = (op: number, a: number, b: number, bytes?: Uint8Array) => number;

/** SPI: one chip-select frame, in place. @returns 0, or -1 for a bus fault */
export const OP_SPI_TRANSFER = 1;
/** Flash: read `bytes` from offset a. @returns 1, or 0 for a fault */
export const OP_FLASH_READ = 2;
/** Flash: program `bytes` at offset a. @returns 1, or 0 for a fault */
export const OP_FLASH_WRITE = 3;
/** Flash: erase block a. @returns 1, or 0 for a fault */
export const OP_FLASH_ERASE = 4;
/** MQTT: connect; a = keep-alive in ms, bytes = `packText(clientId, packText(willTopic, willMessage))`. @returns number of the session */
export const OP_MQTT_OPEN = 5;
/** MQTT: publish in session a with packet identifier b; bytes = `packText(topic, message)`. @returns bytes writable after it, -1 if refused */
export const OP_MQTT_PUBLISH = 6;
/** Same, retained. */
export const OP_MQTT_PUBLISH_RETAINED = 7;
/** MQTT: send DISCONNECT in session a. @returns 0 */
export const OP_MQTT_DISCONNECT = 8;
/** MQTT: close the socket of session a. */
export const OP_MQTT_CLOSE = 9;
/** QRS marker: a = sample number, b = heart rate, -1 while unknown. */
export const OP_BEAT = 10;
/** An alert was raised: bytes = alert record. */
export const OP_ALERT = 11;
/** The class of a beat is known: a = sample number of its QRS marker, b = BEAT_*. */
export const OP_BEAT_CLASS = 13;

/**
 * AES-GCM; bytes = key of a % 256 bytes, nonce, b bytes of associated data, text, room for the tag. Encrypts the text in place if
 * a < 256, else decrypts it. @returns 1, or 0 if the text is not genuine
 */
export const OP_AEAD = 12;
/** Level of pin a (PIN_*). @returns 0 or 1, -1 for a fault */
export const OP_PIN_READ = 17;
/** Converts the analog input. @returns the code, -1 for a fault */
export const OP_ANALOG_READ = 18;

/** DRDY of an ADS1292R. */
export const PIN_DATA_READY = 1;
/** LO+ and LO- of an AD8232. */
export const PIN_LEAD_OFF_PLUS = 2;
export const PIN_LEAD_OFF_MINUS = 3;

/** Secret store: reads into `bytes`. @returns how many there are, or -1 if none */
export const OP_STORE_READ = 14;
/** Secret store: replaces what is there by `bytes`. @returns 1, or 0 for a fault */
export const OP_STORE_WRITE = 15;
/** MQTT: subscribe in session a, with packet identifier b; bytes = `packText(topic, nothing)`. @returns bytes writable after it, -1 if refused */
export const OP_MQTT_SUBSCRIBE = 16;
/** Firmware slots: a = SLOTS_*, b = bytes of the image for SLOTS_BEGIN, bytes = a piece for SLOTS_WRITE. @returns 1, or 0 for a fault or no; for SLOTS_BYTES the room */
export const OP_SLOTS = 19;
export const SLOTS_BYTES = 0;
export const SLOTS_ON_TRIAL = 1;
export const SLOTS_BEGIN = 2;
export const SLOTS_WRITE = 3;
export const SLOTS_SELECT = 4;
export const SLOTS_CONFIRM = 5;
/** Image check: a = CHECK_*; bytes = what is to be hashed, 32 bytes for the digest, or digest and signature (96 bytes). @returns 1, or 0 for a wrong signature */
export const OP_IMAGE_CHECK = 20;
export const CHECK_RESET = 0;
export const CHECK_UPDATE = 1;
export const CHECK_DIGEST = 2;
export const CHECK_SIGNED = 3;
/** The device starts anew after this call. */
export const OP_RESTART = 21;

/** World to device: power on; bytes = JSON of BootOptions. @returns 0, or -1 with the reason in the mailbox as text (its length is in b of the answer) */
export const CALL_BOOT = 1;
/** Time passes: a = the millisecond counter (its lower 32 bits count), b = Unix time in ms if the network has just told it, else 0. */
export const CALL_TICK = 2;
/** MQTT session a has room for b bytes. */
export const CALL_MQTT_WRITABLE = 3;
/** MQTT session a: control message; b = operation * 65536 + packet identifier. */
export const CALL_MQTT_CONTROL = 4;
/** MQTT session a has failed. */
export const CALL_MQTT_ERROR = 5;
/** MQTT session a: a message came; bytes = the message. */
export const CALL_MQTT_MESSAGE = 8;
/** Monitoring is suspended (a = 1) or taken up again (a = 0), as by the standby key of a bedside monitor. */
export const CALL_STANDBY = 6;
/** @returns a figure; a = FIGURE_* */
export const CALL_FIGURE = 7;
/** The AFE's interrupt or timer: what is acquired apart from the monitor's tick is read now; a = time since power on in ms. */
export const CALL_SERVICE = 9;

export const FIGURE_PENDING_ALERTS = 0;
export const FIGURE_LOST_SAMPLES = 1;
export const FIGURE_BOOT_COUNT = 2;
export const FIGURE_SAMPLES = 3;
/** -1 while unknown. [1/min] */
export const FIGURE_HEART_RATE = 4;
/** Strips being written, and parts of them that wait for delivery. */
export const FIGURE_PENDING_EVIDENCE = 5;
export const FIGURE_LATE_SAMPLES = 6;

/** Bytes of the mailbox through which the world hands bytes to the device. */
export const MAILBOX_BYTES = 2048;

/** The firmware as the world sees it. */
export interface Device {
  readonly mailbox: Uint8Array;
  /** @param byteCount bytes the world has put into the mailbox */
  call(op: number, a: number, b: number, byteCount: number): number;
}

/** Front ends that the desk can have. */
export const AFE_NAMES = Object.freeze(["max30003", "ads1292r", "ad8232"] as const);
export type AfeName = (typeof AFE_NAMES)[number];

export interface BootOptions {
  /** MAX30003 if left out. */
  readonly afe?: AfeName;
  /** The AFE is read by CALL_SERVICE, into a ring, and not by the monitor's own tick. */
  readonly apart?: boolean;
  /** Unchecked settings; see monitor/config. */
  readonly config: unknown;
  /** Unchecked, see monitor/provision; it takes the place of `config`. Undefined: the device sends in clear. */
  readonly provision?: unknown;
  readonly entropy: number;
  /** What the millisecond counter shows at power on; 0 if absent. */
  readonly ticks?: number;
  readonly flashBlockBytes: number;
  readonly flashBlockCount: number;
  /** Name of the board, if it has slots for firmware. */
  readonly updateBoard?: string | undefined;
}

/** A function that XS has beside those of the language: text to bytes at once, so that no cost of the border counts as the firmware's. */
const { fromString } = ArrayBuffer as { fromString?: (text: string) => ArrayBuffer };

/** Packs an ASCII text, with a byte for its length before it, and bytes into one. */
export function packText(text: string, tail: Uint8Array): Uint8Array {
  const packed = new Uint8Array(1 + text.length + tail.length);
  packed[0] = text.length;
  if (fromString) packed.set(new Uint8Array(fromString(text)), 1);
  else putText(packed, 1, text);
  packed.set(tail, 1 + text.length);
  return packed;
}

/** Undoes `packText`, as often as it was done. */
export function unpackTexts(packed: Uint8Array, textCount: number): { texts: string[]; tail: Uint8Array } {
  const texts: string[] = [];
  let offset = 0;
  for (let index = 0; index < textCount; index++) {
    const length = packed[offset++] as number;
    texts.push(String.fromCharCode(...packed.subarray(offset, offset + length)));
    offset += length;
  }
  return { texts, tail: packed.subarray(offset) };
}
