// What building firmware needs on this computer, and what of it is missing.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Moddable SDK that the manifests were linked against, and the ESP-IDF that it expects (EXPECTED_ESP_IDF in its devices/esp32/manifest.json). */
const SDK_VERSION = "8.2";
const IDF_VERSION = "6.0";
const SDK_GUIDE = "https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/Moddable%20SDK%20-%20Getting%20Started.md";
const IDF_GUIDE = "https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/devices/esp32.md";

/** @returns path of a program on PATH, or undefined */
function find(program, env) {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    for (const name of [program, `${program}.exe`, `${program}.bat`, `${program}.py`]) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

function textOf(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/**
 * @param platform of the SDK, e.g. "esp32/esp32c3" or "lin"
 * @param env environment of the build, with this project's node_modules/.bin on its PATH
 * @returns one line per thing that is missing or of another version: what, and where to get it
 */
export function missingTools(platform, env) {
  const problems = [];
  const sdk = env.MODDABLE;
  if (!sdk) problems.push(`MODDABLE is not set: install the Moddable SDK ${SDK_VERSION} and set it to its folder; ${SDK_GUIDE}`);
  else if (!existsSync(join(sdk, "examples/manifest_base.json"))) problems.push(`MODDABLE is "${sdk}", expected the folder of the Moddable SDK; ${SDK_GUIDE}`);
  else {
    const version = textOf(join(sdk, "tools/VERSION")).trim();
    if (!version.startsWith(`${SDK_VERSION}.`)) problems.push(`MODDABLE has SDK ${version || "of an unknown version"}, expected ${SDK_VERSION}: git checkout a ${SDK_VERSION} tag in ${sdk} and build its tools again`);
  }
  if (!find("mcconfig", env)) problems.push(`mcconfig is not on PATH: build the SDK's tools and add $MODDABLE/build/bin/<lin|mac|win>/release to PATH; ${SDK_GUIDE}`);
  if (!find("tsc", env)) problems.push("tsc is not on PATH: run npm ci in this project");
  if (platform.startsWith("esp32")) problems.push(...missingForEsp32(env));
  else if (platform === "lin" && sdk && !existsSync(join(sdk, "build/bin/lin/debug/mcsim")) && !existsSync(join(sdk, "build/bin/lin/release/mcsim")))
    problems.push(`mcsim, the SDK's simulator, is not built: it needs libgtk-3-dev; run make in $MODDABLE/build/makefiles/lin; ${SDK_GUIDE}`);
  return problems;
}

function missingForEsp32(env) {
  const problems = [];
  const idf = env.IDF_PATH;
  if (!idf) problems.push(`IDF_PATH is not set: install ESP-IDF ${IDF_VERSION} as the SDK says; ${IDF_GUIDE}`);
  else {
    const major = /set\(IDF_VERSION_MAJOR (\d+)\)[\s\S]*set\(IDF_VERSION_MINOR (\d+)\)/.exec(textOf(join(idf, "tools/cmake/version.cmake")));
    if (!major) problems.push(`IDF_PATH is "${idf}", expected the folder of ESP-IDF ${IDF_VERSION} (no tools/cmake/version.cmake there); ${IDF_GUIDE}`);
    else if (`${major[1]}.${major[2]}` !== IDF_VERSION) problems.push(`IDF_PATH has ESP-IDF ${major[1]}.${major[2]}, expected ${IDF_VERSION}; ${IDF_GUIDE}`);
  }
  if (!find("idf.py", env)) problems.push("idf.py is not on PATH: run `. $IDF_PATH/export.sh` in this shell (Windows: export.bat)");
  return problems;
}
