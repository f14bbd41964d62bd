// Stand-in for embedded:network/interface/wifi: the computer's own network, which joins a moment after it is asked.
import Timer from "timer";

const IDLE = 200;
const CONNECTING = 300;
const HAS_ADDRESS = 500;
/** About what a real access point takes. [ms] */
const JOIN_MS = 500;

export default class WiFi {
  private readonly _onChanged: (this: WiFi, property: "connection" | "address") => void;
  private _timer: object | undefined;
  connection = IDLE;

  constructor(options: { onChanged(this: WiFi, property: "connection" | "address"): void }) {
    this._onChanged = options.onChanged;
  }
  connect(): void {
    this.connection = CONNECTING;
    this._timer = Timer.set(() => {
      this.connection = HAS_ADDRESS;
      this._onChanged("connection");
    }, JOIN_MS);
  }
  disconnect(): void {
    Timer.clear(this._timer);
    this.connection = IDLE;
  }
  close(): void {
    this.disconnect();
  }
}
