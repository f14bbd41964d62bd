// What hardware/common/start.ts is on a board: a Board from stand-ins, and the Monitor over it.
import type { Afe } from "../../src/contracts/afe.js";
import type { Board } from "../../src/contracts/board.js";
import { checkConfig } from "../../src/monitor/config.js";
import { Monitor } from "../../src/monitor/monitor.js";
import { type Provision, checkProvision } from "../../src/monitor/provision.js";
import type { BootOptions, HostCall } from "../../src/platform/desk/border.js";
import { type DeskMqtt, DeskMqttClient } from "../../src/platform/desk/mqtt.js";
import { DeskAead, DeskFlash, DeskIndicator, DeskStore, DeskUpdate } from "../../src/platform/desk/stand-ins.js";
import { MqttUplink } from "../../src/platform/ecma419/mqtt-uplink.js";
import type { TickClock } from "../../src/platform/ecma419/tick-clock.js";

/** @returns undefined for settings, or a provision, that are wrong */
export function start(options: BootOptions, hostCall: HostCall, openAfe: () => Afe, clock: TickClock, mqtt: DeskMqtt): Monitor | undefined {
  const checked = options.provision === undefined ? checkConfig(options.config) : checkProvision(options.provision);
  if (!checked.ok) return undefined;
  const provision: Pick<Provision, "config"> & Partial<Provision> = "provision" in checked ? checked.provision : checked;
  const { keys } = provision;
  const board: Board = {
    openAfe,
    flash: new DeskFlash(hostCall, options.flashBlockBytes, options.flashBlockCount),
    clock,
    uplink: new MqttUplink({ Client: DeskMqttClient, host: "broker", port: 1883, socket: mqtt }),
    indicator: new DeskIndicator(hostCall),
    entropy: options.entropy,
    security: keys && { ...keys, aead: new DeskAead(hostCall), store: new DeskStore(hostCall), setTime: (unixMs) => clock.set(unixMs) },
    update: options.updateBoard === undefined ? undefined : new DeskUpdate(hostCall, options.updateBoard),
  };
  return new Monitor(board, provision.config);
}
