// npm run release [-- --key FILE]: makes dist/release, a static web flasher with checksums, SBOM and notes. Firmware where this computer can build it, else why
// not; signed for updates with the private key FILE (or the one that EDGEBEAT_SIGNING_KEY names).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { AFES, BOARDS, DEFAULT_AFE, partitionOf, updateNameOf } from "./boards.js";
import { missingTools } from "./firmware-tools.js";
import { importBundled } from "./import-bundled.js";
import { joinModules } from "./join-modules.js";

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUTPUT = join(PROJECT, "dist", "release");
const PAGE = join(PROJECT, "src", "release");
const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
/** What a release without a key is told as. */
const UNSIGNED = "boards flashed with it take no updates over the air, and none can be made of it (give a key with --key FILE or EDGEBEAT_SIGNING_KEY)";
/** Each board with each front end, by the name under which it takes updates. */
const PRODUCTS = Object.keys(BOARDS).filter((board) => BOARDS[board].chip).flatMap((board) => Object.keys(AFES).map((afe) => ({
  name: updateNameOf(board, afe), board, afe, title: `${BOARDS[board].title} with ${AFES[afe].title}`, chip: BOARDS[board].chip, nvs: partitionOf(board, "nvs"),
  options: `--board ${board}${afe === DEFAULT_AFE ? "" : ` --afe ${afe}`}`,
})));

const { publicKeyHex, readUpdateKey, sign } = await importBundled("src/cli/sign.ts");
const keyFile = chooseKey(process.argv.slice(2));
const updateKey = keyFile && publicKeyHex(checkedKey(keyFile));

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });

const products = [];
for (const product of PRODUCTS) products.push({ ...product, ...(await buildFirmware(product)) });
await writeGraphs();
await writePage();
run("npm", ["pack", "--silent", "--pack-destination", OUTPUT]);
writeFileSync(join(OUTPUT, "sbom.cdx.json"), run("npm", ["sbom", "--sbom-format", "cyclonedx"]));
writeNotes();
writeChecksums();
console.log(`release ${version} in ${relative(PROJECT, OUTPUT)}:`);
console.log(`  ${signing()}`);
for (const { name, manifest, missing } of products) console.log(`  ${name}: ${manifest ?? `no firmware. ${missing[0]}`}`);

/** @returns whether this release can update boards, in words */
function signing() {
  if (!updateKey) return `Unsigned: ${UNSIGNED}`;
  if (!products.some(({ manifest }) => manifest)) return "A key was given, but there is no firmware to sign";
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
async function buildFirmware({ name, board, afe, title, chip }) {
  const { platform, bootloaderOffset } = BOARDS[board];
  const env = { ...process.env, BOARD: board, AFE: afe, PATH: `${join(PROJECT, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}` };
  const missing = missingTools(platform, env);
  if (missing.length > 0) return { missing };
  const built = join(PROJECT, "build", "firmware");
  run("mcconfig", ["-m", "-p", platform, "-t", "build", "-o", built, await joinModules(PROJECT, board, afe), ...(updateKey ? [`updateKey=${updateKey}`] : [])], { env });
  // The last folder is NAME in manifest.json.
  const folder = join(built, "bin", ...platform.split("/"), "release", `edgebeat-${board}-${afe}`);
  const app = join(folder, "xs_esp32.bin");
  if (!existsSync(app)) return { missing: ["the SDK's build left no xs_esp32.bin"] };
  const parts = [
    ["bootloader.bin", bootloaderOffset], ["partition-table.bin", 0x8000], ["ota_data_initial.bin", partitionOf(board, "otadata").offset],
    ["xs_esp32.bin", partitionOf(board, "ota_0").offset],
  ];
  mkdirSync(join(OUTPUT, name));
  for (const [part] of parts) cpSync(join(folder, part), join(OUTPUT, name, part));
  if (keyFile) sign({ image: app, board: name, firmwareVersion: version, key: keyFile, out: join(OUTPUT, name, `edgebeat-${version}-${name}.update`) }, { write: () => {} });
  const manifest = `${name}.json`;
  writeJson(manifest, {
    // Else esp-web-tools would erase the whole flash, and with it alerts that wait in the journal.
    name: `edgebeat for ${title}`, version, new_install_prompt_erase: true,
    builds: [{ chipFamily: chip, parts: parts.map(([part, offset]) => ({ path: `${name}/${part}`, offset })) }],
  });
  return { manifest };
}

function writeJson(name, value) {
  writeFileSync(join(OUTPUT, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** What each product's firmware is made of: module, bytes of source, size when minified, imports; and one bundle with all of it. */
async function writeGraphs() {
  for (const { name, board, afe } of PRODUCTS) {
    const { metafile } = await build({
      entryPoints: [join(PROJECT, "hardware", board, afe, "main.ts")], bundle: true, minify: true, format: "esm", target: "es2022", metafile: true, logLevel: "error",
      outfile: join(OUTPUT, `${name}.bundle.js`), absWorkingDir: PROJECT, external: ["embedded:*", "mc/*", "microseconds", "time", "timer", "net", "preference", "resetReason", "crypt", "curve", "ecdsa", "ecp", "ssl/*", "worker"],
    });
    const [output] = Object.values(metafile.outputs);
    const modules = Object.entries(metafile.inputs).map(([path, { bytes, imports }]) => ({
      path, sourceBytes: bytes, minifiedBytes: output.inputs[path]?.bytesInOutput ?? 0, imports: imports.map((imported) => imported.path).sort(),
    })).sort((one, other) => other.minifiedBytes - one.minifiedBytes);
    writeJson(`${name}.modules.json`, { board, afe, platform: BOARDS[board].platform, modules: modules.length, minifiedBytes: output.bytes, list: modules });
  }
}

async function writePage() {
  for (const file of ["index.html", "style.css"]) cpSync(join(PAGE, file), join(OUTPUT, file));
  await build({ entryPoints: [join(PAGE, "page.ts")], bundle: true, minify: true, format: "esm", target: "es2022", outfile: join(OUTPUT, "page.js"), logLevel: "error" });
  // esp-web-tools comes bundled: nothing is loaded from elsewhere.
  cpSync(join(PROJECT, "node_modules", "esp-web-tools", "dist", "web"), join(OUTPUT, "esp-web-tools"), { recursive: true });
  cpSync(join(PROJECT, "node_modules", "esp-web-tools", "LICENSE"), join(OUTPUT, "esp-web-tools", "LICENSE"));
  writeJson("release.json", { version, products });
}

function writeNotes() {
  const without = products.filter(({ manifest }) => !manifest);
  writeFileSync(join(OUTPUT, "NOTES.md"), `# edgebeat ${version}

**Not a medical device.** For development, research and teaching.

| board | firmware |
| --- | --- |
${products.map(({ name, title, manifest }) => `| ${title} | ${manifest ? `\`${manifest}\` with its parts in \`${name}/\`` : "none"} |`).join("\n")}

${without.length === 0 ? "Serve this folder over HTTPS (or from localhost) and open it in Chrome or Edge: `npx http-server dist/release`." : `This release was made on a computer that cannot build firmware, so it carries no binaries for ${without.map(({ title }) => title).join(", ")}. What was missing:

${without[0].missing.map((line) => `- ${line}`).join("\n")}

To build and flash one yourself: \`hardware/README.md\` in the package \`edgebeat-${version}.tgz\`, in short \`npm ci && npm run firmware -- ${without[0].options} --release\`.`}

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
