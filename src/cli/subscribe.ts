// `edgebeat subscribe`: prints the alerts of devices as they arrive, each once.
import type { Writable } from "node:stream";
import type { SubscriberEvent } from "../subscriber/subscriber.js";
import { eventJson, eventText } from "./lines.js";
import { unsealerOf } from "./keys-file.js";
import { listen } from "./listener.js";
import { StateFolder } from "./state-folder.js";
import { readTlsFiles, shownUrl, type TlsFlags } from "./tls-files.js";
import { UsageError } from "./usage-error.js";

export interface SubscribeOptions extends TlsFlags {
  readonly url: string;
  readonly device?: string;
  /** File of keys. */
  readonly keys?: string;
  /** Client identifier of a lasting session. */
  readonly session?: string;
  /** Folder in which it is kept what was heard. */
  readonly state?: string;
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
  const keys = options.keys === undefined ? undefined : unsealerOf(options.keys);
  const state = options.state === undefined ? undefined : new StateFolder(options.state);
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const client = await Promise.race([listen({ url, tls: readTlsFiles(options, url), keys, deviceId: device, session, state, onFailure: fail, onEvent }), failure]);
  output.write(options.json ? `${JSON.stringify({ type: "listening", url: shownUrl(url) })}\n` : `Listening at ${shownUrl(url)}; end with Ctrl-C.\n`);
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  await Promise.race([signalled, failure]);
  await client.endAsync();
}

export function checkBrokerUrl(flag: string, url: string): void {
  if (!URL.canParse(url) || !PROTOCOLS.includes(new URL(url).protocol))
    throw new UsageError(`${flag} ${url.replace(/[^/]*@/, "")}: expected an address such as mqtt://127.0.0.1:1883 (${PROTOCOLS.map((protocol) => `${protocol}//`).join(", ")})`);
}
