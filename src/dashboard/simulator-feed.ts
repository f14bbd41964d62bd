// SimulatorFeed: the page's end of the bedside protocol; connects again for ever when the simulator is gone.
import type { BedsideMessage, CommandName, SampleFrame } from "./bedside.js";
import { BEDSIDE_PATH, decodeSamples } from "./bedside.js";

/** Wait before connecting again; doubled up to the maximum. [ms] */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5000;

export interface SimulatorFeedHandlers {
  onSamples(frame: SampleFrame): void;
  onMessage(message: BedsideMessage): void;
  /** The connection came or went. */
  onConnected(isConnected: boolean): void;
}

export class SimulatorFeed {
  readonly #handlers: SimulatorFeedHandlers;
  #socket: WebSocket | undefined;
  #retryMs = RETRY_MS_MIN;

  constructor(handlers: SimulatorFeedHandlers) {
    this.#handlers = handlers;
    this.#connect();
  }

  /** Asks the simulator to do something to its world. What it thinks of it shows in the next state. */
  command(name: CommandName, value: boolean): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: "command", name, value }));
  }

  #connect(): void {
    const socket = new WebSocket(`ws://${location.host}${BEDSIDE_PATH}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#retryMs = RETRY_MS_MIN;
      this.#handlers.onConnected(true);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") {
        this.#handlers.onMessage(JSON.parse(data) as BedsideMessage);
        return;
      }
      const frame = decodeSamples(data);
      if (frame) this.#handlers.onSamples(frame);
    };
    socket.onclose = () => {
      this.#handlers.onConnected(false);
      setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(RETRY_MS_MAX, 2 * this.#retryMs);
    };
    this.#socket = socket;
  }
}
