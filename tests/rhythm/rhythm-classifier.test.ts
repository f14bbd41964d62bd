// RhythmClassifier: the decision table row by row, each limit just under, at and just over, from beats written as letters and intervals.
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.js";
import { P_WAVE_UNKNOWN } from "../../src/rhythm/af-detector.js";
import { RhythmClassifier, SIGNAL_GOOD, SIGNAL_NOISY, SIGNAL_UNREADABLE, type SignalLevel } from "../../src/rhythm/rhythm-classifier.js";
import { VfDetector } from "../../src/rhythm/vf-detector.js";
import { BEAT_LETTERS, type BeatClass } from "../../src/vocabulary/beat.js";
import { RHYTHMS } from "../../src/vocabulary/rhythm-table.js";

const activeNames = (one: Patient): string[] => RHYTHMS.map(({ name }) => name).filter((name) => one.isActive(name));
const LIMITS = { asystoleMs: 4000, pauseMs: 2500, bradycardiaBpm: 40, tachycardiaBpm: 130, ventricularTachycardiaBpm: 100 };
const RATE_HZ = 250;
/** The detector tells of a beat so long after its R peak. [samples] */
const DETECTION_SAMPLES = 75;
const BLOCK_SAMPLES = 5;

interface Event {
  name: string;
  began: boolean;
  /** Where it began or ended, and when that was told. [s] */
  atS: number;
  toldS: number;
  measured: number;
}

/** A patient: beats by letters and intervals, or a signal; events as they come. */
class Patient {
  readonly events: Event[] = [];
  readonly classifier: RhythmClassifier;
  readonly #vf = new VfDetector();
  now = 0;
  #beat = 0;
  readonly #pending: { sample: number; beatClass: BeatClass }[] = [];
  readonly #block = new Int32Array(BLOCK_SAMPLES);

  constructor() {
    this.classifier = new RhythmClassifier(LIMITS, {
      onRhythm: (code, began, sample, measured) => {
        this.events.push({ name: RHYTHMS[code].name, began, atS: sample / RATE_HZ, toldS: this.now / RATE_HZ, measured });
      },
    }, this.#vf);
  }

  /** "N800 V520*3": class and interval before the beat [ms], repeated. Lets time pass until the last is known. */
  beats(notation: string): this {
    for (const word of notation.split(" ")) {
      const [, letter, interval, times] = /^([NSVFQ])(\d+)(?:\*(\d+))?$/.exec(word)!;
      for (let i = 0; i < Number(times ?? 1); i++) {
        this.#beat = Math.max(this.#beat, 0) + Number(interval) / 4;
        this.#pending.push({ sample: this.#beat, beatClass: BEAT_LETTERS.indexOf(letter!) as BeatClass });
      }
    }
    return this.until(this.#beat + DETECTION_SAMPLES);
  }

  /** Time passes without a beat. */
  silence(ms: number): this {
    return this.until(this.#beat + ms / 4);
  }

  signal(level: SignalLevel): this {
    this.classifier.setSignal(level, false, false);
    return this;
  }

  until(sample: number, valueUv: (sample: number) => number = () => 0): this {
    while (this.now < sample) {
      for (let i = 0; i < BLOCK_SAMPLES; i++) this.#block[i] = Math.round(valueUv(this.now + i));
      this.now += BLOCK_SAMPLES;
      while (this.#pending.length > 0 && this.#pending[0]!.sample + DETECTION_SAMPLES <= this.now) {
        const { sample: at, beatClass } = this.#pending.shift()!;
        this.classifier.detectBeat(at);
        this.classifier.classifyBeat(at, beatClass, P_WAVE_UNKNOWN);
      }
      this.#vf.process(this.#block, BLOCK_SAMPLES);
      this.classifier.advance(BLOCK_SAMPLES);
    }
    return this;
  }

  gap(lostSamples: number): this {
    this.#vf.gap(lostSamples);
    this.classifier.gap(lostSamples);
    return this;
  }

  /** 4.5 Hz that waxes and wanes. */
  fibrillate(seconds: number): this {
    const end = this.now + seconds * RATE_HZ;
    this.until(end, (sample) => 400 * Math.sin((2 * Math.PI * 4.5 * sample) / RATE_HZ) * (0.75 + 0.25 * Math.sin(sample / 80)));
    this.#beat = this.now;
    return this;
  }

  onset(name: string): Event | undefined {
    return this.events.find((event) => event.name === name && event.began);
  }
  end(name: string): Event | undefined {
    return this.events.find((event) => event.name === name && !event.began);
  }
  isActive(name: string): boolean {
    return this.events.findLast((event) => event.name === name)?.began ?? false;
  }
  count(name: string): number {
    return this.events.filter((event) => event.name === name && event.began).length;
  }
}

const sinus = "N800*10";
const patient = (notation: string): Patient => new Patient().beats(notation);
/** Names of all rhythms that began, normal aside. */
const begun = (one: Patient): string[] => one.events.filter(({ name, began }) => began && name !== "normal").map(({ name }) => name);

describe("ventricular beats", () => {
  it.each<[string, string, string[]]>([
    ["a single one", "V520 N1080 N800*3", []],
    ["a couplet", "V520 V400 N1080 N800*3", ["veb-couplet"]],
    ["a run of 3", "V520 V400*2 N1080 N800*3", ["veb-run"]],
    ["a run of 4", "V520 V400*3 N1080 N800*3", ["veb-run"]],
    ["5 at 101/min", "V520 V596*4 N1080 N800*3", ["veb-run", "ventricular-tachycardia"]],
    ["5 at 100/min", "V520 V600*4 N1080 N800*3", ["veb-run", "idioventricular"]],
    ["5 whose first interval does not count", "V2000 V596*4 N1080 N800*3", ["veb-run", "ventricular-tachycardia"]],
    ["slow ones that become fast", "V900*6 V500*4 N1080 N800*3", ["veb-run", "idioventricular", "ventricular-tachycardia"]],
    ["fast ones that become slow stay a tachycardia", "V400*6 V900*6 N1080 N800*3", ["veb-run", "ventricular-tachycardia"]],
    ["a fusion beat in a couplet", "V520 F400 V400 N1080 N800*3", []],
    ["a row with one beat misread", "V400*6 N400 V400*6 N1080 N800*3", ["veb-run", "ventricular-tachycardia"]],
    ["4, a sinus beat, 4", "V400*4 N800 V400*4 N1080 N800*3", ["veb-run", "veb-run"]],
  ])("%s", (_name, notation, expected) => {
    expect(begun(patient(`${sinus} ${notation}`)).filter((name) => name !== "tachycardia")).toEqual(expected);
  });

  it.each<[string, boolean, string, string[]]>([
    ["5 that do not keep time", false, "V520 V400 V720 V360 V320", ["veb-run", "ventricular-tachycardia"]],
    ["5 that do not keep time, in noise", true, "V520 V400 V720 V360 V320 N1080 N800*3", ["veb-run"]],
    ["that keep time only then, in noise", true, "V520 V400 V720 V360 V320 V360*2", ["veb-run", "ventricular-tachycardia"]],
    ["5 that keep time, in noise", true, "V520 V320 V400 V480 V400", ["veb-run", "ventricular-tachycardia"]],
  ])("%s", (_name, isDoubtful, notation, expected) => {
    const one = patient(sinus);
    one.classifier.setSignal(SIGNAL_GOOD, isDoubtful, false);
    expect(begun(one.beats(notation)).filter((name) => name !== "tachycardia")).toEqual(expected);
  });

  it("are a tachycardia at the fifth: told with its class, from the first beat on, with the rate", () => {
    const onset = patient(`${sinus} V520 V400*4`).onset("ventricular-tachycardia")!;
    expect(onset.atS).toBeCloseTo(8.52);
    expect(onset.toldS - (8.52 + 1.6)).toBeLessThanOrEqual(1);
    expect(onset.measured).toBe(150);
  });

  it.each([
    ["one other beat", "N1080", 0],
    ["two other beats", "N1080 N800", 1],
    ["one other beat and 3 s of silence", "N1080", 1, 3400],
    ["just under 3 s of silence", "N1080", 0, 3380],
  ])("end a tachycardia: %s", (_name, notation, ends, silenceMs = 0) => {
    const one = patient(`${sinus} V520 V400*8 ${notation}`).silence(silenceMs);
    expect(one.events.filter(({ name, began }) => name === "ventricular-tachycardia" && !began)).toHaveLength(ends);
    if (ends === 1) expect(one.end("ventricular-tachycardia")!.atS).toBeCloseTo(8.52 + 8 * 0.4 - 0.4 + 0.4);
  });

  it("end a run with the next other beat, at the run's last", () => {
    const end = patient(`${sinus} V520 V400*2 N1080`).end("veb-run")!;
    expect([end.atS, end.measured]).toEqual([9.32, 3]);
  });
});

describe("bigeminy and trigeminy", () => {
  it.each<[string, string, string[]]>([
    ["two cycles", `V520 N1080 V520 N1080 V520 N1080 N800*5`, []],
    ["three cycles", `V520 N1080 V520 N1080 V520 N1080 V520 N1080 N800*5`, ["bigeminy"]],
    ["three cycles of three", `V520 N1080 N800 V520 N1080 N800 V520 N1080 N800 V520 N1080 N800*5`, ["trigeminy"]],
    ["mixed cycles", `V520 N1080 V520 N1080 N800 V520 N1080 V520 N1080 N800*5`, []],
  ])("%s", (_name, notation, expected) => expect(begun(patient(`${sinus} ${notation}`))).toEqual(expected));

  const bigeminy = `${sinus} V520${" N1080 V520".repeat(5)}`;
  const trigeminy = `${sinus} V520${" N1080 N800 V520".repeat(5)}`;
  it.each([
    ["bigeminy survives 3 other beats", bigeminy, "N1080 N800*2", "bigeminy", false],
    ["bigeminy ends with the fourth", bigeminy, "N1080 N800*3", "bigeminy", true],
    ["bigeminy ends with a couplet", bigeminy, "V400", "bigeminy", true],
    ["trigeminy survives 4 other beats", trigeminy, "N1080 N800*3", "trigeminy", false],
    ["trigeminy ends with the fifth", trigeminy, "N1080 N800*4", "trigeminy", true],
    ["trigeminy ends with a couplet", trigeminy, "V400", "trigeminy", true],
  ])("%s", (_name, before, after, rhythm, ended) => expect(patient(`${before} ${after}`).end(rhythm) !== undefined).toBe(ended));

  it("count from the first of their V", () => expect(patient(bigeminy).onset("bigeminy")!.atS).toBeCloseTo(8.52));
});

describe("supraventricular runs", () => {
  it.each<[string, string, string[]]>([
    ["two", "S520 S400 N900 N800*3", []],
    ["three at 150/min", "S520 S400*2 N900 N800*3", ["svt-run"]],
    ["three at 101/min", "S520 S596*2 N900 N800*3", ["svt-run"]],
    ["three at 100/min", "S520 S600*2 N900 N800*3", []],
    ["slow ones that become fast", "S700*5 S400*2 N900 N800*3", ["svt-run"]],
  ])("%s", (_name, notation, expected) => expect(begun(patient(`${sinus} ${notation}`))).toEqual(expected));

  it("end with the second other beat, at their last", () => {
    expect(patient(`${sinus} S520 S400*4 N900`).end("svt-run")).toBeUndefined();
    expect(patient(`${sinus} S520 S400*4 N900 N800`).end("svt-run")!.atS).toBeCloseTo(10.12);
  });
});

describe("rates", () => {
  it.each<[number, string[]]>([
    [1524, ["bradycardia"]],
    [1500, []],
    [1496, []],
    [464, []],
    [460, []],
    [456, ["tachycardia"]],
  ])("RR %d ms", (rrMs, expected) => expect(begun(patient(`N${rrMs}*20`))).toEqual(expected));

  it.each([
    ["tachycardia", 400, 472],
    ["bradycardia", 1600, 1396],
  ])("%s ends once it has been 3/min inside its limit for 10 s, at the last beat that was not", (name, badMs, goodMs) => {
    const almost = patient(`N${badMs}*20 N${goodMs}*${Math.floor(9000 / goodMs)}`);
    expect(almost.end(name)).toBeUndefined();
    const one = patient(`N${badMs}*20 N${goodMs}*60`);
    const end = one.end(name)!;
    expect(end.toldS - end.atS).toBeGreaterThanOrEqual(10);
    expect(end.toldS - end.atS).toBeLessThanOrEqual(10 + (2 * goodMs) / 1000);
    expect(one.count(name)).toBe(1);
  });

  it.each([
    ["tachycardia", 400, 468],
    ["bradycardia", 1600, 1424],
  ])("%s does not end less than 3/min inside its limit", (name, badMs, goodMs) => expect(patient(`N${badMs}*20 N${goodMs}*100`).end(name)).toBeUndefined());

  it("are told within 10 s of the change", () => {
    expect(patient("N800*20 N400*30").onset("tachycardia")!.toldS - 16).toBeLessThanOrEqual(10);
    expect(patient("N800*20 N1600*10").onset("bradycardia")!.toldS - 16).toBeLessThanOrEqual(10);
  });
});

describe("silence", () => {
  it.each<[number, string[]]>([
    [2880, []],
    [2900, ["pause"]],
    [4380, ["pause"]],
    [4400, ["pause", "asystole"]],
  ])("of %d ms after a beat", (ms, expected) => expect(begun(patient(sinus).silence(ms))).toEqual(expected));

  it("counts as asystole from its last beat and is told within 4.5 s of it", () => {
    const onset = patient(sinus).silence(6000).onset("asystole")!;
    expect(onset.atS).toBe(8);
    expect(onset.toldS - onset.atS).toBeLessThanOrEqual(4.5);
    expect(onset.measured).toBe(4000);
  });

  it("ends with a beat", () => {
    const one = patient(sinus).silence(6000).beats("N6400 N800*4");
    expect([one.end("pause")!.atS, one.end("asystole")!.atS]).toEqual([14.4, 14.4]);
    expect(one.classifier.heartRateBpm).toBe(75);
  });

  it("without a first beat is asystole, never a pause", () => expect(begun(new Patient().until(10 * RATE_HZ))).toEqual(["asystole"]));

  it("leaves the heart rate unknown", () => expect(patient(sinus).silence(6000).classifier.heartRateBpm).toBe(-1));
});

describe("atrial fibrillation", () => {
  const prng = new Prng(4);
  const fibrillation = Array.from({ length: 120 }, () => `N${480 + 4 * prng.below(170)}`).join(" ");

  it("is told once and ends once", () => {
    const one = patient(`N800*60 ${fibrillation} N800*60`);
    expect(one.events.filter(({ name }) => name === "atrial-fibrillation").map(({ began }) => began)).toEqual([true, false]);
  });

  it("is not seen in noise", () => {
    const one = patient("N800*60").signal(SIGNAL_NOISY).beats(fibrillation);
    expect(one.onset("atrial-fibrillation")).toBeUndefined();
  });

  it("outlasts a short noise", () => {
    const one = patient(`N800*60 ${fibrillation}`).signal(SIGNAL_NOISY).beats("N800*20").signal(SIGNAL_GOOD).beats("N640 N912 N520");
    expect(one.isActive("atrial-fibrillation")).toBe(true);
  });

  it("ends when nothing but ventricular beats came for 2 min", () => {
    const one = patient(`N800*60 ${fibrillation} V800*160`);
    expect(one.end("atrial-fibrillation")).toBeDefined();
  });
});

describe("ventricular fibrillation", () => {
  it("is told within 6 s, is no asystole, and ends what was counted in beats", () => {
    const one = patient(`${sinus} V520 V400*6`);
    const onset = one.now / RATE_HZ;
    one.fibrillate(20);
    const told = one.onset("ventricular-fibrillation")!;
    expect(told.toldS - onset).toBeLessThanOrEqual(6);
    expect(one.onset("asystole")).toBeUndefined();
    expect(one.end("ventricular-tachycardia")).toBeDefined();
    expect(activeNames(one)).toContain("ventricular-fibrillation");
  });

  it("hides beats", () => {
    const one = patient(sinus).fibrillate(10);
    const before = one.events.length;
    for (const sample of [1, 2, 3, 4, 5, 6]) {
      one.classifier.detectBeat(one.now + sample * 100);
      one.classifier.classifyBeat(one.now + sample * 100, 2, P_WAVE_UNKNOWN);
    }
    expect(one.events).toHaveLength(before);
  });

  it("leaves silence to be counted from its end", () => {
    const one = patient(sinus).fibrillate(15);
    const end = one.now;
    one.until(end + 20 * RATE_HZ);
    expect(one.end("ventricular-fibrillation")).toBeDefined();
    const asystole = one.onset("asystole")!;
    expect(asystole.atS).toBeGreaterThanOrEqual(end / RATE_HZ);
  });

  it("ends with a gap", () => {
    const one = patient(sinus).fibrillate(10);
    one.gap(500);
    expect(one.end("ventricular-fibrillation")!.atS).toBe(one.now / RATE_HZ);
  });
});

describe("bad signal", () => {
  it.each<[SignalLevel, number, number]>([
    [SIGNAL_NOISY, 2980, 0],
    [SIGNAL_NOISY, 3000, 1],
    [SIGNAL_UNREADABLE, 3000, 1],
  ])("of level %d for %d ms: inconclusive %d times", (level, ms, times) => {
    const one = patient(sinus);
    const from = one.now;
    one.signal(level).until(from + ms / 4);
    expect(one.count("inconclusive")).toBe(times);
    if (times === 1) expect(one.onset("inconclusive")!.atS).toBe(from / RATE_HZ);
  });

  it("ends after 2 s of good signal, where that began", () => {
    const one = patient(sinus).signal(SIGNAL_NOISY).silence(6000).signal(SIGNAL_GOOD);
    const good = one.now;
    one.until(good + 1.98 * RATE_HZ);
    expect(one.end("inconclusive")).toBeUndefined();
    one.until(good + 2 * RATE_HZ);
    expect(one.end("inconclusive")!.atS).toBe(good / RATE_HZ);
  });

  it.each([SIGNAL_NOISY, SIGNAL_UNREADABLE] as const)("of level %d invents no pause and no asystole; silence counts from when it is good again", (level) => {
    const one = patient(sinus).signal(level).silence(20_000);
    expect(begun(one)).toEqual(["inconclusive"]);
    one.signal(SIGNAL_GOOD);
    const good = one.now;
    one.until(good + 4.38 * RATE_HZ);
    expect(one.onset("asystole")).toBeUndefined();
    one.until(good + 4.4 * RATE_HZ);
    expect(one.onset("asystole")!.atS).toBe(good / RATE_HZ);
  });

  it("that is noisy hides no ventricular tachycardia; one that is unreadable does", () => {
    const run = "V520 V400*8";
    expect(patient(sinus).signal(SIGNAL_NOISY).beats(run).isActive("ventricular-tachycardia")).toBe(true);
    expect(patient(sinus).signal(SIGNAL_UNREADABLE).beats(run).isActive("ventricular-tachycardia")).toBe(false);
  });

  it("keeps conditions as they are", () => {
    const one = patient("N400*20").signal(SIGNAL_UNREADABLE).silence(30_000);
    expect(one.onset("tachycardia")).toBeDefined();
    expect(one.end("tachycardia")).toBeUndefined();
  });
});

describe("a gap", () => {
  it("makes the rate unknown, is no silence, and ends no condition", () => {
    const one = patient("N400*20");
    one.gap(5000);
    expect(one.classifier.heartRateBpm).toBe(-1);
    expect(begun(one)).toEqual(["tachycardia"]);
    expect(one.end("tachycardia")).toBeUndefined();
  });

  it("breaks a row of beats", () => {
    const one = new Patient();
    const row = (first: number): void => {
      for (const sample of [0, 100, 200]) {
        one.classifier.detectBeat(first + sample);
        one.classifier.classifyBeat(first + sample, 2, P_WAVE_UNKNOWN);
      }
    };
    row(100);
    one.gap(100);
    row(500);
    expect(begun(one)).not.toContain("ventricular-tachycardia");
  });
});

describe("normal", () => {
  it("begins when the rate is known, ends where another begins, and comes back where that ended", () => {
    const one = patient(`${sinus} V520 V400*2 N1080 N800*3`);
    expect(one.events.map(({ name, began }) => `${began ? "+" : "-"}${name}`)).toEqual(["+normal", "-normal", "+veb-run", "-veb-run", "+normal"]);
    const [, ended, run, runEnded, again] = one.events;
    expect([ended!.atS, again!.atS]).toEqual([run!.atS, runEnded!.atS]);
  });

  it("ends with a rate that becomes unknown", () => {
    const one = patient(sinus);
    one.gap(10);
    expect(one.end("normal")).toBeDefined();
    expect(activeNames(one)).toEqual([]);
  });
});

it("alternates onset and end of each rhythm, and no end lies before its onset, over an hour of chance", () => {
  const one = new Patient();
  const letters = "NNNNNNSVVQF";
  const prng = new Prng(7);
  for (let step = 0; step < 400; step++) {
    const choice = prng.below(20);
    if (choice === 0) one.fibrillate(8);
    else if (choice === 1) one.signal(prng.below(3) as SignalLevel);
    else if (choice === 2) one.silence(5000);
    else one.beats(Array.from({ length: 12 }, () => `${letters.charAt(prng.below(letters.length))}${300 + 4 * prng.below(250)}`).join(" "));
  }
  const open = new Map<string, number>();
  for (const { name, began, atS, toldS } of one.events) {
    expect(open.has(name)).toBe(!began);
    if (began) open.set(name, atS);
    else {
      expect(atS).toBeGreaterThanOrEqual(open.get(name)!);
      open.delete(name);
    }
    expect(atS).toBeLessThanOrEqual(toldS);
  }
});
