// RestartNote: says why the device started, from the chip's reset reason and the last words of the run before, which it keeps in NVS.
import Preference from "preference";
import getResetReason from "resetReason";
import {
  RESTART_BROWNOUT, RESTART_CRASH, RESTART_EXCEPTION, RESTART_EXPECTED, RESTART_MEMORY, RESTART_UNEXPLAINED, RESTART_WATCHDOG, type RestartReason,
} from "../../contracts/restart.js";

/** Namespace and key in NVS: at most 15 characters each. */
const DOMAIN = "edgebeat";
const KEY = "last-words";
/** Longest text kept: a message and the start of a stack, well inside a page of NVS. [characters] */
const TEXT_CHARACTERS_MAX = 400;
/** Said by a restart that was meant. */
const EXPECTED = "expected";
/** What the SDK's abort hook says first when memory ran out (gXSAbortStrings, SDK 8.2.3). */
const MEMORY_FULL = "memory full";

// `esp_reset_reason_t` of ESP-IDF 6.0 (esp_system.h).
const SOFTWARE = 3;
const PANIC = 4;
/** Of interrupts and of tasks, and others. */
const WATCHDOG_MIN = 5;
const WATCHDOG_MAX = 7;
const BROWNOUT = 9;
/** The others up to this one are starts as they should be: power, the reset pin, deep sleep, a debugger. Beyond are faults of the chip or its supply. */
const JTAG = 12;

/** What one start is known to have been caused by. No member throws. */
export class RestartNote {
  readonly reason: RestartReason;
  /** What the run before said last, or "". */
  readonly text: string;

  /** Reads the note of the run before; it stays until `clear`. */
  constructor() {
    const { reason } = getResetReason();
    this.text = readNote();
    this.reason = judge(reason, this.text);
  }

  /** The reason is safe (the monitor has it in its journal): the note may go. */
  clear(): void {
    if (this.text === "") return;
    try {
      Preference.delete(DOMAIN, KEY);
    } catch {
      // Then it is told once more after the next start.
    }
  }
}

/** Leaves a note for the next start: what goes wrong now. Takes texts only, since memory may be at its end. */
export function noteFault(what: string, details: string): void {
  write(`${what}: ${details}`.slice(0, TEXT_CHARACTERS_MAX));
}

/** Leaves a note that the restart about to come is meant. */
export function noteExpectedRestart(): void {
  write(EXPECTED);
}

function write(text: string): void {
  try {
    Preference.set(DOMAIN, KEY, text);
  } catch {
    // NVS fails: the chip's own reset reason has to do.
  }
}

function readNote(): string {
  try {
    const text = Preference.get(DOMAIN, KEY);
    return typeof text === "string" ? text : "";
  } catch {
    return "";
  }
}

/** A note explains a restart by software alone; any other has the chip's word, and the note is older. */
function judge(resetReason: number, note: string): RestartReason {
  if (resetReason !== SOFTWARE) return judgeChip(resetReason);
  if (note === "") return RESTART_UNEXPLAINED;
  if (note === EXPECTED) return RESTART_EXPECTED;
  return note.startsWith(MEMORY_FULL) ? RESTART_MEMORY : RESTART_EXCEPTION;
}

function judgeChip(resetReason: number): RestartReason {
  if (resetReason >= WATCHDOG_MIN && resetReason <= WATCHDOG_MAX) return RESTART_WATCHDOG;
  if (resetReason === BROWNOUT) return RESTART_BROWNOUT;
  return resetReason === PANIC || resetReason > JTAG ? RESTART_CRASH : RESTART_EXPECTED;
}
