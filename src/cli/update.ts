// `edgebeat update`: sends a signed firmware to a device at the device's own pace, and waits until it has proved itself.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { UPDATE_RESULT_NAMES, versionText } from "../wire/decode.js";
import { encodeCommand } from "../wire/encode.js";
import { UPDATE_DONE, UPDATE_GOES_ON, UPDATE_HEADER_BYTES, UPDATE_IDLE, UPDATE_ON_TRIAL, UPDATE_PIECE_BYTES_MAX, UPDATE_RECEIVING, UPDATE_SELECTED, type UpdateHeader, type UpdateReport, decodeUpdateHeader } from "../wire/update.js";
import { COMMAND_OFFER_UPDATE, COMMAND_UPDATE_PIECE, RESULT_NOT_UNDERSTOOD } from "../wire/command.js";
import { topicOf } from "../wire/topic.js";
import { type CommandFlags, checkWait, readCommandKeys, sealCommand } from "./command.js";
import { nextSequence, unsealerOf } from "./keys-file.js";
import { listen } from "./listener.js";
import { checkBrokerUrl } from "./subscribe.js";
import { readTlsFiles } from "./tls-files.js";
import { EXIT_LOST, UsageError } from "./usage-error.js";

export type UpdateFlags = CommandFlags;

/** The offer is made again if nothing is heard of it for so long: the device may have been away when it came. [ms] */
const OFFER_MS = 30_000;
/** Progress is told in so many steps. */
const PROGRESS_STEPS = 20;

interface SignedImage {
  readonly header: UpdateHeader;
  readonly headerBytes: Uint8Array;
  readonly image: Uint8Array;
}

/** @returns the exit status: 0 only if the device runs the new firmware and has confirmed it */
export async function update(file: string, flags: UpdateFlags, output: Writable): Promise<number> {
  const { url, device } = flags;
  checkBrokerUrl("--url", url);
  const waitMs = checkWait(flags.wait) * 1000;
  const { command: key } = readCommandKeys(flags.keys, device);
  const signed = readSignedImage(file);
  const topic = topicOf(device, "command");
  const say = (text: string, fields: Readonly<Record<string, unknown>>): void =>
    void output.write(flags.json ? `${JSON.stringify({ type: "update", deviceId: device, ...fields })}\n` : `${device}  ${text}\n`);
  let ended: (ending: Ending | undefined) => void = () => {};
  const ending = new Promise<Ending | undefined>((resolve) => (ended = resolve));
  let offerTimer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  const startWaiting = (): void => {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => ended(undefined), waitMs);
  };
  const send = (sequence: number, command: Parameters<typeof encodeCommand>[1]): void => void client.publish(topic, Buffer.from(sealCommand(key, topic, sequence, encodeCommand(sequence, command))), { qos: 1 });
  const transfer = new Transfer(signed, {
    offer: () => {
      const sequence = nextSequence(flags.keys, device);
      clearInterval(offerTimer);
      offerTimer = setInterval(() => transfer.offer(), OFFER_MS);
      send(sequence, { kind: COMMAND_OFFER_UPDATE, header: signed.headerBytes });
      return sequence;
    },
    piece: (sequence, offset, bytes) => send(sequence, { kind: COMMAND_UPDATE_PIECE, offset, bytes }),
    say,
  });
  const client = await listen({
    url, tls: readTlsFiles(flags, url), keys: unsealerOf(flags.keys), topics: [topicOf(device, "update"), topicOf(device, "status")],
    onEvent: (event) => {
      if (event.type === "status" && event.status.commandResult === RESULT_NOT_UNDERSTOOD && event.status.commandSequence === transfer.sequence) ended({ ok: false, why: "the device takes no updates" });
      if (event.type !== "update") return;
      if (event.update.sequence === transfer.sequence) clearInterval(offerTimer);
      startWaiting();
      const result = transfer.take(event.update);
      if (result) ended(result);
    },
  });
  startWaiting();
  transfer.offer();
  const result = (await ending) ?? { ok: false, why: `nothing was heard for ${flags.wait} s. The device may go on by itself` };
  await client.endAsync();
  clearInterval(offerTimer);
  clearTimeout(idleTimer);
  const version = versionText(signed.header.version);
  say(result.ok ? `runs ${version}, confirmed` : `update to ${version} failed: ${result.why}`, { state: result.ok ? "confirmed" : "failed", version, ...!result.ok && { why: result.why } });
  return result.ok ? 0 : EXIT_LOST;
}

type Ending = { readonly ok: true } | { readonly ok: false; readonly why: string };

interface TransferOutlet {
  /** Sends the offer. @returns the number it was sent under */
  offer(): number;
  piece(sequence: number, offset: number, bytes: Uint8Array): void;
  say(text: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What to do about each report of the device. */
export class Transfer {
  readonly #signed: SignedImage;
  readonly #outlet: TransferOutlet;
  #sequence = 0;
  #toldStep = -1;
  #toldState = "";
  /** The device has had the image whole: from here on it is its own affair. */
  #wasSelected = false;

  constructor(signed: SignedImage, outlet: TransferOutlet) {
    this.#signed = signed;
    this.#outlet = outlet;
  }

  /** Number of the latest offer. */
  get sequence(): number {
    return this.#sequence;
  }

  offer(): void {
    this.#sequence = this.#outlet.offer();
  }

  /** @returns how it ended, if it has */
  take(report: UpdateReport): Ending | undefined {
    const { header, image } = this.#signed;
    if (report.runningVersion === header.version) {
      if (report.state === UPDATE_IDLE) return { ok: true };
      this.#wasSelected = true;
      if (report.state === UPDATE_ON_TRIAL) this.#tell("on trial", "runs the new firmware on trial");
      return undefined;
    }
    const isOurs = report.sequence === this.#sequence;
    if (isOurs && report.result > UPDATE_DONE) return { ok: false, why: UPDATE_RESULT_NAMES[report.result] ?? `result ${report.result}` };
    if (report.state === UPDATE_SELECTED && isOurs) {
      this.#wasSelected = true;
      this.#tell("selected", "has the new firmware, and starts it when nothing is going on");
    }
    if (report.state === UPDATE_RECEIVING && isOurs && report.result === UPDATE_GOES_ON) {
      this.#progress(report.nextOffset);
      this.#outlet.piece(this.#sequence, report.nextOffset, image.subarray(report.nextOffset, report.nextOffset + UPDATE_PIECE_BYTES_MAX));
    }
    // A start since the offer: either of the old firmware again, after a trial, or in the middle of the transfer.
    if (report.sequence === 0 && report.state === UPDATE_IDLE) {
      if (this.#wasSelected) return { ok: false, why: `it did not prove itself, and the device went back to ${versionText(report.runningVersion)}` };
      if (this.#toldStep >= 0) {
        this.#toldStep = -1;
        this.#tell("restarted", "has restarted; beginning anew");
        this.offer();
      }
    }
    return undefined;
  }

  #progress(offset: number): void {
    const { length } = this.#signed.image;
    const step = Math.floor((PROGRESS_STEPS * offset) / length);
    if (step === this.#toldStep) return;
    this.#toldStep = step;
    this.#toldState = "";
    this.#outlet.say(`${Math.floor((100 * offset) / length)} % of ${length} bytes`, { state: "receiving", offset, imageBytes: length });
  }

  #tell(state: string, text: string): void {
    if (state === this.#toldState) return;
    this.#toldState = state;
    this.#outlet.say(text, { state });
  }
}

/** @throws UsageError for a file that no device would take */
function readSignedImage(file: string): SignedImage {
  const expected = "a signed image from npm run release or edgebeat sign";
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected ${expected}`);
  }
  const headerBytes = bytes.subarray(0, UPDATE_HEADER_BYTES);
  const image = bytes.subarray(UPDATE_HEADER_BYTES);
  const header = decodeUpdateHeader(headerBytes);
  if (!header) throw new UsageError(`${file}: has no update header, expected ${expected}`);
  if (header.imageBytes !== image.length) throw new UsageError(`${file}: ${image.length} bytes of image, expected the ${header.imageBytes} that its header names`);
  if (!createHash("sha256").update(image).digest().equals(header.digest)) throw new UsageError(`${file}: another SHA-256 than its header names, expected ${expected}`);
  return { header, headerBytes, image };
}
