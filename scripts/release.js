// npm run release [-- --key FILE]: makes dist/release, a static web flasher with checksums, SBOM and notes. Firmware where this computer can build it, else why
// not; signed for updates with the private key FILE (or the one that EDGEBEAT_SIGNING_KEY names).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BOARDS, partitionOf } from "./boards.js";
import { missingTools } from "./firmware-tools.js";
import { importBundled } from "./import-bundled.js";
import { joinModules } from "./join-modules.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTPUT = join(PROJECT, "dist", "release");
const PAGE = join(PROJECT, "src", "release");
const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
/** What a release without a key is told as. */
const UNSIGNED = "boards flashed with it take no updates over the air, and none can be made of it (give a key with --key FILE or EDGEBEAT_SIGNING_KEY)";
const FLASHED = Object.keys(BOARDS).filter((board) => BOARDS[board].chip);

const { publicKeyHex, readUpdateKey, sign } = await importBundled("src/cli/sign.ts");
const keyFile = chooseKey(process.argv.slice(2));
const updateKey = keyFile && publicKeyHex(checkedKey(keyFile));

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });

const boards = [];
for (const board of FLASHED) boards.push({ board, title: BOARDS[board].title, chip: BOARDS[board].chip, nvs: partitionOf(board, "nvs"), ...(await buildFirmware(board)) });
await writeGraphs();
await writePage();
run("npm", ["pack", "--silent", "--pack-destination", OUTPUT]);
writeFileSync(join(OUTPUT, "sbom.cdx.json"), run("npm", ["sbom", "--sbom-format", "cyclonedx"]));
writeNotes();
writeChecksums();
console.log(`release ${version} in ${relative(PROJECT, OUTPUT)}:`);
console.log(`  ${signing()}`);
for (const { board, manifest, missing } of boards) console.log(`  ${board}: ${manifest ?? `no firmware. ${missing[0]}`}`);

/** @returns whether this release can update boards, in words */
function signing() {
  if (!updateKey) return `Unsigned: ${UNSIGNED}`;
  if (!boards.some(({ manifest }) => manifest)) return "A key was given, but there is no firmware to sign";
  return `Signed: \`npx edgebeat update BOARD/edgebeat-${version}-BOARD.update ...\` sends it to boards that were flashed with a release of the same key (updateKey=${updateKey})`;
}

function refuse(line) {
  console.error(`release: ${line}`);
  process.exit(2);
}

/** @returns the file of the signing key, or "" for an unsigned release */
function chooseKey(args) {
  const [flag, file, ...rest] = args;
  if (flag === undefined) return process.env.EDGEBEAT_SIGNING_KEY ?? "";
  if (flag !== "--key" || !file || rest.length > 0) refuse(`"${args.join(" ")}", expected npm run release -- --key FILE, or nothing after it`);
  return file;
}

function checkedKey(file) {
  try {
    return readUpdateKey("--key", file, "private");
  } catch (error) {
    return refuse(error.message);
  }
}

function run(command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: PROJECT, encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Builds a release and copies its parts. @returns {Promise<{manifest: string} | {missing: string[]}>} the name of its esp-web-tools manifest, or what is missing */
async function buildFirmware(board) {
  const { platform, title, chip, bootloaderOffset } = BOARDS[board];
  const env = { ...process.env, BOARD: board, PATH: `${join(PROJECT, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}` };
  const missing = missingTools(platform, env);
  if (missing.length > 0) return { missing };
  const built = join(PROJECT, "build", "firmware");
  run("mcconfig", ["-m", "-p", platform, "-t", "build", "-o", built, await joinModules(PROJECT, board), ...(updateKey ? [`updateKey=${updateKey}`] : [])], { env });
  const app = findFile(join(built, "bin", ...platform.split("/")), "xs_esp32.bin");
  if (!app) return { missing: ["the SDK's build left no xs_esp32.bin"] };
  const parts = [
    ["bootloader.bin", bootloaderOffset], ["partition-table.bin", 0x8000], ["ota_data_initial.bin", partitionOf(board, "otadata").offset],
    ["xs_esp32.bin", partitionOf(board, "ota_0").offset],
  ];
  mkdirSync(join(OUTPUT, board));
  for (const [name] of parts) cpSync(join(dirname(app), name), join(OUTPUT, board, name));
  if (keyFile) sign({ image: app, board, firmwareVersion: version, key: keyFile, out: join(OUTPUT, board, `edgebeat-${version}-${board}.update`) }, { write: () => {} });
  const manifest = `${board}.json`;
  writeJson(manifest, {
    // Else esp-web-tools would erase the whole flash, and with it alerts that wait in the journal.
    name: `edgebeat for ${title}`, version, new_install_prompt_erase: true,
    builds: [{ chipFamily: chip, parts: parts.map(([name, offset]) => ({ path: `${board}/${name}`, offset })) }],
  });
  return { manifest };
}

function findFile(folder, name) {
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder, { recursive: true }).find((path) => String(path).split(/[\\/]/).at(-1) === name && String(path).includes("release"));
  return found && join(folder, String(found));
}

function writeJson(name, value) {
  writeFileSync(join(OUTPUT, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** What each board's firmware is made of: module, bytes of source, size when minified, imports; and one bundle with all of it. */
async function writeGraphs() {
  for (const board of FLASHED) {
    const { metafile } = await build({
      entryPoints: [join(PROJECT, "hardware", board, "main.ts")], bundle: true, minify: true, format: "esm", target: "es2022", metafile: true, logLevel: "error",
      outfile: join(OUTPUT, `${board}.bundle.js`), absWorkingDir: PROJECT, external: ["embedded:*", "mc/*", "time", "timer", "net", "preference", "resetReason", "crypt", "curve", "ecdsa", "ecp", "ssl/*", "worker"],
    });
    const [output] = Object.values(metafile.outputs);
    const modules = Object.entries(metafile.inputs).map(([path, { bytes, imports }]) => ({
      path, sourceBytes: bytes, minifiedBytes: output.inputs[path]?.bytesInOutput ?? 0, imports: imports.map((imported) => imported.path).sort(),
    })).sort((one, other) => other.minifiedBytes - one.minifiedBytes);
    writeJson(`${board}.modules.json`, { board, platform: BOARDS[board].platform, modules: modules.length, minifiedBytes: output.bytes, list: modules });
  }
}

async function writePage() {
  for (const file of ["index.html", "style.css"]) cpSync(join(PAGE, file), join(OUTPUT, file));
  await build({ entryPoints: [join(PAGE, "page.ts")], bundle: true, minify: true, format: "esm", target: "es2022", outfile: join(OUTPUT, "page.js"), logLevel: "error" });
  // esp-web-tools comes bundled: nothing is loaded from elsewhere.
  cpSync(join(PROJECT, "node_modules", "esp-web-tools", "dist", "web"), join(OUTPUT, "esp-web-tools"), { recursive: true });
  cpSync(join(PROJECT, "node_modules", "esp-web-tools", "LICENSE"), join(OUTPUT, "esp-web-tools", "LICENSE"));
  writeJson("release.json", { version, boards });
}

function writeNotes() {
  const without = boards.filter(({ manifest }) => !manifest);
  writeFileSync(join(OUTPUT, "NOTES.md"), `# edgebeat ${version}

**Not a medical device.** For development, research and teaching.

| board | firmware |
| --- | --- |
${boards.map(({ board, manifest }) => `| ${board} | ${manifest ? `\`${manifest}\` with its parts in \`${board}/\`` : "none"} |`).join("\n")}

${without.length === 0 ? "Serve this folder over HTTPS (or from localhost) and open it in Chrome or Edge: `npx http-server dist/release`." : `This release was made on a computer that cannot build firmware, so it carries no binaries for ${without.map(({ board }) => board).join(", ")}. What was missing:

${without[0].missing.map((line) => `- ${line}`).join("\n")}

To build and flash one yourself: \`hardware/README.md\` in the package \`edgebeat-${version}.tgz\`, in short \`npm ci && npm run firmware -- --board ${without[0].board} --release\`.`}

${signing()}.

| file | what it is |
| --- | --- |
| \`index.html\` | the web flasher, with all that it needs |
| \`BOARD.bundle.js\`, \`BOARD.modules.json\` | what the firmware of a board is made of, in one file, and by module with sizes and imports (the SDK's own modules are not in it) |
| \`edgebeat-${version}.tgz\` | the package: simulator, subscriber, sources |
| \`sbom.cdx.json\` | software bill of materials, CycloneDX |
| \`SHA256SUMS\` | checksums: \`sha256sum -c SHA256SUMS\` |
`);
}

function writeChecksums() {
  const files = readdirSync(OUTPUT, { recursive: true }).map(String).filter((path) => statSync(join(OUTPUT, path)).isFile()).sort();
  writeFileSync(join(OUTPUT, "SHA256SUMS"), files.map((path) => `${createHash("sha256").update(readFileSync(join(OUTPUT, path))).digest("hex")}  ${path.replaceAll("\\", "/")}\n`).join(""));
}
