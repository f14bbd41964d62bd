// Golden numbers: what WFDB's own bxb, rxr and epicmp (WFDB Software Package 10.7.0) say of disturbed annotation files. Correct, not just unchanged.
//
// Each test file is `disturb(REC.atr, ...)` of disturb.ts with the parameters given, written as REC.tst. Then, with
// `-a tst atr` instead of `-a atr tst` where `swap` is true:
//   bxb    -r REC -a atr tst -f FROM -S -     (matrix, shutdown, QRS, VEB, SVEB; -s - for the VEB false positive rate)
//   rxr    -r REC -a atr tst -f FROM -S -     (runs)
//   epicmp -r REC -a atr tst -f FROM -A - -V -     (episodes; its times printed in samples)

type Counts = readonly [hits: number, total: number];

export interface Golden {
  /** A record of the MIT-BIH Arrhythmia Database, or the demo record. */
  record: string;
  seed: number;
  level: number;
  stretches: number;
  fromS: number;
  swap: boolean;
  /** Reference N S V F Q O X down, test N S V F Q O X across; bxb prints no o and x for O and X. */
  matrix: readonly (readonly number[])[];
  /** Total shutdown time, in whole seconds as bxb rounds it. */
  shutdownS: number;
  /** QRS Se, QRS +P, VEB Se, VEB +P, SVEB Se, SVEB +P. */
  beats: readonly Counts[];
  vebFalsePositiveRate: Counts;
  /** Couplet Se, +P, short run Se, +P, long run Se, +P. */
  ventricularRuns: readonly Counts[];
  supraventricularRuns: readonly Counts[];
  /** Episode Se, +P, duration Se, +P; durations in samples. */
  af: readonly Counts[];
  vf: readonly Counts[];
}

export const GOLDEN: readonly Golden[] = [
  {
    record: "208-excerpt", seed: 1, level: 0, stretches: 0, fromS: 0, swap: false,
    matrix: [
      [358, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 93, 0, 0, 0, 0],
      [0, 0, 0, 56, 0, 0, 0],
      [0, 0, 0, 0, 2, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 3,
    beats: [[509, 509], [509, 509], [93, 93], [93, 93], [0, 0], [0, 0]],
    vebFalsePositiveRate: [0, 416],
    ventricularRuns: [[17, 17], [17, 17], [0, 0], [0, 0], [0, 0], [0, 0]],
    supraventricularRuns: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
    af: [[0, 0], [0, 0], [0, 0], [0, 0]],
    vf: [[0, 0], [0, 0], [0, 0], [0, 0]],
  },
  {
    record: "208-excerpt", seed: 2, level: 0.05, stretches: 0, fromS: 0, swap: false,
    matrix: [
      [310, 4, 3, 2, 4, 35, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 2, 87, 2, 0, 2, 0],
      [0, 0, 0, 55, 0, 1, 0],
      [0, 0, 0, 0, 2, 0, 0],
      [24, 3, 7, 4, 6],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 3,
    beats: [[471, 509], [471, 515], [87, 93], [87, 97], [0, 0], [0, 9]],
    vebFalsePositiveRate: [10, 424],
    ventricularRuns: [[17, 17], [13, 20], [0, 0], [0, 4], [0, 0], [0, 0]],
    supraventricularRuns: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
    af: [[0, 0], [0, 0], [0, 0], [0, 0]],
    vf: [[0, 0], [0, 0], [0, 0], [0, 0]],
  },
  {
    record: "208-excerpt", seed: 3, level: 0.1, stretches: 6, fromS: 60, swap: false,
    matrix: [
      [207, 5, 3, 2, 3, 46, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [3, 3, 64, 0, 3, 17, 0],
      [1, 0, 1, 24, 0, 13, 0],
      [0, 0, 0, 0, 1, 1, 0],
      [17, 7, 5, 8, 7],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 20,
    beats: [[320, 397], [320, 364], [64, 90], [64, 72], [0, 0], [0, 15]],
    vebFalsePositiveRate: [8, 290],
    ventricularRuns: [[13, 15], [12, 18], [0, 0], [0, 1], [0, 0], [0, 4]],
    supraventricularRuns: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 1]],
    af: [[0, 0], [0, 1], [0, 0], [0, 1519]],
    vf: [[0, 0], [0, 3], [0, 0], [0, 8110]],
  },
  {
    record: "208-excerpt", seed: 4, level: 0.05, stretches: 12, fromS: 0, swap: true,
    matrix: [
      [229, 0, 0, 0, 0, 5, 0],
      [4, 0, 2, 2, 0, 1, 0],
      [5, 0, 54, 1, 0, 6, 0],
      [0, 0, 0, 36, 0, 2, 0],
      [1, 0, 3, 0, 2, 4, 0],
      [25, 0, 2, 7, 0],
      [55, 0, 21, 5, 0],
    ],
    shutdownS: 3,
    beats: [[339, 357], [339, 454], [54, 66], [54, 79], [0, 9], [0, 0]],
    vebFalsePositiveRate: [25, 391],
    ventricularRuns: [[8, 13], [13, 17], [0, 3], [0, 0], [0, 3], [0, 0]],
    supraventricularRuns: [[0, 4], [0, 0], [0, 0], [0, 0], [0, 2], [0, 0]],
    af: [[0, 2], [0, 0], [0, 12880], [0, 0]],
    vf: [[0, 4], [0, 0], [0, 11760], [0, 0]],
  },
  {
    record: "207", seed: 1, level: 0.02, stretches: 0, fromS: 300, swap: false,
    matrix: [
      [1319, 8, 5, 4, 7, 33, 0],
      [0, 104, 2, 1, 0, 0, 0],
      [0, 2, 102, 0, 0, 5, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [18, 5, 8, 1, 2],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 0,
    beats: [[1554, 1592], [1554, 1588], [102, 109], [102, 117], [104, 107], [104, 119]],
    vebFalsePositiveRate: [15, 1484],
    ventricularRuns: [[0, 0], [0, 0], [0, 0], [1, 1], [1, 1], [3, 4]],
    supraventricularRuns: [[1, 1], [1, 1], [0, 0], [0, 0], [1, 1], [4, 4]],
    af: [[0, 0], [0, 0], [0, 0], [0, 0]],
    vf: [[1, 1], [1, 1], [35244, 35244], [35244, 35246]],
  },
  {
    record: "207", seed: 2, level: 0.1, stretches: 10, fromS: 0, swap: false,
    matrix: [
      [1128, 35, 29, 13, 32, 264, 42],
      [0, 89, 2, 1, 4, 11, 0],
      [6, 5, 121, 2, 2, 74, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [106, 26, 34, 7, 20],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 40,
    beats: [[1469, 1860], [1469, 1662], [121, 210], [121, 186], [89, 107], [89, 155]],
    vebFalsePositiveRate: [65, 1526],
    ventricularRuns: [[3, 5], [7, 16], [1, 2], [5, 6], [6, 6], [12, 13]],
    supraventricularRuns: [[1, 1], [1, 7], [0, 0], [2, 3], [1, 1], [6, 9]],
    af: [[0, 0], [0, 1], [0, 0], [0, 5105]],
    vf: [[4, 6], [4, 6], [11354, 51487], [11354, 69685]],
  },
  {
    record: "203", seed: 3, level: 0.03, stretches: 5, fromS: 300, swap: false,
    matrix: [
      [1960, 9, 16, 6, 12, 100, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [1, 3, 346, 1, 2, 20, 0],
      [0, 0, 0, 1, 0, 0, 0],
      [0, 0, 0, 0, 4, 0, 0],
      [52, 11, 8, 3, 9],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 14,
    beats: [[2361, 2481], [2361, 2444], [346, 373], [346, 370], [0, 0], [0, 23]],
    vebFalsePositiveRate: [24, 2091],
    ventricularRuns: [[54, 54], [53, 61], [14, 15], [14, 14], [2, 2], [2, 4]],
    supraventricularRuns: [[25, 27], [29, 29], [65, 67], [73, 73], [138, 139], [147, 149]],
    af: [[17, 17], [17, 17], [415000, 417794], [415000, 416455]],
    vf: [[0, 0], [0, 2], [0, 0], [0, 6645]],
  },
  {
    record: "201", seed: 4, level: 0.05, stretches: 12, fromS: 0, swap: false,
    matrix: [
      [1404, 25, 18, 9, 18, 97, 54],
      [2, 121, 2, 0, 0, 9, 4],
      [0, 2, 183, 1, 2, 8, 2],
      [0, 1, 0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [61, 18, 23, 4, 13],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 53,
    beats: [[1789, 1963], [1789, 1908], [183, 198], [183, 226], [121, 138], [121, 167]],
    vebFalsePositiveRate: [43, 1720],
    ventricularRuns: [[0, 0], [0, 15], [0, 0], [0, 0], [0, 0], [0, 3]],
    supraventricularRuns: [[19, 21], [20, 39], [2, 3], [5, 8], [3, 4], [26, 30]],
    af: [[3, 3], [3, 4], [142645, 218088], [142645, 168184]],
    vf: [[0, 0], [0, 1], [0, 0], [0, 3092]],
  },
  {
    record: "209", seed: 5, level: 0.2, stretches: 4, fromS: 300, swap: false,
    matrix: [
      [1389, 86, 80, 40, 62, 458, 31],
      [18, 243, 21, 13, 9, 68, 0],
      [0, 0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [227, 90, 46, 24, 67],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 19,
    beats: [[1962, 2519], [1962, 2416], [1, 1], [1, 148], [243, 372], [243, 419]],
    vebFalsePositiveRate: [147, 2415],
    ventricularRuns: [[0, 0], [0, 20], [0, 0], [0, 4], [0, 0], [0, 3]],
    supraventricularRuns: [[2, 2], [5, 24], [0, 1], [11, 15], [6, 9], [14, 14]],
    af: [[0, 0], [0, 0], [0, 0], [0, 0]],
    vf: [[0, 0], [0, 2], [0, 0], [0, 8335]],
  },
  {
    record: "217", seed: 6, level: 0.05, stretches: 8, fromS: 0, swap: false,
    matrix: [
      [203, 1, 4, 0, 3, 23, 10],
      [0, 0, 0, 0, 0, 0, 0],
      [1, 2, 144, 1, 2, 9, 3],
      [0, 0, 0, 0, 0, 0, 0],
      [19, 23, 18, 10, 1597, 110, 25],
      [34, 13, 17, 8, 50],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 31,
    beats: [[2028, 2208], [2028, 2150], [144, 162], [144, 165], [0, 0], [0, 16]],
    vebFalsePositiveRate: [21, 1982],
    ventricularRuns: [[8, 8], [7, 13], [1, 1], [1, 1], [0, 0], [0, 4]],
    supraventricularRuns: [[12, 14], [15, 16], [6, 9], [11, 11], [27, 32], [22, 28]],
    af: [[23, 24], [20, 22], [86051, 90876], [86051, 156693]],
    vf: [[0, 0], [0, 2], [0, 0], [0, 9913]],
  },
  {
    record: "119", seed: 7, level: 0.01, stretches: 3, fromS: 0, swap: false,
    matrix: [
      [1504, 6, 4, 0, 0, 13, 16],
      [0, 0, 0, 0, 0, 0, 0],
      [1, 1, 431, 1, 1, 5, 4],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [10, 3, 4, 1, 1],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 18,
    beats: [[1949, 1987], [1949, 1968], [431, 444], [431, 439], [0, 0], [0, 10]],
    vebFalsePositiveRate: [8, 1533],
    ventricularRuns: [[0, 0], [0, 6], [0, 0], [0, 0], [0, 0], [0, 2]],
    supraventricularRuns: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
    af: [[0, 0], [0, 0], [0, 0], [0, 0]],
    vf: [[0, 0], [0, 0], [0, 0], [0, 0]],
  },
  {
    record: "106", seed: 8, level: 0.05, stretches: 20, fromS: 300, swap: false,
    matrix: [
      [1055, 14, 18, 10, 18, 89, 32],
      [0, 0, 0, 0, 0, 0, 0],
      [9, 6, 389, 2, 6, 41, 7],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [37, 11, 29, 2, 10],
      [0, 0, 0, 0, 0],
    ],
    shutdownS: 67,
    beats: [[1527, 1696], [1527, 1616], [389, 460], [389, 436], [0, 0], [0, 31]],
    vebFalsePositiveRate: [47, 1204],
    ventricularRuns: [[56, 75], [56, 73], [0, 0], [0, 8], [0, 0], [0, 3]],
    supraventricularRuns: [[0, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 5]],
    af: [[0, 0], [0, 1], [0, 0], [0, 49038]],
    vf: [[0, 0], [0, 5], [0, 0], [0, 12962]],
  },
  {
    record: "207", seed: 9, level: 0.03, stretches: 20, fromS: 0, swap: true,
    matrix: [
      [1366, 2, 2, 0, 0, 36, 0],
      [10, 100, 0, 0, 0, 9, 0],
      [10, 1, 189, 0, 0, 10, 0],
      [6, 0, 0, 0, 0, 3, 0],
      [8, 1, 1, 0, 0, 6, 0],
      [43, 3, 9, 0, 0],
      [67, 0, 5, 0, 0],
    ],
    shutdownS: 0,
    beats: [[1696, 1760], [1696, 1823], [189, 210], [189, 205], [100, 119], [100, 106]],
    vebFalsePositiveRate: [16, 1622],
    ventricularRuns: [[6, 6], [5, 5], [2, 3], [1, 2], [4, 13], [5, 6]],
    supraventricularRuns: [[1, 2], [1, 1], [2, 2], [0, 0], [6, 12], [1, 1]],
    af: [[0, 3], [0, 0], [0, 15614], [0, 0]],
    vf: [[5, 9], [5, 6], [49809, 62800], [49809, 51487]],
  },
];
