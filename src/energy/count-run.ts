// countRun: lets the firmware live through some minutes on XS in the simulator and counts what costs energy.
import { type Server, connect, createServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DEVICE, engineStarter } from "../cli/engines.js";
import { listenNear, startBroker } from "../platform/sim/broker.js";
import { NorFlash } from "../platform/sim/flash.js";
import { Link } from "../platform/sim/link.js";
import { parseClockPlan } from "../platform/sim/clock-plan.js";
import { parseLinkPlan } from "../platform/sim/link-plan.js";
import { SyntheticPatient, parseScenario } from "../platform/sim/synthetic-patient.js";
import { World } from "../platform/sim/world.js";
import type { XsMemoryReport } from "../platform/sim/xs-memory-report.js";
import type { HourCounts } from "./energy-model.js";

const SEED = 1;

export interface CountedRun {
  /** Scaled to an hour. */
  readonly hour: HourCounts;
  readonly alertsPerHour: number;
  readonly minutes: number;
}

/** @param patient scenario of the synthetic patient, e.g. "sinus@300". @throws UsageError where there is no XS */
export async function countRun(patient: string): Promise<CountedRun> {
  const scenario = parseScenario(patient);
  const linkPlan = parseLinkPlan("up");
  const clockPlan = parseClockPlan("ntp");
  if (!scenario.ok) throw new Error(scenario.problem);
  if (!linkPlan.ok) throw new Error(linkPlan.problem);
  if (!clockPlan.ok) throw new Error(clockPlan.problem);
  const startEngine = await engineStarter(DEVICE, "xs", () => {});
  const broker = await startBroker({ mqttPort: 0, webSocketPort: 0 });
  const traffic = { packets: 0, bytes: 0 };
  const proxy = countingProxy(broker.mqtt.port, traffic);
  const port = await listenNear(proxy, 0);
  const flash = new NorFlash({ blockBytes: 4096, blockCount: 64 });
  const world = new World({
    startEngine, patient: new SyntheticPatient("energy", scenario.segments, SEED), loop: false, flash, link: new Link({ host: "127.0.0.1", port }, SEED),
    linkPlan: linkPlan.plan, clockPlan: clockPlan.plan, config: {}, seed: SEED, wallStartMs: Date.UTC(2026, 0, 1),
  }, {});
  try {
    await world.powerOn();
    const before = { bytecodes: await bytecodes(world), programmedBytes: flash.bytesProgrammed, erases: flash.erases };
    for (let ticks = 0; !world.isFinished; ticks++) {
      await world.tick();
      if (ticks % 64 === 0) await nextTurn();
    }
    const minutes = world.nowMs / 60_000;
    const perHour = (count: number): number => (count * 60) / minutes;
    return {
      hour: {
        bytecodes: perHour((await bytecodes(world)) - before.bytecodes), programmedBytes: perHour(flash.bytesProgrammed - before.programmedBytes),
        erases: perHour(flash.erases - before.erases), packets: perHour(traffic.packets), bytes: perHour(traffic.bytes),
      },
      alertsPerHour: perHour(world.alertsRaised), minutes,
    };
  } finally {
    await world.close();
    proxy.close();
    await broker.close();
  }
}

async function bytecodes(world: World): Promise<number> {
  return ((await world.memory()) as XsMemoryReport).bytecodes;
}

/** Passes a TCP connection on, and counts what the device sends; the simulator's link writes one packet at a time. */
function countingProxy(brokerPort: number, traffic: { packets: number; bytes: number }): Server {
  return createServer((device) => {
    const broker = connect(brokerPort, "127.0.0.1");
    device.on("data", (bytes) => {
      traffic.packets++;
      traffic.bytes += bytes.length;
    });
    for (const socket of [device, broker]) socket.setNoDelay(true).on("error", () => {});
    device.on("close", () => broker.destroy());
    broker.on("close", () => device.destroy());
    device.pipe(broker).pipe(device);
  });
}
