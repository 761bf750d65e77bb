/** Resistances (ohm) of one wire with `n` nodes in a row: a terminal at the near end, segments, perhaps a terminal at the far end. */
export interface Ladder {
  /** From the near terminal to the first node. */
  readonly nearOhm: number;
  /** Between neighbouring nodes. */
  readonly segmentOhm: number;
  /** From the last node to the far terminal; Infinity where that end is open. */
  readonly farOhm: number;
}

/**
 * Eliminates a wire whose node k leads to ground through `conductanceS[k]`, from the far end to the near one. Factor k is the share of
 * a current arriving at node k that goes on to the nodes before it: 1 / (1 + R Y), with R the resistance before the node and Y
 * everything behind it. Only positive numbers are added and divided, so that nothing cancels and a resistance of 0 is exact.
 */
export function ladderFactors(ladder: Ladder, conductanceS: ArrayLike<number>): Float64Array {
  const count = conductanceS.length;
  const factors = new Float64Array(count);
  let behind = 1 / ladder.farOhm;
  for (let k = count - 1; k >= 0; k--) {
    behind += conductanceS[k]!;
    const ohm = before(ladder, k);
    factors[k] = ohm === 0 ? 1 : 1 / (1 + ohm * behind);
    if (ohm > 0) behind = behind === Number.POSITIVE_INFINITY ? 1 / ohm : behind * factors[k]!;
  }
  return factors;
}

/** Voltages (V) of the nodes of an eliminated wire with `currentA[k]` fed into node k and both terminals at 0 V. */
export function solveLadder(ladder: Ladder, factors: Float64Array, currentA: ArrayLike<number>): Float64Array {
  const count = factors.length;
  const arriving = new Float64Array(count);
  for (let k = count - 1; k >= 0; k--) {
    arriving[k] = currentA[k]! + (k + 1 < count ? factors[k + 1]! * arriving[k + 1]! : 0);
  }
  let volts = 0;
  for (let k = 0; k < count; k++) {
    volts = factors[k]! * (volts + before(ladder, k) * arriving[k]!);
    arriving[k] = volts;
  }
  return arriving;
}

/**
 * Upper bound of the largest eigenvalue (ohm) of a bare wire's resistance matrix, whose entry [j, k] is the voltage at node j by 1 A
 * into node k. Power iteration; each step bounds it from above by the largest growth of a component (Collatz and Wielandt).
 */
export function ladderResistanceOhm(ladder: Ladder, count: number): number {
  const factors = ladderFactors(ladder, new Float64Array(count));
  let shape = new Float64Array(count).fill(1);
  let bound = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 16; step++) {
    const next = solveLadder(ladder, factors, shape);
    let growth = 0;
    let largest = 0;
    for (let k = 0; k < count; k++) {
      if (shape[k]! > 0) growth = Math.max(growth, next[k]! / shape[k]!);
      largest = Math.max(largest, next[k]!);
    }
    bound = Math.min(bound, growth);
    if (largest === 0) return 0;
    shape = next.map((value) => value / largest);
  }
  return bound;
}

const before = ({ nearOhm, segmentOhm }: Ladder, k: number) => (k === 0 ? nearOhm : segmentOhm);
