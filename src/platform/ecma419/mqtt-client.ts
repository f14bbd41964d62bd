// The shape of an ECMA-419 MQTT client (embedded:network/mqtt/client), so that code over it compiles without Moddable.

/** `operation` of control messages: MQTT 3.1.1 packet types (section 2.2.1). */
export const MQTT_CONNACK = 2;
export const MQTT_PUBLISH = 3;
export const MQTT_PUBACK = 4;
export const MQTT_SUBSCRIBE = 8;
export const MQTT_SUBACK = 9;
export const MQTT_DISCONNECT = 14;

export interface MqttControl {
  readonly operation: number;
  readonly id?: number;
  readonly returnCode?: number;
}

/** What callbacks have as `this`: the client. */
export interface MqttCaller {
  /** As in the options. */
  readonly target?: unknown;
}

export interface MqttClientOptions extends MqttCaller {
  readonly host: string;
  readonly port: number;
  readonly id: string;
  readonly clean: boolean;
  /** [ms] */
  readonly keepAlive: number;
  readonly user?: string;
  readonly password?: string;
  readonly will: { readonly topic: string; readonly message: ArrayBuffer; readonly QoS: 1; readonly retain: true };
  /** Resolver and socket of the platform: `{io, ...}` objects that pass through. */
  readonly dns?: unknown;
  readonly socket?: unknown;
  readonly onReadable: (this: MqttCaller, count: number, options: { readonly more: boolean }) => void;
  readonly onWritable: (this: MqttCaller, count: number) => void;
  readonly onControl: (this: MqttCaller, message: MqttControl) => void;
  readonly onError: (this: MqttCaller) => void;
}

export interface MqttWriteOptions {
  readonly operation?: number;
  readonly topic?: string;
  readonly QoS?: 1;
  readonly retain?: boolean;
  readonly duplicate?: boolean;
  readonly id?: number;
  /** Bytes of the whole message, of which `data` is the first part. */
  readonly byteLength?: number;
  /** Of a SUBSCRIBE. */
  readonly items?: readonly { readonly topic: string; readonly QoS: 1 }[];
}

export interface MqttClient {
  /**
   * @param options Absent: `data` is the next part of the message begun before. Until that is whole, nothing else may be written.
   * @returns bytes that can be written at once after this. Throws if there is no session or not enough room.
   */
  write(data: Uint8Array | ArrayBuffer | null, options?: MqttWriteOptions): number;
  /** Takes waiting bytes of an incoming message. */
  read(count: number): ArrayBuffer | undefined;
  close(): void;
}

export type MqttClientConstructor = new (options: MqttClientOptions) => MqttClient;
