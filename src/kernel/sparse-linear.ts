import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { checkLinear, type LinearOptions, linearConstants } from './linear.ts';
import { tokenWords } from './quantize-tokens.ts';
import type { SparseWeights } from './sparse-weights/compile.ts';

/** Entries of an output come in fours, the last padded with zeros. */
const ENTRY_STEP = 4;

/** Compiled weights as the kernel reads them. */
export interface SparseOperand {
  readonly inputs: number;
  readonly outputs: number;
  /** A word for each kept weight, byte 3 its code and the rest its input; an output's are padded with zeros to whole fours. */
  readonly entries: Int32Array;
  /** `[outputs, 4]`: first and last four of entries, 128 x the sum of the codes, the bits of the scale. */
  readonly columns: Int32Array;
}

/** Lays compiled weights out for the kernel: what it reads and multiplies follows the kept weights and not the matrix. */
export function sparseOperand(
  weights: Pick<SparseWeights, 'inputs' | 'outputs' | 'starts' | 'positions' | 'codes' | 'scales'>,
): SparseOperand {
  const { inputs, outputs, starts, positions, codes, scales } = weights;
  const columns = new Int32Array(4 * outputs);
  const scaleBits = new Int32Array(scales.buffer, scales.byteOffset, outputs);
  let fours = 0;
  for (let output = 0; output < outputs; output++) {
    columns[4 * output] = fours;
    fours += Math.ceil((starts[output + 1]! - starts[output]!) / ENTRY_STEP);
    columns[4 * output + 1] = fours;
    columns[4 * output + 3] = scaleBits[output]!;
  }
  // A binding holds one four at least.
  const entries = new Int32Array(Math.max(1, fours) * ENTRY_STEP);
  for (let output = 0; output < outputs; output++) {
    const first = columns[4 * output]! * ENTRY_STEP - starts[output]!;
    for (let at = starts[output]!; at < starts[output + 1]!; at++) {
      entries[first + at] = (codes[at]! << 24) | positions[at]!;
      columns[4 * output + 2]! += 128 * codes[at]!;
    }
  }
  return { inputs, outputs, entries, columns };
}

/**
 * Plans a linear layer by its kept weights, 8-bit x and weights, exact integer sums. Binds `x` and `row_scales` as
 * `quantize-tokens` leaves them (one scale per row), `entries` and `columns` of the operand, `bias` (any tensor where there is
 * none) and `y` `[rows, outputs]`. Throws as the dense layer does for its options.
 */
export function planSparseLinear(
  problem: LinearOptions & {
    readonly rows: number;
    readonly operand: SparseOperand;
  },
): Launch {
  const { rows, operand } = problem;
  const { inputs, outputs, entries } = operand;
  const yStride = checkLinear(problem, outputs);
  const groups = tokenWords(rows) / 8;
  return {
    program: shaders['sparse-linear'],
    entry: 'main',
    constants: linearConstants(problem),
    params: { rows, columns: outputs, groups, y_stride: yStride },
    workgroups: [Math.ceil(outputs / 16), Math.ceil(groups / 4), 1],
    elements: {
      x: inputs * tokenWords(rows),
      row_scales: rows,
      entries: entries.length,
      columns: 4 * outputs,
      bias: problem.bias === false ? 0 : outputs,
      y: rows === 0 ? 0 : (rows - 1) * yStride + outputs,
    },
  };
}
