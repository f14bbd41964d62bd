// Int8 model to plain C: constant tables and loops, integers of at most 32 bits, no library; bound on the device with Moddable's `ffi`.
import type { Int8Layer, Int8Model } from "../kernels/int8-model.js";
import { type Op, type Tensor, valueCount } from "../kernels/model-spec.js";
import { INT8_MAX, INT8_MIN, MULTIPLIER_BITS, MULTIPLIER_ONE, ROUNDING } from "../kernels/requantise.js";

/** Numbers of a table in a line. */
const NUMBERS_A_LINE = 24;

/** @returns the text of a C99 file with one global function */
export function generateC(model: Int8Model): string {
  const { spec, inputs, layers } = model;
  const functionName = cFunctionName(spec.name);
  const parameters = [...inputs.map(({ name }) => `void *${name}Input`), "void *logits"];
  const ffi = { sources: [`./${spec.name}.c`], functions: { [functionName]: { arguments: parameters.map(() => "void*"), returns: "void" } } };
  const tables = layers.map(layerTables).filter((text) => text !== "");
  const buffers = layers.filter(({ isLast }) => !isLast).map(({ output }) => `static int8_t ${output.name}Values[${valueCount(output)}];\n`);
  return `/* Int8 model "${spec.name}", weights ${spec.weights.crc32}: written by \`npm run compile-model\`, not by hand. */
/* For a Moddable manifest: "ffi": ${JSON.stringify(ffi)} */
#include <stdint.h>

/* C leaves the right shift of negative numbers to the compiler; here it must round down. */
typedef char shift_rounds_down[(-3 >> 1) == -2 ? 1 : -1];

${HELPERS.filter(({ kinds }) => layers.some((layer) => kinds.includes(kindOf(layer)))).map(({ code }) => code).join("\n")}
${tables.join("\n")}${tables.length > 0 ? "\n" : ""}/* Between the layers: not for two threads at a time. */
${buffers.join("")}
/*
${inputs.map((tensor) => ` * ${tensor.name}Input: ${describe(tensor)}, ${tensor.scale} a count\n`).join("")} * logits: takes int32_t[${spec.outputs.length}]: ${spec.outputs.join(", ")}; ${layers.at(-1)!.output.scale} a count
 */
void ${functionName}(${parameters.join(", ")});

void ${functionName}(${parameters.join(", ")})
{
${layers.map((layer) => layerCall(layer, inputs)).join("")}}
`;
}

/** @returns the name of the function of a model, e.g. edgebeat_beat_net */
export function cFunctionName(modelName: string): string {
  return `edgebeat_${modelName.replaceAll("-", "_")}`;
}

/** Bytes of RAM that the function keeps for itself. */
export function cScratchBytes(model: Int8Model): number {
  return model.layers.reduce((sum, { isLast, output }) => sum + (isLast ? 0 : valueCount(output)), 0);
}

function describe(tensor: Tensor): string {
  const { length, channels } = tensor;
  return length === 1 ? `int8_t[${channels}]` : `int8_t[${valueCount(tensor)}], [step * ${channels} + channel]`;
}

/**
 * Beyond +-limit a sum saturates whatever it is, and at the limit sum * multiplier is at most 2^29 + 2^22: no overflow.
 * (Multipliers are at most 2^22.)
 */
function sumLimit(multiplier: number): number {
  return Math.ceil((-INT8_MIN * MULTIPLIER_ONE) / multiplier);
}

/** Kinds of layers that differ in code. */
type Kind = Op | "sparse" | "logits";

/** Places and counts of a sparse layer's values are bytes. */
const SPARSE_INPUTS_MAX = 255;

function kindOf({ op, isLast, weights, output }: Int8Layer): Kind {
  if (isLast) return "logits";
  const termCount = weights.filter(isTerm).length;
  // A weight and its place take two bytes, so half of the weights must be 0.
  const isSparse = op === "dense" && weights.length / output.channels <= SPARSE_INPUTS_MAX && termCount > 0 && 2 * termCount < weights.length;
  return isSparse ? "sparse" : op;
}

function isTerm(weight: number): boolean {
  return weight !== 0;
}

/** Functions that the layers call, each for the kinds that need it. */
const HELPERS: readonly { readonly kinds: readonly Kind[]; readonly code: string }[] = [
  {
    kinds: ["dense", "sparse", "conv1d", "depthwise-conv1d", "mean-pool", "add"],
    code: `static int8_t saturate(int32_t value, int32_t lowest)
{
	return (int8_t)(value < lowest ? lowest : value > ${INT8_MAX} ? ${INT8_MAX} : value);
}
`,
  },
  {
    kinds: ["dense", "sparse", "conv1d", "depthwise-conv1d", "mean-pool"],
    code: `static int8_t requantise(int32_t sum, int32_t multiplier, int32_t limit, int32_t lowest)
{
	int32_t clamped = sum > limit ? limit : sum < -limit ? -limit : sum;
	return saturate((clamped * multiplier + ${ROUNDING}) >> ${MULTIPLIER_BITS}, lowest);
}
`,
  },
  {
    kinds: ["dense", "conv1d", "logits"],
    code: `static int32_t dot(const int8_t *x, const int8_t *weights, int32_t count, int32_t sum)
{
	int32_t i;
	for (i = 0; i < count; i++) sum += x[i] * weights[i];
	return sum;
}
`,
  },
  {
    kinds: ["logits"],
    code: `static void dense_logits(const int8_t *x, int32_t *y, int32_t channels, int32_t count, const int8_t *weights, const int32_t *biases)
{
	int32_t c;
	for (c = 0; c < channels; c++) y[c] = dot(x, weights + c * count, count, biases[c]);
}
`,
  },
  {
    kinds: ["dense", "conv1d"],
    code: `/* step: values from the start of one window to the next; count: values of a window */
static void windows(const int8_t *x, int8_t *y, int32_t length, int32_t channels, int32_t step, int32_t count, const int8_t *weights,
	const int32_t *biases, const int32_t *multipliers, const int32_t *limits, int32_t lowest)
{
	int32_t t, c;
	for (t = 0; t < length; t++, x += step)
		for (c = 0; c < channels; c++) *y++ = requantise(dot(x, weights + c * count, count, biases[c]), multipliers[c], limits[c], lowest);
}
`,
  },
  {
    kinds: ["sparse"],
    code: `/* Each channel has so many terms, the place of a value and its weight; those of the next one follow on them. */
static void sparse(const int8_t *x, int8_t *y, int32_t channels, const uint8_t *counts, const uint8_t *places, const int8_t *weights,
	const int32_t *biases, const int32_t *multipliers, const int32_t *limits, int32_t lowest)
{
	int32_t c, i;
	for (c = 0; c < channels; c++) {
		int32_t sum = biases[c];
		for (i = counts[c]; i > 0; i--) sum += x[*places++] * *weights++;
		*y++ = requantise(sum, multipliers[c], limits[c], lowest);
	}
}
`,
  },
  {
    kinds: ["depthwise-conv1d"],
    code: `static void depthwise(const int8_t *x, int8_t *y, int32_t length, int32_t channels, int32_t stride, int32_t kernel, const int8_t *weights,
	const int32_t *biases, const int32_t *multipliers, const int32_t *limits, int32_t lowest)
{
	int32_t t, c, k;
	for (t = 0; t < length; t++, x += stride * channels)
		for (c = 0; c < channels; c++) {
			int32_t sum = biases[c];
			for (k = 0; k < kernel; k++) sum += x[k * channels + c] * weights[c * kernel + k];
			*y++ = requantise(sum, multipliers[c], limits[c], lowest);
		}
}
`,
  },
  {
    kinds: ["max-pool"],
    code: `static void max_pool(const int8_t *x, int8_t *y, int32_t length, int32_t channels)
{
	int32_t t, c;
	for (c = 0; c < channels; c++) {
		int8_t largest = x[c];
		for (t = 1; t < length; t++)
			if (x[t * channels + c] > largest) largest = x[t * channels + c];
		y[c] = largest;
	}
}
`,
  },
  {
    kinds: ["mean-pool"],
    code: `static void mean_pool(const int8_t *x, int8_t *y, int32_t length, int32_t channels, int32_t multiplier, int32_t limit)
{
	int32_t t, c;
	for (c = 0; c < channels; c++) {
		int32_t sum = 0;
		for (t = 0; t < length; t++) sum += x[t * channels + c];
		y[c] = requantise(sum, multiplier, limit, ${INT8_MIN});
	}
}
`,
  },
  {
    kinds: ["concat"],
    code: `/* width: channels of all that is joined; the multiplier is at most 2^${MULTIPLIER_BITS}, so nothing saturates */
static void join(const int8_t *x, int8_t *y, int32_t length, int32_t channels, int32_t width, int32_t multiplier)
{
	int32_t t, c;
	for (t = 0; t < length; t++, y += width)
		for (c = 0; c < channels; c++) y[c] = (int8_t)((*x++ * multiplier + ${ROUNDING}) >> ${MULTIPLIER_BITS});
}
`,
  },
  {
    kinds: ["add"],
    code: `static void add(const int8_t *x0, const int8_t *x1, int8_t *y, int32_t count, int32_t multiplier0, int32_t multiplier1, int32_t lowest)
{
	int32_t i;
	for (i = 0; i < count; i++) y[i] = saturate((x0[i] * multiplier0 + x1[i] * multiplier1 + ${ROUNDING}) >> ${MULTIPLIER_BITS}, lowest);
}
`,
  },
];

function layerTables(layer: Int8Layer): string {
  const { name, weights, biases, multipliers, isLast } = layer;
  if (weights.length === 0) return "";
  const tables = [kindOf(layer) === "sparse" ? sparseTables(layer) : table("int8_t", `${name}Weights`, weights), table("int32_t", `${name}Biases`, biases)];
  if (!isLast) tables.push(table("int32_t", `${name}Multipliers`, multipliers), table("int32_t", `${name}Limits`, multipliers.map(sumLimit)));
  return tables.join("");
}

function sparseTables({ name, weights, output }: Int8Layer): string {
  const perChannel = weights.length / output.channels;
  const counts = Uint8Array.from({ length: output.channels }, (_, channel) => weights.subarray(channel * perChannel, (channel + 1) * perChannel).filter(isTerm).length);
  const places = Uint8Array.from([...weights.keys()].filter((index) => weights[index] !== 0), (index) => index % perChannel);
  return `${table("uint8_t", `${name}Counts`, counts)}${table("uint8_t", `${name}Places`, places)}${table("int8_t", `${name}Weights`, weights.filter(isTerm))}`;
}

function table(type: string, name: string, numbers: Int8Array | Uint8Array | Int32Array): string {
  const lines: string[] = [];
  for (let start = 0; start < numbers.length; start += NUMBERS_A_LINE) lines.push(`\t${[...numbers.subarray(start, start + NUMBERS_A_LINE)].join(", ")},\n`);
  return `static const ${type} ${name}[${numbers.length}] = {\n${lines.join("")}};\n`;
}

function layerCall(layer: Int8Layer, modelInputs: readonly Tensor[]): string {
  const { name, op, inputs, output, kernel, stride, lowest, isLast, multipliers } = layer;
  const sources = inputs.map((tensor) => (modelInputs.includes(tensor) ? `${tensor.name}Input` : `${tensor.name}Values`));
  const [source] = sources as [string];
  const { length, channels } = inputs[0]!;
  const target = `${name}Values`;
  const tables = `${name}Weights, ${name}Biases`;
  const requantiseTables = `${name}Multipliers, ${name}Limits, ${lowest}`;
  switch (op) {
    case "dense":
    case "conv1d":
      if (kindOf(layer) === "sparse") return `\tsparse(${source}, ${target}, ${output.channels}, ${name}Counts, ${name}Places, ${tables}, ${requantiseTables});\n`;
      if (isLast) return `\tdense_logits(${source}, logits, ${output.channels}, ${kernel * channels}, ${tables});\n`;
      return `\twindows(${source}, ${target}, ${output.length}, ${output.channels}, ${stride * channels}, ${kernel * channels}, ${tables}, ${requantiseTables});\n`;
    case "depthwise-conv1d":
      return `\tdepthwise(${source}, ${target}, ${output.length}, ${channels}, ${stride}, ${kernel}, ${tables}, ${requantiseTables});\n`;
    case "max-pool":
      return `\tmax_pool(${source}, ${target}, ${length}, ${channels});\n`;
    case "mean-pool":
      return `\tmean_pool(${source}, ${target}, ${length}, ${channels}, ${multipliers[0]}, ${sumLimit(multipliers[0]!)});\n`;
    case "concat": {
      let offset = 0;
      return inputs
        .map((tensor, index) => {
          const place = offset === 0 ? target : `${target} + ${offset}`;
          offset += tensor.channels;
          return `\tjoin(${sources[index]}, ${place}, ${length}, ${tensor.channels}, ${output.channels}, ${multipliers[index]});\n`;
        })
        .join("");
    }
    case "add":
      return `\tadd(${source}, ${sources[1]}, ${target}, ${length * channels}, ${multipliers[0]}, ${multipliers[1]}, ${lowest});\n`;
  }
}
