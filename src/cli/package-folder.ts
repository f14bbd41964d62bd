// Where edgebeat's own files (demo record, scripts, C sources) are.
import { fileURLToPath } from "node:url";

/** Folder of package.json: the bundle lies in its dist/. */
export const PACKAGE_FOLDER = fileURLToPath(new URL("..", import.meta.url));
