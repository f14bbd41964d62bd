// `npm test`: installs what the tests need where it can (root on Debian), then checks and tests everything.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What the tests use from outside npm: [what to look for, Debian package, what is skipped without it]. */
const TOOLS = [
  ["gcc", "gcc", "everything on the XS engine"],
  ["gcc -m32", "gcc-multilib", "XS with the device's 16-byte slots (a 64-bit build is used)"],
  ["qemu-system-riscv32", "qemu-system-misc", "the emulated microcontroller"],
  ["riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf", "the emulated microcontroller"],
  ["mosquitto", "mosquitto", "tests against mosquitto"],
  ["openssl", "openssl", "tests of TLS"],
  ["chromium", "chromium", "tests of the page in a browser"],
];

function isThere(tool) {
  if (tool === "gcc -m32") return process.arch !== "x64" || readdirSync("/usr/lib/gcc/x86_64-linux-gnu", { withFileTypes: true }).some((entry) => existsSync(join("/usr/lib/gcc/x86_64-linux-gnu", entry.name, "32")));
  return [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"].some((folder) => existsSync(join(folder, tool)));
}

function isMissing([tool]) {
  try {
    return !isThere(tool);
  } catch {
    return true;
  }
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: "inherit", ...options }).status ?? 1;
}

const missing = TOOLS.filter(isMissing);
if (missing.length > 0) {
  const packages = missing.flatMap(([, names]) => names.split(" "));
  const isDebianRoot = existsSync("/etc/debian_version") && process.getuid?.() === 0;
  if (isDebianRoot) {
    console.log(`Installing from Debian: ${packages.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
    run("apt-get", ["update", "-qq"], quiet);
    if (run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet) !== 0) console.log("That failed; going on with what there is.");
  } else {
    console.log(`Not installed: ${packages.join(" ")}. As root on Debian:  apt-get update && apt-get install -y ${packages.join(" ")}`);
  }
  for (const [tool, , skipped] of TOOLS.filter(isMissing)) console.log(`SKIPPED without ${tool}: ${skipped}`);
}

const status = run(process.execPath, ["scripts/check.js"]);
if (status !== 0) process.exit(status);
process.exit(run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]));
