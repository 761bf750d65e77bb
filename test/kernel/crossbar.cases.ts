import { type Crossbar, programCrossbar } from '../../src/accelerator/crossbar.ts';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { crossbarDrive, outputScale } from '../../src/accelerator/crossbar-ranges.ts';
import type { AdcCircuitChoice } from '../../src/device/adc-circuit.ts';
import type { CellChoice } from '../../src/device/cell.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import type { CrossbarReadout } from '../../src/kernel/crossbar-mvm.ts';
import { crossbarMvmReference } from '../../src/reference/crossbar-mvm.ts';
import { crossbarProgramReference, storedWeight } from '../../src/reference/crossbar-program.ts';
import {
  assert,
  assertClose,
  assertEqual,
  type KernelCase,
  normals,
  sentinel,
  unwritten,
} from '../support/kernel-case.ts';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  readonly chips?: number;
}

const noisy = {
  preset: 'generic',
  readNoise: { absoluteUs: 0.5, relative: 0.02 },
  stuckAt: { lowRate: 0.03, highRate: 0.02 },
  relaxation: { meanShiftUs: -0.3, sigmaUs: [0.2, 0.01, 0, 0, 0] },
} as const;

const agedDevices: readonly CellChoice[] = [
  { preset: 'pcm-aihwkit', ageS: 86400 },
  { preset: 'pcm-hermes-1', ageS: 3600, conductanceMaxUs: 20 },
  { preset: 'pcm-hermes-2', ageS: 1e7, levels: 16 },
  { preset: 'cmo-hfox', ageS: 3600, acceptancePercent: 2 },
  { preset: 'sonos', ageS: 216000 },
  { preset: 'hfox-neurram', ageS: 172800 },
  { preset: 'generic', ageS: 1e5, drift: { exponentMean: 0.02, exponentSigma: 0.01, direction: 'random' } },
];

const sizes: readonly Size[] = [
  { rows: 1, columns: 1, inputs: 1 },
  { rows: 3, columns: 2, inputs: 7 },
  { rows: 4, columns: 4, inputs: 8 },
  { rows: 5, columns: 5, inputs: 9 },
  { rows: 15, columns: 63, inputs: 63 },
  { rows: 16, columns: 64, inputs: 64 },
  { rows: 17, columns: 65, inputs: 65 },
  { rows: 33, columns: 130, inputs: 2 },
];

const unit = { kind: 'fixed', min: -1, max: 1 } as const;
const circuits: readonly AdcCircuitChoice[] = [
  { kind: 'ramp', capacitorSigma: 0.05, comparatorSigma: 0.02, gainDb: 40, slopeSigma: 0.02, bowSigma: 0.02 },
  { kind: 'sar', capacitorSigma: 0.1, comparatorSigma: 0.05, gainDb: 30 },
  { kind: 'sar', capacitorSigma: 0.05, comparatorSigma: 0.02, split: true },
  { kind: 'pipeline', capacitorSigma: 0.05, comparatorSigma: 0.1, parasiticSigma: 0.05, gainDb: 40 },
  { kind: 'cyclic', capacitorSigma: 0.05, comparatorSigma: 0.02, stageBits: 1, gainDb: 50 },
];

const chains: readonly [string, CrossbarConfig][] = [
  ['no converters', {}],
  ['multi-level', { dac: { bits: 6 }, adc: { bits: 7 } }],
  ['bit-serial', { dac: { bits: 6, mode: 'bit-serial', sliceBits: 2 }, adc: { bits: 6, range: { kind: 'full' } } }],
  ['slices', { weightBits: 6, bitsPerSlice: 2, dac: { bits: 6 }, adc: { bits: 8, ties: 'away' } }],
  [
    'slices, bit-serial',
    {
      weightBits: 8,
      bitsPerSlice: 3,
      dac: { bits: 5, mode: 'bit-serial', sliceBits: 2 },
      adc: { bits: 8, grid: 'mid-rise', ties: 'up', range: { kind: 'percentile', percentile: 99 } },
    },
  ],
  [
    'whole steps, rounded first, in a range that clips',
    {
      dac: { bits: 5, grid: 'whole-steps', steps: 13, order: 'round-then-clip', ties: 'away', range: unit },
      adc: {
        bits: 6,
        grid: 'whole-steps',
        steps: 63,
        order: 'round-then-clip',
        range: { kind: 'fixed', min: -9, max: 9 },
      },
    },
  ],
  ['quantised weights', { weightBits: 5, adc: { bits: 8, grid: 'mid-tread', ties: 'down' } }],
];

const serial = { bits: 6, mode: 'bit-serial', sliceBits: 2 } as const;
const inputForms: readonly [string, CrossbarConfig][] = [
  ['two passes', { negativeInputs: 'two-pass', dac: { bits: 6 } }],
  ['two passes subtracted before conversion', { negativeInputs: 'two-pass', passSubtraction: 'analog', dac: serial }],
  ['cycles averaged', { dac: serial, inputAccumulation: 'analog' }],
  ['two passes, cycles averaged', { negativeInputs: 'two-pass', dac: serial, inputAccumulation: 'analog' }],
  [
    'two passes and cycles in one conversion',
    { negativeInputs: 'two-pass', passSubtraction: 'analog', dac: serial, inputAccumulation: 'analog' },
  ],
  ['shifted inputs', { negativeInputs: 'offset' }],
  ['shifted inputs, bit-serial', { negativeInputs: 'offset', dac: serial, inputAccumulation: 'analog' }],
];
const mappings: readonly CrossbarConfig[] = [
  { pair: 'two-sided' },
  { pair: 'two-sided', weightBits: 6, bitsPerSlice: 2 },
  { mapping: 'offset', tileColumns: 3 },
  { mapping: 'offset', offsetSubtraction: 'digital' },
  { mapping: 'offset', offsetSubtraction: 'digital', weightBits: 7, bitsPerSlice: 3 },
  { mapping: 'offset', weightSlices: 'balanced', weightBits: 7, bitsPerSlice: 4 },
];

/** The crossbar's kernels at tile edges, with every mapping and converter, against the float64 references. */
export const crossbarCases: readonly KernelCase[] = [
  ...sizes.flatMap((size) =>
    (['differential', 'offset'] as const).flatMap((mapping) => [
      idealCase(size, { mapping }),
      idealCase(size, { mapping, weightBits: 7, bitsPerSlice: 2 }),
    ]),
  ),
  ...mappings.flatMap((mapping) => [
    idealCase({ rows: 11, columns: 9, inputs: 3 }, mapping),
    programCase({ ...mapping, device: noisy }),
    chainCase(`${JSON.stringify(mapping)}, noisy`, {
      ...mapping,
      device: noisy,
      tileRows: 9,
      tileColumns: 4,
      tileSplit: 'balanced',
      adc: { bits: 8, ties: 'away' },
    }),
  ]),
  ...(['differential', 'offset'] as const).flatMap((mapping) => [
    ...(['normal', 'uniform'] as const).map((kind) =>
      programCase({ mapping, device: { ...noisy, programming: { kind } } }),
    ),
    programCase({ mapping, device: { ...noisy, levels: 10 } }),
    ...agedDevices.map((device) => programCase({ mapping, device })),
    programCase({ mapping, device: noisy, weightBits: 7, bitsPerSlice: 2 }),
    ...chains.flatMap(([name, chain]) => [
      chainCase(`${mapping}, ${name}`, { ...chain, mapping, tileRows: 9, device: 'generic' }),
      chainCase(`${mapping}, ${name}, noisy`, { ...chain, mapping, tileRows: 9, device: noisy }),
    ]),
  ]),
  chainCase('unsigned inputs', { signedInputs: false, dac: { bits: 4 }, adc: { bits: 6 }, tileRows: 8, device: noisy }),
  chainCase('unsigned inputs, offset, bit-serial', {
    signedInputs: false,
    mapping: 'offset',
    dac: { bits: 4, mode: 'bit-serial', sliceBits: 2 },
    adc: { bits: 8, range: { kind: 'fixed', min: 0, max: 60 } },
    tileRows: 8,
    device: noisy,
  }),
  ...circuits.flatMap((circuit, i) => [
    chainCase(`converters ${JSON.stringify(circuit)}`, {
      mapping: i % 2 === 0 ? 'offset' : 'differential',
      weightBits: 6,
      bitsPerSlice: 3,
      tileRows: 9,
      adc: { bits: 7 - (i % 3), circuit },
      cost: { columnsPerAdc: 1 + i },
    }),
  ]),
  ...inputForms.flatMap(([name, chain]) => [
    chainCase(name, { ...chain, tileRows: 9, adc: { bits: 9, range: { kind: 'full' } }, device: noisy }),
    chainCase(`${name}, offset`, { ...chain, mapping: 'offset', tileRows: 9, adc: { bits: 9 }, device: noisy }),
  ]),
  chainCase('shifted inputs, digital offset', {
    mapping: 'offset',
    offsetSubtraction: 'digital',
    negativeInputs: 'offset',
    dac: { bits: 5, mode: 'bit-serial', sliceBits: 2 },
    device: 'generic',
  }),
  chainCase('current', { output: 'current', device: noisy, dac: { bits: 5 } }),
  chainCase('charge of an offset array', { output: 'charge', mapping: 'offset', device: noisy, integrationNs: 25 }),
  { name: 'crossbar without inputs writes nothing', run: withoutInputs },
  { name: 'crossbar chips and windows', run: windows },
];

function idealCase(size: Size, config: CrossbarConfig): KernelCase {
  const { rows, columns, inputs } = size;
  const name = `crossbar ideal ${Object.values(config).join(' ')} ${rows} x ${columns}, ${inputs} inputs`;
  return {
    name,
    async run(gpu) {
      const weights = normals(rows * columns, 1);
      const x = normals(inputs * rows, 2);
      const crossbar = await programCrossbar(gpu, { values: weights, rows, columns }, config);
      const y = unwritten(gpu, 'f32', [1, inputs, columns]);
      const { values } = await read(gpu, crossbar, gpu.tensor(x), y);
      const stored = Array.from(weights, (w) => storedWeight(crossbar.array, w));
      for (let i = 0; i < inputs; i++) {
        const row = x.subarray(i * rows, (i + 1) * rows);
        const drive = row.reduce((sum, value) => sum + Math.abs(value), 0);
        const expected = Array.from({ length: columns }, (_, c) =>
          row.reduce((sum, value, r) => sum + value * stored[r * columns + c]!, 0),
        );
        // Every term is rounded about 8 times on its way and once per addition; no cell holds more than twice the largest weight.
        const absolute = (rows + 8) * 2 ** -23 * drive * 2 * crossbar.array.weightMax;
        assertClose(
          values.subarray(i * columns, (i + 1) * columns),
          expected,
          { absolute, relative: 0 },
          `${name} ${i}`,
        );
      }
      crossbar.destroy();
    },
  };
}

function programCase(config: CrossbarConfig): KernelCase {
  const name = `crossbar programming ${JSON.stringify(config)}`;
  return {
    name,
    async run(gpu) {
      const [rows, columns, chips] = [7, 5, 3];
      const weights = normals(rows * columns, 3);
      const draws = { seed: 77, firstChip: 5 };
      const crossbar = await programCrossbar(gpu, { values: weights, rows, columns }, config, { ...draws, chips });
      const batch = gpu.batch();
      const reading = batch.read<Float32Array>(crossbar.conductance);
      await batch.submit();
      const { cellStride, cellsPerChip } = crossbar.sizes;
      for (let chip = 0; chip < chips; chip++) {
        const cells = reading.values().subarray(chip * cellStride, chip * cellStride + cellsPerChip);
        // A shader's sin and cos may be off by 2^-11: at most that share of sigmas of together 4.2 uS, times a radius of 4. It
        // reads curves between samples, which is off by far less.
        const expected = crossbarProgramReference(crossbar.array, draws, weights, chip);
        assertClose(cells, expected, { absolute: 4.2 * 4 * 2 ** -11, relative: 1e-6 }, `${name} chip ${chip}`);
      }
      crossbar.destroy();
    },
  };
}

function chainCase(name: string, config: CrossbarConfig): KernelCase {
  return {
    name: `crossbar chain: ${name}`,
    async run(gpu) {
      const [rows, columns, inputs, chips] = [22, 6, 10, 2];
      const weights = normals(rows * columns, 4);
      const x = normals(inputs * rows, 5).map((value) => (config.signedInputs === false ? Math.abs(value) : value));
      const population = { seed: 9, firstChip: 3, chips };
      const crossbar = await programCrossbar(gpu, { values: weights, rows, columns }, config, population);
      await crossbar.calibrate(x);
      const y = unwritten(gpu, 'f32', [chips, inputs, columns]);
      crossbar.nextEvent = 40;
      const { values, cells } = await read(gpu, crossbar, gpu.tensor(x), y);
      const drive = crossbarDrive(crossbar.config, crossbar.inputRange!);
      const readout: CrossbarReadout = {
        noisy: crossbar.config.readNoise,
        rounding: crossbar.columnGrids![0]!.rounding,
        seed: 9,
        firstChip: 3,
        firstEvent: 40,
        sliceRadix: 2 ** crossbar.array.sliceBits,
        ...outputScale(crossbar.config, crossbar.array, drive),
      };
      const { adcs } = crossbar;
      const { cellStride, cellsPerChip } = crossbar.sizes;
      const constants = crossbar.columnConstants();
      let compared = 0;
      for (let chip = 0; chip < chips; chip++) {
        const programmed = cells.subarray(chip * cellStride, chip * cellStride + cellsPerChip);
        const grids = crossbar.columnGrids!;
        const expected = crossbarMvmReference({
          array: crossbar.array,
          cells: programmed,
          x,
          drive,
          grids,
          readout,
          chip,
          ...(adcs ? { adcs } : {}),
          ...(constants ? { constants } : {}),
        });
        const largest = expected.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        for (let i = 0; i < inputs * columns; i++) {
          // A current nearer to a tie than f32 can tell (or sin and cos, with noise) may fall on either side.
          if (expected.margin[i]! < (crossbar.config.readNoise ? 5e-3 : 1e-3)) continue;
          compared++;
          const got = values[chip * inputs * columns + i]!;
          const allowed = (crossbar.config.readNoise ? 1e-4 : 1e-5) * largest;
          assert(
            Math.abs(got - expected.y[i]!) <= allowed,
            `chip ${chip} [${i}] is ${got}, expected ${expected.y[i]} +- ${allowed}`,
          );
        }
      }
      assert(compared >= 10, `only ${compared} outputs were away from ties`);
      crossbar.destroy();
    },
  };
}

async function withoutInputs(gpu: Gpu): Promise<void> {
  const crossbar = await programCrossbar(gpu, { values: normals(12, 1), rows: 3, columns: 4 }, { adc: { bits: 4 } });
  await crossbar.calibrate(new Float32Array(0));
  const y = unwritten(gpu, 'f32', [8]);
  const batch = gpu.batch();
  crossbar.multiply(batch, gpu.empty('f32', [0, 3]), { output: y });
  const reading = batch.read<Float32Array>(y);
  await batch.submit();
  assertEqual(reading.values(), new Float32Array(8).fill(Math.fround(sentinel.f32)), 'outputs');
  crossbar.destroy();
}

/** A chip is the same in every population that has its index, and a read the same in every batch, bit for bit. */
async function windows(gpu: Gpu): Promise<void> {
  const [rows, columns, inputs, chips] = [20, 9, 11, 3];
  const weights = { values: normals(rows * columns, 6), rows, columns };
  const x = normals(rows * inputs, 7);
  for (const mapping of ['differential', 'offset'] as const) {
    const circuit: AdcCircuitChoice = { kind: mapping === 'offset' ? 'sar' : 'ramp', comparatorSigma: 0.1 };
    const config = { mapping, device: noisy, tileRows: 8, dac: { bits: 8 }, adc: { bits: 8, circuit } };
    const all = await programCrossbar(gpu, weights, config, { seed: 4, chips });
    await all.calibrate(x);
    const { values: together } = await read(gpu, all, gpu.tensor(x), gpu.empty('f32', [chips, inputs, columns]));
    for (let chip = 0; chip < chips; chip++) {
      const one = await programCrossbar(gpu, weights, config, { seed: 4, firstChip: chip });
      await one.calibrate(x);
      for (const [from, to] of [
        [0, 4],
        [4, inputs],
      ] as const) {
        const part = gpu.tensor(x.slice(from * rows, to * rows));
        const { values } = await read(gpu, one, part, gpu.empty('f32', [1, to - from, columns]));
        const start = (chip * inputs + from) * columns;
        assertEqual(values, together.subarray(start, start + values.length), `${mapping} chip ${chip} from ${from}`);
      }
      one.destroy();
    }
    all.destroy();
  }
}

async function read(
  gpu: Gpu,
  crossbar: Crossbar,
  x: Tensor,
  y: Tensor,
): Promise<{ readonly values: Float32Array; readonly cells: Float32Array }> {
  const batch = gpu.batch();
  crossbar.multiply(batch, x, { output: y });
  const values = batch.read<Float32Array>(y);
  const cells = batch.read<Float32Array>(crossbar.conductance);
  await batch.submit();
  return { values: values.values(), cells: cells.values() };
}
