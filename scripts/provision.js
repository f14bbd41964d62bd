// npm run provision -- FILE [--board NAME] [--out nvs.bin] [--port PORT]: checks a provision and makes the NVS image that puts it onto a device.
import { createPrivateKey } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { BOARDS, partitionOf } from "./boards.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = "npm run provision -- FILE [--board NAME] [--out nvs.bin] [--port PORT]";

function refuse(lines) {
  for (const line of [lines].flat()) console.error(`provision: ${line}`);
  process.exit(2);
}

/** @param text PEM, or DER in base64 */
function isRsaPkcs8(text) {
  try {
    const isPem = text.includes("-----BEGIN PRIVATE KEY-----");
    return createPrivateKey(isPem ? text : { key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" }).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const options = { board: "esp32-devkit", out: "nvs.bin", port: "" };
let file = "";
const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (/^--(board|out|port)$/.test(arg)) options[arg.slice(2)] = args.shift() ?? "";
  else if (!arg.startsWith("-") && file === "") file = arg;
  else refuse(`"${arg}", expected ${USAGE}`);
}
if (file === "") refuse(`no file, expected ${USAGE}`);
if (!BOARDS[options.board]?.chip) refuse(`--board "${options.board}", expected one of ${Object.keys(BOARDS).filter((name) => BOARDS[name].chip).join(", ")}`);

let input;
try {
  input = JSON.parse(readFileSync(file, "utf8"));
} catch (error) {
  // The parser's message may quote the file, which holds secrets.
  refuse(`${file}: ${error.code ?? "not JSON"}, expected a provision in JSON`);
}
mkdirSync(join(PROJECT, "build"), { recursive: true });
const outfile = join(PROJECT, "build", "provision.mjs");
const contents = 'export { checkProvision } from "./src/monitor/provision.ts"; export { makeNvsImage } from "./src/release/nvs-image.ts";';
await build({ stdin: { contents, resolveDir: PROJECT, loader: "ts" }, bundle: true, platform: "node", format: "esm", outfile, logLevel: "error" });
const { checkProvision, makeNvsImage } = await import(pathToFileURL(outfile).href);
const checked = checkProvision(input);
if (!checked.ok) refuse(checked.problems);
const { tls } = checked.provision.broker ?? {};
if (tls && !isRsaPkcs8(tls.key)) refuse("provision.broker.tls.key: none that the SDK's TLS can use, expected an RSA key in PKCS #8 without passphrase, in PEM or DER in base64 (openssl pkcs8 -topk8 -nocrypt)");

// ASCII alone: the device reads bytes as characters.
const text = JSON.stringify(input).replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
const nvs = partitionOf(options.board, "nvs");
try {
  writeFileSync(options.out, makeNvsImage("edgebeat", "provision", Buffer.from(text), nvs.bytes), { mode: 0o600 });
} catch (error) {
  refuse(`${options.out}: ${error.message}`);
}
console.log(`${options.out}: provision of "${checked.provision.config.deviceId}". It holds secrets. Write it to the device with`);
console.log(`esptool ${options.port ? `--port ${options.port} ` : ""}write-flash 0x${nvs.offset.toString(16)} ${options.out}`);
