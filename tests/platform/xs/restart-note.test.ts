// RestartNote: what the chip says and what the run before said, and NVS that fails.
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  RESTART_BROWNOUT, RESTART_CRASH, RESTART_EXCEPTION, RESTART_EXPECTED, RESTART_MEMORY, RESTART_UNEXPLAINED, RESTART_WATCHDOG,
} from "../../../src/contracts/restart.js";
import { RestartNote, noteExpectedRestart, noteFault } from "../../../src/platform/xs/restart-note.js";

const nvs = vi.hoisted(() => ({ values: new Map<string, unknown>(), broken: false, resetReason: 1 }));
vi.mock("preference", () => {
  const guarded = <Result>(body: () => Result): Result => {
    if (nvs.broken) throw new Error("nvs fail");
    return body();
  };
  return {
    default: {
      get: (domain: string, name: string) => guarded(() => nvs.values.get(`${domain}/${name}`)),
      set: (domain: string, name: string, value: unknown) => guarded(() => nvs.values.set(`${domain}/${name}`, value)),
      delete: (domain: string, name: string) => guarded(() => nvs.values.delete(`${domain}/${name}`)),
    },
  };
});
vi.mock("resetReason", () => ({ default: () => ({ reason: nvs.resetReason, string: "" }) }));

beforeEach(() => {
  nvs.values.clear();
  nvs.broken = false;
  nvs.resetReason = 1;
});

describe("RestartNote", () => {
  // Numbers: esp_reset_reason_t.
  it.each([
    ["power on", 1, "", RESTART_EXPECTED],
    ["power on, with an old note", 1, "exception: x", RESTART_EXPECTED],
    ["reset pin", 2, "", RESTART_EXPECTED],
    ["software without a word", 3, "", RESTART_UNEXPLAINED],
    ["software after an exception", 3, "exception: TypeError: x", RESTART_EXCEPTION],
    ["software after the engine's own abort", 3, "unhandled exception: Error: x", RESTART_EXCEPTION],
    ["software after memory ran out", 3, "memory full: undefined", RESTART_MEMORY],
    ["panic", 4, "", RESTART_CRASH],
    ["panic, with an old note", 4, "exception: x", RESTART_CRASH],
    ["interrupt watchdog", 5, "", RESTART_WATCHDOG],
    ["task watchdog", 6, "", RESTART_WATCHDOG],
    ["brownout", 9, "", RESTART_BROWNOUT],
    ["a reason of a later ESP-IDF", 15, "", RESTART_CRASH],
  ])("knows %s", (_name, resetReason, note, expected) => {
    nvs.resetReason = resetReason;
    if (note !== "") noteFault(note.split(": ")[0] as string, note.split(": ").slice(1).join(": "));
    expect(new RestartNote().reason).toBe(expected);
  });

  it("takes a restart that was meant for one", () => {
    nvs.resetReason = 3;
    noteExpectedRestart();
    expect(new RestartNote().reason).toBe(RESTART_EXPECTED);
  });

  it("keeps the note until it is cleared", () => {
    nvs.resetReason = 3;
    noteFault("exception", "Error: x");
    const note = new RestartNote();
    expect(note.text).toBe("exception: Error: x");
    expect(new RestartNote().reason).toBe(RESTART_EXCEPTION);
    note.clear();
    expect(new RestartNote().reason).toBe(RESTART_UNEXPLAINED);
  });

  it("cuts long texts to what fits a page of NVS", () => {
    noteFault("exception", "x".repeat(5000));
    expect(new RestartNote().text).toHaveLength(400);
  });

  it("does without an NVS that fails", () => {
    nvs.broken = true;
    nvs.resetReason = 6;
    noteFault("exception", "x");
    const note = new RestartNote();
    note.clear();
    expect([note.reason, note.text]).toEqual([RESTART_WATCHDOG, ""]);
  });
});
