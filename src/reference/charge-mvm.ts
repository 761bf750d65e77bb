import { type ChargeModel, conversionStep, countVolts, nibbleMiddle, nibbleWeights } from '../device/charge-array.ts';

/** What an array does to one key besides its nominal arithmetic. */
export interface ChargeDraws {
  /** Share of each cell in its line, `[dim, 4 planes]`, 1 where all are nominal; see {@link lineShares}. Default all 1. */
  readonly shares?: ArrayLike<number>;
  /**
   * Volts that noise, and the converter's offset, add to the event of plane s of the query and plane p of the key; s = 4 is the
   * event of `passive` in which every dimension of the query is driven. Default 0.
   */
  readonly eventV?: (s: number, p: number) => number;
}

/**
 * Estimate of one key for one query in nibble units, in float64 and event by event. `q` and `k` are the upper nibbles (-8 to 7) of
 * the real dimensions. Without draws it is the sum of (q + 15/32) (k + 15/32), but for what conversions round away.
 */
export function chargeEstimateReference(
  model: ChargeModel,
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  { shares, eventV = () => 0 }: ChargeDraws = {},
): number {
  const dim = q.length;
  const perCount = countVolts(model, dim);
  const step = conversionStep(model, dim);
  const lastCode = 2 ** model.conversionBits - 1;
  const exact = model.combine === 'ideal';
  // In counts and not in volts: there, what is whole stays whole.
  const event = (s: number, p: number) => {
    let count = 0;
    for (let n = 0; n < dim; n++) {
      if ((s === 4 || bit(q[n]!, s)) && bit(k[n]!, p)) count += exact || !shares ? 1 : shares[4 * n + p]!;
    }
    if (exact) return count;
    count += eventV(s, p) / perCount;
    if (model.combine === 'passive') return count;
    return step * Math.min(lastCode, Math.max(0, Math.floor(count / step + 0.5)));
  };
  const total = (s: number) => nibbleWeights.reduce((sum, weight, p) => sum + weight * event(s, p), 0);
  const product = nibbleWeights.reduce((sum, weight, s) => sum + weight * total(s), 0);
  const keySum = model.combine === 'passive' ? total(4) : nibbleSum(k);
  return product + nibbleMiddle * (nibbleSum(q) + keySum) + nibbleMiddle ** 2 * dim;
}

/** Shares of the cells of a key's lines from their capacitances over the nominal one, both `[dim, 4 planes]`. */
export function lineShares(capacitances: ArrayLike<number>, parasiticRatio: number): Float64Array {
  const dim = capacitances.length / 4;
  const shares = Float64Array.from(capacitances);
  for (let p = 0; p < 4; p++) {
    let line = parasiticRatio * dim;
    for (let n = 0; n < dim; n++) line += capacitances[4 * n + p]!;
    for (let n = 0; n < dim; n++) shares[4 * n + p]! *= (dim * (1 + parasiticRatio)) / line;
  }
  return shares;
}

/** What the cells of a dimension of a key amount to in `passive`: the nibble as its planes' capacitors weigh it, plus 15/32. */
export function effectiveWeight(nibble: number, shares: ArrayLike<number>): number {
  return nibbleWeights.reduce((sum, weight, p) => sum + (bit(nibble, p) ? weight * shares[p]! : 0), nibbleMiddle);
}

/** Upper nibble of an 8-bit code, -8 to 7. */
export function upperNibble(code: number): number {
  return Math.floor(code / 16);
}

const bit = (nibble: number, plane: number) => ((nibble >> plane) & 1) === 1;

function nibbleSum(nibbles: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < nibbles.length; n++) sum += nibbles[n]!;
  return sum;
}
