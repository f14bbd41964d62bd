// The energy model: mean current and battery days of a chip in a scenario, from datasheet currents and what the simulator counted.

/** Typical currents of a chip at 3.3 V and 25 degrees C. [mA] */
export interface ChipCurrents {
  readonly name: string;
  /** CPU busy and radio off ("modem sleep" of the data sheets), at the clock that the SDK sets. */
  readonly busyMa: number;
  /** CPU waiting and radio off, at the same clock. */
  readonly idleMa: number;
  readonly lightSleepMa: number;
  /** Radio listening or receiving. */
  readonly receiveMa: number;
  /** Radio sending at SEND_BYTES_PER_MS, 802.11b. */
  readonly sendMa: number;
  /** Instructions a second that the JavaScript task gets. */
  readonly instructionsPerS: number;
}

/**
 * Clocks: what the SDK's sdkconfig.defaults set. Instructions: clock over 1.4 cycles per instruction, an assumption (see tests/README.md), for all
 * three alike. Sources: ESP32 data sheet v5.2, Table 4-2 (240 MHz, upper and lower end) and Table 5-4 (sending half of the time: all of the time
 * takes more); ESP32-S3 data sheet v2.2, Tables 5-7, 5-9 (240 MHz, one core busy with 32-bit data, or none) and 5-10; ESP32-C3 data sheet v2.4,
 * Tables 5-7, 5-8 (160 MHz) and 5-9. Of the last two the column with the clocks of all peripherals on: with all off the S3 takes 51.2 and 32.9 mA,
 * the C3 23 and 16 mA, and the firmware lies between.
 */
export const CHIPS: readonly ChipCurrents[] = [
  { name: "ESP32", busyMa: 68, idleMa: 30, lightSleepMa: 0.8, receiveMa: 100, sendMa: 240, instructionsPerS: 240e6 / 1.4 },
  { name: "ESP32-S3", busyMa: 65.9, idleMa: 47.6, lightSleepMa: 0.24, receiveMa: 88, sendMa: 340, instructionsPerS: 240e6 / 1.4 },
  { name: "ESP32-C3", busyMa: 28, idleMa: 21, lightSleepMa: 0.13, receiveMa: 84, sendMa: 335, instructionsPerS: 160e6 / 1.4 },
];

/** MAX30003 with its oscillator. [mA] Source: its data sheet, 85 uW at 1.1 V, about twice that at 1.8 V, and the breakout's regulator; from memory of it. */
const AFE_MA = 0.1;
/** Instructions per XS bytecode on RV32IMC: counted on an emulated one. */
const INSTRUCTIONS_PER_BYTECODE = 33;
/** Flash: extra current while it programs or erases. Source: W25Q32JV data sheet, ICC, typical; from memory of it. */
const FLASH_MA = 20;
/** Time for a page of 256 bytes and a block of 4 KB, typical. Source: ESP32-C3 data sheet v2.4, Table 5-10; the ESP32-S3's has the same. */
const PROGRAM_MS = 0.8;
const PROGRAM_BYTES = 256;
const ERASE_MS = 70;
/** The radio in modem sleep wakes for each beacon (102.4 ms, DTIM 1) and listens so long. [ms] An estimate: beacon, guard and PLL start. */
const BEACON_INTERVAL_MS = 102.4;
const LISTEN_MS = 3;
/** A packet: sending at 1 Mbit/s with preamble and TCP/IP headers of 90 bytes, then waiting for the answer's arrival. [ms] An estimate for a near access point. */
const HEADER_BYTES = 90;
const SEND_BYTES_PER_MS = 125;
const ANSWER_MS = 30;
/** From a radio that is off to an MQTT session: association, DHCP, TCP, CONNECT; the radio listens meanwhile. [ms] An estimate; TLS adds 2 s. */
const JOIN_MS = 2500;
/** Light sleep between two ticks: time awake for a tick besides its instructions. [ms] An estimate: wake-up, PLL, clocks. */
const WAKE_MS = 1;
const TICK_MS = 40;

/** What the simulator counted, an hour's worth. */
export interface HourCounts {
  readonly bytecodes: number;
  readonly programmedBytes: number;
  readonly erases: number;
  /** MQTT packets that the device sent, and their bytes. */
  readonly packets: number;
  readonly bytes: number;
}

export interface Scenario {
  readonly name: string;
  /** How the radio lives: always associated in modem sleep, or off between `wakesPerHour` connections. */
  readonly radio: "associated" | "off";
  readonly wakesPerHour: number;
  /** Packets and bytes an hour on top of what was counted. */
  readonly extraPackets: number;
  readonly extraBytes: number;
  /** Counted packets that this scenario does not send an hour, e.g. status messages while the radio is off. */
  readonly sparedPackets: number;
  readonly sparedBytes: number;
  /** The CPU sleeps between ticks. */
  readonly lightSleep: boolean;
}

/** Parts of a mean current. [mA] */
export interface Current {
  readonly afeMa: number;
  readonly cpuMa: number;
  readonly radioMa: number;
  readonly flashMa: number;
  readonly totalMa: number;
  /** Time that the CPU is busy, as a share. */
  readonly cpuShare: number;
}

const HOUR_MS = 3_600_000;

/** @returns the mean current of the chip with its AFE; regulator, lamp and USB bridge of a board come on top. */
export function meanCurrent(chip: ChipCurrents, counts: HourCounts, scenario: Scenario): Current {
  const cpuShare = Math.min(1, (counts.bytecodes * INSTRUCTIONS_PER_BYTECODE) / chip.instructionsPerS / (HOUR_MS / 1000));
  const restMa = scenario.lightSleep ? chip.lightSleepMa : chip.idleMa;
  const wakeShare = scenario.lightSleep ? Math.min(1 - cpuShare, WAKE_MS / TICK_MS) : 0;
  const cpuMa = cpuShare * chip.busyMa + wakeShare * chip.idleMa + (1 - cpuShare - wakeShare) * restMa;

  const packets = counts.packets - scenario.sparedPackets + scenario.extraPackets;
  const bytes = counts.bytes - scenario.sparedBytes + scenario.extraBytes + packets * HEADER_BYTES;
  const sendMs = bytes / SEND_BYTES_PER_MS;
  const listenMs = packets * ANSWER_MS + (scenario.radio === "associated" ? (HOUR_MS / BEACON_INTERVAL_MS) * LISTEN_MS : scenario.wakesPerHour * JOIN_MS);
  // While the radio is on the CPU is awake anyway: only what the radio takes beyond a waiting CPU is the radio's.
  const awakeMa = scenario.lightSleep ? chip.idleMa - chip.lightSleepMa : 0;
  const radioMa = (sendMs * (chip.sendMa - chip.idleMa) + listenMs * (chip.receiveMa - chip.idleMa) + (sendMs + listenMs) * awakeMa) / HOUR_MS;

  const flashMs = Math.ceil(counts.programmedBytes / PROGRAM_BYTES) * PROGRAM_MS + counts.erases * ERASE_MS;
  const flashMa = (flashMs * FLASH_MA) / HOUR_MS;
  return { afeMa: AFE_MA, cpuMa, radioMa, flashMa, totalMa: AFE_MA + cpuMa + radioMa + flashMa, cpuShare };
}

/** What a cell gives before its voltage is too low for the regulator, as a share of what is printed on it. An estimate for Li-Po. */
const USABLE_SHARE = 0.8;

/** @param cellMah printed capacity. @returns days until the cell is empty */
export function batteryDays(cellMah: number, totalMa: number): number {
  return (cellMah * USABLE_SHARE) / totalMa / 24;
}

/** Raw ECG: 250 samples a second of 2 bytes, in a message a second with topic and header. */
const RAW_BYTES_PER_S = 2 * 250 + 60;
/** A trend a minute: heart rate and counts, with topic and header. [bytes] */
const TREND_BYTES = 90;
/** Status messages of a device whose radio sleeps. [1/h] */
const QUIET_STATUS_PER_HOUR = 4;

/**
 * @param statusPerHour status messages that were counted, which a sleeping radio does not send. @param statusBytes of each
 * @param alertsPerHour that wake a sleeping radio
 */
export function scenarios(statusPerHour: number, statusBytes: number, alertsPerHour: number): Scenario[] {
  const always = { radio: "associated", wakesPerHour: 0, extraPackets: 0, extraBytes: 0, sparedPackets: 0, sparedBytes: 0, lightSleep: false } as const;
  const spared = statusPerHour - QUIET_STATUS_PER_HOUR;
  const quiet = { radio: "off", sparedPackets: spared, sparedBytes: spared * statusBytes, extraPackets: 0, extraBytes: 0, lightSleep: true } as const;
  return [
    { name: "as it is: connected, status every 10 s", ...always },
    { name: "connected, with light sleep", ...always, lightSleep: true },
    { name: "alerts only, radio off between", ...quiet, wakesPerHour: QUIET_STATUS_PER_HOUR + alertsPerHour },
    { name: "trend every minute, connected, light sleep", ...always, lightSleep: true, sparedPackets: spared, sparedBytes: spared * statusBytes, extraPackets: 60, extraBytes: 60 * TREND_BYTES },
    { name: "trend every minute, radio off between", ...quiet, wakesPerHour: 60 + alertsPerHour, extraPackets: 60, extraBytes: 60 * TREND_BYTES },
    { name: "raw ECG streamed, light sleep, for comparison", ...always, lightSleep: true, extraPackets: 3600, extraBytes: 3600 * RAW_BYTES_PER_S },
  ];
}
