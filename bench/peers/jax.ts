import { pathToFileURL } from 'node:url';
import type { Output } from './check.ts';
import { flatLists, headsOutermost, tokensOutermost } from './layout.ts';
import { type Peer, peerFile, type Way } from './peer.ts';
import type { Inputs, Workload } from './workload.ts';

/** What is used of jax-js. A function takes its arguments over; `ref` keeps one alive past the call. */
interface Jax {
  init(device: 'webgpu'): Promise<readonly string[]>;
  defaultDevice(device: 'webgpu'): void;
  jit(job: (...args: JaxArray[]) => JaxArray): (...args: JaxArray[]) => JaxArray;
  readonly numpy: {
    array(values: Float32Array | Int32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    einsum(what: string, a: JaxArray, b: JaxArray): JaxArray;
    min(x: JaxArray, axis: number, options: { keepdims: boolean }): JaxArray;
    where(condition: JaxArray, a: JaxArray, b: number): JaxArray;
    greaterEqual(a: JaxArray, b: JaxArray): JaxArray;
    take(x: JaxArray, indices: JaxArray, axis: number): JaxArray;
  };
  readonly nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
  };
  readonly lax: { topK(x: JaxArray, k: number): readonly [JaxArray, JaxArray] };
  readonly random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: readonly number[]): JaxArray };
}

interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  mul(factor: number): JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array | Int32Array>;
  dispose(): void;
}

/** jax-js by its WebGPU backend, every workload one compiled function. */
export async function jax(): Promise<Peer> {
  const jax = (await import(pathToFileURL(peerFile('@jax-js/jax/dist/index.js')).href)) as Jax;
  if (!(await jax.init('webgpu')).includes('webgpu')) throw new Error('the WebGPU backend did not start');
  jax.defaultDevice('webgpu');
  return { name: 'jax-js', ways: (work) => waysOf(jax, work) };
}

function waysOf(jax: Jax, work: Workload): Way[] {
  const { numpy: np, nn, lax } = jax;
  const put = (values: Float32Array | Int32Array, ...shape: number[]) => np.array(values).reshape(shape);
  switch (work.kind) {
    case 'matmul': {
      const { rows, inner, columns } = work;
      const upload = ({ values: { a, b } }: Inputs) => [put(a!, rows, inner), put(b!, inner, columns)];
      return [way(jax, 'matmul', upload, (a, b) => np.matmul(a!, b!))];
    }
    case 'top-k': {
      const { rows, columns, keep } = work;
      const upload = ({ values: { x } }: Inputs) => [put(x!, rows, columns)];
      const choose = (x: JaxArray) => {
        const [values, indices] = lax.topK(x, keep);
        values.dispose();
        return indices;
      };
      return [way(jax, 'topK', upload, choose)];
    }
    case 'attention': {
      const { heads, tokens, dim, causal } = work;
      const upload = ({ values: { q, k, v } }: Inputs) =>
        [q, k, v].map((x) => put(tokensOutermost(x!, heads, tokens, dim), tokens, heads, dim));
      const attend = (q: JaxArray, k: JaxArray, v: JaxArray) => nn.dotProductAttention(q, k, v, { isCausal: causal });
      const read = (values: Output) => headsOutermost(values as Float32Array, heads, tokens, dim);
      return [way(jax, 'dotProductAttention', upload, attend, read)];
    }
    case 'sparse': {
      const { heads, tokens, dim, keep } = work;
      const upload = ({ values: { q, k, v } }: Inputs) => [q, k, v].map((x) => put(x!, heads, tokens, dim));
      const attend = (q: JaxArray, k: JaxArray, v: JaxArray) => {
        const scores = np.einsum('hqd,hkd->hqk', q, k).mul(1 / Math.sqrt(dim));
        const [values, indices] = lax.topK(scores.ref, keep);
        indices.dispose();
        const least = np.min(values, -1, { keepdims: true });
        const weights = nn.softmax(np.where(np.greaterEqual(scores.ref, least), scores, -1e30), -1);
        return np.einsum('hqk,hkd->hqd', weights, v);
      };
      return [way(jax, 'topK, where, softmax, einsum', upload, attend)];
    }
    case 'gathered': {
      const { heads, tokens, dim, keep } = work;
      const rows = heads * tokens;
      const upload = ({ values: { q, k, v }, lists }: Inputs) => [
        ...[q, k, v].map((x) => put(x!, rows, dim)),
        put(flatLists(lists, tokens, keep), rows, keep),
      ];
      const attend = (q: JaxArray, k: JaxArray, v: JaxArray, lists: JaxArray) => {
        const scores = np.einsum('rd,rkd->rk', q, np.take(k, lists.ref, 0)).mul(1 / Math.sqrt(dim));
        return np.einsum('rk,rkd->rd', nn.softmax(scores, -1), np.take(v, lists, 0));
      };
      return [way(jax, 'take, einsum, softmax, einsum', upload, attend)];
    }
    case 'normals': {
      const upload = () => [jax.random.key(7)];
      return [way(jax, 'random.normal', upload, (key) => jax.random.normal(key, [work.count]))];
    }
  }
}

function way<Arrays extends JaxArray[]>(
  jax: Jax,
  name: string,
  upload: (inputs: Inputs) => JaxArray[],
  job: (...arrays: Arrays) => JaxArray,
  read: (values: Output) => Output = (values) => values,
): Way {
  return {
    name,
    async prepare(inputs) {
      const arrays = upload(inputs);
      const compiled = jax.jit(job as (...arrays: JaxArray[]) => JaxArray);
      let last: JaxArray | undefined;
      return {
        async run(times) {
          for (let i = 0; i < times; i++) {
            last?.dispose();
            // Each is waited for: what nobody has asked for when it is given back is never run.
            last = await compiled(...arrays.map((array) => array.ref)).blockUntilReady();
          }
        },
        output: async () => read(await last!.ref.data()),
        destroy() {
          last?.dispose();
          for (const array of arrays) array.dispose();
        },
      };
    },
  };
}
