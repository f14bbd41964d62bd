// Listener: an MQTT connection to a broker that feeds a Subscriber.
import mqtt, { type MqttClient } from "mqtt";
import type { UnsealerOptions } from "../subscriber/unsealer.js";
import { Subscriber, type SubscriberEvent } from "../subscriber/subscriber.js";
import type { TlsIdentity } from "../platform/sim/broker.js";
import { shownUrl } from "./tls-files.js";
import type { StateFolder } from "./state-folder.js";
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
  /** What was heard before, and where it is kept. */
  readonly state?: StateFolder | undefined;
  /** What went wrong after the start; the listener has ended. */
  readonly onFailure?: (error: unknown) => void;
  readonly onEvent: (event: SubscriberEvent) => void;
}

/**
 * Connects, subscribes with QoS 1 and passes every event on; reconnects by itself when the broker goes away later.
 * @throws UsageError if the broker refuses or is not there at first
 */
export async function listen({ url, tls, keys, deviceId, topics, session, state, onFailure, onEvent }: ListenOptions): Promise<MqttClient> {
  const identity = session === undefined ? { clean: true } : { clean: false, clientId: session };
  const client = mqtt.connect(url, { connectTimeout: CONNECT_MS_MAX, reconnectPeriod: 1000, protocolVersion: 4, ...identity, ...tls });
  client.on("error", () => {});
  const subscriber = new Subscriber(keys, state?.memories);
  // Set before anything can arrive: what waited for this session comes together with the CONNACK. The PUBACK follows `done`, so that what could not
  // be kept is left to the broker.
  client.handleMessage = ({ topic, payload }, done) => {
    try {
      const event = subscriber.accept(topic, payload as Buffer, Date.now());
      if (event) onEvent(event);
      if (event && "deviceId" in event) state?.save(event.deviceId);
      done();
    } catch (error) {
      done(error as Error);
      client.end(true);
      onFailure?.(error);
    }
  };
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("the connection was closed")));
    });
  } catch (error) {
    client.end(true);
    const { code } = error as { code?: unknown };
    const expected = CERTIFICATE_ERRORS.test(String(code)) ? "a valid certificate with the name of this host, from an authority that --ca names" : "an MQTT 3.1.1 broker that accepts us";
    throw new UsageError(`broker ${shownUrl(url)}: ${reasonOf(error)}, expected ${expected}`);
  }
  await client.subscribeAsync([...(topics ?? Subscriber.topics(deviceId))], { qos: 1 });
  return client;
}

function reasonOf(error: unknown): string {
  const { code, message, errors, reason: tlsReason } = error as { code?: string | number; message?: string; errors?: { code?: string }[]; reason?: string };
  const reason = tlsReason || message || errors?.[0]?.code || String(code);
  return typeof code === "string" && !reason.includes(code) ? `${reason} (${code})` : reason;
}
