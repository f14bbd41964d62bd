// Listener: an MQTT connection to a broker that feeds a Subscriber.
import mqtt, { type MqttClient } from "mqtt";
import type { UnsealerOptions } from "../subscriber/unsealer.js";
import { Subscriber, type SubscriberEvent } from "../subscriber/subscriber.js";
import type { TlsIdentity } from "../platform/sim/broker.js";
import { shownUrl } from "./tls-files.js";
import { UsageError } from "./usage-error.js";

/** A broker that has not accepted the first connection by then is reported. [ms] */
const CONNECT_MS_MAX = 5000;
/** Error codes of Node that speak of the broker's certificate. */
const CERTIFICATE_ERRORS = /^(CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_)/;

export interface ListenOptions {
  readonly url: string;
  readonly tls?: TlsIdentity | undefined;
  /** Messages must be encrypted with these. */
  readonly keys?: UnsealerOptions | undefined;
  /** One device, or undefined for all. */
  readonly deviceId?: string | undefined;
  /** What to subscribe to (default: all channels). */
  readonly topics?: readonly string[];
  /** Client identifier of a session that the broker keeps: alerts that come while the listener is away wait for it there. */
  readonly session?: string | undefined;
  readonly onEvent: (event: SubscriberEvent) => void;
}

/**
 * Connects, subscribes with QoS 1 and passes every event on; reconnects by itself when the broker goes away later.
 * @throws UsageError if the broker refuses or is not there at first
 */
export async function listen({ url, tls, keys, deviceId, topics, session, onEvent }: ListenOptions): Promise<MqttClient> {
  let client: MqttClient;
  try {
    const identity = session === undefined ? { clean: true } : { clean: false, clientId: session };
    client = await mqtt.connectAsync(url, { connectTimeout: CONNECT_MS_MAX, reconnectPeriod: 1000, protocolVersion: 4, ...identity, ...tls }, false);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const expected = CERTIFICATE_ERRORS.test(String(code)) ? "a valid certificate with the name of this host, from an authority that --ca names" : "an MQTT 3.1.1 broker that accepts us";
    throw new UsageError(`broker ${shownUrl(url)}: ${reasonOf(error)}, expected ${expected}`);
  }
  const subscriber = new Subscriber(keys);
  client.on("error", () => {});
  client.on("message", (topic, message) => {
    const event = subscriber.accept(topic, message, Date.now());
    if (event) onEvent(event);
  });
  await client.subscribeAsync([...(topics ?? Subscriber.topics(deviceId))], { qos: 1 });
  return client;
}

function reasonOf(error: unknown): string {
  const { code, message, errors, reason: tlsReason } = error as { code?: string | number; message?: string; errors?: { code?: string }[]; reason?: string };
  const reason = tlsReason || message || errors?.[0]?.code || String(code);
  return typeof code === "string" && !reason.includes(code) ? `${reason} (${code})` : reason;
}
