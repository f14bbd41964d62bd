// XsEngineError: why firmware on the XS engine came to its end.

export type XsEndReason =
  // XS gave up; on the device this is a restart.
  | "memory full" | "stack overflow" | "fatal check" | "dead strip" | "unhandled exception" | "not enough keys"
  | "too much computation" | "unhandled rejection"
  /** The bundle cannot be read or is no JavaScript. */
  | "bad bundle"
  /** World and host did not keep to the protocol. */
  | "border broken"
  /** A cut that `cutAfter` asked for. */
  | "power cut"
  /** `kill` or `close` was called. */
  | "switched off"
  /** `onHostCall` threw; the cause is what it threw. */
  | "world failed"
  /** The process could not be started, or ended without a word. */
  | "host failed";

/** XS's own reasons by the host's exit code: 10 + the number XS gives the reason. */
const REASON_OF_EXIT_CODE: ReadonlyMap<number, XsEndReason> = new Map<number, XsEndReason>([
  [3, "border broken"], [4, "bad bundle"], [11, "memory full"], [12, "stack overflow"], [13, "fatal check"], [14, "dead strip"],
  [15, "unhandled exception"], [16, "not enough keys"], [17, "too much computation"], [18, "unhandled rejection"], [21, "power cut"],
]);

export class XsEngineError extends Error {
  readonly reason: XsEndReason;
  /** Exit code of the host, where it ended by itself. */
  readonly exitCode: number | undefined;

  constructor(reason: XsEndReason, detail: string, exitCode?: number, cause?: unknown) {
    super(`XS engine: ${detail}`, { cause });
    this.reason = reason;
    this.exitCode = exitCode;
  }

  override get name(): string {
    return "XsEngineError";
  }

  /** @param text What the host says: the reason, and more if there is more. */
  static fromAbort(exitCode: number, text: string): XsEngineError {
    return new XsEngineError(REASON_OF_EXIT_CODE.get(exitCode) ?? "host failed", text, exitCode);
  }
}
