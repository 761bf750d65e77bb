import { createRequire } from 'node:module';
import type { GPUDevice } from '../../src/gpu/webgpu.ts';
import type { Output } from './check.ts';
import { causalBias, flatLists } from './layout.ts';
import { type Peer, peerFile, type Way } from './peer.ts';
import type { Inputs, Workload } from './workload.ts';

/** What is used of TensorFlow.js. */
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  backend(): TfBackend;
  tensor(values: ArrayLike<number>, shape: readonly number[], type?: 'int32'): TfTensor;
  tidy<Result>(job: () => Result): Result;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  softmax(x: TfTensor): TfTensor;
  topk(x: TfTensor, k: number, sorted: boolean): { readonly values: TfTensor; readonly indices: TfTensor };
  min(x: TfTensor, axis: number, keepDims: boolean): TfTensor;
  greaterEqual(a: TfTensor, b: TfTensor): TfTensor;
  where(condition: TfTensor, a: TfTensor, b: TfTensor | number): TfTensor;
  gather(x: TfTensor, indices: TfTensor): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  randomNormal(shape: readonly number[]): TfTensor;
}

interface TfBackend {
  readonly device: GPUDevice;
  /** Recording that has not gone out yet. */
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: unknown): void;
}

interface TfTensor {
  readonly dataId: unknown;
  data(): Promise<Float32Array | Int32Array>;
  dispose(): void;
}

/** TensorFlow.js by its WebGPU backend. */
export async function tfjs(): Promise<Peer> {
  const require = createRequire(peerFile('package.json'));
  const tf = require('@tensorflow/tfjs') as Tf;
  require('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('the WebGPU backend did not start');
  await tf.ready();
  return { name: 'tfjs', ways: (work) => waysOf(tf, work) };
}

function waysOf(tf: Tf, work: Workload): Way[] {
  switch (work.kind) {
    case 'matmul': {
      const { rows, inner, columns } = work;
      const upload = ({ values: { a, b } }: Inputs) => [tf.tensor(a!, [rows, inner]), tf.tensor(b!, [inner, columns])];
      return [way(tf, 'matMul', upload, ([a, b]) => tf.matMul(a!, b!))];
    }
    case 'top-k': {
      const { rows, columns, keep } = work;
      const upload = ({ values: { x } }: Inputs) => [tf.tensor(x!, [rows, columns])];
      return [way(tf, 'topk', upload, ([x]) => tf.topk(x!, keep, false).indices)];
    }
    case 'attention': {
      const { tokens, dim, causal } = work;
      const upload = (inputs: Inputs) => [
        ...heads3(tf, work, inputs),
        ...(causal ? [tf.tensor(causalBias(tokens), [tokens, tokens])] : []),
      ];
      const attend = ([q, k, v, bias]: readonly TfTensor[]) => {
        const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(dim));
        return tf.matMul(tf.softmax(bias ? tf.add(scores, bias) : scores), v!);
      };
      return [way(tf, 'matMul, softmax, matMul', upload, attend)];
    }
    case 'sparse': {
      const { dim, keep } = work;
      const upload = (inputs: Inputs) => [...heads3(tf, work, inputs), tf.tensor([-1e30], [1])];
      const attend = ([q, k, v, never]: readonly TfTensor[]) => {
        const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(dim));
        const least = tf.min(tf.topk(scores, keep, false).values, -1, true);
        return tf.matMul(tf.softmax(tf.where(tf.greaterEqual(scores, least), scores, never!)), v!);
      };
      return [way(tf, 'topk, where, softmax, matMul', upload, attend)];
    }
    case 'gathered': {
      const { heads, tokens, dim, keep } = work;
      const rows = heads * tokens;
      const upload = ({ values: { q, k, v }, lists }: Inputs) => [
        tf.tensor(q!, [rows, 1, dim]),
        tf.tensor(k!, [rows, dim]),
        tf.tensor(v!, [rows, dim]),
        tf.tensor(flatLists(lists, tokens, keep), [rows, keep], 'int32'),
      ];
      const attend = ([q, k, v, lists]: readonly TfTensor[]) => {
        const scores = tf.mul(tf.matMul(q!, tf.gather(k!, lists!), false, true), 1 / Math.sqrt(dim));
        return tf.matMul(tf.softmax(scores), tf.gather(v!, lists!));
      };
      return [way(tf, 'gather, matMul, softmax, matMul', upload, attend)];
    }
    case 'normals':
      return [
        way(
          tf,
          'randomNormal on the host, uploaded',
          () => [],
          () => {
            const made = tf.randomNormal([work.count]);
            tf.backend().uploadToGPU(made.dataId);
            return made;
          },
        ),
      ];
  }
}

function heads3(
  tf: Tf,
  { heads, tokens, dim }: { readonly heads: number; readonly tokens: number; readonly dim: number },
  { values: { q, k, v } }: Inputs,
): TfTensor[] {
  return [q, k, v].map((x) => tf.tensor(x!, [heads, tokens, dim]));
}

function way(
  tf: Tf,
  name: string,
  upload: (inputs: Inputs) => TfTensor[],
  once: (tensors: readonly TfTensor[]) => TfTensor,
): Way {
  return {
    name,
    async prepare(inputs) {
      const tensors = upload(inputs);
      let last: TfTensor | undefined;
      return {
        async run(times) {
          for (let i = 0; i < times; i++) {
            last?.dispose();
            last = tf.tidy(() => once(tensors));
          }
          const backend = tf.backend();
          if (backend.commandEncoder) {
            backend.endComputePassEncoder();
            backend.submitQueue();
          }
          await backend.device.queue.onSubmittedWorkDone();
        },
        output: async (): Promise<Output> => last!.data(),
        destroy() {
          last?.dispose();
          for (const tensor of tensors) tensor.dispose();
        },
      };
    },
  };
}
