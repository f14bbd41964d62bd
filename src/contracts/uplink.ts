// The contract of an uplink: one MQTT 3.1.1 session at a time, with back-pressure and faults as values.

/** Takes what comes on a topic, as it came. */
export interface MessageReceiver {
  /** To be subscribed to with QoS 1. */
  readonly topic: string;
  /** @param message at most MESSAGE_BYTES_MAX bytes from anyone, in a buffer of its own */
  receive(message: Uint8Array): void;
}

export interface UplinkSession {
  readonly clientId: string;
  /** PINGREQ interval promised to the broker; the link counts as dead after 1.5 times this. [ms] */
  readonly keepAliveMs: number;
  /** Last Will, QoS 1 and retained: the broker publishes it when the device vanishes. */
  readonly willTopic: string;
  readonly willMessage: Uint8Array;
  /** Undefined: nothing is received. */
  readonly commands?: MessageReceiver | undefined;
}

/** Longer messages to the device are dropped. [bytes] */
export const MESSAGE_BYTES_MAX = 576;
/** Packet identifier of the subscription; messages must have others. */
export const SUBSCRIBE_PACKET_ID = 65535;

/** Events of an uplink. They come between ticks; `onClosed` may also come from inside `open` and `publish`. */
export interface UplinkListener {
  /** The broker accepted the session. */
  onConnected(): void;
  /** PUBACK for packet `packetId`. */
  onAcknowledged(packetId: number): void;
  /** The session is over (or never came to be); call `open` again to try anew. */
  onClosed(): void;
}

export interface Uplink {
  /** Starts a new session; the outcome comes as `onConnected` or `onClosed`. Never throws. */
  open(session: UplinkSession, listener: UplinkListener): void;
  /**
   * Sends one PUBLISH with QoS 1.
   * @param packetId 1 to SUBSCRIBE_PACKET_ID - 1, not in use for an unacknowledged message.
   * @returns false if there is no session or no room for it now (nothing was sent; try later).
   */
  publish(topic: string, message: Uint8Array, retain: boolean, packetId: number): boolean;
  /** Ends the session, with or without a DISCONNECT; `onClosed` does not follow. */
  close(): void;
}
