// The topic grammar, both ways.
import { describe, expect, it } from "vitest";
import { parseTopic } from "../../src/wire/decode.js";
import { CHANNELS, isDeviceId, topicOf } from "../../src/wire/topic.js";

describe("topics", () => {
  it.each(CHANNELS)("%s: built and parsed", (channel) => {
    expect(topicOf("bed-4", channel)).toBe(`edgebeat/v1/bed-4/${channel}`);
    expect(parseTopic(topicOf("bed-4", channel))).toEqual({ deviceId: "bed-4", channel });
  });
  it.each(["", "edgebeat", "edgebeat/v1", "edgebeat/v1/bed-4", "edgebeat/v2/bed-4/alert", "edgebeat/v1/bed-4/alerts", "edgebeat/v1/bed-4/alert/x", "edgebeat/v1//alert", "edgebeat/v1/BED/alert"])(
    "%j is none of ours", (topic) => expect(parseTopic(topic)).toBeUndefined(),
  );
  it.each([["", false], ["a", true], ["a".repeat(23), true], ["a".repeat(24), false], ["bed 4", false], ["+", false], ["Bed-4", false], ["bed-4", true]])(
    "device id %j: %s", (deviceId, isOne) => expect(isDeviceId(deviceId)).toBe(isOne),
  );
});
