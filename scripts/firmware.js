// npm run firmware -- --board NAME [--afe NAME] [--release] [--check] [--platform P] [name=value ...]: checks the tools, says what is missing, builds and flashes.
import { spawnSync } from "node:child_process";
import { dirname, delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { AFES, BOARDS, DEFAULT_AFE } from "./boards.js";
import { missingTools } from "./firmware-tools.js";
import { joinModules } from "./join-modules.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = "npm run firmware -- --board NAME [--afe NAME] [--release] [--check] [--platform P] [name=value ...]";

function refuse(line) {
  console.error(`firmware: ${line}`);
  process.exit(2);
}

const options = { board: "", afe: DEFAULT_AFE, platform: "", release: false, check: false, settings: [] };
const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (/^--(board|afe|platform)$/.test(arg)) options[arg.slice(2)] = args.shift() ?? "";
  else if (arg === "--release" || arg === "--check") options[arg.slice(2)] = true;
  else if (/^[A-Za-z]\w*=/.test(arg)) options.settings.push(arg);
  else refuse(`"${arg}", expected ${USAGE}`);
}
if (!(options.board in BOARDS)) refuse(`--board "${options.board}", expected one of ${Object.keys(BOARDS).join(", ")}`);
if (!(options.afe in AFES)) refuse(`--afe "${options.afe}", expected one of ${Object.keys(AFES).join(", ")}`);
if (options.board === "desktop" && options.afe !== DEFAULT_AFE) refuse(`--afe ${options.afe}: the desktop emulates the MAX30003 alone; npm start -- --afe ${options.afe} has the others`);
if (options.settings.some((setting) => setting.startsWith("ssid="))) refuse("ssid=...: the SDK would wait for that network before the monitor starts; use wifiSSID=");

const platform = options.platform || BOARDS[options.board].platform;
const env = { ...process.env, BOARD: options.board, AFE: options.afe, PATH: `${join(PROJECT, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}` };
const problems = missingTools(platform, env);
for (const problem of problems) console.error(`firmware: ${problem}`);
if (problems.length > 0) process.exit(2);
// The SDK's debugger wants modules apart.
const manifest = options.release ? [relative(PROJECT, await joinModules(PROJECT, options.board, options.afe))] : [];
const command = [...(options.release ? [] : ["-d"]), "-m", "-p", platform, ...manifest, ...options.settings];
console.log(`BOARD=${options.board} AFE=${options.afe} mcconfig ${command.map((word) => (/[ "$]/.test(word) ? JSON.stringify(word) : word)).join(" ")}`);
if (!options.check) process.exit(spawnSync("mcconfig", command, { cwd: PROJECT, env, stdio: "inherit" }).status ?? 1);
