import type { LinearOptions } from '../kernel/linear.ts';
import { geluErf, geluTanh } from './linear.ts';

/** 8-bit codes with the scale of each row of x, or of each column of w. */
export interface Codes {
  /** x `[rows, inner]`, w `[columns, inner]`; -127 to 127. */
  readonly codes: Int8Array;
  readonly scales: ArrayLike<number>;
}

/** The integer products of codes, x `[rows, inner]` by w `[columns, inner]`: `[rows, columns]`, exact. */
export function codeProducts(x: Int8Array, w: Int8Array, inner: number): Int32Array {
  const [rows, columns] = [x.length / inner, w.length / inner];
  const sums = new Int32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += x[r * inner + k]! * w[c * inner + k]!;
      sums[r * columns + c] = sum;
    }
  }
  return sums;
}

/** A linear layer on 8-bit codes, from exact sums in float64: `act(sum * scales + bias)`, added to `y` where asked. */
export function linearInt8Reference(
  problem: Pick<LinearOptions, 'bias' | 'activation' | 'accumulate'> & { readonly inner: number },
  x: Codes,
  w: Codes,
  bias: ArrayLike<number>,
  y: ArrayLike<number> = [],
): Float64Array {
  const columns = w.codes.length / problem.inner;
  const sums = codeProducts(x.codes, w.codes, problem.inner);
  return Float64Array.from(sums, (sum, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const value = sum * x.scales[row]! * w.scales[column]! + (problem.bias === false ? 0 : bias[column]!);
    const { activation } = problem;
    const acted = activation === 'gelu-tanh' ? geluTanh(value) : activation === 'gelu-erf' ? geluErf(value) : value;
    return acted + (problem.accumulate ? y[i]! : 0);
  });
}
