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
  private readonly _options: WifiOptions;
  private readonly _wifi: WiFi;
  private _joinMs = JOIN_MS_MIN;
  private _joinPending = false;
  private _ntp: NTP | undefined;
  private _timeTimer: object | undefined;

  constructor(options: WifiOptions) {
    this._options = options;
    this._wifi = new WiFi({ onChanged: (property) => this._onChanged(property) });
    this._join();
  }

  private _join(): void {
    try {
      this._wifi.connect({ SSID: this._options.ssid, password: this._options.password });
    } catch (error) {
      trace(`Wi-Fi: ${error}\n`);
      this._joinLater();
    }
  }

  private _onChanged(property: string): void {
    if (property !== "connection") return;
    const { connection } = this._wifi;
    if (connection >= CONNECTION_ADDRESS) {
      trace("Wi-Fi: joined\n");
      this._joinMs = JOIN_MS_MIN;
      this._askTime();
    } else if (connection <= CONNECTION_IDLE) {
      this._joinLater();
    }
  }

  private _joinLater(): void {
    if (this._joinPending) return;
    this._joinPending = true;
    trace(`Wi-Fi: not there; trying again in ${this._joinMs} ms\n`);
    Timer.set(() => {
      this._joinPending = false;
      this._join();
    }, this._joinMs);
    this._joinMs = Math.min(JOIN_MS_MAX, this._joinMs * 2);
  }

  /** Until somebody tells the time, alerts are dated by uptime. */
  private _askTime(): void {
    // Before all else: the SDK's client may never call back.
    this._askTimeIn(TIME_RETRY_MS);
    this._ntp?.close();
    try {
      const { ntpServer, dns } = this._options;
      this._ntp = new NTP({ servers: [ntpServer], socket: { io: GuardedUdp }, dns });
      this._ntp.getTime((error, unixMs) => this._onTime(error ? 0 : (unixMs ?? 0)));
    } catch (error) {
      trace(`NTP: ${error}\n`);
    }
  }

  private _onTime(unixMs: number): void {
    this._ntp?.close();
    this._ntp = undefined;
    if (unixMs < UNIX_MS_MIN) return;
    this._options.onTime(unixMs);
    this._askTimeIn(TIME_RENEWAL_MS);
  }

  private _askTimeIn(delayMs: number): void {
    Timer.clear(this._timeTimer);
    this._timeTimer = Timer.set(() => this._askTime(), delayMs);
  }
}
