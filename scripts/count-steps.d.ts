// Types of count-steps.js.
import type { Plugin } from "esbuild";

export const countSteps: Plugin;
