// Planted decoders, each with a fault that the fuzzer must find.
import type { Target } from "./targets.js";
import { parseTopic } from "../../src/wire/decode.js";

const seeds = [new Uint8Array(8)];

export const PLANTED: readonly (Target & { readonly failure: RegExp })[] = [
  { name: "throws", share: 1, seeds, failure: /^throws: RangeError/, run: (input) => `${new DataView(input.buffer, input.byteOffset, input.length).getUint8(input[0] ?? 0)}` },
  {
    name: "never ends", share: 1, seeds, failure: /more than \d+ steps/,
    run: (input) => {
      while (input[0] === 0xff) parseTopic("");
      return "";
    },
  },
  {
    name: "goes through its input for each byte of it", share: 1, seeds: [new Uint8Array(2000)], failure: /more than \d+ steps/,
    run: (input) => {
      for (let count = 0; count < (input.length * input.length) >> 5; count++) parseTopic("");
      return "";
    },
  },
  { name: "believes a length", share: 1, seeds, failure: /allocated \d+ bytes/, run: (input) => `${new Uint8Array((input[0] ?? 0) << 10).slice().length > 0}` },
];
