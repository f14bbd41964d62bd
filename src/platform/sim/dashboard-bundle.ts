// Dashboard bundle: the page's files in memory, its script bundled from source.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The page's files. Nothing else is ever served. */
export type DashboardFile = "index.html" | "style.css" | "icon.svg" | "main.js";
export type Dashboard = ReadonlyMap<DashboardFile, Buffer>;

let cached: Promise<Dashboard> | undefined;

/** @returns the page's files; bundled once a process. */
export function bundleDashboard(): Promise<Dashboard> {
  cached ??= load(join(packageFolder(), "src/dashboard"));
  return cached;
}

async function load(folder: string): Promise<Dashboard> {
  const [html, css, icon, script] = await Promise.all([
    readFile(join(folder, "index.html")),
    readFile(join(folder, "style.css")),
    readFile(join(folder, "icon.svg")),
    bundle(join(folder, "main.ts")),
  ]);
  return new Map([["index.html", html], ["style.css", css], ["icon.svg", icon], ["main.js", script]]);
}

async function bundle(entryPoint: string): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    logLevel: "silent",
  });
  return Buffer.from((outputFiles[0] as (typeof outputFiles)[number]).contents);
}

/** The nearest folder above this module with a package.json: the module may have been bundled into another folder of the package. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("page: no package.json at or above the program; expected edgebeat's");
    folder = parent;
  }
  return folder;
}
