// The `edgebeat` command: parses arguments, runs a subcommand, turns errors into one line and an exit status.
import { Command, CommanderError } from "commander";
import { FIRMWARE_VERSION } from "../monitor/monitor.js";
import { XsEngineError } from "../platform/sim/xs-engine-error.js";
import { type CommandFlags, sendCommand } from "./command.js";
import { evaluate } from "./evaluate.js";
import type { EvaluateFlags } from "./evaluate-options.js";
import { type ProvisionFlags, provision } from "./provision.js";
import { simulate } from "./sim.js";
import type { SimFlags } from "./sim-options.js";
import { type SignFlags, sign } from "./sign.js";
import { subscribe, type SubscribeOptions } from "./subscribe.js";
import { type UpdateFlags, update } from "./update.js";
import { EXIT_LOST, EXIT_USAGE, UsageError } from "./usage-error.js";

const program = new Command("edgebeat")
  .description("A heart monitor that keeps watching when the network is gone. Not a medical device.")
  .version(FIRMWARE_VERSION)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => {
      // Commander's own words for an unknown command speak of the default command's arguments; ours follow below.
      if (!text.startsWith("error: too many arguments")) write(text.replace(/^error: /, "edgebeat: "));
    },
  });

program
  .command("sim", { isDefault: true })
  .description("run the firmware in the simulator: ECG in, alerts out over MQTT")
  .option("--record <path>", "WFDB record to replay, without extension (default: the demo record, MIT-BIH 208)")
  .option("--lead <lead>", "lead of the record, by name or by number from 0")
  .option("--patient <patient>", "synthetic:SCENARIO, e.g. synthetic:asystole or synthetic:sinus:72@30,vt@10,sinus")
  .option("--speed <speed>", "times real time, or max (default: 1)")
  .option("--seconds <seconds>", "end after so many simulated seconds")
  .option("--loop", "start the recording again when it ends (default unless --headless or --seconds)")
  .option("--no-loop", "end with the recording")
  .option("--clock <plan>", 'what the device\'s clock has to live with, e.g. "unset 0-60, step 90:3600" [s]', "ntp")
  .option("--link <plan>", 'when the network is away, or lets nothing through, e.g. "down 60-120; half-open 200-300" [s]', "up")
  .option("--afe <part>", "ECG front end: max30003, ads1292r or ad8232", "max30003")
  .option("--cores <count>", "with 2, the front end is read on a core of its own", "1")
  .option("--stall <plan>", 'what keeps the firmware busy: flash, tls, gc or tick, e.g. "flash 80ms, tls 2s@120, gc 30ms/5s"', "none")
  .option("--engine <engine>", "engine for the firmware: node, xs, or xs-native (XS with the kernels in C)", "node")
  .option("--seed <seed>", "seed of everything random", "1")
  .option("--flash <file>", "keep the device's flash in this file (default: in memory)")
  .option("--config <file>", "JSON file of monitor settings")
  .option("--provision <file>", "provisioning file of the device: its name, keys and settings; messages are then encrypted")
  .option("--keys <file>", "keys for the simulator's own subscriber and page (default: those of the provision)")
  .option("--update-key <file>", "public key (PEM, P-256) of whoever signs updates: the device then takes them")
  .option("--broker <url>", "use this MQTT broker, mqtt:// or mqtts://, instead of the embedded one")
  .option("--ca <file>", "certificates that may vouch for a broker with mqtts://, in PEM (default: the authorities known to Node)")
  .option("--cert <file>", "certificate to show to the broker, in PEM")
  .option("--key <file>", "private key of that certificate, in PEM")
  .option("--mqtt-port <port>", "TCP port of the embedded broker, 0 for any", "1883")
  .option("--ws-port <port>", "WebSocket port of the embedded broker, 0 for any", "8883")
  .option("--http-port <port>", "port of the page, 0 for any", "8080")
  .option("--headless", "no page", false)
  .option("--json", "one JSON object a line, the last one a summary", false)
  .action(async (flags: SimFlags) => {
    process.exitCode = await simulate(flags, process.stdout);
  });

program
  .command("subscribe")
  .description("print the alerts of devices as they arrive, each once")
  .requiredOption("--url <url>", "address of the MQTT broker, e.g. mqtt://127.0.0.1:1883")
  .option("--ca <file>", "certificates that may vouch for a broker with mqtts://, in PEM (default: the authorities known to Node)")
  .option("--cert <file>", "certificate to show to the broker, in PEM")
  .option("--key <file>", "private key of that certificate, in PEM")
  .option("--device <id>", "only this device")
  .option("--keys <file>", "keys of devices: messages must be encrypted with them")
  .option("--session <name>", "client identifier of a session that the broker keeps: alerts wait there while this command is away")
  .option("--state <folder>", "remember there what was heard, for one subscriber at a time (default: only until this command ends)")
  .option("--json", "one JSON object a line", false)
  .action(async (options: SubscribeOptions) => subscribe(options, process.stdout));

program
  .command("provision")
  .description("make the provisioning file of a new device, with fresh keys, and add the keys to the receivers' keys file")
  .requiredOption("--device <id>", "name of the device: a-z, 0-9 and -")
  .requiredOption("--out <file>", "provisioning file to write")
  .requiredOption("--keys <file>", "keys file to add to")
  .action((flags: ProvisionFlags) => provision(flags, process.stdout));

program
  .command("command")
  .description("send one command to a device, and wait until it says what became of it")
  .argument("<action>", "set-limits NAME=VALUE..., acknowledge BOOT.SEQUENCE, set-time [TIME], or rotate-key")
  .argument("[values...]", "what the action needs")
  .requiredOption("--url <url>", "address of the MQTT broker")
  .requiredOption("--device <id>", "device to command")
  .requiredOption("--keys <file>", "keys file with the device's command key; a rotated key is added to it")
  .option("--ca <file>", "certificates that may vouch for a broker with mqtts://, in PEM (default: the authorities known to Node)")
  .option("--cert <file>", "certificate to show to the broker, in PEM")
  .option("--key <file>", "private key of that certificate, in PEM")
  .option("--wait <seconds>", "how long to wait for the device", "30")
  .option("--json", "one JSON object", false)
  .action(async (action: string, values: string[], flags: CommandFlags) => {
    process.exitCode = await sendCommand(action, values, flags, process.stdout);
  });

program
  .command("update")
  .description("send a signed firmware to a device, piece by piece, and wait until it has proved itself or the device went back")
  .argument("<file>", "image with its signed header, from npm run release or edgebeat sign")
  .requiredOption("--url <url>", "address of the MQTT broker")
  .requiredOption("--device <id>", "device to update")
  .requiredOption("--keys <file>", "keys file with the device's command key")
  .option("--ca <file>", "certificates that may vouch for a broker with mqtts://, in PEM (default: the authorities known to Node)")
  .option("--cert <file>", "certificate to show to the broker, in PEM")
  .option("--key <file>", "private key of that certificate, in PEM")
  .option("--wait <seconds>", "how long to wait for each step of the device", "900")
  .option("--json", "one JSON object a line", false)
  .action(async (file: string, flags: UpdateFlags) => {
    process.exitCode = await update(file, flags, process.stdout);
  });

program
  .command("sign")
  .description("sign a firmware image for updates")
  .requiredOption("--image <file>", "what runs in a slot, e.g. xs_esp32.bin")
  .requiredOption("--board <name>", "board it is for: its folder in hardware/")
  .requiredOption("--firmware-version <version>", "its version, MAJOR.MINOR.PATCH; a device takes a newer one only")
  .requiredOption("--key <file>", "private key on P-256, in PEM")
  .requiredOption("--out <file>", "signed image to write")
  .action((flags: SignFlags) => sign(flags, process.stdout));

program
  .command("evaluate")
  .description("run the firmware's own beat and rhythm analysis over recordings; write WFDB annotations, EC57 tables and a report")
  .requiredOption("--db <folder>", "folder with WFDB records")
  .requiredOption("--out <folder>", "where the annotations (RECORD.eb) and report.html go")
  .option("--records <names>", "only these records, e.g. 100,101 (default: all of the folder)")
  .option("--lead <lead>", "lead of each record, by name or by number from 0 (default: the first)")
  .option("--beats <annotator>", "take beats from these annotations, e.g. qrs, instead of a signal: for databases without ECG")
  .option("--engine <engine>", "engine for the firmware: node, xs, or xs-native (XS with the kernels in C)", "node")
  .option("--from <seconds>", "start of scoring: 300 after EC57, or 0", "300")
  .option("--annotator <name>", "suffix of the annotation files", "eb")
  .option("--json", "one JSON object a record, the last one pooled", false)
  .action(async (flags: EvaluateFlags) => evaluate(flags, process.stdout));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.code === "commander.excessArguments") {
    process.stderr.write(`edgebeat: unknown command "${program.args[0]}", expected ${program.commands.map((command) => command.name()).join(", ")}\n`);
    process.exitCode = EXIT_USAGE;
  } else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else if (error instanceof UsageError) {
    process.stderr.write(`edgebeat: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  } else if (error instanceof XsEngineError) {
    process.stderr.write(`edgebeat: the firmware stopped: ${error.message}\n`);
    process.exitCode = EXIT_LOST;
  } else throw error;
}
