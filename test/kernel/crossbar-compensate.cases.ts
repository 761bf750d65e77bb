import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { crossbarArray } from '../../src/accelerator/crossbar-mapping.ts';
import { cellTables } from '../../src/device/cell-tables.ts';
import { crossbarSizes, offsetConductancesUs } from '../../src/device/crossbar-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planCrossbarCompensate, planCrossbarReadout, readoutElements } from '../../src/kernel/crossbar-compensate.ts';
import { crossbarReadoutReference } from '../../src/reference/crossbar-compensate.ts';
import { assertClose, assertEqual, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

const clipped = { preset: 'generic', readNoise: { absoluteUs: 5, relative: 0.1, clampUs: [0, 90] } } as const;

const configs: readonly CrossbarConfig[] = [
  { device: clipped },
  { device: 'sonos', mapping: 'offset', tileColumns: 2 },
  { device: 'ideal', mapping: 'offset', offsetSubtraction: 'digital', weightBits: 6, bitsPerSlice: 2 },
  { device: clipped, weightBits: 6, bitsPerSlice: 2, pair: 'two-sided' },
];

/** Read-outs for drift compensation at the edges of lanes and workgroups and in every mapping, and factors on products. */
export const crossbarCompensateCases: readonly KernelCase[] = [
  ...[1, 4, 255, 256, 257].map((columns) => readoutCase({ rows: 3, columns, config: { device: clipped } })),
  ...configs.map((config) => readoutCase({ rows: 5, columns: 7, config })),
  { name: 'crossbar products times their factors', run: factors },
];

function readoutCase({ rows, columns, config }: { rows: number; columns: number; config: CrossbarConfig }): KernelCase {
  const name = `crossbar read-out of ${rows} x ${columns}, ${JSON.stringify(config)}`;
  return {
    name,
    async run(gpu) {
      const resolved = resolveCrossbar(config);
      const chips = 2;
      const array = crossbarArray(resolved, { rows, columns, chips, weightMax: 1 });
      const { cellStride, cellsPerChip, slices, sides } = crossbarSizes(array);
      const cells = normals(chips * cellStride, 8).map((x) => 8 * Math.abs(x));
      const readout = { noisy: resolved.readNoise, seed: 5, firstChip: 2, firstEvent: 9 };
      const digital = array.offsetSubtraction === 'digital';
      const offsets = Float32Array.from(digital ? offsetConductancesUs(array) : new Array(slices).fill(0));
      const sums = unwritten(gpu, 'f32', [readoutElements(array)]);
      const batch = gpu.batch().run(planCrossbarReadout(array, readout), {
        conductance: gpu.tensor(cells),
        curves: gpu.tensor(cellTables(array.cell)),
        offsets: gpu.tensor(offsets),
        sums,
      });
      const reading = batch.read<Float32Array>(sums);
      await batch.submit();
      const stride = readoutElements(array) / chips;
      for (let chip = 0; chip < chips; chip++) {
        const own = cells.subarray(chip * cellStride, chip * cellStride + cellsPerChip);
        const got = reading.values().subarray(chip * stride, chip * stride + columns);
        // Sines of the draws are off by up to 2^-11, times a radius of 6, in cells of 6 uS of sigma; the rest is rounding.
        const weights = slices * 4 ** (slices - 1) * rows * 2 * sides;
        const absolute = weights * ((readout.noisy ? 6 * 6 * 2 ** -11 : 0) + 100 * 2 ** -22);
        assertClose(got, crossbarReadoutReference(array, own, readout, chip), { absolute, relative: 0 }, name);
      }
    },
  };
}

async function factors(gpu: Gpu): Promise<void> {
  const [columns, allInputs, chips] = [13, 11, 3];
  const window = { firstChip: 1, chips: 2, firstInput: 4, inputs: 5, allInputs };
  const own = normals(chips * columns, 1);
  const before = normals(chips * allInputs * columns, 2);
  const y = gpu.tensor(before);
  const batch = gpu.batch().run(planCrossbarCompensate({ columns }, window), { factors: gpu.tensor(own), y });
  const reading = batch.read<Float32Array>(y);
  await batch.submit();
  const expected = before.map((value, i) => {
    const [chip, input] = [Math.floor(i / (allInputs * columns)), Math.floor(i / columns) % allInputs];
    return chip >= 1 && input >= 4 && input < 9 ? value * own[chip * columns + (i % columns)]! : value;
  });
  assertEqual(reading.values(), expected, 'products');
}
