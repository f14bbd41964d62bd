// Ambient types of the Moddable modules that edgebeat uses: only what it uses, as the source of Moddable SDK 8.2.3 has it.
// (The SDK's own typings lack or misstate parts of these: SPI's `close`, MQTT's `onControl`, NTP's errors.) Nothing is imported
// here: TypeScript takes a relative import in an ambient module for `any`, without a word under skipLibCheck.

declare module "timer" {
  /** Timers are opaque objects; whole milliseconds. */
  const Timer: {
    /** Fires once. */
    set(callback: () => void, delayMs: number): object;
    /** Fires for ever. Periods that pass in a stall are made up for, one straight after the other. */
    repeat(callback: (timer: object) => void, intervalMs: number): object;
    /** Fires next in `delayMs`, then every `intervalMs`. Throws for a timer that has fired for the last time. */
    schedule(timer: object, delayMs: number, intervalMs: number): void;
    /** Also takes undefined, and timers that have fired. */
    clear(timer: object | undefined): void;
  };
  export default Timer;
}

declare module "time" {
  /** `ticks` is an int32 of milliseconds that wraps; `delta` knows, up to 24.8 days. `set` drops what is not a whole second. */
  const Time: {
    readonly ticks: number;
    delta(start: number, end?: number): number;
    set(unixSeconds: number): void;
    /** Since the device started, with a manifest that includes `microseconds`. [us] */
    readonly microseconds: number;
  };
  export default Time;
}

/** Adds a property to `time`. */
declare module "microseconds" {}

interface Uint8ArrayConstructor {
  /** ECMAScript 2026. Skips white space. Throws SyntaxError. */
  fromBase64(text: string): Uint8Array<ArrayBuffer>;
}
interface BigIntConstructor {
  /** XS alone. Big-endian. */
  fromArrayBuffer(bytes: ArrayBuffer): bigint;
}

declare module "crypt" {
  export class Digest {
    constructor(type: "SHA256");
    reset(): void;
    /** Also takes views of bytes. */
    write(bytes: ArrayBuffer | Uint8Array): void;
    /** Ends the digest; `reset` begins the next. */
    close(): ArrayBuffer;
  }
  /** Only ArrayBuffers, not views, unless said. Throws Error for keys and buffers of a wrong size. */
  export class BlockCipher {
    constructor(cipher: "AES", key: ArrayBuffer);
    /** One block. */
    encrypt(block: ArrayBuffer): ArrayBuffer;
  }
  export class Mode {
    constructor(mode: "CTR", cipher: BlockCipher);
    /** The first counter block. */
    setIV(block: ArrayBuffer): void;
    /** Also takes views of bytes. */
    encrypt(text: ArrayBuffer | Uint8Array): ArrayBuffer;
  }
  export class GHASH {
    /** @param associated may be empty */
    constructor(h: ArrayBuffer, associated: ArrayBuffer);
    /** At most one call may have a length that is no multiple of 16, the last. */
    write(bytes: ArrayBuffer): void;
    close(): ArrayBuffer;
  }
}

declare module "curve" {
  export default class Curve {
    constructor(name: "secp256r1");
    /** Order of the group. */
    readonly n: bigint;
  }
}

declare module "ecp" {
  export default class ECPoint {
    constructor(x: bigint, y: bigint);
  }
}

declare module "ecdsa" {
  import type Curve from "curve";
  import type ECPoint from "ecp";
  export default class ECDSA {
    constructor(publicKey: ECPoint, curve: Curve);
    /** Takes r and s as they are: it does not check that they lie between 0 and the order. @param signature r and s, each as long as the order */
    verify(digest: ArrayBuffer, signature: ArrayBuffer): boolean;
  }
}

declare module "ssl/session" {
  /** What a session reads from and writes to: it counts both fields itself. */
  interface Transport {
    readable: number;
    writable: number;
  }
  /** TLS 1.2 over a socket that is the caller's. Every member but the constructor's own throws for what breaks the protocol. */
  export default class Session {
    /** Throws Error for certificates that are not of today. */
    constructor(options: {
      readonly serverName: string;
      readonly protocolVersion: number;
      readonly certificate: ArrayBuffer;
      readonly clientCertificates: readonly ArrayBuffer[];
      readonly clientKey: ArrayBuffer;
    });
    /** An alert has come: "close notify", since all others throw. */
    readonly alert: { readonly level: number; readonly description: number } | undefined;
    initiateHandshake(): void;
    /** A step: takes a record, or answers what came before. @returns true when the handshake is over, and after an alert */
    handshake(transport: Transport): boolean;
    /** @returns what a record held, undefined for one that is not whole, null after an alert */
    read(transport: Transport): Uint8Array<ArrayBuffer> | undefined | null;
    /** @returns bytes that may follow */
    write(transport: Transport, bytes: ArrayBuffer | Uint8Array, options?: { readonly more?: boolean; readonly byteLength?: number }): number;
  }
}

declare module "embedded:update" {
  import type { FlashPartition } from "embedded:storage/flash";
  /** Every member throws Error on a fault. */
  interface Updater {
    write(bytes: Uint8Array): void;
    /** Checks the image, and has it start next. */
    complete(): void;
    /** Gives up what is not complete. */
    close(): void;
  }
  const Update: { open(options: { readonly partition: FlashPartition; readonly mode: "a"; readonly byteLength: number }): Updater };
  export default Update;
  export type { Updater };
}

declare module "preference" {
  type Value = boolean | number | string | ArrayBuffer;
  /** NVS on an ESP32. Domains and names have at most 15 characters. Every member throws Error on a fault of the flash. */
  const Preference: {
    get(domain: string, name: string): Value | undefined;
    /** Numbers must be integers of 32 bits. */
    set(domain: string, name: string, value: Value): void;
    delete(domain: string, name: string): void;
  };
  export default Preference;
}

declare module "resetReason" {
  /** ESP32 alone. `reason` is `esp_reset_reason_t`. */
  export default function getResetReason(): { readonly reason: number; readonly string: string };
}

declare module "file" {
  /** A file, made if it is not there and may be written. Every member throws Error on a fault. */
  export class File {
    constructor(path: string, writable: boolean);
    readonly length: number;
    position: number;
    /** Throws at the end of the file. */
    read(type: ArrayBufferConstructor, byteCount: number): ArrayBuffer;
    write(bytes: ArrayBuffer): void;
    close(): void;
  }
}

declare module "net" {
  const Net: {
    /** Name servers that DHCP gave; none before that. Undefined on Linux. */
    get(what: "DNS"): readonly string[] | undefined;
  };
  export default Net;
}

declare module "mc/config" {
  /** The manifests' `config`, with the `name=value` of the command line as texts. */
  const config: Readonly<Record<string, unknown>>;
  export default config;
}

/** What mcconfig makes of the manifest's `ffi.functions`; void* is a whole ArrayBuffer, whose end C does not see. */
declare module "mc/ffi" {
  export default class FFI {
    edgebeat_front_end_process(state: ArrayBuffer, samplesUv: ArrayBuffer, count: number): number;
    edgebeat_front_end_gap(state: ArrayBuffer, lostSamples: number): number;
    edgebeat_is_on_trial(): number;
    edgebeat_confirm(): number;
    edgebeat_delta_ring_append(state: ArrayBuffer, ringBytes: number, samplesUv: ArrayBuffer, from: number, end: number): number;
    edgebeat_crc32(memory: ArrayBuffer, from: number, byteCount: number, seed: number): number;
    edgebeat_same(memory: ArrayBuffer, one: number, other: number, byteCount: number): number;
    edgebeat_max30003_decode(frames: ArrayBuffer, samplesUv: ArrayBuffer, before: number): number;
  }
}

declare module "embedded:io/spi" {
  interface SpiBusOptions {
    readonly hz: number;
    readonly mode?: 0 | 1 | 2 | 3;
    /** The IDF's number of the host, 1 for SPI2 and 2 for SPI3 (a text would count as 0), and GPIO numbers. `clock` and `port` must be there. */
    readonly [pin: string]: unknown;
  }
  /** Chip select stays active after a transfer until `flush(true)`. No fault of the bus is reported. */
  export default class SPI {
    constructor(options: SpiBusOptions);
    /** Full duplex, in place, at most 65535 bytes; takes views of single bytes. Returns when it is done. */
    transfer(bytes: Uint8Array): void;
    flush(deselect?: boolean): void;
    close(): void;
  }
}

declare module "embedded:io/analog" {
  /**
   * ESP32: 12 bits, calibrated and at the widest attenuation by default. Conversions of ADC2 fail while Wi-Fi is on, and nobody is told but by `undefined`.
   * Throws Error for a pin in use or without a converter.
   */
  export default class Analog {
    constructor(options: { readonly pin?: unknown; readonly [option: string]: unknown });
    readonly resolution: number;
    read(): number;
    close(): void;
  }
}

declare module "embedded:io/digital" {
  interface DigitalPinOptions {
    readonly pin?: unknown;
    readonly mode: number;
    readonly edge?: number;
    /** From the message loop; several edges may make one call. */
    readonly onReadable?: () => void;
    readonly [option: string]: unknown;
  }
  /** Throws Error for a pin in use. */
  export default class Digital {
    constructor(options: DigitalPinOptions);
    static readonly InputPullUp: number;
    static readonly Falling: number;
    read(): number;
    close(): void;
  }
}

declare module "embedded:io/socket/tcp" {
  /** Throws Error while there is no network interface, or for an `address` that is not numeric. */
  export default class TCP {
    constructor(options: TcpOptions);
    close(): void;
  }
  interface TcpOptions {
    readonly address: string;
    readonly port: number;
    readonly onReadable: (this: TCP, count: number) => void;
    readonly onWritable: (this: TCP, count: number) => void;
    readonly onError: (this: TCP) => void;
  }
  export type { TcpOptions };
}

declare module "embedded:io/socket/udp" {
  /** Throws Error while there is no network interface. */
  export default class UDP {
    constructor(options: UdpOptions);
    /** Takes the next datagram. */
    read(): ArrayBuffer | undefined;
    /** Throws Error if there is no route. */
    write(bytes: ArrayBuffer | Uint8Array, address: string, port: number): void;
    close(): void;
  }
  interface UdpOptions {
    readonly onReadable: (this: UDP, count: number) => void;
  }
  export type { UdpOptions };
}

declare module "embedded:network/dns/resolver/udp" {
  interface ResolverOptions {
    readonly servers: readonly string[];
    readonly socket: { readonly io: new (options: never) => object };
  }
  /** Takes numeric addresses, names, and `.local` names by multicast DNS. Answers in its own time, never from inside `resolve`. */
  export default class Resolver {
    constructor(options: ResolverOptions);
    resolve(options: {
      readonly host: string;
      readonly onResolved: (host: string, address: string) => void;
      readonly onError: (host: string) => void;
    }): void;
    close(): void;
  }
}

declare module "embedded:network/mqtt/client" {
  interface Options {
    readonly host: string;
    /** 1883 by default. */
    readonly port?: number;
    readonly id?: string;
    readonly clean?: boolean;
    /** 0, the default, is none. [ms] */
    readonly keepAlive?: number;
    readonly user?: string;
    readonly password?: string;
    readonly will?: { readonly topic: string; readonly message: ArrayBuffer | string; readonly QoS?: 0 | 1 | 2; readonly retain?: boolean };
    /** Both must be there: `new io(itself)` resolves, and `new io({...itself, host, address, port, ...})` connects. */
    readonly dns?: unknown;
    readonly socket?: unknown;
    /** Becomes a property of the client, which the callbacks have as `this`. */
    readonly target?: unknown;
    readonly onReadable?: (count: number, options: { readonly more: boolean }) => void;
    /** First after CONNACK. @param count bytes that a whole packet may take */
    readonly onWritable?: (count: number) => void;
    readonly onControl?: (message: { readonly operation: number; readonly id?: number; readonly returnCode?: number }) => void;
    /** The session is over, also when the broker refused it; the client closes itself after this. */
    readonly onError?: () => void;
  }
  /** MQTT 3.1.1. Nothing is repeated, and a PUBACK is `onControl({operation: 4, id})`. */
  export default class MQTTClient {
    constructor(options: Options);
    /**
     * Throws before CONNACK, after the end, and if the packet does not fit. With `byteLength`, `data` is the first part of a longer message;
     * the others follow without options, and nothing else may be written until it is whole. @returns bytes that the next packet may take
     */
    write(
      data: Uint8Array | ArrayBuffer | null,
      options?: {
        readonly operation?: number;
        readonly topic?: string;
        readonly QoS?: 0 | 1 | 2;
        readonly retain?: boolean;
        readonly duplicate?: boolean;
        readonly id?: number;
        readonly byteLength?: number;
      },
    ): number;
    read(count: number): ArrayBuffer | undefined;
    close(): void;
  }
}

declare module "embedded:network/interface/wifi" {
  /** `connection`: 200 idle, 300 connecting, 400 associated, 500 has its addresses. Does not join again by itself. */
  export default class WiFi {
    constructor(options: { onChanged(this: WiFi, property: "connection" | "address"): void });
    readonly connection: number;
    /** Throws while it connects, and for an SSID above 32 bytes or a password above 64. An empty password is an open network. */
    connect(options: { readonly SSID: string; readonly password?: string }): void;
    disconnect(): void;
    close(): void;
  }
}

declare module "embedded:network/ntp/client" {
  interface NtpOptions {
    readonly servers: readonly string[];
    readonly socket: { readonly io: new (options: never) => object };
    readonly dns: { readonly io: new (options: never) => object; readonly [option: string]: unknown };
  }
  /**
   * Keeps its socket until `close`. Throws out of its own timer if the socket's `write` throws, and on a datagram below 44 bytes,
   * after which it never calls back.
   */
  export default class NTP {
    constructor(options: NtpOptions);
    /** Once, in whole seconds of Unix time, unchecked: a datagram from anywhere will do. `error` is null if all went well. */
    getTime(callback: (error: Error | null, unixMs?: number) => void): void;
    close(): void;
  }
}

declare module "embedded:storage/flash" {
  /** Offsets and lengths in bytes, of any alignment. Every member throws Error on a fault. */
  interface FlashPartition {
    read(into: Uint8Array, offset: number): number;
    write(bytes: Uint8Array, offset: number): void;
    /** @param end first block that is left alone, `start + 1` by default */
    eraseBlock(start: number, end?: number): void;
    status(): { readonly size: number; readonly blockLength: number; readonly blocks: number };
    close(): void;
  }
  /** Throws Error if there is no partition of type data with that label. "r+" is the default. */
  const FlashStorage: { open(options: { readonly path: string; readonly mode?: "r" | "r+" }): FlashPartition };
  export default FlashStorage;
  export type { FlashPartition };
}

/** From `modules/io`. `restart` is not there in the simulator. */
declare const System: { readonly restart?: () => void };

declare module "worker" {
  interface WorkerOptions {
    /** Of the worker's own JavaScript memory [bytes]; `stack` and `heap` count slots. */
    readonly static?: number;
    readonly stack?: number;
    readonly chunk?: { readonly initial: number; readonly incremental: number };
    readonly heap?: { readonly initial: number; readonly incremental: number };
    /** ESP32 alone: 0 or 1; either if left out. */
    readonly core?: number;
    /** Of the FreeRTOS task, 1 if left out. */
    readonly priority?: number;
  }
  /** A machine of its own in a task of its own. Lives until `terminate`, referenced or not. */
  export default class Worker {
    /** Throws Error if there is no memory. @param module specifier, not a path */
    constructor(module: string, options: WorkerOptions);
    /** Copies, except for SharedArrayBuffer, which both then have. Messages wait for the worker's module to have run. */
    postMessage(message: unknown): void;
    terminate(): void;
  }
}

/** A worker's own end; undefined in the main machine. */
declare const self: { onmessage: (message: unknown) => void };

/** Writes to the debugger or, in release builds, to the serial port. Adds no line end. */
declare function trace(...texts: readonly string[]): void;
