// Seeded pseudo-random numbers (xoshiro128**, after Blackman & Vigna 2018, "Scrambled linear pseudorandom number generators").
import { assert } from "./assert.js";

/** The only source of chance in edgebeat: the same seed gives the same numbers on V8 and on XS. */
export class Prng {
  private _s0: number;
  private _s1: number;
  private _s2: number;
  private _s3: number;

  /** @param seed Any integer; its lower 32 bits count. */
  constructor(seed: number) {
    // SplitMix32 spreads the seed, so that neighbouring seeds give unrelated streams and the state is never all zero.
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this._s0 = next();
    this._s1 = next();
    this._s2 = next();
    this._s3 = next() | 1;
  }

  /** @returns 32 random bits as an int32. */
  nextInt32(): number {
    const s1 = this._s1;
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = s1 << 9;
    let s2 = this._s2 ^ this._s0;
    let s3 = this._s3 ^ s1;
    this._s1 = s1 ^ s2;
    this._s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    this._s2 = s2;
    this._s3 = s3;
    return result;
  }

  /** @returns a whole number from 0 to `bound - 1`. `bound` is 1 to 2^31 - 1. */
  below(bound: number): number {
    assert(bound > 0 && bound <= 0x7fffffff, "Prng.below: bound must be 1 to 2^31 - 1");
    return (this.nextInt32() >>> 1) % bound;
  }
}
