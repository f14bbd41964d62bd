// XsStore on V8 and on XS, over an NVS that fails and loses power in every operation: what was stored last is there, or what is being stored.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { buildXsHost } from "../../../scripts/build-xs-host.js";
import { PROJECT } from "../../../scripts/import-bundled.js";
import { type HostCall, unpackTexts } from "../../../src/platform/desk/border.js";
import type { Engine } from "../../../src/platform/sim/engine.js";
import { NodeEngine } from "../../../src/platform/sim/node-engine.js";
import { XsEngine } from "../../../src/platform/sim/xs-engine.js";
import { CALL_READ, CALL_WRITE, NVS_ERASE, NVS_GET, NVS_SET, OP_READ } from "./fake-preference.js";
import type createDevice from "./store-device.js";

const folder = mkdtempSync(join(tmpdir(), "edgebeat-store-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bundlePath = join(folder, "store.mjs");
const alias = { preference: join(PROJECT, "tests/platform/xs/fake-preference.ts") };
await build({ entryPoints: [join(PROJECT, "tests/platform/xs/store-device.ts")], outfile: bundlePath, bundle: true, format: "esm", platform: "neutral", target: "es2023", alias, logLevel: "error" });
const host = await buildXsHost({ quiet: true });
if (!host.ok) console.warn(`SKIPPED: the store on the XS engine: ${host.reason}`);

/** What NVS holds, and what goes wrong with it. */
class Nvs {
  readonly entries = new Map<string, Uint8Array>();
  /** So many operations that change something succeed. */
  operationsLeft = Number.POSITIVE_INFINITY;
  fails = false;
  given: Uint8Array | undefined;

  readonly serve: HostCall = (op, _a, _b, bytes = new Uint8Array(0)) => {
    if (op === OP_READ) {
      this.given = bytes.slice();
      return bytes.length;
    }
    const { texts, tail } = unpackTexts(bytes, 2);
    const name = texts.join("/");
    if (op === NVS_GET) {
      const entry = this.entries.get(name);
      tail.set(entry ?? []);
      return entry?.length ?? -1;
    }
    if (this.operationsLeft-- <= 0) throw new Error("the power is gone");
    if (op === NVS_ERASE) this.entries.delete(name);
    if (this.fails) return 0;
    if (op === NVS_SET) this.entries.set(name, tail.slice());
    return 1;
  };
}

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

const ENGINES: readonly (readonly [string, (nvs: Nvs) => Promise<Engine>])[] = [
  ["V8", async (nvs) => new NodeEngine(((await import(pathToFileURL(bundlePath).href)) as { default: typeof createDevice }).default, nvs.serve)],
  ...(host.ok ? [["XS", (nvs: Nvs) => XsEngine.start({ hostPath: host.path, bundlePath, onHostCall: nvs.serve })] as const] : []),
];

describe.each(ENGINES)("the store on %s", (_name, start) => {
  const write = async (engine: Engine, text: string): Promise<number> => engine.call(CALL_WRITE, 0, 0, new TextEncoder().encode(text));
  const read = async (engine: Engine, nvs: Nvs): Promise<string> => {
    nvs.given = undefined;
    await engine.call(CALL_READ, 0, 0);
    return textOf(nvs.given);
  };

  it("gives back what was written last, also after a restart, and nothing before", async () => {
    const nvs = new Nvs();
    let engine = await start(nvs);
    expect(await read(engine, nvs)).toBe("");
    for (const text of ["one", "two", "three"]) {
      expect(await write(engine, text)).toBe(1);
      expect(await read(engine, nvs)).toBe(text);
      await engine.kill();
      engine = await start(nvs);
      expect(await read(engine, nvs)).toBe(text);
    }
    await engine.kill();
  });

  it("has the old or the new after a loss of power at any operation, again and again", async () => {
    const nvs = new Nvs();
    let last = "";
    for (let round = 0; round < 6; round++) {
      for (const operations of [0, 1, 2]) {
        const engine = await start(nvs);
        nvs.operationsLeft = operations;
        const text = `${round}.${operations}`;
        const isStored = await write(engine, text).catch(() => -1);
        await engine.kill();
        nvs.operationsLeft = Number.POSITIVE_INFINITY;
        const next = await start(nvs);
        const found = await read(next, nvs);
        expect(found).toBe(isStored === 1 ? text : last);
        last = found;
        await next.kill();
      }
    }
    expect(last).toBe("5.2");
  });

  it("keeps what it has when NVS fails, and says so", async () => {
    const nvs = new Nvs();
    const engine = await start(nvs);
    await write(engine, "one");
    nvs.fails = true;
    for (const text of ["two", "three"]) expect(await write(engine, text)).toBe(0);
    expect(await read(engine, nvs)).toBe("one");
    nvs.fails = false;
    expect([await write(engine, "four"), await read(engine, nvs)]).toEqual([1, "four"]);
    await engine.kill();
  });

  it("takes what is no block of its own for nothing", async () => {
    const nvs = new Nvs();
    nvs.entries.set("edgebeat/vault-a", Uint8Array.of(1, 2));
    const engine = await start(nvs);
    expect(await read(engine, nvs)).toBe("");
    expect([await write(engine, "one"), await read(engine, nvs)]).toEqual([1, "one"]);
    await engine.kill();
  });
});
