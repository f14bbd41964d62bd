// TlsSocket: TLS 1.2 over GuardedTcp, in the shape that the SDK's MQTT client wants of a socket.
import type { TcpOptions } from "embedded:io/socket/tcp";
import Session from "ssl/session";
import Timer from "timer";
import { GuardedTcp } from "./guarded-tcp.js";

const TLS_1_2 = 0x303;
/** Head, nonce and tag or MAC of a record, at the most. [bytes] */
const RECORD_OVERHEAD_BYTES = 96;

export interface TlsIdentity {
  /** Who may vouch for the broker, in DER. */
  readonly certificate: ArrayBuffer;
  /** Who we are, our certificate first; RSA. */
  readonly clientCertificates: readonly ArrayBuffer[];
  /** PKCS #8 in DER. */
  readonly clientKey: ArrayBuffer;
}

interface TlsOptions extends TcpOptions {
  /** Name that the broker's certificate must have. */
  readonly host: string;
  readonly secure: TlsIdentity;
}

/**
 * The SDK's own TLSSocket (8.2.3) is not used. It takes a "close notify" in the middle of the handshake, which anybody on the way can send, for
 * the end of the handshake, and lets the MQTT client send its password in clear; and a record that was tampered with can reach it in a timer,
 * where the exception restarts the device. Here a broker that breaks the protocol, or has the wrong certificate, is an error of the connection.
 */
export class TlsSocket {
  format: "buffer" | "number" = "buffer";
  private readonly _options: TlsOptions;
  private readonly _session: Session;
  private _tcp: (GuardedTcp & { readable: number; writable: number }) | undefined;
  private _isReady = false;
  /** What has been decrypted and not been read yet. */
  private _data = new Uint8Array(0);
  private _readTimer: object | undefined;

  /** @throws Error while there is no network, and for certificates that are not of today: the clock must be right */
  constructor(options: TlsOptions) {
    this._options = options;
    this._session = new Session({ serverName: options.host, ...options.secure, protocolVersion: TLS_1_2 });
    this._session.initiateHandshake();
    const tcp = new GuardedTcp({
      address: options.address,
      port: options.port,
      onReadable: (count) => this._onReadable(count),
      onWritable: (count) => this._onWritable(count),
      onError: () => options.onError.call(this as never),
    });
    this._tcp = Object.assign(tcp, { readable: 0, writable: 0 });
  }

  /** As the SDK's TCP: a byte, or `count` bytes, in the format chosen. */
  read(count = this._data.length): number | ArrayBuffer | undefined {
    const data = this._data;
    if (data.length === 0) return undefined;
    const end = this.format === "number" ? 1 : Math.min(count, data.length);
    this._data = data.subarray(end);
    const tcp = this._tcp;
    if (this._data.length === 0 && tcp && tcp.readable > 0)
      this._readTimer ??= Timer.set(() => {
        this._readTimer = undefined;
        try {
          if (this._tcp) this._onReadable(this._tcp.readable);
        } catch {
          this._options.onError.call(this as never);
        }
      }, 0);
    return this.format === "number" ? data[0] : data.slice(0, end).buffer;
  }

  /** @param options `more`: the rest of the packet follows. @returns bytes that may follow */
  write(bytes: ArrayBuffer | Uint8Array, options?: { readonly more?: boolean; readonly byteLength?: number }): number {
    if (!this._tcp || !this._isReady) throw new Error("TLS: not connected");
    return this._session.write(this._tcp, bytes, options);
  }

  close(): void {
    Timer.clear(this._readTimer);
    this._tcp?.close();
    this._tcp = undefined;
  }

  private _onWritable(count: number): void {
    const tcp = this._tcp;
    if (!tcp) return;
    tcp.writable = count;
    if (!this._isReady) this._shakeHands(tcp);
    else if (count > RECORD_OVERHEAD_BYTES) this._options.onWritable.call(this as never, count - RECORD_OVERHEAD_BYTES);
  }

  private _onReadable(count: number): void {
    const tcp = this._tcp;
    if (!tcp) return;
    tcp.readable = count;
    // A step takes a record, or answers the one before.
    while (!this._isReady && tcp.readable > 0) this._shakeHands(tcp);
    if (!this._isReady) this._shakeHands(tcp);
    if (!this._isReady || !this._tcp || this._data.length > 0) return;
    const data = this._session.read(tcp);
    if (data === null) throw new Error("TLS: closed by the broker");
    if (data === undefined || data.length === 0) return;
    this._data = data;
    this._options.onReadable.call(this as never, data.length);
  }

  private _shakeHands(tcp: { readable: number; writable: number }): void {
    const isOver = this._session.handshake(tcp);
    if (this._session.alert) throw new Error("TLS: alert in the handshake");
    if (!isOver) return;
    this._isReady = true;
    this._onWritable(tcp.writable);
  }
}
