import { planEmbed } from '../../src/kernel/embed.ts';
import { planMergeHeads, planSplitHeads } from '../../src/kernel/heads.ts';
import { planLayerNorm } from '../../src/kernel/layer-norm.ts';
import { planQuantizeRows } from '../../src/kernel/quantize-rows.ts';
import { planLossFinish, planLossPiece } from '../../src/kernel/token-loss.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { embedReference } from '../../src/reference/embed.ts';
import { mergeHeadsReference, splitHeadsReference } from '../../src/reference/heads.ts';
import { layerNormReference } from '../../src/reference/layer-norm.ts';
import { tokenLossReference } from '../../src/reference/token-loss.ts';
import { assert, assertClose, assertEqual, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** `layer-norm`: an element takes 1 operation for the mean, 3 for the variance and 4 to normalise; gamma and beta are shared. */
export function layerNormBench({ rows, width }: { rows: number; width: number }): BenchKernel {
  return {
    name: 'layer-norm',
    sizes: { rows, width },
    work: { flops: 8 * rows * width, bytes: 4 * (2 * rows * width + 2 * width) },
    async setup(gpu) {
      const problem = { rows, width, epsilon: 1e-5 };
      const [x, gamma, beta] = [normals(rows * width, 1), normals(width, 2), normals(width, 3)];
      const y = unwritten(gpu, 'f32', [rows, width]);
      const tensors = { x: gpu.tensor(x), gamma: gpu.tensor(gamma), beta: gpu.tensor(beta), y };
      return {
        dispatches: [{ launch: planLayerNorm(problem), tensors }],
        outputs: { y },
        check({ y: values }) {
          for (const row of samples(rows, 8)) {
            const at = [row * width, (row + 1) * width] as const;
            const expected = layerNormReference({ ...problem, rows: 1 }, x.subarray(...at), gamma, beta);
            assertClose(values!.subarray(...at), expected, { absolute: 1e-5, relative: 2e-6 }, `row ${row}`);
          }
        },
      };
    },
  };
}

/** `embed`, a whole table: an element is 1 addition of a read from the table and one from the positions, and a write. */
export function embedBench({
  sequences,
  tokens,
  width,
  vocabulary,
}: {
  sequences: number;
  tokens: number;
  width: number;
  vocabulary: number;
}): BenchKernel {
  const rows = sequences * tokens;
  return {
    name: 'embed',
    sizes: { sequences, tokens, width, vocabulary },
    // A row of the table per token and not the whole table; the positions are shared by the sequences.
    work: { flops: rows * width, bytes: 4 * (rows + 2 * rows * width + tokens * width) },
    async setup(gpu) {
      const problem = { sequences, tokens, width, firstRow: 0, rowCount: vocabulary };
      const ids = Uint32Array.from({ length: rows }, (_, i) => (i * 7919 + 3) % vocabulary);
      const [table, positions] = [normals(vocabulary * width, 1), normals(tokens * width, 2)];
      const y = unwritten(gpu, 'f32', [rows, width]);
      const tensors = {
        ids: gpu.tensor(ids),
        table: gpu.tensor(table),
        positions: gpu.tensor(positions),
        types: gpu.empty('f32', [1]),
        y,
      };
      return {
        dispatches: [{ launch: planEmbed(problem), tensors }],
        outputs: { y },
        check({ y: values }) {
          for (const row of samples(rows, 8)) {
            const token = row % tokens;
            const own = positions.subarray(token * width, (token + 1) * width);
            const expected = embedReference(
              { ...problem, sequences: 1, tokens: 1 },
              [ids[row]!],
              table,
              own,
              [],
              new Float32Array(width),
            );
            assertClose(
              values!.subarray(row * width, (row + 1) * width),
              expected,
              { absolute: 1e-6, relative: 0 },
              `row ${row}`,
            );
          }
        },
      };
    },
  };
}

/** `heads`: moves every element once, no arithmetic. */
export function headsBench(
  way: 'split' | 'merge',
  problem: { sequences: number; heads: number; tokens: number; dim: number },
): BenchKernel {
  const { sequences, heads, tokens, dim } = problem;
  const moved = sequences * heads * tokens * dim;
  return {
    name: `heads-${way}`,
    sizes: { ...problem },
    work: { flops: 0, bytes: 8 * moved },
    async setup(gpu) {
      const source = normals(moved, 1);
      const result = unwritten(gpu, 'f32', [moved]);
      const launch = way === 'split' ? planSplitHeads(problem) : planMergeHeads(problem);
      return {
        dispatches: [{ launch, tensors: { source: gpu.tensor(source), result } }],
        outputs: { result },
        check({ result: values }) {
          const expected =
            way === 'split'
              ? splitHeadsReference(problem, source)
              : mergeHeadsReference(problem, source, new Float32Array(moved));
          assertEqual(values!, expected, way);
        },
      };
    },
  };
}

/** `quantize-rows`: an element takes a comparison for its head's largest magnitude, a product and a rounding; 4 bytes in, 1 out. */
export function quantizeBench({ heads, tokens, dim }: { heads: number; tokens: number; dim: number }): BenchKernel {
  const elements = heads * tokens * dim;
  return {
    name: 'quantize-rows',
    sizes: { heads, tokens, dim },
    work: { flops: 3 * elements, bytes: 5 * elements + 4 * heads },
    async setup(gpu) {
      const x = normals(elements, 1);
      const packed = unwritten(gpu, 'u32', [elements / 4]);
      const scales = unwritten(gpu, 'f32', [3, heads]);
      const launch = planQuantizeRows({ heads, tokens, dim, groups: dim / 4, operand: 'q' });
      return {
        dispatches: [{ launch, tensors: { x: gpu.tensor(x), packed, scales } }],
        outputs: { packed, scales },
        check(values) {
          const expected = quantizeReference(x, heads);
          const codes = new Int8Array(values['packed']!.slice().buffer);
          // x / scale may round to the neighbour where the adapter's quotient is not the host's.
          assertClose(codes, expected.codes, { absolute: 1, relative: 0 }, 'codes');
          const moved = codes.filter((code, i) => code !== expected.codes[i]).length;
          assert(moved <= elements / 1000, `${moved} of ${elements} codes differ`);
          assertClose(values['scales']!.subarray(0, heads), expected.scales, { absolute: 0, relative: 1e-6 }, 'scales');
        },
      };
    },
  };
}

/** `token-loss`: a logit takes a comparison, a difference and an addition, and one exponential. */
export function tokenLossBench({ rows, columns }: { rows: number; columns: number }): BenchKernel {
  return {
    name: 'token-loss',
    sizes: { rows, columns },
    work: { flops: 3 * rows * columns, exponentials: rows * columns, bytes: 4 * (rows * columns + rows + 2 * rows) },
    async setup(gpu) {
      const logits = normals(rows * columns, 1).map((value) => value * 3);
      const targets = Uint32Array.from({ length: rows }, (_, row) => (row * 37) % columns);
      const [running, best] = [unwritten(gpu, 'f32', [rows, 3]), unwritten(gpu, 'u32', [rows])];
      const [loss, hit] = [unwritten(gpu, 'f32', [rows]), unwritten(gpu, 'u32', [rows])];
      const shared = { targets: gpu.tensor(targets), running, best };
      return {
        dispatches: [
          { launch: planLossPiece({ rows, columns, firstId: 0 }), tensors: { ...shared, logits: gpu.tensor(logits) } },
          { launch: planLossFinish(rows), tensors: { ...shared, loss, hit } },
        ],
        outputs: { loss, hit },
        check(values) {
          for (const row of samples(rows, 16)) {
            const expected = tokenLossReference(logits.subarray(row * columns, (row + 1) * columns), columns, [
              targets[row]!,
            ]);
            assertClose(
              [values['loss']![row]!],
              expected.loss,
              { absolute: 1e-5, relative: 4e-6 },
              `loss of row ${row}`,
            );
            assertClose([values['hit']![row]!], expected.hit, { absolute: 0, relative: 0 }, `hit of row ${row}`);
          }
        },
      };
    },
  };
}
