import { cellEffects } from '../device/cell-state.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';

/** What a programmed population keeps on the GPU. */
export interface CrossbarTensors {
  readonly target: Tensor;
  readonly curves: Tensor;
  readonly conductance: Tensor;
  /** With wires whose network is solved. */
  readonly effective: Tensor | undefined;
  readonly difference: Tensor;
  readonly variance: Tensor;
  readonly grids: Tensor;
  /** Fixed faults, where there are any. */
  readonly stuck: Tensor;
  readonly converters: Tensor;
  /** Of drift compensation, [chips, columns], where there is one. */
  readonly factors: Tensor;
  /** What is added to every column where inputs are shifted. */
  readonly constants: Tensor;
}

/** Whether a read's variance is summed over cells, one by one: it, or what wires let through of it, differs, and it is not drawn in them. */
export function needsVariance({ readNoise, readNoiseForm, device, wires }: ResolvedCrossbar): boolean {
  const ofCells = cellEffects(device).readNoise === 'state' || wires?.model === 'exact';
  return readNoise && readNoiseForm === 'lumped' && ofCells;
}
