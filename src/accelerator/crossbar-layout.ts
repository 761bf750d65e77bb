import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planCrossbarCombine } from '../kernel/crossbar-program.ts';
import type { WiredPopulation } from '../kernel/wires.ts';
import { solveEffective } from './effective-matrix.ts';

/** What `planCrossbarCombine` works on, and what it fills. */
export interface LaidOut {
  readonly conductance: Tensor;
  readonly curves: Tensor;
  readonly difference: Tensor;
  readonly variance: Tensor;
}

/**
 * Lays programmed cells out for multiplication, by way of their wires where these are to be solved. Returns the effective matrix (uS)
 * in the layout of the conductances, which the caller owns; undefined where there are no such wires.
 */
export async function layOutCells(
  gpu: Gpu,
  { array, wires }: Pick<WiredPopulation, 'array'> & Partial<WiredPopulation>,
  tensors: LaidOut,
  withVariance: boolean,
): Promise<Tensor | undefined> {
  const { conductance } = tensors;
  const batch = gpu.batch('crossbar layout');
  if (wires?.model !== 'exact') {
    const none = { effective: conductance, gain: conductance };
    await batch.run(planCrossbarCombine(array, withVariance), { ...tensors, ...none }).submit();
    return undefined;
  }
  const { effective, gain } = await solveEffective(gpu, { array, wires }, conductance);
  try {
    await batch.run(planCrossbarCombine(array, withVariance, true), { ...tensors, effective, gain }).submit();
    return effective;
  } catch (cause) {
    effective.destroy();
    throw cause;
  } finally {
    gain.destroy();
  }
}
