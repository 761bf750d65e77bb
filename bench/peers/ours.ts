import { wtaModel } from '../../src/device/time-domain.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { HostArray, Tensor } from '../../src/gpu/tensor.ts';
import { planDenseAttend } from '../../src/kernel/dense-attend.ts';
import { denseAttendVariant } from '../../src/kernel/dense-attend-variant.ts';
import { planGatherAttend, selectionWords } from '../../src/kernel/gather-attend.ts';
import { gatherAttendVariant } from '../../src/kernel/gather-attend-variant.ts';
import { planLinear } from '../../src/kernel/linear.ts';
import { linearVariant } from '../../src/kernel/linear-variant.ts';
import { sharedLanes } from '../../src/kernel/shared-lanes.ts';
import { planWtaSelect, scoreStride } from '../../src/kernel/wta-select.ts';
import { unwritten } from '../../test/support/kernel-case.ts';
import { waitCalmly } from '../calm.ts';
import { loadShader } from '../load-shader.ts';
import { type Dispatch, repeated } from '../repeat.ts';
import type { Output } from './check.ts';
import { transposed } from './layout.ts';
import type { Peer, Ready } from './peer.ts';
import type { Inputs, Workload } from './workload.ts';

/** Launches on the device, and the output as the checks take it. */
interface Chain {
  readonly dispatches: readonly Dispatch[];
  readonly result: Tensor;
  readonly read?: (values: HostArray) => Output;
}

/** This package's kernels on one of its devices, planned as its own pipelines plan them. */
export function ours(gpu: Gpu, name: string): Peer {
  return {
    name,
    ways: (work) => [{ name: chainOf[work.kind].kernels, prepare: (inputs) => ready(gpu, work, inputs) }],
  };
}

async function ready(gpu: Gpu, work: Workload, inputs: Inputs): Promise<Ready> {
  const {
    dispatches,
    result,
    read = (values) => values as Output,
  } = chainOf[work.kind].make(gpu, work as never, inputs);
  const series = await repeated(gpu, dispatches);
  return {
    run: (times) => series.run(times),
    async output() {
      const batch = gpu.batch('output');
      const reading = batch.read(result);
      await waitCalmly(gpu.adapter, batch.submit());
      return read(reading.values());
    },
    destroy() {
      series.destroy();
      for (const { tensors } of dispatches) for (const tensor of Object.values(tensors)) tensor.destroy();
    },
  };
}

type Kind = Workload['kind'];
type Of<K extends Kind> = Extract<Workload, { kind: K }>;

const chainOf: {
  readonly [K in Kind]: { readonly kernels: string; make(gpu: Gpu, work: Of<K>, inputs: Inputs): Chain };
} = {
  matmul: {
    kernels: 'linear',
    make(gpu, { rows, inner, columns }, { values: { a, b } }) {
      const y = unwritten(gpu, 'f32', [rows, columns]);
      // Weights lie output-major, as checkpoints have them.
      const w = gpu.tensor(transposed(b!, 1, inner, columns));
      const launch = planLinear({ rows, columns, inner, bias: false, variant: linearVariant(gpu) });
      return { dispatches: [{ launch, tensors: { x: put(gpu, a!), w, bias: w, y } }], result: y };
    },
  },
  attention: {
    kernels: 'dense-attend',
    make(gpu, work, inputs) {
      const out = unwritten(gpu, 'f32', [work.heads, work.tokens, work.dim]);
      const tensors = { ...operands(gpu, inputs), out };
      const launch = planDenseAttend({ ...attendProblem(work, work.causal), variant: denseAttendVariant(gpu) });
      return { dispatches: [{ launch, tensors }], result: out };
    },
  },
  'top-k': {
    kernels: 'wta-select',
    make(gpu, { rows, columns, keep }, { values: { x } }) {
      const { dispatch, selection } = select(gpu, put(gpu, x!), 1, rows, columns, keep);
      const read = (values: HostArray) => chosen(values as Uint32Array, rows, columns, keep);
      return { dispatches: [dispatch], result: selection, read };
    },
  },
  sparse: {
    kernels: 'linear, wta-select, gather-attend',
    make(gpu, work, inputs) {
      const { heads, tokens, dim, keep } = work;
      const own = operands(gpu, inputs);
      const scores = unwritten(gpu, 'f32', [heads, tokens, tokens]);
      const product = { rows: tokens, columns: tokens, inner: dim, products: heads, bias: false };
      const score = {
        launch: planLinear({ ...product, variant: linearVariant(gpu) }),
        tensors: { x: own.q, w: own.k, bias: own.k, y: scores },
      };
      const { dispatch, selection } = select(gpu, scores, heads, tokens, tokens, keep);
      const out = unwritten(gpu, 'f32', [heads, tokens, dim]);
      const attend = { launch: planKept(gpu, work), tensors: { ...own, selection, out } };
      return { dispatches: [score, dispatch, attend], result: out };
    },
  },
  gathered: {
    kernels: 'gather-attend',
    make(gpu, work, inputs) {
      const { heads, tokens, dim, keep } = work;
      const words = selectionWords(tokens);
      const mask = new Uint32Array(heads * tokens * words);
      inputs.lists.forEach((key, i) => {
        mask[Math.floor(i / keep) * words + (key >> 5)]! |= 1 << (key & 31);
      });
      const out = unwritten(gpu, 'f32', [heads, tokens, dim]);
      const tensors = { ...operands(gpu, inputs), selection: gpu.tensor(mask), out };
      return { dispatches: [{ launch: planKept(gpu, work), tensors }], result: out };
    },
  },
  normals: {
    kernels: "the package's generator",
    make(gpu, { count }) {
      const values = unwritten(gpu, 'f32', [count]);
      const launch = {
        program: loadShader('normals'),
        entry: 'main',
        constants: {},
        params: { quads: count / 4, seed: 7 },
        workgroups: [Math.ceil(count / 256), 1, 1],
        elements: { values: count },
      } as const;
      return { dispatches: [{ launch, tensors: { values } }], result: values };
    },
  },
};

const put = (gpu: Gpu, values: Float32Array) => gpu.tensor(values as Float32Array<ArrayBuffer>);

function operands(gpu: Gpu, { values: { q, k, v } }: Inputs) {
  return { q: put(gpu, q!), k: put(gpu, k!), v: put(gpu, v!) };
}

function attendProblem(
  { heads, tokens, dim }: { readonly heads: number; readonly tokens: number; readonly dim: number },
  causal: boolean,
) {
  return { heads, queries: tokens, keys: tokens, dim, causal, operandBits: 32 } as const;
}

/** Attention over kept keys the way that this package's machines take for so many of them. */
function planKept(gpu: Gpu, work: Of<'sparse' | 'gathered'>) {
  const variant = gatherAttendVariant(gpu, work.keep / work.tokens);
  return planGatherAttend({ ...attendProblem(work, false), variant });
}

/** The winners of every row as bits: the selection of an ideal winner-take-all. */
function select(gpu: Gpu, scores: Tensor, heads: number, queries: number, keys: number, keep: number) {
  const rows = heads * queries;
  const stride = scoreStride(keys);
  const selection = unwritten(gpu, 'u32', [rows, selectionWords(keys)]);
  const model = wtaModel('ideal');
  const launch = planWtaSelect({
    headCount: heads,
    heads,
    windows: 1,
    queries,
    keys,
    keep,
    causal: false,
    model,
    stats: false,
    lanes: sharedLanes(gpu),
  });
  const tensors = {
    scores,
    ranges: gpu.tensor(Float32Array.from({ length: 2 * heads }, (_, i) => (i % 2 === 0 ? 50 : 5))),
    mismatch: gpu.tensor(new Float32Array(heads * stride).fill(1)),
    arrivals: gpu.empty('i32', [1]),
    selection,
    stats: gpu.empty('f32', [1]),
  };
  return { dispatch: { launch, tensors }, selection };
}

/** Set bits of each row as a list; rows with another number of them than `keep` are filled with -1 or cut off one later. */
function chosen(bits: Uint32Array, rows: number, columns: number, keep: number): Int32Array {
  const words = selectionWords(columns);
  const lists = new Int32Array(rows * keep).fill(-1);
  for (let row = 0; row < rows; row++) {
    let count = 0;
    for (let column = 0; column < columns; column++) {
      if (((bits[row * words + (column >> 5)]! >>> (column & 31)) & 1) === 0) continue;
      // A key too many makes the list wrong: the first place no longer holds a key.
      lists[row * keep + (count < keep ? count : 0)] = count < keep ? column : -1;
      count++;
    }
  }
  return lists;
}
