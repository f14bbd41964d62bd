// `npm run check`: types of every host, lint, unused code. Stops at the first that fails.
import { spawnSync } from "node:child_process";

const STEPS = [
  ["tsc", "-b"],
  ["oxlint", "--deny-warnings", "src", "hardware", "tests", "scripts", "bin"],
  ["knip"],
];

for (const [tool, ...args] of STEPS) {
  console.log(`check: ${tool} ${args.join(" ")}`);
  const { status } = spawnSync(`node_modules/.bin/${tool}`, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
