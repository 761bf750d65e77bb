import type { LinearProblem } from '../kernel/linear.ts';

/** Linear layer in float64: `act(x * w^T + bias)`, added to `y` where asked. */
export function linearReference(
  problem: LinearProblem,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias: ArrayLike<number>,
  y: ArrayLike<number> = [],
): Float64Array {
  const { rows, columns, inner } = problem;
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = problem.bias === false ? 0 : bias[c]!;
      for (let k = 0; k < inner; k++) sum += x[r * inner + k]! * w[c * inner + k]!;
      const value =
        problem.activation === 'gelu-tanh' ? geluTanh(sum) : problem.activation === 'gelu-erf' ? geluErf(sum) : sum;
      out[r * columns + c] = value + (problem.accumulate ? y[r * columns + c]! : 0);
    }
  }
  return out;
}

/** GELU by tanh, as GPT-2 uses it. */
export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** GELU by the error function, as BERT uses it; erf by its series and continued fraction to float64 accuracy. */
export function geluErf(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 80; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
