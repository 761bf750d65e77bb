import { fail } from '../../errors.ts';
import { checkMatrix } from './prune.ts';
import { quantizeWeights, type WeightScale } from './quantize.ts';
import { blocksOf, type SparseShape, sparseShape } from './shape.ts';

/** Pruned weights as the chip holds them: what is kept, in 8 bits, and how often each tile has to go round. */
export interface SparseWeights extends SparseShape {
  /** Output o keeps the entries `starts[o]` up to `starts[o + 1]` of `positions` and `codes`, by ascending input. */
  readonly starts: Uint32Array;
  /** Input of each kept weight. */
  readonly positions: Uint32Array;
  /** Kept weights as signed 8-bit codes, -127 to 127; a weight is code x scale. A kept weight may round to 0. */
  readonly codes: Int8Array;
  /** Scale of each output; all alike where there is one for the matrix. */
  readonly scales: Float32Array;
  /** Rounds (passes) of each tile, `[ceil(outputs / macroColumns), ceil(blocks / packing)]`. */
  readonly rounds: Uint32Array;
}

/**
 * Compiles pruned weights `[inputs, outputs]`, whose zeros are what is skipped, for butterflies. Throws `SPARSE_SHAPE`,
 * `SPARSE_WEIGHTS`, and for balanced weights `SPARSE_BLOCK` with the first block that keeps more than it has lanes.
 */
export function compileWeights(
  given: Partial<SparseShape> & Pick<SparseShape, 'inputs' | 'outputs'>,
  weights: ArrayLike<number>,
  scale: WeightScale = 'output',
): SparseWeights {
  const shape = sparseShape(given);
  const { inputs, outputs } = shape;
  checkMatrix(shape, weights);
  const { codes: all, scales } = quantizeWeights(shape, weights, scale);
  const starts = new Uint32Array(outputs + 1);
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) starts[(i % outputs) + 1]!++;
  for (let output = 0; output < outputs; output++) starts[output + 1]! += starts[output]!;
  const positions = new Uint32Array(starts[outputs]!);
  const codes = new Int8Array(starts[outputs]!);
  const next = starts.slice();
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      if (weights[input * outputs + output] === 0) continue;
      const at = next[output]!++;
      positions[at] = input;
      codes[at] = all[input * outputs + output]!;
    }
  }
  return { ...shape, starts, positions, codes, scales, rounds: roundsOf(shape, starts, positions) };
}

/** The weights spread out again, codes `[outputs, inputs]` with 0 for what was pruned: as a dense product takes them. */
export function denseCodes({ inputs, outputs, starts, positions, codes }: SparseWeights): Int8Array {
  const dense = new Int8Array(outputs * inputs);
  for (let output = 0; output < outputs; output++)
    for (let at = starts[output]!; at < starts[output + 1]!; at++) dense[output * inputs + positions[at]!] = codes[at]!;
  return dense;
}

/** Rounds of each tile: of the outputs that go together the fullest decides. A balanced tile takes one, whatever it holds. */
function roundsOf(shape: SparseShape, starts: Uint32Array, positions: Uint32Array): Uint32Array {
  const { outputs, block, lanes, fork, packing, macroColumns } = shape;
  const windows = Math.ceil(blocksOf(shape) / packing);
  const rounds = new Uint32Array(Math.ceil(outputs / macroColumns) * windows).fill(fork === 'balanced' ? 1 : 0);
  const counts = new Uint32Array(windows);
  for (let output = 0; output < outputs; output++) {
    counts.fill(0);
    for (let at = starts[output]!; at < starts[output + 1]!; at++)
      counts[Math.floor(positions[at]! / (block * packing))]!++;
    if (fork === 'balanced') checkBlocks(shape, output, counts);
    const first = Math.floor(output / macroColumns) * windows;
    counts.forEach((count, window) => {
      rounds[first + window] = Math.max(rounds[first + window]!, Math.ceil(count / lanes));
    });
  }
  return rounds;
}

function checkBlocks({ inputs, block, lanes }: SparseShape, output: number, counts: Uint32Array): void {
  const full = counts.findIndex((count) => count > lanes);
  if (full < 0) return;
  const last = Math.min((full + 1) * block, inputs) - 1;
  throw fail(
    'SPARSE_BLOCK',
    `output ${output} keeps ${counts[full]} weights of inputs ${full * block} to ${last}, of which ${lanes} fit`,
    `prune to ${lanes} of ${block}, or use the fork irregular`,
  );
}
