/** One operator of a graph: names of its inputs and outputs, and attributes by name. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  /** Whole numbers unless written as `{ float }`. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
}

/** A value that goes in or comes out, or a constant. */
export interface OnnxValue {
  readonly type: 'float32' | 'int64' | 'int32';
  readonly shape: readonly number[];
}

/** A graph to be written. */
export interface OnnxGraph {
  readonly inputs: Readonly<Record<string, OnnxValue>>;
  readonly outputs: Readonly<Record<string, OnnxValue>>;
  /** Constants, with their values as bytes. */
  readonly constants?: Readonly<Record<string, OnnxValue & { readonly bytes: Uint8Array }>>;
  readonly nodes: readonly OnnxNode[];
}

const types = { float32: 1, int32: 6, int64: 7 } as const;

/** The graph as the bytes of an ONNX model of operator set 18; the numbers are the fields of onnx.proto. */
export function onnxModel({ inputs, outputs, constants = {}, nodes }: OnnxGraph): Uint8Array {
  const graph = message(
    ...nodes.map((node, i) => field(1, nodeBytes(node, `node${i}`))),
    field(2, text('graph')),
    ...Object.entries(constants).map(([name, { type, shape, bytes }]) =>
      field(
        5,
        message(...shape.map((size) => whole(1, size)), whole(2, types[type]), field(8, text(name)), field(9, bytes)),
      ),
    ),
    ...Object.entries(inputs).map(([name, value]) => field(11, valueInfo(name, value))),
    ...Object.entries(outputs).map(([name, value]) => field(12, valueInfo(name, value))),
  );
  const operators = (domain: string, version: number) => field(8, message(field(1, text(domain)), whole(2, version)));
  return message(whole(1, 8), field(7, graph), operators('', 18), operators('com.microsoft', 1));
}

function nodeBytes({ op, inputs, outputs, domain = '', attributes = {} }: OnnxNode, name: string): Uint8Array {
  return message(
    ...inputs.map((input) => field(1, text(input))),
    ...outputs.map((output) => field(2, text(output))),
    field(3, text(name)),
    field(4, text(op)),
    ...Object.entries(attributes).map(([key, value]) => field(5, message(field(1, text(key)), ...attribute(value)))),
    field(7, text(domain)),
  );
}

function attribute(value: number | readonly number[] | { readonly float: number }): Uint8Array[] {
  if (typeof value === 'number') return [whole(3, value), whole(20, 2)];
  if (Array.isArray(value)) return [...value.map((one) => whole(8, one)), whole(20, 7)];
  const bytes = new Uint8Array(Float32Array.of((value as { float: number }).float).buffer);
  return [message(Uint8Array.of((2 << 3) | 5), bytes), whole(20, 1)];
}

function valueInfo(name: string, { type, shape }: OnnxValue): Uint8Array {
  const sizes = message(...shape.map((size) => field(1, whole(1, size))));
  return message(field(1, text(name)), field(2, field(1, message(whole(1, types[type]), field(2, sizes)))));
}

const text = (value: string) => new TextEncoder().encode(value);
const message = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const whole = (tag: number, value: number) => Uint8Array.of(...varint(tag << 3), ...varint(value));
const field = (tag: number, bytes: Uint8Array) =>
  message(Uint8Array.of(...varint((tag << 3) | 2), ...varint(bytes.length)), bytes);

function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
