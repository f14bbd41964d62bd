// A Timer as the SDK's, on a clock that the test moves.

interface Entry {
  dueMs: number;
  intervalMs: number;
  readonly callback: (timer: object) => void;
}

export class FakeTimer {
  nowMs = 0;
  readonly #entries = new Set<Entry>();

  readonly set = (callback: () => void, delayMs: number): object => this.#add(callback, delayMs, 0);
  readonly repeat = (callback: (timer: object) => void, intervalMs: number): object => this.#add(callback, intervalMs, intervalMs);
  readonly schedule = (timer: object, delayMs: number, intervalMs: number): void => {
    const entry = timer as Entry;
    entry.dueMs = this.nowMs + delayMs;
    entry.intervalMs = intervalMs;
  };
  readonly clear = (timer: object | undefined): void => {
    this.#entries.delete(timer as Entry);
  };

  /** Forgets all timers and starts at 0. */
  reset(): void {
    this.nowMs = 0;
    this.#entries.clear();
  }

  /** Lets time pass and fires what comes due, in order. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.#fire(next);
    }
    this.nowMs = endMs;
  }

  /** Time passes in which nothing can run; then what came due fires, made up for as the SDK does (modTimersExecute, 8.2.3). */
  stall(durationMs: number): void {
    this.nowMs += durationMs;
    for (let next = this.#next(this.nowMs); next; next = this.#next(this.nowMs)) this.#fire(next);
  }

  #add(callback: (timer: object) => void, delayMs: number, intervalMs: number): Entry {
    const entry = { dueMs: this.nowMs + delayMs, intervalMs, callback };
    this.#entries.add(entry);
    return entry;
  }

  #next(endMs: number): Entry | undefined {
    const due = [...this.#entries].filter((entry) => entry.dueMs <= endMs);
    return due.sort((one, other) => one.dueMs - other.dueMs)[0];
  }

  #fire(entry: Entry): void {
    if (entry.intervalMs > 0) entry.dueMs += entry.intervalMs;
    else this.#entries.delete(entry);
    entry.callback(entry);
  }
}
