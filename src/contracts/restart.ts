// Why the device started: an expected start, or the fault that ended the run before.

/** Power came on, somebody pressed reset, or an update was put into force. */
export const RESTART_EXPECTED = 0;
/** The supply sagged. */
export const RESTART_BROWNOUT = 1;
/** The firmware hung, and the watchdog ended it. */
export const RESTART_WATCHDOG = 2;
/** A fault of the processor (native code). */
export const RESTART_CRASH = 3;
/** An exception that nobody caught: a defect of ours. */
export const RESTART_EXCEPTION = 4;
/** JavaScript memory ran out. */
export const RESTART_MEMORY = 5;
/** The software restarted and left no word why; a stack overflow cannot leave one. */
export const RESTART_UNEXPLAINED = 6;
export type RestartReason =
  | typeof RESTART_EXPECTED | typeof RESTART_BROWNOUT | typeof RESTART_WATCHDOG | typeof RESTART_CRASH | typeof RESTART_EXCEPTION
  | typeof RESTART_MEMORY | typeof RESTART_UNEXPLAINED;
