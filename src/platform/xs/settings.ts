// Settings of the device from mc/config: the manifests' `config`, and `name=value` on mcconfig's command line.
import config from "mc/config";
import { rowsOf } from "../../monitor/form.js";

/** @returns the setting as a text, or `initial` where there is none. */
export function textSetting(name: string, initial = ""): string {
  const value = config[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : initial;
}

/** @returns a TCP port; a wrong one is reported and counts as none. */
export function portSetting(name: string, initial: number): number {
  const text = textSetting(name, String(initial));
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  trace(`config.${name}: "${text}", expected a whole number from 1 to 65535; using ${initial}\n`);
  return initial;
}

/** @returns what is set of a monitor's settings, unchecked: `checkConfig` says what is wrong. */
export function monitorSettings(): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  rowsOf("settings").forEach(([name = "", kind]) => {
    const value = config[name];
    if (value === undefined) return;
    const number = kind === "whole" ? Number(value) : Number.NaN;
    settings[name] = Number.isNaN(number) ? value : number;
  });
  return settings;
}
