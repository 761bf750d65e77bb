import { type CellChoice, cellModel } from '../../src/device/cell.ts';
import { cellEffects } from '../../src/device/cell-state.ts';
import { cellTables } from '../../src/device/cell-tables.ts';
import { nibbleMiddle } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import {
  type NibbleProgramProblem,
  nibblePerUs,
  nibbleReadNoise,
  planNibbleProgram,
} from '../../src/kernel/nibble-program.ts';
import { cellElements } from '../../src/kernel/threshold-select.ts';
import { nibbleProgramReference } from '../../src/reference/nibble-program.ts';
import { assert, assertClose, assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';
import { thresholdData } from './threshold-data.ts';

interface Setup extends Partial<NibbleProgramProblem> {
  readonly device?: string | CellChoice;
  readonly chips?: number;
}

const population = { keys: 9, dim: 33, chips: 2, windows: 2, heads: 3, firstChip: 4, layer: 2, firstWindow: 5 };
const faulty = { preset: 'generic', relativeSigma: 0.05, stuckAt: { lowRate: 0.1, highRate: 0.05 } } as const;

const setups: Readonly<Record<string, Setup>> = {
  'one key of one dimension': { keys: 1, dim: 1 },
  'a block less one': { keys: 3, dim: 31 },
  'a block and one more': { keys: 7, dim: 33 },
  'four blocks, two heads': { keys: 5, dim: 128, heads: 2 },
  'cells of few levels': { keys: 9, dim: 40, device: { preset: 'ideal', levels: 8 } },
  'cells with a lowest conductance': { keys: 9, dim: 40, device: { preset: 'ideal', onOffRatio: 10 } },
  'programming error, chips and windows': { ...population, device: { preset: 'generic', relativeSigma: 0.1 } },
  'uniform error': {
    ...population,
    device: { preset: 'generic', relativeSigma: 0.1, programming: { kind: 'uniform' } },
  },
  faults: { ...population, device: faulty },
  'faults of fewer columns than keys, of another layer': { ...population, columns: 4, arrayLayer: 2, device: faulty },
  'relaxation and clamping': {
    ...population,
    device: { preset: 'cmo-hfox', ageS: 86400, acceptancePercent: 2, clampUs: [10, 80] },
  },
  'drift, and noise that every read draws': {
    ...population,
    device: { preset: 'pcm-aihwkit', ageS: 86400, slowNoise: { drawn: 'every-read' } },
  },
  'slow noise': { ...population, device: { preset: 'pcm-aihwkit', ageS: 86400 } },
  'read noise by the conductance': {
    ...population,
    device: { preset: 'generic', relativeSigma: 0.1, readNoise: { absoluteUs: 0.2, relative: 0.03, root: 0.01 } },
  },
  'targets themselves': { ...population, device: faulty, nominal: true },
};

/** Keys written into cells, against the host. */
export const nibbleProgramCases: readonly KernelCase[] = [
  ...Object.entries(setups).map(([name, setup]) => ({
    name: `nibble-program: ${name}`,
    run: (gpu: Gpu) => compare(gpu, setup),
  })),
  {
    name: 'nibble-program: a key is the same whatever is written with it, but its faults alone stay',
    async run(gpu) {
      const device = cellModel({ ...faulty, relativeSigma: 0.05 });
      const sizes = { heads: 2, keys: 6, dim: 20, columns: 3, cell: device, seed: 5 };
      const codes = Uint32Array.from({ length: 2 * 2 * 2 * 6 * 8 }, (_, i) => (i % 8 < 5 ? 0x30303030 : 0));
      const all = await write(gpu, { ...sizes, headCount: 8, windows: 2 }, codes);
      const size = all.length / 4;
      // The second window of the second chip by itself.
      const alone = { ...sizes, headCount: 2, windows: 1, firstChip: 1, firstWindow: 1 };
      const last = await write(gpu, alone, codes.subarray(0, codes.length / 4));
      assertEqual(last, all.subarray(3 * size), 'window 1 of chip 1');
      const stuck = (value: number) => Math.abs(Math.abs(value) - 3 - nibbleMiddle) > 2.5;
      const row = size / 12;
      let both = 0;
      for (let i = 0; i < 3 * row; i++) {
        // Keys 0 to 2 and 3 to 5 share columns, and so do the two windows.
        const values = [0, 3].flatMap((key) => [2, 3].map((w) => all[w * size + key * row + i]!));
        const faults = values.filter(stuck).length;
        if (i % row < 20) assert(faults === 0 || faults === 4, `cell ${i} is stuck in ${faults} of 4 writes`);
        both += i % row < 20 && faults === 4 ? 1 : 0;
      }
      assert(both > 0, 'no cell is stuck');
      assert(all[2 * size] !== all[3 * size], 'two windows have the same draws');
    },
  },
  {
    name: 'nibble-program: a folded grid',
    async run(gpu) {
      const problem = { ...sizesOf({ keys: 50, dim: 64, heads: 2 }), cell: cellModel('generic') };
      const { codes } = thresholdData({ queries: 1, keys: 50, dim: 64, heads: 2 });
      assertEqual(await write(gpu, problem, codes.k, folded), await write(gpu, problem, codes.k), 'folded');
    },
  },
];

function sizesOf(setup: Setup): Omit<NibbleProgramProblem, 'cell'> {
  const { device: _, chips = 1, windows = 1, heads = 1, keys = 1, dim = 1, ...rest } = setup;
  return { headCount: chips * windows * heads, heads, windows, keys, dim, seed: 7, ...rest };
}

async function write(
  gpu: Gpu,
  problem: NibbleProgramProblem,
  codes: Uint32Array,
  change: (launch: ReturnType<typeof planNibbleProgram>) => ReturnType<typeof planNibbleProgram> = (launch) => launch,
): Promise<Float32Array> {
  const table = cellTables(problem.cell);
  const groups = Math.ceil(problem.dim / 32) * 8;
  const row = cellElements(groups, nibbleReadNoise(problem.cell));
  const cells = unwritten(gpu, 'f32', [problem.headCount, problem.keys, row]);
  const curves = gpu.tensor(table.length > 0 ? table : new Float32Array(4));
  const batch = gpu.batch().run(change(planNibbleProgram(problem)), {
    codes: gpu.tensor(Uint32Array.from(codes)),
    curves,
    cells,
  });
  const read = batch.read<Float32Array>(cells);
  await batch.submit();
  return read.values();
}

async function compare(gpu: Gpu, setup: Setup): Promise<void> {
  const cell = cellModel(setup.device ?? 'ideal');
  const problem = { ...sizesOf(setup), cell };
  const { headCount, keys, dim } = problem;
  const { chips = 1, windows = 1, heads = 1 } = setup;
  const data = thresholdData({ queries: 1, keys, dim, chips, windows, heads, code: (_row, _d, z) => 60 * z });
  const got = await write(gpu, problem, data.codes.k);
  const row = got.length / (headCount * keys);
  const rowElements = Math.ceil(dim / 32) * 32;
  const unit = nibblePerUs(cell);
  const most = cell.conductanceMaxUs * unit;
  const { error, relaxation, drift, slowNoise } = cellEffects(cell);
  // Two cells of some ten roundings each; a draw is as good as sin and cos, 2^-11 of deviates of up to 0.3 of the range.
  const drawn = !setup.nominal && (error || relaxation || drift || slowNoise);
  const absolute = most * (drawn ? 2 ** -11 : 2 ** -20);
  for (let key = 0; key < headCount * keys; key++) {
    const nibbles = data.k.subarray(key * dim, (key + 1) * dim);
    const expected = nibbleProgramReference(problem, Math.floor(key / keys), key % keys, nibbles);
    const own = got.subarray(key * row, (key + 1) * row);
    assertClose(own.subarray(0, dim), expected.weights, { absolute, relative: 0 }, `key ${key}`);
    if (row > rowElements) {
      const relative = drawn ? 2 ** -8 : 2 ** -18;
      const tolerance = { absolute: (most * 2 ** -10) ** 2, relative };
      assertClose(
        own.subarray(rowElements, rowElements + dim),
        expected.variances,
        tolerance,
        `variances of key ${key}`,
      );
    }
    for (let half = 0; half < row; half += rowElements)
      assert(
        own.subarray(half + dim, half + rowElements).every((x) => x === 0),
        `key ${key} has weights past its end`,
      );
    if (cell.name === 'ideal' && cell.levels === 0) {
      const middles = Float64Array.from(nibbles, (nibble) => nibble + nibbleMiddle);
      assertClose(own.subarray(0, dim), middles, { absolute, relative: 0 }, `nibbles of key ${key}`);
    }
  }
}
