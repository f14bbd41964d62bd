// WifiKeeper: joining with back-off, and the time, also from servers that are silent or wrong.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { WifiKeeper } from "../../../src/platform/xs/wifi.js";

const TOLD_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

const { timer, world } = await vi.hoisted(async () => {
  const { FakeTimer } = await import("./fake-timer.js");
  return { timer: new FakeTimer(), world: { joinsMs: [] as number[], asksMs: [] as number[], openNtps: 0, refuse: false, wifi: undefined as unknown as FakeWifi, answer: (_error: Error | null, _unixMs?: number): void => {} } };
});

interface FakeWifi {
  connection: number;
  change(connection: number): void;
}
vi.mock("timer", () => ({ default: timer }));
vi.mock("embedded:io/socket/udp", () => ({ default: class {} }));
vi.mock("embedded:network/interface/wifi", () => ({
  default: class implements FakeWifi {
    connection = 200;
    readonly #onChanged: (property: string) => void;
    constructor({ onChanged }: { onChanged: (property: string) => void }) {
      this.#onChanged = onChanged;
      world.wifi = this;
    }
    connect(): void {
      world.joinsMs.push(timer.nowMs);
      if (world.refuse) throw new Error("connect failed");
      this.connection = 300;
    }
    change(connection: number): void {
      this.connection = connection;
      this.#onChanged("connection");
      this.#onChanged("address");
    }
  },
}));
vi.mock("embedded:network/ntp/client", () => ({
  default: class {
    #open = true;
    constructor() {
      world.openNtps++;
    }
    getTime(callback: (error: Error | null, unixMs?: number) => void): void {
      world.asksMs.push(timer.nowMs);
      world.answer = callback;
    }
    close(): void {
      if (this.#open) world.openNtps--;
      this.#open = false;
    }
  },
}));
vi.stubGlobal("trace", () => {});

const times: number[] = [];
function start(): FakeWifi {
  new WifiKeeper({ ssid: "home", password: "", ntpServer: "ntp", dns: { io: class {} }, onTime: (unixMs) => times.push(unixMs) });
  return world.wifi;
}
beforeEach(() => {
  timer.reset();
  Object.assign(world, { joinsMs: [], asksMs: [], openNtps: 0, refuse: false });
  times.length = 0;
});

describe("joining", () => {
  it("tries at once, and after a loss with a wait that doubles up to a minute", () => {
    const wifi = start();
    for (let loss = 0; loss < 9; loss++) {
      wifi.change(200);
      timer.pass(60_000);
    }
    const waitsMs = world.joinsMs.slice(1).map((joinMs, loss) => joinMs - loss * 60_000);
    expect(world.joinsMs[0]).toBe(0);
    expect(waitsMs).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });
  it("starts over with a short wait once it had joined", () => {
    const wifi = start();
    wifi.change(200);
    timer.pass(60_000);
    wifi.change(500);
    wifi.change(200);
    timer.pass(999);
    expect(world.joinsMs).toHaveLength(2);
    timer.pass(1);
    expect(world.joinsMs).toHaveLength(3);
  });
  it("tries again when the SDK refuses", () => {
    world.refuse = true;
    start();
    timer.pass(3000);
    expect(world.joinsMs).toEqual([0, 1000, 3000]);
  });
  it("waits for the address", () => {
    const wifi = start();
    wifi.change(400);
    expect(world.asksMs).toEqual([]);
    wifi.change(500);
    expect(world.asksMs).toEqual([0]);
  });
});

describe("the time", () => {
  it("is told, and asked for again after six hours", () => {
    start().change(500);
    world.answer(null, TOLD_MS);
    expect(times).toEqual([TOLD_MS]);
    expect(world.openNtps).toBe(0);
    timer.pass(6 * HOUR_MS);
    expect(world.asksMs).toEqual([0, 6 * HOUR_MS]);
  });
  it.each([
    ["the server does not answer", () => world.answer(new Error())],
    ["the SDK never calls back", () => {}],
    ["the server is in 2024", () => world.answer(null, 1_735_689_599_999)],
    ["the server is in 1900", () => world.answer(null, -2_208_988_800_000)],
  ])("is asked for again after 64 s when %s", (_what, answer) => {
    start().change(500);
    answer();
    timer.pass(63_999);
    expect(world.asksMs).toEqual([0]);
    timer.pass(1);
    expect(world.asksMs).toEqual([0, 64_000]);
    expect(times).toEqual([]);
    expect(world.openNtps).toBe(1);
  });
  it("is asked for once at a time, however often the network comes back", () => {
    const wifi = start();
    for (let join = 0; join < 5; join++) wifi.change(500);
    expect(world.openNtps).toBe(1);
    world.asksMs.length = 0;
    timer.pass(64_000);
    expect(world.asksMs).toEqual([64_000]);
  });
});
