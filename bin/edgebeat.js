#!/usr/bin/env node
// The edgebeat command: in a checkout it bundles the sources first when they have changed.
import { existsSync } from "node:fs";

if (existsSync(new URL("../src/cli/main.ts", import.meta.url))) {
  const { build, isStale } = await import("../scripts/build.js");
  if (isStale()) await build();
}
await import("../dist/edgebeat.js");
