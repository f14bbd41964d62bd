// ModelSpec: what spec.json of a model says (models/README.md has the format), checked field by field.
import { deepFreeze } from "../base/freeze.js";

/** The only version there is. */
export const SPEC_FORMAT = 1;

/** A named int8 array of `length` steps in time of `channels` each, `[step * channels + channel]`. Features are one step. */
export interface Tensor {
  readonly name: string;
  readonly length: number;
  readonly channels: number;
  /** What one count is worth. */
  readonly scale: number;
}

/** Values of a tensor. */
export function valueCount({ length, channels }: Tensor): number {
  return length * channels;
}

export interface InputSpec extends Tensor {
  /** What each channel holds. */
  readonly channelNames?: readonly string[];
}

export type Op = "dense" | "conv1d" | "depthwise-conv1d" | "max-pool" | "mean-pool" | "concat" | "add";
export type Activation = "relu" | "none";

/** A layer. Its output bears its name. Which fields it has depends on `op`: see OPS. */
export interface LayerSpec {
  readonly name: string;
  readonly op: Op;
  /** Names of inputs of the model or of layers above. */
  readonly inputs: readonly string[];
  /** What one count of the output is worth. Of the last layer: one count of a logit. */
  readonly scale: number;
  readonly channels?: number;
  /** Steps that one output sees. */
  readonly kernel?: number;
  /** Steps from one output to the next. */
  readonly stride?: number;
  readonly activation?: Activation;
}

export interface ModelSpec {
  readonly format: typeof SPEC_FORMAT;
  /** kebab-case; the name of its folder. */
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  /** In the order in which they run. The last one is dense and not requantised: its sums are the logits. */
  readonly layers: readonly LayerSpec[];
  /** What each logit stands for. */
  readonly outputs: readonly string[];
  /** Of weights.bin. */
  readonly weights: { readonly bytes: number; readonly crc32: string };
}

type OptionalField = "channels" | "kernel" | "stride" | "activation";
interface OpRule {
  readonly inputsMin: number;
  readonly inputsMax: number;
  readonly fields: readonly OptionalField[];
}

const JOINED_INPUTS_MAX = 8;

/** Inputs and fields of each op, all obligatory. */
export const OPS: Readonly<Record<Op, OpRule>> = deepFreeze({
  dense: { inputsMin: 1, inputsMax: 1, fields: ["channels", "activation"] },
  conv1d: { inputsMin: 1, inputsMax: 1, fields: ["channels", "kernel", "stride", "activation"] },
  "depthwise-conv1d": { inputsMin: 1, inputsMax: 1, fields: ["kernel", "stride", "activation"] },
  "max-pool": { inputsMin: 1, inputsMax: 1, fields: [] },
  "mean-pool": { inputsMin: 1, inputsMax: 1, fields: [] },
  concat: { inputsMin: 2, inputsMax: JOINED_INPUTS_MAX, fields: [] },
  add: { inputsMin: 2, inputsMax: 2, fields: ["activation"] },
});

// Bounds far above any model for a microcontroller: they catch slips, and keep sums over time within SUM_MAX.
export const LENGTH_MAX = 4096;
export const CHANNELS_MAX = 1024;
const LAYERS_MAX = 64;
const WEIGHTS_BYTES_MAX = 1 << 20;

export type CheckedSpec =
  | { readonly ok: true; readonly spec: ModelSpec; /** Inputs and layers by name. */ readonly tensors: ReadonlyMap<string, Tensor> }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Checks a specification.
 * @param json Parsed spec.json.
 * @returns the specification, or a line per problem: field, value, what was expected.
 */
export function checkSpec(json: unknown): CheckedSpec {
  const checker = new SpecChecker();
  checker.check(json);
  if (checker.problems.length > 0) return { ok: false, problems: checker.problems };
  return { ok: true, spec: json as ModelSpec, tensors: checker.tensors };
}

/** Steps of the output of a convolution without padding. */
function outputLength(length: number, kernel: number, stride: number): number {
  return Math.floor((length - kernel) / stride) + 1;
}

type Fields = Readonly<Record<string, unknown>>;

class SpecChecker {
  readonly problems: string[] = [];
  readonly tensors = new Map<string, Tensor>();
  private readonly _used = new Set<string>();

  check(json: unknown): void {
    const spec = this._fields("spec", json, ["format", "name", "inputs", "layers", "outputs", "weights"]);
    if (!spec) return;
    if (spec["format"] !== SPEC_FORMAT) this._expect("spec.format", spec["format"], String(SPEC_FORMAT));
    this._text("spec.name", spec["name"], /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "a kebab-case name such as beat-net");
    const inputs = this._list("spec.inputs", spec["inputs"], 1, JOINED_INPUTS_MAX);
    inputs?.forEach((input, index) => this._input(`spec.inputs[${index}]`, input));
    const layers = this._list("spec.layers", spec["layers"], 1, LAYERS_MAX);
    layers?.forEach((layer, index) => this._layer(`spec.layers[${index}]`, layer));
    this._outputs(spec["outputs"], layers?.at(-1));
    this._weights(spec["weights"]);
    if (this.problems.length === 0) this._everythingIsUsed(inputs as Tensor[], layers as LayerSpec[]);
  }

  private _input(path: string, value: unknown): void {
    const fields = this._fields(path, value, ["name", "length", "channels", "scale"], ["channelNames"]);
    if (!fields) return;
    const length = this._whole(`${path}.length`, fields["length"], 1, LENGTH_MAX);
    const channels = this._whole(`${path}.channels`, fields["channels"], 1, CHANNELS_MAX);
    const scale = this._scale(`${path}.scale`, fields["scale"]);
    const names = fields["channelNames"];
    if (names !== undefined && !(Array.isArray(names) && names.length === channels && names.every((name) => typeof name === "string")))
      this._expect(`${path}.channelNames`, names, `a list of ${channels} texts`);
    if (length !== undefined && channels !== undefined && scale !== undefined) this._define(path, value as InputSpec);
  }

  private _layer(path: string, value: unknown): void {
    const op = (value as Fields | null)?.["op"];
    if (typeof op !== "string" || !Object.hasOwn(OPS, op)) {
      this._expect(`${path}.op`, op, `one of ${Object.keys(OPS).join(", ")}`);
      return;
    }
    const rule = OPS[op as Op];
    const fields = this._fields(path, value, ["name", "op", "inputs", "scale", ...rule.fields]);
    if (!fields) return;
    const has = (field: OptionalField): boolean => rule.fields.includes(field);
    const scale = this._scale(`${path}.scale`, fields["scale"]);
    const channels = has("channels") ? this._whole(`${path}.channels`, fields["channels"], 1, CHANNELS_MAX) : 0;
    const kernel = has("kernel") ? this._whole(`${path}.kernel`, fields["kernel"], 1, LENGTH_MAX) : 1;
    const stride = has("stride") ? this._whole(`${path}.stride`, fields["stride"], 1, LENGTH_MAX) : 1;
    if (has("activation") && fields["activation"] !== "relu" && fields["activation"] !== "none")
      this._expect(`${path}.activation`, fields["activation"], "relu or none");
    const sources = this._sources(path, fields["inputs"], rule);
    if (!sources || channels === undefined || kernel === undefined || stride === undefined) return;
    const shape = this._shape(path, op as Op, sources, { channels, kernel, stride });
    if (!shape) return;
    if (op === "max-pool" && scale !== sources[0]!.scale) this._expect(`${path}.scale`, scale, `that of "${sources[0]!.name}", ${sources[0]!.scale}`);
    if (scale !== undefined) this._define(path, { name: fields["name"] as string, ...shape, scale });
  }

  private _sources(path: string, value: unknown, rule: OpRule): Tensor[] | undefined {
    const names = this._list(`${path}.inputs`, value, rule.inputsMin, rule.inputsMax);
    const sources: Tensor[] = [];
    names?.forEach((name, index) => {
      const tensor = this.tensors.get(name as string);
      if (tensor) {
        sources.push(tensor);
        this._used.add(tensor.name);
      } else this._expect(`${path}.inputs[${index}]`, name, `an input or a layer above: ${[...this.tensors.keys()].join(", ")}`);
    });
    return names && sources.length === names.length ? sources : undefined;
  }

  private _shape(path: string, op: Op, sources: readonly Tensor[], size: { channels: number; kernel: number; stride: number }): { length: number; channels: number } | undefined {
    const first = sources[0]!;
    switch (op) {
      case "dense":
        return { length: 1, channels: size.channels };
      case "conv1d":
      case "depthwise-conv1d":
        if (size.kernel > first.length) {
          this._expect(`${path}.kernel`, size.kernel, `at most the length of "${first.name}", ${first.length}`);
          return undefined;
        }
        return { length: outputLength(first.length, size.kernel, size.stride), channels: op === "conv1d" ? size.channels : first.channels };
      case "max-pool":
      case "mean-pool":
        return { length: 1, channels: first.channels };
      case "concat": {
        const channels = sources.reduce((sum, source) => sum + source.channels, 0);
        for (const source of sources.slice(1))
          if (source.length !== first.length) this._expect(`${path}.inputs`, `${source.name}: length ${source.length}`, `the length of "${first.name}", ${first.length}`);
        if (channels > CHANNELS_MAX) this._expect(`${path}.inputs`, `${channels} channels`, `at most ${CHANNELS_MAX} together`);
        return { length: first.length, channels };
      }
      case "add": {
        const second = sources[1]!;
        if (second.length !== first.length || second.channels !== first.channels)
          this._expect(`${path}.inputs`, `${second.name}: ${second.length} x ${second.channels}`, `the shape of "${first.name}", ${first.length} x ${first.channels}`);
        return { length: first.length, channels: first.channels };
      }
    }
  }

  private _outputs(value: unknown, last: unknown): void {
    const { op, activation, channels } = (last ?? {}) as Partial<LayerSpec>;
    if (last !== undefined && (op !== "dense" || activation !== "none"))
      this._expect("spec.layers, the last", `op ${op}, activation ${activation}`, "op dense, activation none: its sums are the logits");
    const outputs = this._list("spec.outputs", value, 1, CHANNELS_MAX);
    // They stand in comments of the generated code.
    outputs?.forEach((name, index) => this._text(`spec.outputs[${index}]`, name, /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, "letters, digits, spaces or any of . _ -"));
    if (outputs && typeof channels === "number" && outputs.length !== channels)
      this._expect("spec.outputs", `${outputs.length} texts`, `one for each of the ${channels} channels of the last layer`);
  }

  private _weights(value: unknown): void {
    const fields = this._fields("spec.weights", value, ["bytes", "crc32"]);
    if (!fields) return;
    this._whole("spec.weights.bytes", fields["bytes"], 1, WEIGHTS_BYTES_MAX);
    this._text("spec.weights.crc32", fields["crc32"], /^[0-9a-f]{8}$/, "eight hexadecimal digits");
  }

  private _everythingIsUsed(inputs: readonly Tensor[], layers: readonly LayerSpec[]): void {
    const idle = (tensor: { name: string }): boolean => !this._used.has(tensor.name);
    for (const input of inputs.filter(idle)) this._expect("spec.inputs", input.name, "an input that some layer uses");
    for (const layer of layers.slice(0, -1).filter(idle)) this._expect("spec.layers", layer.name, "a layer that some layer below uses");
  }

  private _define(path: string, tensor: Tensor): void {
    if (!this._text(`${path}.name`, tensor.name, /^[a-z][a-zA-Z0-9]*$/, "a camelCase name such as hidden1")) return;
    if (this.tensors.has(tensor.name)) this._expect(`${path}.name`, tensor.name, "a name that nothing above has");
    else this.tensors.set(tensor.name, tensor);
  }

  /** @returns the value if it is an object with all of `names`, maybe `optional` ones, and no others */
  private _fields(path: string, value: unknown, names: readonly string[], optional: readonly string[] = []): Fields | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this._expect(path, value, `an object with ${names.join(", ")}`);
    for (const name of names) if (!Object.hasOwn(value, name)) this._expect(`${path}.${name}`, undefined, "a value");
    for (const name of Object.keys(value))
      if (!names.includes(name) && !optional.includes(name)) this._expect(`${path}.${name}`, (value as Fields)[name], `none of this name, but ${[...names, ...optional].join(", ")}`);
    return value as Fields;
  }

  private _list(path: string, value: unknown, countMin: number, countMax: number): readonly unknown[] | undefined {
    if (Array.isArray(value) && value.length >= countMin && value.length <= countMax) return value;
    return this._expect(path, value, `a list of ${countMin === countMax ? countMin : `${countMin} to ${countMax}`}`);
  }

  private _whole(path: string, value: unknown, min: number, max: number): number | undefined {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    return this._expect(path, value, `a whole number from ${min} to ${max}`);
  }

  private _scale(path: string, value: unknown): number | undefined {
    if (typeof value === "number" && value > 0 && value < Infinity) return value;
    return this._expect(path, value, "a number above 0");
  }

  private _text(path: string, value: unknown, pattern: RegExp, expected: string): boolean {
    if (typeof value === "string" && pattern.test(value)) return true;
    this._expect(path, value, expected);
    return false;
  }

  private _expect(path: string, value: unknown, expected: string): undefined {
    this.problems.push(`${path}: ${value === undefined ? "missing" : shorten(JSON.stringify(value))}, expected ${expected}`);
    return undefined;
  }
}

/** A value of a message, however long it is. */
function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
