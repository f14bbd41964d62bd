// Where the ECG databases lie for tests that need them: the folder ECG_DATA, by default ../shared/data beside the project.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const FOLDER = resolve(ROOT, process.env["ECG_DATA"] ?? "../shared/data");

/** For `describe.skipIf`: true when the databases are not on this machine. */
export const noEcgData = !existsSync(resolve(FOLDER, "mitdb/208.hea"));

/** Put into the title of a group of tests that needs the databases. */
export const ECG_DATA_NOTE = noEcgData ? " (skipped: no ECG databases; set ECG_DATA to a folder with mitdb/, see tests/ecg-data.ts)" : "";

/** Path of a record, such as `ecgRecord("mitdb/208")`. */
export function ecgRecord(name: string): string {
  return resolve(FOLDER, name);
}

/** Path of the demo record, which is part of the project. */
export const DEMO_RECORD = resolve(ROOT, "demo/208-excerpt");
