// Composition root of the desk: the real firmware with the simulated world in place of the board.
import type { Afe } from "../../src/contracts/afe.js";
import type { Board } from "../../src/contracts/board.js";
import Ad8232 from "../../src/drivers/ad8232/ad8232.js";
import Ads1292r from "../../src/drivers/ads1292r/ads1292r.js";
import Max30003 from "../../src/drivers/max30003/max30003.js";
import { checkConfig } from "../../src/monitor/config.js";
import { Monitor } from "../../src/monitor/monitor.js";
import { checkProvision } from "../../src/monitor/provision.js";
import {
  type AfeName, type BootOptions, CALL_BOOT, CALL_FIGURE, CALL_MQTT_CONTROL, CALL_MQTT_ERROR, CALL_MQTT_MESSAGE, CALL_MQTT_WRITABLE, CALL_SERVICE, CALL_STANDBY,
  CALL_TICK, type Device, FIGURE_BOOT_COUNT, FIGURE_HEART_RATE, FIGURE_LATE_SAMPLES, FIGURE_LOST_SAMPLES, FIGURE_PENDING_ALERTS, FIGURE_PENDING_EVIDENCE,
  type HostCall, MAILBOX_BYTES, PIN_DATA_READY, PIN_LEAD_OFF_MINUS, PIN_LEAD_OFF_PLUS,
} from "../../src/platform/desk/border.js";
import { DeskAead, DeskFlash, DeskIndicator, DeskMqtt, DeskStore, deskAnalog, deskDigital, deskSpi, deskUpdate } from "../../src/platform/desk/stand-ins.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import { TickClock } from "../../src/platform/ecma419/tick-clock.js";
import { Acquisition } from "../../src/samples/acquisition.js";
import { RingAfe } from "../../src/samples/ring-afe.js";
import { SAMPLE_RING_BYTES } from "../../src/samples/sample-ring.js";
import { SAMPLE_RATE_HZ } from "../../src/vocabulary/sample.js";

/** Supply of the AD8232's board and end of the converter, as in the emulator. [mV] */
const SUPPLY_MV = 3300;

/** Opens the chip of that name. Classes for pins are made only for a chip that has them: the monitor's memory is full. */
function openChip(name: AfeName, hostCall: HostCall, nowMs: () => number): Afe {
  if (name === "max30003") return new Max30003({ sensor: { io: deskSpi(hostCall) } });
  const digital = deskDigital(hostCall);
  if (name === "ads1292r") return new Ads1292r({ sensor: { io: deskSpi(hostCall) }, alert: { io: digital, pin: PIN_DATA_READY }, nowMs });
  return new Ad8232({
    sensor: { io: deskAnalog(hostCall) }, leadOffPlus: { io: digital, pin: PIN_LEAD_OFF_PLUS }, leadOffMinus: { io: digital, pin: PIN_LEAD_OFF_MINUS },
    nowMs, supplyMv: SUPPLY_MV, fullScaleMv: SUPPLY_MV,
  });
}

/** @returns a device without power; CALL_BOOT starts it. */
export default function createDevice(hostCall: HostCall): Device {
  const mailbox = new Uint8Array(MAILBOX_BYTES);
  /** As the world's last tick told it; within a tick time stands still. */
  let ticks = 0;
  let clock: TickClock | undefined;
  const mqtt = new DeskMqtt(hostCall);
  let monitor: Monitor | undefined;
  let acquisition: Acquisition | undefined;
  /** Time of the service that is going on. [ms] */
  let serviceMs = 0;

  const boot = (byteCount: number): number => {
    let text = "";
    for (let index = 0; index < byteCount; index++) text += String.fromCharCode(mailbox[index] as number);
    const options = JSON.parse(text) as BootOptions;
    const provisioned = options.provision === undefined ? undefined : checkProvision(options.provision);
    const checked = provisioned?.ok ? { ok: true, config: provisioned.provision.config } as const : checkConfig(options.config);
    if (!checked.ok || provisioned?.ok === false) return -1;
    const keys = provisioned?.provision.keys;
    ticks = options.ticks ?? 0;
    clock = new TickClock(() => ticks);
    const name = options.afe ?? "max30003";
    let openAfe = (): Afe => {
      const afe = openChip(name, hostCall, () => serviceMs);
      afe.configure({ sampleRateHz: SAMPLE_RATE_HZ });
      return afe;
    };
    // As on the boards: either the monitor's tick reads the chip, or something else does and hands over through a ring.
    if (options.apart) {
      const memory = new SharedArrayBuffer(SAMPLE_RING_BYTES);
      acquisition = new Acquisition(openAfe, memory);
      openAfe = () => new RingAfe(memory, name.toUpperCase());
    }
    const board: Board = {
      openAfe,
      flash: new DeskFlash(hostCall, options.flashBlockBytes, options.flashBlockCount),
      clock,
      uplink: new MqttUplink({ Client: mqtt.Client, host: "broker", port: 1883 }),
      indicator: new DeskIndicator(hostCall),
      entropy: options.entropy,
      security: keys && { ...keys, aead: new DeskAead(hostCall), store: new DeskStore(hostCall), setTime: (unixMs) => clock?.set(unixMs) },
      update: options.updateBoard === undefined ? undefined : deskUpdate(hostCall, options.updateBoard),
    };
    monitor = new Monitor(board, checked.config);
    return 0;
  };

  const figure = (which: number): number => {
    if (!monitor) return -1;
    if (which === FIGURE_PENDING_ALERTS) return monitor.pendingAlerts;
    if (which === FIGURE_PENDING_EVIDENCE) return monitor.pendingEvidence;
    if (which === FIGURE_LOST_SAMPLES) return monitor.lostSamples;
    if (which === FIGURE_BOOT_COUNT) return monitor.bootCount;
    if (which === FIGURE_HEART_RATE) return monitor.heartRateBpm;
    if (which === FIGURE_LATE_SAMPLES) return monitor.lateSamples;
    return monitor.sampleCount;
  };

  const call = (op: number, a: number, b: number, byteCount: number): number => {
    switch (op) {
      case CALL_BOOT:
        return boot(byteCount);
      case CALL_TICK:
        ticks = a;
        if (b > 0) clock?.set(b, true);
        monitor?.tick();
        return 0;
      case CALL_SERVICE:
        serviceMs = a;
        acquisition?.service(a);
        return 0;
      case CALL_MQTT_WRITABLE:
        mqtt.onWritable(a, b);
        return 0;
      case CALL_MQTT_CONTROL:
        mqtt.onControl(a, Math.floor(b / 65536), b % 65536);
        return 0;
      case CALL_MQTT_ERROR:
        mqtt.onError(a);
        return 0;
      case CALL_MQTT_MESSAGE:
        mqtt.onMessage(a, mailbox.slice(0, byteCount));
        return 0;
      case CALL_STANDBY:
        monitor?.setStandby(a === 1);
        return 0;
      case CALL_FIGURE:
        return figure(a);
      default:
        return -1;
    }
  };
  return { mailbox, call };
}
