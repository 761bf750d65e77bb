import { crossbarSizes } from '../device/crossbar-array.ts';
import { broken } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import {
  planeElements,
  planWiresEffective,
  planWiresFactor,
  planWiresSweep,
  type WiredPopulation,
  type WiresWindow,
  wireElements,
  wiresSizes,
} from '../kernel/wires.ts';
import { type Sweeps, wiresSweeps } from '../kernel/wires-sweeps.ts';

/** What arrays with wires amount to, laid out as their conductances; the caller owns both. */
export interface EffectiveMatrix {
  /** Current (uA) at a column's sensing ends per volt on a row: uS. */
  readonly effective: Tensor;
  /** For each cell: its voltage per volt on its own row, times the share of its current that arrives at its column's sensing ends. */
  readonly gain: Tensor;
}

// Voltages of one window: 64 MiB, half of what every device allows in one binding.
const mostElements = 2 ** 24;

/**
 * Computes the effective matrices of programmed arrays (`conductance` in uS, as crossbar programming lays it out), every array of the
 * population in the same launches, by sweeps over whole wires; f32, within 2e-5 of the largest current. Throws `WIRES_VALUE`
 * before any work, and `WIRES_SWEEPS` where the sweeps did not come to their end.
 */
export async function solveEffective(
  gpu: Gpu,
  population: WiredPopulation,
  conductance: Tensor,
): Promise<EffectiveMatrix> {
  const sweeps = wiresSweeps(population);
  const { array } = population;
  const { drives, arrays } = wiresSizes(population);
  const shape = [array.chips, crossbarSizes(array).cellStride];
  const effective = gpu.empty('f32', shape, 'crossbar effective matrix');
  const gain = gpu.empty('f32', shape, 'crossbar cell gain');
  const residual = gpu.empty('u32', [arrays, drives, 2], 'wire residual');
  try {
    const perBundle = planeElements(population, { arrays: 1, drives: 16 });
    const drivesAtOnce = Math.min(Math.ceil(drives / 16), Math.max(1, Math.floor(mostElements / perBundle))) * 16;
    const perArray = planeElements(population, { arrays: 1, drives: drivesAtOnce });
    const arraysAtOnce = Math.max(1, Math.min(arrays, Math.floor(mostElements / perArray)));
    for (let firstArray = 0; firstArray < arrays; firstArray += arraysAtOnce) {
      for (let firstDrive = 0; firstDrive < drives; firstDrive += drivesAtOnce) {
        const window = {
          firstArray,
          arrays: Math.min(arraysAtOnce, arrays - firstArray),
          firstDrive,
          drives: Math.min(drivesAtOnce, drives - firstDrive),
        };
        await solveWindow(gpu, population, sweeps, window, { conductance, effective, gain, residual });
      }
    }
    await checkResidual(gpu, sweeps, residual);
    return { effective, gain };
  } catch (cause) {
    effective.destroy();
    gain.destroy();
    throw cause;
  } finally {
    residual.destroy();
  }
}

async function solveWindow(
  gpu: Gpu,
  population: WiredPopulation,
  { weights }: Sweeps,
  window: WiresWindow,
  common: Readonly<Record<'conductance' | 'effective' | 'gain' | 'residual', Tensor>>,
): Promise<void> {
  const { conductance, ...results } = common;
  const plane = planeElements(population, window);
  const wire = wireElements(population, window);
  const batch = gpu.batch('crossbar wires');
  const excited = batch.temporary('f32', [wire], 'excited wires');
  const collecting = batch.temporary('f32', [wire], 'collecting wires');
  const drop = batch.temporary('f32', [plane], 'drop');
  let rise = batch.temporary('f32', [plane], 'rise');
  let before = batch.temporary('f32', [plane], 'rise before');
  batch
    .run(planWiresFactor(population, window, 'excited'), { conductance, wire: excited })
    .run(planWiresFactor(population, window, 'collecting'), { conductance, wire: collecting });
  const solveExcited = () => batch.run(planWiresSweep(population, window, 'excited'), { wire: excited, rise, drop });
  for (const sweep of weights) {
    solveExcited();
    batch.run(planWiresSweep(population, window, 'collecting', sweep), {
      wire: collecting,
      rise,
      drop,
      rise_out: before,
    });
    [rise, before] = [before, rise];
  }
  solveExcited();
  batch.run(planWiresEffective(population, window), { ...results, wire: collecting, rise, drop });
  await batch.submit();
}

// The change that a further sweep would make, carried on for ever, is what is still missing.
const allowed = 1e-5;

async function checkResidual(gpu: Gpu, { contraction, weights }: Sweeps, residual: Tensor): Promise<void> {
  const batch = gpu.batch('wire residual');
  const reading = batch.read<Uint32Array>(residual);
  await batch.submit();
  const bits = reading.values();
  const values = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
  for (let at = 0; at < values.length; at += 2) {
    const [change, largest] = [values[at]!, values[at + 1]!];
    const missing = change === 0 ? 0 : (change * contraction) / (1 - contraction);
    if (missing <= allowed * largest) continue;
    const drives = residual.shape[1]!;
    throw broken(
      'WIRES_SWEEPS',
      `the wires of array ${Math.floor(at / 2 / drives)} were not solved: ${weights.length} sweeps left ${missing} of ${largest} uS`,
      'use smaller tiles or resistances; a conductance far above the largest of the device may be the reason',
    );
  }
}
