// Builds of the firmware for the swarm: as it is, with small tables, or with a planted defect. A build is a bundle in which lines of the source
// are replaced; the source itself has no switches.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type Plugin, build } from "esbuild";
import type { Device, HostCall } from "../../src/platform/desk/border.js";
import { XsEngine } from "../../src/platform/sim/xs-engine.js";
import { NodeEngine } from "../../src/platform/sim/node-engine.js";
import type { EngineStart } from "./swarm-world.js";

export interface Patch {
  /** Path from the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The JavaScript memory of the boards, as in hardware/common/manifest-esp32.json. */
const ARENA_BYTES = 94_208;

/** The tables of journal and outbox at their smallest. */
const SMALL_TABLES: readonly Patch[] = [
  { file: "src/journal/pending-table.ts", find: "export const PENDING_LIMIT = 64;", replace: "export const PENDING_LIMIT = 8;" },
  { file: "src/sync/outbox.ts", find: "export const IN_FLIGHT_MAX = 4;", replace: "export const IN_FLIGHT_MAX = 1;" },
];

function patchPlugin(root: string, patches: readonly Patch[], used: Set<Patch>): Plugin {
  return {
    name: "patch",
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(root, path).replaceAll("\\", "/");
        let contents = readFileSync(path, "utf8");
        for (const patch of patches) {
          if (patch.file !== file) continue;
          if (contents.split(patch.find).length !== 2) throw new Error(`patch: "${patch.find}" does not stand exactly once in ${file}`);
          contents = contents.replace(patch.find, () => patch.replace);
          used.add(patch);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}

let bundleCount = 0;
const bundles: string[] = [];

/** Removes the bundles that this process has made. */
export function removeBundles(): void {
  for (const path of bundles.splice(0)) rmSync(path, { force: true });
}

/** Bundles the desk's firmware. @param root the project's folder @returns path of the bundle, an ES module for V8 and XS alike */
export async function bundleFirmware(root: string, patches: readonly Patch[]): Promise<string> {
  const folder = join(root, "build", "swarm");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `firmware-${process.pid}-${bundleCount++}.mjs`);
  bundles.push(outfile);
  const used = new Set<Patch>();
  await build({
    entryPoints: [join(root, "hardware/desk/device.ts")], outfile, bundle: true, format: "esm", platform: "neutral", target: "es2023", keepNames: false, legalComments: "none",
    logLevel: "silent", plugins: [patchPlugin(root, patches, used)],
  });
  const idle = patches.find((patch) => !used.has(patch));
  if (idle !== undefined) throw new Error(`patch: ${idle.file} is no part of the firmware`);
  return outfile;
}

/** Bundles of both builds that plans ask for. */
export async function bundleBuilds(root: string): Promise<Readonly<Record<"full" | "small", string>>> {
  return { full: await bundleFirmware(root, []), small: await bundleFirmware(root, SMALL_TABLES) };
}

/** @returns what starts a bundle on V8 */
export async function nodeStart(bundlePath: string): Promise<EngineStart> {
  const { default: create } = (await import(pathToFileURL(bundlePath).href)) as { default: (hostCall: HostCall) => Device };
  return (hostCall) => new NodeEngine(create, hostCall);
}

/** @param hostPath the program that scripts/build-xs-host.js makes @returns what starts a bundle on XS, in the device's memory */
export function xsStart(root: string, bundlePath: string, hostPath: string): EngineStart {
  const manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")) as { creation: { stack: number } };
  return (hostCall) => XsEngine.start({ hostPath, bundlePath, onHostCall: hostCall, stackSlots: manifest.creation.stack, arenaBytes: ARENA_BYTES });
}
