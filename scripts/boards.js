// The boards that firmware can be built for: name of the folder in hardware/, the SDK's platform, the chip as esp-web-tools calls it, and its flash.
export const BOARDS = Object.freeze({
  "esp32-devkit": { title: "ESP32-DevKitC", platform: "esp32", chip: "ESP32", flashBytes: 0x400000, bootloaderOffset: 0x1000 },
  "xiao-esp32s3": { title: "Seeed XIAO ESP32S3", platform: "esp32/xiao_esp32s3", chip: "ESP32-S3", flashBytes: 0x800000, bootloaderOffset: 0 },
  "esp32c3-supermini": { title: "ESP32-C3 SuperMini", platform: "esp32/esp32c3", chip: "ESP32-C3", flashBytes: 0x400000, bootloaderOffset: 0 },
  desktop: { title: "Moddable's simulator", platform: { linux: "lin", darwin: "mac", win32: "win" }[process.platform] ?? "lin" },
});
