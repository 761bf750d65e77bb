/** Coefficients c0..c4 of a polynomial of degree 4 or less, lowest power first. */
export type Polynomial = readonly [number, number, number, number, number];

/** Pads up to five coefficients (lowest power first) with zeros. */
export function polynomial(...coefficients: readonly number[]): Polynomial {
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0] = coefficients;
  return Object.freeze([c0, c1, c2, c3, c4] as const);
}

/** Value at `x`, by Horner's rule. */
export function evaluatePolynomial(c: Polynomial, x: number): number {
  return (((c[4] * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
}

/** The polynomial q with q(s x) = s p(x): the same curve when both axes are stretched by `s` (> 0). */
export function stretchPolynomial(c: Polynomial, s: number): Polynomial {
  return polynomial(...c.map((value, power) => value * s ** (1 - power)));
}
