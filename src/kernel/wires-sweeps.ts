import { ladderResistanceOhm } from '../device/ladder.ts';
import { fail } from '../errors.ts';
import { ladderOf, type WiredPopulation, wiresSizes } from './wires.ts';

/** How a sweep's result is mixed with the last two: next = before + omega (now - before + gamma (result - now)). */
export interface SweepWeights {
  readonly gamma: number;
  readonly omega: number;
}

/** The sweeps that make an effective matrix. */
export interface Sweeps {
  /** Upper bound of what share of an error a plain sweep leaves. */
  readonly contraction: number;
  readonly weights: readonly SweepWeights[];
}

// Share of the wires' whole effect that may be missing after the last sweep, by the bound; rounding in f32 is of this size.
const leftOver = 1e-6;
// Beyond it the error of f32 grows past 2e-5 of the largest current, and the matrix is of no use anyway: most of the voltage is lost.
const mostSweeps = 400;

/**
 * Chebyshev's sweeps for a population. Solving all excited wires and then all collecting ones leaves at most the share
 * G^2 / ((G + 1/R)(G + 1/R')) of an error, where G is the largest conductance and R, R' the largest eigenvalues of the two kinds of
 * wire as resistance matrices; no eigenvalue of the sweep is negative. All of it is known before any cell is drawn, so that a chip's
 * matrix does not depend on which others are simulated. Throws `WIRES_VALUE` where the wires outweigh the cells.
 */
export function wiresSweeps(population: WiredPopulation): Sweeps {
  const { array } = population;
  const { tileRows, tileColumns, excitedRows } = wiresSizes(population);
  const largestS = array.cell.conductanceMaxUs * 1e-6;
  const lengths = excitedRows ? [tileColumns, tileRows] : [tileRows, tileColumns];
  let contraction = 1;
  for (const [index, lines] of (['excited', 'collecting'] as const).entries()) {
    const load = largestS * ladderResistanceOhm(ladderOf(population, lines), lengths[index]!);
    contraction *= load / (1 + load);
  }
  const root = Math.sqrt(1 - contraction);
  const perSweep = (1 - root) / (1 + root);
  const count = contraction === 0 ? 1 : Math.max(2, Math.ceil(Math.log(leftOver / 2) / Math.log(perSweep)));
  if (!(count <= mostSweeps)) {
    throw fail(
      'WIRES_VALUE',
      `wires: in an array of ${tileRows} x ${tileColumns} cells of up to ${array.cell.conductanceMaxUs} uS they take nearly all of the voltage`,
      'use smaller tiles, smaller resistances or smaller conductances',
    );
  }
  const gamma = 2 / (2 - contraction);
  const reach = contraction / (2 - contraction);
  const weights: SweepWeights[] = [];
  for (let sweep = 0, omega = 1; sweep < count; sweep++) {
    if (sweep === 1) omega = 1 / (1 - reach ** 2 / 2);
    else if (sweep > 1) omega = 1 / (1 - (reach ** 2 * omega) / 4);
    weights.push({ gamma, omega });
  }
  return { contraction, weights };
}
