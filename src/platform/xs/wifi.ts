// WifiKeeper: joins a Wi-Fi network, joins it again whenever it is lost, and keeps the clock set.
import WiFi from "embedded:network/interface/wifi";
import NTP from "embedded:network/ntp/client";
import Timer from "timer";
import type { ResolverOptions } from "../ecma419/guarded-resolver.js";
import { GuardedUdp } from "./guarded-udp.js";

/** Values of WiFi.connection in the SDK. */
const CONNECTION_IDLE = 200;
const CONNECTION_ADDRESS = 500;
/** First wait before joining again; it doubles up to the limit. [ms] */
const JOIN_MS_MIN = 1000;
const JOIN_MS_MAX = 60_000;
/** The time is asked for again so often: well before the crystal has drifted by a second (CLOCK_TRUST_MS). [ms] */
const TIME_RENEWAL_MS = 6 * 3_600_000;
/** No answer: ask again after this. [ms] RFC 4330, section 10, forbids less than 15 s. */
const TIME_RETRY_MS = 64_000;
/** 2025-01-01, before this firmware was written: an earlier time is an error of the server, or forged. [ms, Unix] */
const UNIX_MS_MIN = 1_735_689_600_000;

export interface WifiOptions {
  readonly ssid: string;
  readonly password: string;
  readonly ntpServer: string;
  readonly dns: ResolverOptions;
  /** The network told the time. @param unixMs [ms] */
  readonly onTime: (unixMs: number) => void;
}

/** Never throws out of a callback: that would restart the device. */
export class WifiKeeper {
  readonly #options: WifiOptions;
  readonly #wifi: WiFi;
  #joinMs = JOIN_MS_MIN;
  #joinPending = false;
  #ntp: NTP | undefined;
  #timeTimer: object | undefined;

  constructor(options: WifiOptions) {
    this.#options = options;
    this.#wifi = new WiFi({ onChanged: (property) => this.#onChanged(property) });
    this.#join();
  }

  #join(): void {
    try {
      this.#wifi.connect({ SSID: this.#options.ssid, password: this.#options.password });
    } catch (error) {
      trace(`Wi-Fi: ${error}\n`);
      this.#joinLater();
    }
  }

  #onChanged(property: string): void {
    if (property !== "connection") return;
    const { connection } = this.#wifi;
    if (connection >= CONNECTION_ADDRESS) {
      trace("Wi-Fi: joined\n");
      this.#joinMs = JOIN_MS_MIN;
      this.#askTime();
    } else if (connection <= CONNECTION_IDLE) {
      this.#joinLater();
    }
  }

  #joinLater(): void {
    if (this.#joinPending) return;
    this.#joinPending = true;
    trace(`Wi-Fi: not there; trying again in ${this.#joinMs} ms\n`);
    Timer.set(() => {
      this.#joinPending = false;
      this.#join();
    }, this.#joinMs);
    this.#joinMs = Math.min(JOIN_MS_MAX, this.#joinMs * 2);
  }

  /** Until somebody tells the time, alerts are dated by uptime. */
  #askTime(): void {
    // Before all else: the SDK's client may never call back.
    this.#askTimeIn(TIME_RETRY_MS);
    this.#ntp?.close();
    try {
      const { ntpServer, dns } = this.#options;
      this.#ntp = new NTP({ servers: [ntpServer], socket: { io: GuardedUdp }, dns });
      this.#ntp.getTime((error, unixMs) => this.#onTime(error ? 0 : (unixMs ?? 0)));
    } catch (error) {
      trace(`NTP: ${error}\n`);
    }
  }

  #onTime(unixMs: number): void {
    this.#ntp?.close();
    this.#ntp = undefined;
    if (unixMs < UNIX_MS_MIN) return;
    this.#options.onTime(unixMs);
    this.#askTimeIn(TIME_RENEWAL_MS);
  }

  #askTimeIn(delayMs: number): void {
    Timer.clear(this.#timeTimer);
    this.#timeTimer = Timer.set(() => this.#askTime(), delayMs);
  }
}
