// Settings of the device from mc/config: the manifests' `config`, and `name=value` on mcconfig's command line.
import config from "mc/config";
import { CONFIG_FIELDS } from "../../monitor/config.js";

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
  if (config["deviceId"] !== undefined) settings["deviceId"] = config["deviceId"];
  CONFIG_FIELDS.forEach((field) => {
    const value = config[field.name];
    if (value === undefined) return;
    const number = Number(value);
    settings[field.name] = Number.isNaN(number) ? value : number;
  });
  return settings;
}
