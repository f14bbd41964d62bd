// XsImageCheck and XsFirmwareSlots over stand-ins for Moddable's modules: what the SDK leaves out is checked, and its faults are values.
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** What the SDK's ECDSA was asked. */
const asked = vi.hoisted(() => [] as string[]);
const slots = vi.hoisted(() => ({ calls: [] as string[], fails: "", onTrial: 1 }));
vi.mock("crypt", () => ({
  Digest: class {
    #hash = createHash("sha256");
    reset(): void {
      this.#hash = createHash("sha256");
    }
    write(bytes: Uint8Array): void {
      this.#hash.update(bytes);
    }
    close(): ArrayBuffer {
      return new Uint8Array(this.#hash.digest()).buffer;
    }
  },
}));
vi.mock("curve", () => ({ default: class { readonly n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n; } }));
vi.mock("ecp", () => ({
  default: class {
    readonly text: string;
    constructor(x: bigint, y: bigint) {
      this.text = `${x} ${y}`;
    }
  },
}));
vi.mock("ecdsa", () => ({
  default: class {
    readonly point: { text: string };
    constructor(point: { text: string }) {
      this.point = point;
    }
    /** As the SDK's at its worst: everything is signed. */
    verify(digest: ArrayBuffer, signature: ArrayBuffer): boolean {
      asked.push(`${this.point.text} ${digest.byteLength} ${signature.byteLength}`);
      return true;
    }
  },
}));
vi.mock("embedded:storage/flash", () => ({ default: { open: ({ path, mode }: { path: string; mode: string }) => (slots.calls.push(`open ${path} ${mode}`), { status: () => ({ size: 0x1c0000 }), close: () => {} }) } }));
vi.mock("embedded:update", () => {
  const call = (name: string): void => {
    slots.calls.push(name);
    if (slots.fails === name) throw new Error(`${name} failed`);
  };
  return { default: { open: ({ mode, byteLength }: { mode: string; byteLength: number }) => (call(`begin ${mode} ${byteLength}`), { write: (bytes: Uint8Array) => call(`write ${bytes.length}`), complete: () => call("complete"), close: () => call("close") }) } };
});
vi.mock("mc/ffi", () => ({ default: class { edgebeat_is_on_trial = () => slots.onTrial; edgebeat_confirm = () => (slots.fails === "confirm" ? 0 : 1); } }));
(BigInt as unknown as { fromArrayBuffer: (bytes: ArrayBuffer) => bigint }).fromArrayBuffer = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

const { XsImageCheck } = await import("../../../src/platform/xs/image-check.js");
const { XsFirmwareSlots } = await import("../../../src/platform/xs/firmware-slots.js");

beforeEach(() => {
  asked.length = slots.calls.length = 0;
  slots.fails = "";
});

const numberBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
/** Not a Buffer, whose `slice` is no copy. */
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const check = new XsImageCheck(join(numberBytes(5n), numberBytes(7n)));

describe("a signature", () => {
  it.each([[0n, 0n], [0n, 1n], [1n, 0n], [ORDER, 1n], [1n, ORDER], [2n ** 256n - 1n, 1n]])("of r = %d and s = %d is none, whatever the SDK says", (r, s) => {
    expect(check.isSigned(new Uint8Array(32), join(numberBytes(r), numberBytes(s)))).toBe(false);
    expect(asked).toEqual([]);
  });

  it("of another length is none", () => expect(check.isSigned(new Uint8Array(32), join(numberBytes(1n), numberBytes(1n), Buffer.alloc(1)))).toBe(false));

  it("in range is the SDK's to judge, with our key", () => {
    expect(check.isSigned(new Uint8Array(32), join(numberBytes(1n), numberBytes(ORDER - 1n)))).toBe(true);
    expect(asked).toEqual(["5 7 32 64"]);
  });

  it("is over the digest of all since the reset", () => {
    for (const text of ["abc", "message"]) {
      check.reset();
      check.update(Buffer.from(text.slice(0, 2)));
      check.update(Buffer.from(text.slice(2)));
      expect(Buffer.from(check.digest())).toEqual(createHash("sha256").update(text).digest());
    }
  });
});

describe("slots", () => {
  it("are filled, selected and confirmed through the SDK and ESP-IDF", () => {
    const firmware = new XsFirmwareSlots();
    expect([firmware.slotBytes, firmware.isOnTrial, firmware.begin(1000), firmware.write(new Uint8Array(512)), firmware.select()]).toEqual([0x1c0000, true, true, true, true]);
    expect(firmware.begin(2000)).toBe(true);
    expect(slots.calls).toEqual(["open nextota r", "open nextota r+", "begin a 1000", "write 512", "complete", "close", "open nextota r+", "begin a 2000"]);
    expect([firmware.confirm(), firmware.isOnTrial]).toEqual([true, false]);
  });

  it.each(["begin a 9", "write 4", "complete", "confirm"])("make a value of a fault in %s", (fails) => {
    const firmware = new XsFirmwareSlots();
    slots.fails = fails;
    const done = [firmware.begin(9), firmware.write(new Uint8Array(4)), firmware.select(), firmware.confirm()];
    const index = ["begin a 9", "write 4", "complete", "confirm"].indexOf(fails);
    expect(done[index]).toBe(false);
    expect(done.slice(0, index)).toEqual(Array(index).fill(true));
    expect(firmware.isOnTrial).toBe(fails === "confirm");
  });
});
