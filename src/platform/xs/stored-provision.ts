// storedProvision: the provision that was written into NVS, if there is one.
import Preference from "preference";
import { type Provision, checkProvision } from "../../monitor/provision.js";

/** Where `npm run provision` puts it. */
const DOMAIN = "edgebeat";
const KEY = "provision";

/** @returns the provision; undefined if there is none, or a wrong one, which is reported on the console without its secrets. Does not throw. */
export function storedProvision(): Provision | undefined {
  let input: unknown;
  try {
    const stored = Preference.get(DOMAIN, KEY);
    if (stored === undefined) return undefined;
    if (!(stored instanceof ArrayBuffer)) throw new Error("not a blob");
    input = JSON.parse(asciiOf(new Uint8Array(stored)));
  } catch (error) {
    trace(`provision: ${error}; it counts as none\n`);
    return undefined;
  }
  const checked = checkProvision(input);
  if (checked.ok) return checked.provision;
  checked.problems.forEach((problem) => trace(`${problem}\n`));
  trace("provision: wrong, so it counts as none\n");
  return undefined;
}

/** `npm run provision` writes JSON in ASCII, with escapes. */
function asciiOf(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index++) text += String.fromCharCode(bytes[index] as number);
  return text;
}
