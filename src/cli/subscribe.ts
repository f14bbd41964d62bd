// `edgebeat subscribe`: prints the alerts of devices as they arrive, each once.
import type { Writable } from "node:stream";
import type { SubscriberEvent } from "../subscriber/subscriber.js";
import { eventJson, eventText } from "./lines.js";
import { unsealerOf } from "./keys-file.js";
import { listen } from "./listener.js";
import { readTlsFiles, shownUrl, type TlsFlags } from "./tls-files.js";
import { UsageError } from "./usage-error.js";

export interface SubscribeOptions extends TlsFlags {
  readonly url: string;
  readonly device?: string;
  /** File of keys. */
  readonly keys?: string;
  /** Client identifier of a lasting session. */
  readonly session?: string;
  readonly json: boolean;
}

const PROTOCOLS = ["mqtt:", "mqtts:", "ws:", "wss:"];

/** Runs until the process is told to end. */
export async function subscribe(options: SubscribeOptions, output: Writable): Promise<void> {
  checkBrokerUrl("--url", options.url);
  const { url, device, session } = options;
  const onEvent = (event: SubscriberEvent): void => {
    const line = options.json ? eventJson(event) : eventText(event);
    if (line) output.write(`${line}\n`);
  };
  const client = await listen({ url, tls: readTlsFiles(options, url), keys: options.keys === undefined ? undefined : unsealerOf(options.keys), deviceId: device, session, onEvent });
  output.write(options.json ? `${JSON.stringify({ type: "listening", url: shownUrl(url) })}\n` : `Listening at ${shownUrl(url)}; end with Ctrl-C.\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  await client.endAsync();
}

export function checkBrokerUrl(flag: string, url: string): void {
  if (!URL.canParse(url) || !PROTOCOLS.includes(new URL(url).protocol))
    throw new UsageError(`${flag} ${url.replace(/[^/]*@/, "")}: expected an address such as mqtt://127.0.0.1:1883 (${PROTOCOLS.map((protocol) => `${protocol}//`).join(", ")})`);
}
