import { pathToFileURL } from 'node:url';
import type { GPUDevice } from '../../src/gpu/webgpu.ts';
import type { Output } from './check.ts';
import { causalBias, flatLists, headsOutermost, tokensOutermost, transposed } from './layout.ts';
import { type OnnxGraph, type OnnxValue, onnxModel } from './onnx-model.ts';
import { type Peer, peerFile, type Ready, type Way } from './peer.ts';
import type { Inputs, Workload } from './workload.ts';

/** What is used of onnxruntime-web. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number }; readonly webgpu: { readonly device: Promise<GPUDevice> } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: unknown): Promise<Session>;
  };
  readonly Tensor: { fromGpuBuffer(buffer: GPUBuffer, info: { dataType: string; dims: readonly number[] }): OrtTensor };
}

interface Session {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

interface OrtTensor {
  getData(): Promise<ArrayLike<number | bigint>>;
  dispose(): void;
}

type Graph = Omit<OnnxGraph, 'inputs'>;
type Feeds = Readonly<Record<string, OnnxValue & { readonly data: Float32Array | Int32Array }>>;

/** onnxruntime-web by its WebGPU provider, in one thread, with inputs and outputs in GPU buffers. */
export async function onnxruntime(): Promise<Peer> {
  const ort = (await import(pathToFileURL(peerFile('onnxruntime-web/dist/ort.webgpu.mjs')).href)) as Ort;
  ort.env.wasm.numThreads = 1;
  const way = (
    name: string,
    graph: Graph,
    feeds: (inputs: Inputs) => Feeds,
    read: (values: Output) => Output = (values) => values,
  ): Way => ({ name, prepare: (inputs) => ready(ort, graph, feeds(inputs), read) });
  return { name: 'onnxruntime-web', ways: (work) => waysOf(work, way) };
}

function waysOf(
  work: Workload,
  way: (name: string, graph: Graph, feeds: (inputs: Inputs) => Feeds, read?: (values: Output) => Output) => Way,
): Way[] {
  switch (work.kind) {
    case 'matmul': {
      const { rows, inner, columns } = work;
      const graph: Graph = {
        outputs: { out: f32(rows, columns) },
        nodes: [{ op: 'MatMul', inputs: ['a', 'b'], outputs: ['out'] }],
      };
      return [
        way('MatMul', graph, ({ values: { a, b } }) => ({ a: fed(a!, rows, inner), b: fed(b!, inner, columns) })),
      ];
    }
    case 'top-k': {
      const { rows, columns, keep } = work;
      const graph: Graph = {
        constants: { count: int64(keep) },
        outputs: { values: f32(rows, keep), out: { type: 'int64', shape: [rows, keep] } },
        nodes: [{ op: 'TopK', inputs: ['x', 'count'], outputs: ['values', 'out'] }],
      };
      return [way('TopK', graph, ({ values: { x } }) => ({ x: fed(x!, rows, columns) }))];
    }
    case 'attention': {
      const { heads, tokens, dim, causal } = work;
      const width = heads * dim;
      const fused: Graph = {
        outputs: { out: f32(1, tokens, width) },
        nodes: [
          {
            op: 'MultiHeadAttention',
            domain: 'com.microsoft',
            inputs: ['q', 'k', 'v'],
            outputs: ['out'],
            attributes: { num_heads: heads, unidirectional: causal ? 1 : 0 },
          },
        ],
      };
      const flat = (x: Float32Array) => fed(tokensOutermost(x, heads, tokens, dim), 1, tokens, width);
      const graph: Graph = {
        constants: { factor: float(1 / Math.sqrt(dim)) },
        outputs: { out: f32(heads, tokens, dim) },
        nodes: [
          { op: 'MatMul', inputs: ['q', 'k'], outputs: ['products'] },
          { op: 'Mul', inputs: ['products', 'factor'], outputs: ['scores'] },
          ...(causal ? [{ op: 'Add', inputs: ['scores', 'bias'], outputs: ['seen'] }] : []),
          { op: 'Softmax', inputs: [causal ? 'seen' : 'scores'], outputs: ['weights'], attributes: { axis: -1 } },
          { op: 'MatMul', inputs: ['weights', 'v'], outputs: ['out'] },
        ],
      };
      return [
        way(
          'MultiHeadAttention',
          fused,
          ({ values: { q, k, v } }) => ({ q: flat(q!), k: flat(k!), v: flat(v!) }),
          (values) => headsOutermost(values as Float32Array, heads, tokens, dim),
        ),
        way('MatMul, Softmax, MatMul', graph, (inputs) => ({
          ...heads3(work, inputs),
          ...(causal ? { bias: fed(causalBias(tokens), tokens, tokens) } : {}),
        })),
      ];
    }
    case 'sparse': {
      const { heads, tokens, dim, keep } = work;
      const graph: Graph = {
        constants: { factor: float(1 / Math.sqrt(dim)), count: int64(keep), last: int64(-1), never: float(-1e30) },
        outputs: { out: f32(heads, tokens, dim) },
        nodes: [
          { op: 'MatMul', inputs: ['q', 'k'], outputs: ['products'] },
          { op: 'Mul', inputs: ['products', 'factor'], outputs: ['scores'] },
          { op: 'TopK', inputs: ['scores', 'count'], outputs: ['largest', 'at'] },
          { op: 'ReduceMin', inputs: ['largest', 'last'], outputs: ['least'], attributes: { keepdims: 1 } },
          { op: 'GreaterOrEqual', inputs: ['scores', 'least'], outputs: ['kept'] },
          { op: 'Where', inputs: ['kept', 'scores', 'never'], outputs: ['seen'] },
          { op: 'Softmax', inputs: ['seen'], outputs: ['weights'], attributes: { axis: -1 } },
          { op: 'MatMul', inputs: ['weights', 'v'], outputs: ['out'] },
        ],
      };
      return [way('TopK, Where, Softmax, MatMul', graph, (inputs) => heads3(work, inputs))];
    }
    case 'gathered': {
      const { heads, tokens, dim, keep } = work;
      const rows = heads * tokens;
      const graph: Graph = {
        constants: { factor: float(1 / Math.sqrt(dim)), row: int64(rows, 1, keep), column: int64(rows, keep, 1) },
        outputs: { out: f32(rows, 1, dim) },
        nodes: [
          { op: 'Gather', inputs: ['k', 'lists'], outputs: ['keys'], attributes: { axis: 0 } },
          { op: 'Gather', inputs: ['v', 'lists'], outputs: ['values'], attributes: { axis: 0 } },
          { op: 'MatMul', inputs: ['keys', 'q'], outputs: ['products'] },
          { op: 'Mul', inputs: ['products', 'factor'], outputs: ['scores'] },
          { op: 'Reshape', inputs: ['scores', 'row'], outputs: ['lying'] },
          { op: 'Softmax', inputs: ['lying'], outputs: ['weights'], attributes: { axis: -1 } },
          { op: 'MatMul', inputs: ['weights', 'values'], outputs: ['out'] },
        ],
      };
      return [
        way('Gather, MatMul, Softmax, MatMul', graph, ({ values: { q, k, v }, lists }) => ({
          q: fed(q!, rows, dim, 1),
          k: fed(k!, rows, dim),
          v: fed(v!, rows, dim),
          lists: { type: 'int32', shape: [rows, keep], data: flatLists(lists, tokens, keep) },
        })),
      ];
    }
    case 'normals':
      return [];
  }
}

function heads3(
  { heads, tokens, dim }: { readonly heads: number; readonly tokens: number; readonly dim: number },
  { values: { q, k, v } }: Inputs,
): Feeds {
  return {
    q: fed(q!, heads, tokens, dim),
    k: fed(transposed(k!, heads, tokens, dim), heads, dim, tokens),
    v: fed(v!, heads, tokens, dim),
  };
}

async function ready(ort: Ort, graph: Graph, feeds: Feeds, read: (values: Output) => Output): Promise<Ready> {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { type, shape }]) => [name, { type, shape }]));
  const session = await ort.InferenceSession.create(onnxModel({ inputs, ...graph }), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
    logSeverityLevel: 3,
  });
  const device = await ort.env.webgpu.device;
  const buffers = Object.entries(feeds).map(([name, { type, shape, data }]) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: 0x80 | 0x4 | 0x8 }); // STORAGE | COPY_SRC | COPY_DST
    device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return { name, buffer, tensor: ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims: shape }) };
  });
  const fed = Object.fromEntries(buffers.map(({ name, tensor }) => [name, tensor]));
  let last: Readonly<Record<string, OrtTensor>> = {};
  const drop = () => {
    for (const tensor of Object.values(last)) tensor.dispose();
    last = {};
  };
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        drop();
        last = await session.run(fed);
      }
      await device.queue.onSubmittedWorkDone();
    },
    async output() {
      const values = await last['out']!.getData();
      return read(
        typeof values[0] === 'bigint'
          ? Int32Array.from(values, Number)
          : Float32Array.from(values as ArrayLike<number>),
      );
    },
    destroy() {
      drop();
      void session.release();
      for (const { buffer } of buffers) buffer.destroy();
    },
  };
}

const f32 = (...shape: number[]): OnnxValue => ({ type: 'float32', shape });
const fed = (data: Float32Array, ...shape: number[]) => ({ type: 'float32', shape, data }) as const;
const float = (value: number) => ({ ...f32(1), bytes: new Uint8Array(Float32Array.of(value).buffer) });
const int64 = (...values: number[]) =>
  ({
    type: 'int64',
    shape: [values.length],
    bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  }) as const;
