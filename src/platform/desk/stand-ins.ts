// Stand-ins for the platform on the desk: SPI, pins, flash, MQTT client and indicator, each a few lines over the border.
import { AEAD_TAG_BYTES, type Aead } from "../../contracts/aead.js";
import type { Analog, AnalogConstructor } from "../../contracts/analog.js";
import type { BoardUpdate } from "../../contracts/update.js";
import type { Digital, DigitalConstructor, DigitalOptions } from "../../contracts/digital.js";
import type { Flash } from "../../contracts/flash.js";
import type { Indicator } from "../../contracts/indicator.js";
import type { Spi, SpiConstructor } from "../../contracts/spi.js";
import type { Store } from "../../contracts/store.js";
import type { Alert } from "../../vocabulary/alert.js";
import { ALERT_BYTES, encodeAlert } from "../../wire/record.js";
import type { MqttClient, MqttClientConstructor, MqttClientOptions, MqttWriteOptions } from "../ecma419/mqtt-client.js";
import { MQTT_DISCONNECT, MQTT_PUBLISH, MQTT_SUBSCRIBE } from "../ecma419/mqtt-client.js";
import type { HostCall } from "./border.js";
import {
  CHECK_DIGEST, CHECK_RESET, CHECK_SIGNED, CHECK_UPDATE, OP_AEAD, OP_ALERT, OP_ANALOG_READ, OP_BEAT, OP_BEAT_CLASS, OP_FLASH_ERASE, OP_FLASH_READ, OP_FLASH_WRITE, OP_IMAGE_CHECK, OP_MQTT_CLOSE, OP_MQTT_DISCONNECT, OP_MQTT_OPEN, OP_MQTT_PUBLISH,
  OP_MQTT_PUBLISH_RETAINED, OP_MQTT_SUBSCRIBE, OP_PIN_READ, OP_RESTART, OP_SLOTS, OP_SPI_TRANSFER, OP_STORE_READ, OP_STORE_WRITE, SLOTS_BEGIN, SLOTS_BYTES,
  SLOTS_CONFIRM, SLOTS_ON_TRIAL, SLOTS_SELECT, SLOTS_WRITE, packTexts,
} from "./border.js";

/** @returns an ECMA-419 SPI class whose bus lies beyond the border. */
export function deskSpi(hostCall: HostCall): SpiConstructor {
  return class DeskSpi implements Spi {
    transfer(bytes: Uint8Array): void {
      if (hostCall(OP_SPI_TRANSFER, 0, 0, bytes) < 0) throw new Error("SPI fault");
    }
    close(): void {}
  };
}

/** @returns an ECMA-419 Digital class whose pins lie beyond the border; CALL_SERVICE stands for its interrupts. */
export function deskDigital(hostCall: HostCall): DigitalConstructor {
  return class DeskDigital implements Digital {
    static readonly InputPullUp = 1;
    static readonly Falling = 2;
    private readonly _pin: number;

    constructor(options: DigitalOptions) {
      this._pin = options["pin"] as number;
    }
    read(): number {
      const level = hostCall(OP_PIN_READ, this._pin, 0);
      if (level < 0) throw new Error("pin fault");
      return level;
    }
    close(): void {}
  };
}

/** @returns an ECMA-419 Analog class of 12 bits whose input lies beyond the border. */
export function deskAnalog(hostCall: HostCall): AnalogConstructor {
  return class DeskAnalog implements Analog {
    readonly resolution = 12;
    read(): number {
      const code = hostCall(OP_ANALOG_READ, 0, 0);
      if (code < 0) throw new Error("converter fault");
      return code;
    }
    close(): void {}
  };
}

export class DeskFlash implements Flash {
  readonly blockBytes: number;
  readonly blockCount: number;
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall, blockBytes: number, blockCount: number) {
    this._hostCall = hostCall;
    this.blockBytes = blockBytes;
    this.blockCount = blockCount;
  }
  read(into: Uint8Array, offset: number): boolean {
    return this._hostCall(OP_FLASH_READ, offset, 0, into) === 1;
  }
  write(bytes: Uint8Array, offset: number): boolean {
    return this._hostCall(OP_FLASH_WRITE, offset, 0, bytes) === 1;
  }
  eraseBlock(blockIndex: number): boolean {
    return this._hostCall(OP_FLASH_ERASE, blockIndex, 0) === 1;
  }
}

/** The cipher of the microcontroller, which on the device is native code, lies beyond the border, too. */
export class DeskAead implements Aead {
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(key.length + nonce.length + associated.length + plaintext.length + AEAD_TAG_BYTES);
    bytes.set(plaintext, putParts(bytes, key, nonce, associated));
    this._hostCall(OP_AEAD, key.length, associated.length, bytes);
    return bytes.slice(bytes.length - plaintext.length - AEAD_TAG_BYTES);
  }
  open(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const bytes = new Uint8Array(key.length + nonce.length + associated.length + sealed.length);
    const offset = putParts(bytes, key, nonce, associated);
    bytes.set(sealed, offset);
    return this._hostCall(OP_AEAD, 256 + key.length, associated.length, bytes) === 1 ? bytes.slice(offset, bytes.length - AEAD_TAG_BYTES) : undefined;
  }
}

function putParts(into: Uint8Array, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array): number {
  into.set(key);
  into.set(nonce, key.length);
  into.set(associated, key.length + nonce.length);
  return key.length + nonce.length + associated.length;
}

/** Bytes that the desk's store can hold. */
const STORE_BYTES_MAX = 128;

export class DeskStore implements Store {
  private readonly _hostCall: HostCall;

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  read(): Uint8Array | undefined {
    const bytes = new Uint8Array(STORE_BYTES_MAX);
    const count = this._hostCall(OP_STORE_READ, 0, 0, bytes);
    return count < 0 ? undefined : bytes.slice(0, count);
  }
  write(bytes: Uint8Array): boolean {
    return this._hostCall(OP_STORE_WRITE, 0, 0, bytes) === 1;
  }
}

/** @returns slots, image check and restart that lie beyond the border */
export function deskUpdate(hostCall: HostCall, board: string): BoardUpdate {
  const ask = (action: number, b = 0, bytes?: Uint8Array): boolean => hostCall(OP_SLOTS, action, b, bytes) === 1;
  return {
    board,
    slots: {
      slotBytes: hostCall(OP_SLOTS, SLOTS_BYTES, 0),
      get isOnTrial() {
        return ask(SLOTS_ON_TRIAL);
      },
      begin: (imageBytes) => ask(SLOTS_BEGIN, imageBytes),
      write: (bytes) => ask(SLOTS_WRITE, 0, bytes),
      select: () => ask(SLOTS_SELECT),
      confirm: () => ask(SLOTS_CONFIRM),
    },
    check: {
      reset: () => void hostCall(OP_IMAGE_CHECK, CHECK_RESET, 0),
      update: (bytes) => void hostCall(OP_IMAGE_CHECK, CHECK_UPDATE, 0, bytes),
      digest() {
        const digest = new Uint8Array(32);
        hostCall(OP_IMAGE_CHECK, CHECK_DIGEST, 0, digest);
        return digest;
      },
      isSigned(digest, signature) {
        const bytes = new Uint8Array(digest.length + signature.length);
        bytes.set(digest);
        bytes.set(signature, digest.length);
        return hostCall(OP_IMAGE_CHECK, CHECK_SIGNED, 0, bytes) === 1;
      },
    },
    restart: () => void hostCall(OP_RESTART, 0, 0),
  };
}

export class DeskIndicator implements Indicator {
  private readonly _hostCall: HostCall;
  private readonly _record = new Uint8Array(ALERT_BYTES);

  constructor(hostCall: HostCall) {
    this._hostCall = hostCall;
  }
  beat(sample: number, heartRateBpm: number): void {
    this._hostCall(OP_BEAT, sample, heartRateBpm);
  }
  beatClass(sample: number, beatClass: number): void {
    this._hostCall(OP_BEAT_CLASS, sample, beatClass);
  }
  alert(alert: Alert): void {
    encodeAlert(alert, this._record);
    this._hostCall(OP_ALERT, 0, 0, this._record);
  }
}

const NOTHING = new Uint8Array(0);

/** Makes MQTT clients of the ECMA-419 shape whose sockets lie beyond the border, and hands them the world's events. */
export class DeskMqtt {
  readonly Client: MqttClientConstructor;
  private _session = -1;
  private _options: MqttClientOptions | undefined;
  private _message: Uint8Array = NOTHING;
  /** Topics as bytes: made once, so that no cost of the stand-in's counts as the firmware's. */
  private readonly _topics = new Map<string, Uint8Array>();

  constructor(hostCall: HostCall) {
    const withTopic = (topic: string, bytes: Uint8Array): Uint8Array => {
      const head = this._topics.get(topic) ?? packTexts([topic], NOTHING);
      this._topics.set(topic, head);
      const message = new Uint8Array(head.length + bytes.length);
      message.set(head);
      message.set(bytes, head.length);
      return message;
    };
    const take = (): ArrayBuffer => this._message.slice().buffer as ArrayBuffer;
    const open = (options: MqttClientOptions): number => {
      this._options = options;
      const { id, keepAlive, will } = options;
      return (this._session = hostCall(OP_MQTT_OPEN, keepAlive, 0, packTexts([id, will.topic], new Uint8Array(will.message))));
    };
    this.Client = class DeskMqttClient implements MqttClient {
      private readonly _number: number;

      constructor(options: MqttClientOptions) {
        this._number = open(options);
      }
      write(data: Uint8Array | ArrayBuffer | null, options?: MqttWriteOptions): number {
        if (!options || options.byteLength !== undefined) throw new Error("the desk's socket takes whole messages");
        const operation = options.operation ?? MQTT_PUBLISH;
        if (operation === MQTT_SUBSCRIBE) return hostCall(OP_MQTT_SUBSCRIBE, this._number, options.id ?? 0, packTexts([options.items?.[0]?.topic ?? ""], NOTHING));
        if (operation === MQTT_DISCONNECT) return hostCall(OP_MQTT_DISCONNECT, this._number, 0);
        const bytes = data instanceof Uint8Array ? data : new Uint8Array(data ?? new ArrayBuffer(0));
        const op = options.retain ? OP_MQTT_PUBLISH_RETAINED : OP_MQTT_PUBLISH;
        const writableBytes = hostCall(op, this._number, options.id ?? 0, withTopic(options.topic ?? "", bytes));
        if (writableBytes < 0) throw new Error("no MQTT session");
        return writableBytes;
      }
      read(): ArrayBuffer | undefined {
        return take();
      }
      close(): void {
        hostCall(OP_MQTT_CLOSE, this._number, 0);
      }
    };
  }

  onWritable(session: number, byteCount: number): void {
    if (session === this._session) this._options?.onWritable(byteCount);
  }
  onControl(session: number, operation: number, id: number): void {
    if (session === this._session) this._options?.onControl({ operation, id, returnCode: 0 });
  }
  /** A whole message came. */
  onMessage(session: number, message: Uint8Array): void {
    this._message = message;
    if (session === this._session) this._options?.onReadable(message.length, { more: false });
  }
  onError(session: number): void {
    if (session === this._session) this._options?.onError();
  }
}
