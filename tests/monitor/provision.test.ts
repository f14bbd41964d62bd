// A provision: what a device needs, with one line for each thing that is wrong, and no secret in any of them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkProvision } from "../../src/monitor/provision.js";

const DATA = "00112233445566778899aabbccddeeff";
const COMMAND = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
const KEYS = { epoch: 3, data: DATA, command: COMMAND };
const SECRET = "correct horse";
const FULL = {
  version: 1, deviceId: "bed-4", keys: KEYS, settings: { asystoleMs: 5000 }, wifi: { ssid: "ward", password: SECRET },
  broker: { host: "broker.example", user: "bed-4", password: SECRET, tls: { ca: "CA", cert: "CERT", key: SECRET } },
};

describe("a provision", () => {
  it("holds name, keys, limits, network and broker", () => {
    const checked = checkProvision(FULL);
    expect(checked).toMatchObject({
      ok: true,
      provision: { config: { deviceId: "bed-4", asystoleMs: 5000, pauseMs: 2500 }, wifi: { ssid: "ward" }, broker: { host: "broker.example", port: 8883 }, keys: { epoch: 3 } },
    });
    expect(checked.ok && [checked.provision.keys.data.length, checked.provision.keys.command.length]).toEqual([16, 32]);
    expect(checkProvision({ version: 1, deviceId: "bed-4", keys: KEYS })).toMatchObject({ ok: true, provision: { wifi: undefined, broker: undefined } });
    expect(checkProvision({ ...FULL, broker: { host: "b" } })).toMatchObject({ ok: true, provision: { broker: { port: 1883, user: "", tls: undefined } } });
  });

  it.each<[unknown, string]>([
    [[], "provision: a list, expected an object"],
    [{ ...FULL, version: 2 }, "provision.version: 2, expected 1"],
    [{ ...FULL, deviceId: "Bed 4" }, 'provision.deviceId: "Bed 4", expected 1 to 23 characters of a-z, 0-9 and "-"'],
    [{ ...FULL, deviceId: undefined }, 'provision.deviceId: undefined, expected 1 to 23 characters of a-z, 0-9 and "-"'],
    [{ ...FULL, color: "red" }, "provision.color: unknown field, expected one of version, deviceId, keys, settings, wifi, broker"],
    [{ ...FULL, settings: { asystoleMs: 1 } }, "provision.settings.asystoleMs: 1, expected a whole number from 3000 to 10000"],
    [{ ...FULL, keys: { ...KEYS, epoch: 0 } }, "provision.keys.epoch: 0, expected a whole number from 1 to 4294967295"],
    [{ ...FULL, keys: { ...KEYS, data: DATA.slice(1) } }, "provision.keys.data: 31 characters, expected 32 or 64 hexadecimal digits (0-9, a-f)"],
    [{ ...FULL, keys: { ...KEYS, data: `${DATA.slice(1)}x` } }, "provision.keys.data: 32 characters, expected 32 or 64 hexadecimal digits (0-9, a-f)"],
    [{ ...FULL, keys: { ...KEYS, command: DATA } }, "provision.keys.command: the same as provision.keys.data, expected another key"],
    [{ ...FULL, wifi: { ssid: "", password: SECRET } }, "provision.wifi.ssid: 0 characters, expected a text of 1 to 32 characters"],
    [{ ...FULL, wifi: { ssid: "ward", password: SECRET.repeat(6) } }, "provision.wifi.password: 78 characters, expected a text of 0 to 63 characters"],
    [{ ...FULL, broker: { ...FULL.broker, port: 70_000 } }, "provision.broker.port: 70000, expected a whole number from 1 to 65535"],
    [{ ...FULL, broker: { ...FULL.broker, tls: { ca: "CA", cert: "CERT" } } }, "provision.broker.tls.key: not there, expected a text of 1 to 8192 characters"],
  ])("that is wrong names the field, the value and what was expected: %j", (input, line) => {
    const checked = checkProvision(input);
    expect(checked.ok ? [] : checked.problems).toContain(line);
    for (const secret of [DATA.slice(1), COMMAND, SECRET]) expect(JSON.stringify(checked)).not.toContain(secret);
  });

  it("takes anything without throwing, and repeats no secret", () => {
    const word = fc.oneof(fc.constantFrom(...Object.keys(FULL), ...Object.keys(FULL.broker), ...Object.keys(KEYS), "tls", "ssid"), fc.string());
    const any = fc.oneof(fc.anything(), fc.dictionary(word, fc.oneof(fc.anything(), fc.dictionary(word, fc.anything()))));
    const mutated = fc.tuple(fc.constantFrom(...Object.keys(FULL)), fc.anything()).map(([field, value]) => ({ ...FULL, [field]: value }));
    fc.assert(fc.property(fc.oneof(any, mutated), (input) => {
      const checked = checkProvision(input);
      if (!checked.ok) expect(checked.problems.join("\n")).not.toMatch(new RegExp(`${DATA}|${COMMAND}|${SECRET}`));
    }), { seed: 8, numRuns: 5000 });
  });
});
