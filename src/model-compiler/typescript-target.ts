// Int8 model to TypeScript with literal weights: the fastest form on XS, where reading a typed array costs as much as four multiplications.
import type { Int8Layer, Int8Model } from "../kernels/int8-model.js";
import { type Tensor, valueCount } from "../kernels/model-spec.js";
import { INT8_MAX, INT8_MIN, MULTIPLIER_BITS, MULTIPLIER_ONE, requantise, ROUNDING, sumAtHighest, sumAtLowest } from "../kernels/requantise.js";

/**
 * Values that a function holds in locals at a time: each takes a slot of 16 bytes of XS's stack, of which a device has 8 KB; a second function
 * for the rest would take more bytecode, and an array for the sums between the two.
 */
export const WINDOW_LOCALS_MAX = 112;

/** A channel with a smaller multiplier is requantised by a function, which takes half of the bytecode. */
const SHARED_MULTIPLIER_MAX = 1 << 20;
/** The coarse look at a product, before it is made: shift of the sum. */
const COARSE_BITS = 10;

/**
 * A value of a dense layer that so few channels weigh is read where it is weighed. On XS a local takes 9 bytes of bytecode to fill, 2 a use, and
 * a slot of the stack; a read takes 5 bytes.
 */
const READ_IN_PLACE_MAX = 3;

/** Logits up to so many are summed up in locals while the layer before them runs. Beyond, the array between the two is cheaper on XS. */
const TAIL_LOGITS_MAX = 8;

/** A product of the sum: a value times a weight that is not 0. */
interface Term {
  /** The local that has it, or where it is read. */
  readonly value: string;
  readonly weight: number;
}

/** Values that a tensor can have. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** @returns the text of a module that exports one class, named for the model */
export function generateTypescript(model: Int8Model): string {
  const { spec, inputs, layers } = model;
  const ranges = new Map<string, Range>(inputs.map(({ name }) => [name, { min: INT8_MIN, max: INT8_MAX }]));
  const functions: string[] = [];
  const tail = tailOf(layers);
  const written = tail ? layers.slice(0, -1) : layers;
  const isTail = (layer: Int8Layer): boolean => layer.isLast || layer.name === tail?.inputs[0]!.name;
  for (const layer of written) {
    functions.push(layerFunctions(layer, layer.inputs.map(({ name }) => ranges.get(name)!), isTail(layer) ? tail : undefined));
    ranges.set(layer.name, outputRange(layer, ranges));
  }
  const sumCount = Math.max(0, ...written.filter(isSplit).map(({ output }) => output.channels));
  const fields = written.filter((layer) => !isTail(layer)).map(({ output }) => `  private readonly _${output.name}Values = new Int8Array(${valueCount(output)});\n`);
  if (sumCount > 0) fields.push(`  private readonly _sums = new Int32Array(${sumCount});\n`);
  const parameters = inputs.map(({ name }) => `${name}Input: Int8Array`).join(", ");
  const valueOf = (tensor: Tensor): string => (inputs.includes(tensor) ? `${tensor.name}Input` : `this._${tensor.name}Values`);
  const calls = written.map((layer) => {
    const args = [...layer.inputs.map(valueOf), isTail(layer) ? "logits" : `this._${layer.name}Values`, ...(isSplit(layer) ? ["this._sums"] : [])];
    return `    ${layer.name}Layer(${args.join(", ")});\n`;
  });
  return `// Int8 model "${spec.name}", weights ${spec.weights.crc32}: written by \`npm run compile-model\`, not by hand.

/** Makes nothing after its construction. Needs no file but this one. */
export class ${className(spec.name)} {
${fields.join("")}${fields.length > 0 ? "\n" : ""}  /**
${inputs.map((tensor) => `   * @param ${tensor.name}Input ${describe(tensor)}, ${tensor.scale} a count\n`).join("")}   * @param logits takes ${spec.outputs.length}: ${spec.outputs.join(", ")}; ${layers.at(-1)!.output.scale} a count
   */
  run(${parameters}, logits: Int32Array): void {
${calls.join("")}  }
}

${functions.join("\n")}${functions.some((text) => text.includes(SHARED)) ? `\n${sharedFunction()}` : ""}`;
}

const SHARED = "positiveInt8(";

/** Behind a ReLU, for multipliers up to SHARED_MULTIPLIER_MAX: then the product of what passes the coarse look is below 2^29 + 2^30. */
function sharedFunction(): string {
  return `function ${SHARED}s: number, multiplier: number): number {
  if (s <= 0) return 0;
  if ((s >> ${COARSE_BITS}) * multiplier > ${(INT8_MAX + 1) << (MULTIPLIER_BITS - COARSE_BITS)}) return ${INT8_MAX};
  const h = (s * multiplier + ${ROUNDING}) >> ${MULTIPLIER_BITS};
  return h > ${INT8_MAX} ? ${INT8_MAX} : h;
}
`;
}

/** @returns the name of the class that the module of a model exports, e.g. BeatNetModel */
export function className(modelName: string): string {
  return `${modelName.split("-").map((word) => word[0]!.toUpperCase() + word.slice(1)).join("")}Model`;
}

function describe({ length, channels }: Tensor): string {
  return length === 1 ? `${channels} int8 values` : `int8 [step * ${channels} + channel], ${length} steps`;
}

function windowCount({ kernel, inputs }: Int8Layer): number {
  return kernel * inputs[0]!.channels;
}

/** Positions of the window that are of use. A dense layer leaves out those that no channel weighs; a window that slides needs all of them to move along. */
function windowPositions(layer: Int8Layer, count: number): number[] {
  const positions = indices(count);
  return layer.output.length > 1 ? positions : positions.filter((position) => useCount(layer, position) > 0);
}

/** How many channels weigh a position of the window. */
function useCount({ weights, biases }: Int8Layer, position: number): number {
  const perChannel = weights.length / biases.length;
  return weights.filter((weight, index) => weight !== 0 && index % perChannel === position).length;
}

/** Is the value at the position of the window kept in a local? */
function hasLocal(layer: Int8Layer, position: number): boolean {
  return layer.output.length > 1 || layer.op === "depthwise-conv1d" || useCount(layer, position) > READ_IN_PLACE_MAX;
}

/** Does the layer need more locals than a function should have? */
function isSplit(layer: Int8Layer): boolean {
  return (layer.op === "dense" || layer.op === "conv1d") && windowPositions(layer, windowCount(layer)).length > WINDOW_LOCALS_MAX;
}

/** The last layer, if the layer above it, which feeds no other, can add to the logits as it goes, without an array between the two. */
function tailOf(layers: readonly Int8Layer[]): Int8Layer | undefined {
  const [above, last] = layers.slice(-2);
  return last && above!.op === "dense" && last.output.channels <= TAIL_LOGITS_MAX ? last : undefined;
}

function outputRange({ op, inputs, lowest }: Int8Layer, ranges: ReadonlyMap<string, Range>): Range {
  const isPassing = op === "max-pool" || op === "mean-pool" || op === "concat";
  return { min: isPassing ? Math.min(...inputs.map(({ name }) => ranges.get(name)!.min)) : lowest, max: INT8_MAX };
}

/** @param tail the last layer, where this one does its work too */
function layerFunctions(layer: Int8Layer, ranges: readonly Range[], tail: Int8Layer | undefined): string {
  switch (layer.op) {
    case "dense":
    case "conv1d":
      return isSplit(layer) ? splitWindowLayer(layer, ranges[0]!, tail) : windowLayer(layer, ranges[0]!, tail);
    case "depthwise-conv1d":
      return depthwiseLayer(layer, ranges[0]!);
    case "max-pool":
      return maxPoolLayer(layer);
    case "mean-pool":
      return meanPoolLayer(layer, ranges[0]!);
    case "concat":
      return concatLayer(layer);
    case "add":
      return addLayer(layer, ranges);
  }
}

/** Dense and conv1d: the window lies in locals and slides over the steps. */
function windowLayer(layer: Int8Layer, range: Range, tail: Int8Layer | undefined): string {
  const { name, output, stride, inputs } = layer;
  const count = windowCount(layer);
  const positions = windowPositions(layer, count);
  const head = `function ${name}Layer(x: Int8Array, y: ${outputType(layer, tail)}): void {\n`;
  const isLoop = output.length > 1;
  const indent = isLoop ? "    " : "  ";
  const code = indices(output.channels).map((channel) => channelCode({ layer, channel, range, positions, place: isLoop ? plus("o", channel) : `${channel}`, indent, tail })).join("");
  if (!isLoop) return `${head}${declareWindow(layer, positions)}${declareSums(code, tail)}${code}${tailStores(tail)}}\n`;
  const step = stride * inputs[0]!.channels;
  const { declared, reads, shifts } = slidingWindow(count, Math.min(step, count), (position) => position);
  return `${head}${declared}${declareSums(code, tail)}${slidingLoop(output, step, `${reads}${code}${shifts}`)}}\n`;
}

/** The same for large windows, a block of locals after the other; what a block adds to each channel is kept in `sums`. */
function splitWindowLayer(layer: Int8Layer, range: Range, tail: Int8Layer | undefined): string {
  const { name, output, stride, inputs } = layer;
  const all = windowPositions(layer, windowCount(layer));
  const blockCount = Math.ceil(all.length / WINDOW_LOCALS_MAX);
  const blockSize = Math.ceil(all.length / blockCount);
  const isLoop = output.length > 1;
  const yType = outputType(layer, tail);
  const blocks = indices(blockCount).map((block) => {
    const isFinal = block === blockCount - 1;
    const positions = all.slice(block * blockSize, (block + 1) * blockSize);
    const code = indices(output.channels).map((channel) => {
      if (isFinal) return channelCode({ layer, channel, range, positions, place: isLoop ? plus("o", channel) : `${channel}`, indent: "  ", from: `sums[${channel}]!`, tail });
      return `  sums[${channel}] = ${sumExpression(block === 0 ? layer.biases[channel]! : `sums[${channel}]!`, termsOf(layer, channel, positions))};\n`;
    }).join("");
    const parameters = ["x: Int8Array", ...(isLoop ? ["i: number"] : []), "sums: Int32Array", ...(isFinal ? [`y: ${yType}`, ...(isLoop ? ["o: number"] : [])] : [])];
    const body = `${declareWindow(layer, positions)}${isFinal ? declareSums(code, tail) : ""}${code}${isFinal ? tailStores(tail) : ""}`;
    return `function ${name}Block${block}(${parameters.join(", ")}): void {\n${body}}\n`;
  });
  const calls = indices(blockCount).map((block) => {
    const args = ["x", ...(isLoop ? ["i"] : []), "sums", ...(block === blockCount - 1 ? ["y", ...(isLoop ? ["o"] : [])] : [])];
    return `${isLoop ? "    " : "  "}${name}Block${block}(${args.join(", ")});\n`;
  });
  const body = isLoop ? slidingLoop(output, stride * inputs[0]!.channels, calls.join("")) : calls.join("");
  return `function ${name}Layer(x: Int8Array, y: ${yType}, sums: Int32Array): void {\n${body}}\n\n${blocks.join("\n")}`;
}

/** Channel after channel, each with its window in locals. */
function depthwiseLayer(layer: Int8Layer, range: Range): string {
  const { name, output, stride, kernel } = layer;
  const { channels } = output;
  const loops = indices(channels).map((channel) => {
    const { declared, reads, shifts } = slidingWindow(kernel, Math.min(stride, kernel), (tap) => tap * channels + channel);
    const code = channelCode({ layer, channel, range, positions: indices(kernel), place: plus("o", channel), indent: "    ", tail: undefined });
    return `function ${name}Channel${channel}(x: Int8Array, y: Int8Array): void {\n${declared}${declareSums(code, undefined)}${slidingLoop(output, stride * channels, `${reads}${code}${shifts}`)}}\n`;
  });
  const calls = indices(channels).map((channel) => `  ${name}Channel${channel}(x, y);\n`);
  return `function ${name}Layer(x: Int8Array, y: Int8Array): void {\n${calls.join("")}}\n\n${loops.join("\n")}`;
}

/**
 * A window of `count` locals that takes `moved` new values a step.
 * @param placeOf index in `x` of a value of the first window
 */
function slidingWindow(count: number, moved: number, placeOf: (position: number) => number): { declared: string; reads: string; shifts: string } {
  const kept = count - moved;
  const first = indices(count).map((position) => `x${position} = ${position < kept ? `x[${placeOf(position)}]!` : "0"}`);
  const reads = indices(moved).map((index) => `    x${kept + index} = x[${plus("i", placeOf(kept + index))}]!;\n`);
  const shifts = indices(kept).map((position) => `    x${position} = x${position + moved};\n`);
  return { declared: `  let ${first.join(", ")};\n`, reads: reads.join(""), shifts: shifts.join("") };
}

/** A loop over the steps of the output; `i` is the start of the window in `x`, `o` that of the step in `y`. */
function slidingLoop(output: Tensor, step: number, body: string): string {
  return `  for (let i = 0, o = 0; o < ${valueCount(output)}; i += ${step}, o += ${output.channels}) {\n${body}  }\n`;
}

function maxPoolLayer({ name, inputs }: Int8Layer): string {
  const { channels } = inputs[0]!;
  return `function ${name}Layer(x: Int8Array, y: Int8Array): void {
  for (let channel = 0; channel < ${channels}; channel++) {
    let largest = x[channel]!;
    for (let i = channel + ${channels}; i < ${valueCount(inputs[0]!)}; i += ${channels}) {
      const value = x[i]!;
      if (value > largest) largest = value;
    }
    y[channel] = largest;
  }
}
`;
}

function meanPoolLayer({ name, inputs, multipliers }: Int8Layer, { min, max }: Range): string {
  const { channels, length } = inputs[0]!;
  return `function ${name}Layer(x: Int8Array, y: Int8Array): void {
  for (let channel = 0; channel < ${channels}; channel++) {
    let s = 0;
    for (let i = channel; i < ${valueCount(inputs[0]!)}; i += ${channels}) s += x[i]!;
    y[channel] = ${requantised(multipliers[0]!, INT8_MIN, { min: min * length, max: max * length })};
  }
}
`;
}

function concatLayer({ name, inputs, output, multipliers }: Int8Layer): string {
  const parameters = inputs.map((_, index) => `x${index}: Int8Array`).join(", ");
  let offset = 0;
  const loops = inputs.map(({ channels }, index) => {
    const multiplier = multipliers[index]!;
    // At most MULTIPLIER_ONE, so nothing saturates.
    const value = (read: string): string => (multiplier === MULTIPLIER_ONE ? read : `(${read} * ${multiplier} + ${ROUNDING}) >> ${MULTIPLIER_BITS}`);
    const start = offset;
    offset += channels;
    if (output.length === 1) return `  for (let i = 0; i < ${channels}; i++) y[${plus("i", start)}] = ${value(`x${index}[i]!`)};\n`;
    return `  for (let i = 0, o = ${start}; i < ${valueCount(inputs[index]!)}; o += ${output.channels - channels})
    for (let end = i + ${channels}; i < end; i++, o++) y[o] = ${value(`x${index}[i]!`)};\n`;
  });
  return `function ${name}Layer(${parameters}, y: Int8Array): void {\n${loops.join("")}}\n`;
}

function addLayer({ name, output, multipliers, lowest }: Int8Layer, ranges: readonly Range[]): string {
  const [first, second] = multipliers as unknown as [number, number];
  const bound = (side: keyof Range): number => Math.floor((ranges[0]![side] * first + ranges[1]![side] * second + ROUNDING) / MULTIPLIER_ONE);
  const low = bound("min") < lowest ? `s < ${lowest} ? ${lowest} : ` : "";
  const high = bound("max") > INT8_MAX ? `s > ${INT8_MAX} ? ${INT8_MAX} : ` : "";
  return `function ${name}Layer(x0: Int8Array, x1: Int8Array, y: Int8Array): void {
  for (let i = 0; i < ${valueCount(output)}; i++) {
    const s = (x0[i]! * ${first} + x1[i]! * ${second} + ${ROUNDING}) >> ${MULTIPLIER_BITS};
    y[i] = ${low}${high}s;
  }
}
`;
}

interface ChannelPlan {
  readonly layer: Int8Layer;
  readonly channel: number;
  /** Of the layer's input. */
  readonly range: Range;
  /** Of the window, those that are in locals. */
  readonly positions: readonly number[];
  /** Index of the result in `y`. */
  readonly place: string;
  readonly indent: string;
  /** What to add to, the bias if undefined. */
  readonly from?: string;
  /** The layer whose logits the result is added to, instead of being stored. */
  readonly tail: Int8Layer | undefined;
}

/** Sum and requantisation of one channel. */
function channelCode({ layer, channel, range, positions, place, indent, from, tail }: ChannelPlan): string {
  const sum = sumExpression(from ?? layer.biases[channel]!, termsOf(layer, channel, positions));
  if (layer.isLast) return `${indent}y[${place}] = ${sum};\n`;
  const { min, max } = sumRange(layer, channel, range);
  const multiplier = layer.multipliers[channel]!;
  const isConstant = requantise(min, multiplier, layer.lowest) === requantise(max, multiplier, layer.lowest);
  const head = isConstant ? "" : `${indent}s = ${sum};\n`;
  if (!tail) return `${head}${indent}y[${place}] = ${requantised(multiplier, layer.lowest, { min, max })};\n`;
  const products = indices(tail.output.channels).map((logit) => ({ logit, weight: tail.weights[logit * tail.inputs[0]!.channels + channel]! }));
  const weighed = products.filter(({ weight }) => weight !== 0);
  const additionsOf = (value: string): string => weighed.map(({ logit, weight }) => `l${logit} ${weight > 0 ? "+" : "-"}= ${value} * ${Math.abs(weight)};`).join(" ");
  const low = sumAtLowest(multiplier, layer.lowest);
  if (weighed.length === 0 || (layer.lowest === 0 && max <= low)) return "";
  if (layer.lowest === 0 && multiplier <= SHARED_MULTIPLIER_MAX) {
    const value = `${SHARED}${sum}, ${multiplier})`;
    return weighed.length === 1 ? `${indent}${additionsOf(value)}\n` : `${indent}h = ${value};\n${indent}${additionsOf("h")}\n`;
  }
  // Behind a ReLU half of all results are 0 and add nothing.
  if (layer.lowest === 0 && min <= low)
    return `${head}${indent}if (s > ${low}) {\n${indent}  h = ${requantised(multiplier, 0, { min: low + 1, max })};\n${indent}  ${additionsOf("h")}\n${indent}}\n`;
  return `${head}${indent}h = ${requantised(multiplier, layer.lowest, { min, max })};\n${indent}${additionsOf("h")}\n`;
}

/** Declares what the code of the channels assigns to. */
function declareSums(code: string, tail: Int8Layer | undefined): string {
  const names = ["s", "h"].filter((name) => code.includes(` ${name} = `)).map((name) => `${name} = 0`);
  if (tail) names.push(...[...tail.biases].map((bias, logit) => `l${logit} = ${bias}`));
  return names.length === 0 ? "" : `  let ${names.join(", ")};\n`;
}

function tailStores(tail: Int8Layer | undefined): string {
  return tail ? [...tail.biases.keys()].map((logit) => `  y[${logit}] = l${logit};\n`).join("") : "";
}

function declareWindow(layer: Int8Layer, positions: readonly number[]): string {
  const isLoop = layer.output.length > 1;
  const reads = positions.filter((position) => hasLocal(layer, position)).map((position) => `x${position} = x[${isLoop ? plus("i", position) : position}]!`);
  return reads.length === 0 ? "" : `  const ${reads.join(", ")};\n`;
}

function outputType({ isLast }: Int8Layer, tail: Int8Layer | undefined): string {
  return isLast || tail ? "Int32Array" : "Int8Array";
}

function termsOf(layer: Int8Layer, channel: number, positions: readonly number[]): Term[] {
  const { weights, biases } = layer;
  const weightAt = (position: number): number => weights[(channel * weights.length) / biases.length + position]!;
  return positions
    .filter((position) => weightAt(position) !== 0)
    .map((position) => ({ value: hasLocal(layer, position) ? `x${position}` : `x[${position}]!`, weight: weightAt(position) }));
}

/** All values that the sum of a channel can have. */
function sumRange({ weights, biases }: Int8Layer, channel: number, { min, max }: Range): Range {
  const perChannel = weights.length / biases.length;
  const range = { min: biases[channel]!, max: biases[channel]! };
  for (const weight of weights.subarray(channel * perChannel, (channel + 1) * perChannel)) {
    range.min += weight * (weight > 0 ? min : max);
    range.max += weight * (weight > 0 ? max : min);
  }
  return range;
}

/**
 * `start` plus all terms. Terms with the same size of weight share a multiplication. Weights are written without their sign: on XS, as
 * everywhere, 0 * -3 is -0, and -0 is a double, which would make doubles of all sums that follow.
 */
function sumExpression(start: number | string, terms: readonly Term[]): string {
  const bySize = new Map<number, { plus: string[]; minus: string[] }>();
  for (const { value, weight } of terms) {
    const size = Math.abs(weight);
    const group = bySize.get(size) ?? { plus: [], minus: [] };
    bySize.set(size, group);
    group[weight > 0 ? "plus" : "minus"].push(value);
  }
  const parts = [...bySize].map(([size, { plus, minus }]) => {
    if (size === 1) return [...plus.map((value) => ` + ${value}`), ...minus.map((value) => ` - ${value}`)].join("");
    if (plus.length + minus.length === 1) return ` ${plus.length === 1 ? "+" : "-"} ${[...plus, ...minus].join("")} * ${size}`;
    if (plus.length === 0) return ` - (${minus.join(" + ")}) * ${size}`;
    return ` + (${[plus.join(" + "), ...minus].join(" - ")}) * ${size}`;
  });
  return `${start}${parts.join("")}`;
}

/** The int8 of the sum `s`; comparisons that no sum of the range can meet are left out. */
function requantised(multiplier: number, lowest: number, { min, max }: Range): string {
  const highest = sumAtHighest(multiplier);
  const low = sumAtLowest(multiplier, lowest);
  const atLeast = requantise(min, multiplier, lowest);
  if (atLeast === requantise(max, multiplier, lowest)) return `${atLeast}`;
  const scaled = `(s * ${multiplier} + ${ROUNDING}) >> ${MULTIPLIER_BITS}`;
  const belowHighest = max >= highest ? `s >= ${highest} ? ${INT8_MAX} : ${scaled}` : scaled;
  return min <= low ? `s <= ${low} ? ${lowest} : ${belowHighest}` : belowHighest;
}

function plus(variable: string, count: number): string {
  return count === 0 ? variable : `${variable} + ${count}`;
}

function indices(count: number): number[] {
  return [...Array(count).keys()];
}
