import { chargeModel } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planChargeCells } from '../../src/kernel/charge-cells.ts';
import type { ChargeMvmProblem } from '../../src/kernel/charge-mvm.ts';
import { planeWords } from '../../src/kernel/charge-program.ts';
import { chargeCellsReference } from '../../src/reference/charge-cells.ts';
import { effectiveWeight } from '../../src/reference/charge-mvm.ts';
import { assert, assertClose, assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';
import {
  lineOf,
  nibblesOf,
  randomCodes,
  rowElementsOf,
  runProgram,
  sharesOf,
  type WrittenKeys,
} from './charge-data.ts';

const mismatched = { preset: 'charge-65nm', capacitorMismatch: 0.03 } as const;

/** Drawing the cells of charge arrays, and writing keys into them. */
export const chargeProgramCases: readonly KernelCase[] = [
  ...[
    { chips: 1, heads: 1, dim: 1, columns: 1 },
    { chips: 2, heads: 3, dim: 31, columns: 11 },
    { chips: 1, heads: 2, dim: 32, columns: 32 },
    { chips: 3, heads: 1, dim: 33, columns: 64 },
    { chips: 1, heads: 1, dim: 128, columns: 65 },
  ].map((size) => ({
    name: `charge-cells ${JSON.stringify(size).replaceAll('"', '')}`,
    run: (gpu: Gpu) => checkCells(gpu, size),
  })),
  {
    name: 'charge-cells: a chip is the same in any population',
    async run(gpu) {
      const model = chargeModel(mismatched);
      const draw = async (chips: number, firstChip: number) => {
        const launch = folded(planChargeCells({ chips, heads: 2, dim: 20, model, seed: 4, firstChip }));
        const shares = unwritten(gpu, 'f32', [launch.elements['shares']!]);
        const batch = gpu.batch().run(launch, { shares });
        const read = batch.read<Float32Array>(shares);
        await batch.submit();
        return read.values();
      };
      const [all, last] = [await draw(3, 5), await draw(1, 7)];
      assertEqual(last, all.subarray(2 * last.length), 'the third of three');
    },
  },
  ...[
    { keys: 1, dim: 1 },
    { keys: 31, dim: 31 },
    { keys: 32, dim: 32 },
    { keys: 65, dim: 33 },
    { keys: 70, dim: 128 },
  ].flatMap((size) =>
    (['ideal', 'passive', 'bitplane'] as const).map((combine) => ({
      name: `charge-program ${combine}: ${size.keys} keys of ${size.dim}`,
      run: (gpu: Gpu) => checkProgram(gpu, { ...size, combine }),
    })),
  ),
];

async function checkCells(
  gpu: Gpu,
  { chips, heads, dim, columns }: { chips: number; heads: number; dim: number; columns: number },
): Promise<void> {
  const model = chargeModel({ ...mismatched, columns });
  const launch = planChargeCells({ chips, heads, dim, model, seed: 9, firstChip: 2 });
  const shares = unwritten(gpu, 'f32', [launch.elements['shares']!]);
  const batch = gpu.batch().run(launch, { shares });
  const read = batch.read<Float32Array>(shares);
  await batch.submit();
  const width = 4 * rowElementsOf(dim);
  // A shader's sin and cos may be off by 2^-11, on draws of up to 5.9 times the mismatch, in the cell and in its line.
  const tolerance = { absolute: 2 * 5.9 * 2 ** -11 * model.capacitorMismatch, relative: 2 ** -20 };
  for (let line = 0; line < chips * heads * columns; line++) {
    const place = { chip: 2 + Math.floor(line / (heads * columns)), head: Math.floor(line / columns) % heads, dim };
    const expected = chargeCellsReference(model, { ...place, column: line % columns }, 9);
    const got = read.values().subarray(line * width, (line + 1) * width);
    assertClose(got.subarray(0, 4 * dim), expected, tolerance, `line ${line}`);
    assertEqual(got.subarray(4 * dim), new Float32Array(width - 4 * dim), `line ${line} past the dimensions`);
  }
}

async function checkProgram(
  gpu: Gpu,
  { keys, dim, combine }: { keys: number; dim: number; combine: 'ideal' | 'passive' | 'bitplane' },
): Promise<void> {
  const model = chargeModel({ ...mismatched, combine, columns: 30 });
  // Two chips of two windows of two heads.
  const problem: ChargeMvmProblem = { headCount: 8, heads: 2, windows: 2, queries: 1, keys, dim, causal: false, model };
  const k = randomCodes(8 * keys, dim, 3);
  const run = await runProgram(gpu, problem, k);
  for (let row = 0; row < 8 * keys; row++) {
    const nibbles = nibblesOf(k, row, dim);
    const [headIndex, j] = [Math.floor(row / keys), row % keys];
    const shares = sharesOf(run, problem, headIndex, j);
    checkPlanes(run, row, nibbles);
    const facts = new Float32Array(run.planes.slice(row * planeWords(dim), row * planeWords(dim) + 4).buffer);
    assert(facts[0] === nibbles.reduce((a, b) => a + b, 0), `key ${row}: the sum is ${facts[0]}`);
    assert(facts[1] === run.offsets[lineOf(problem, headIndex, j)], `key ${row}: the offset is ${facts[1]}`);
    // Sums of up to 128 terms below 0.2, each rounded once.
    const small = { absolute: 128 * 2 ** -24, relative: 1e-5 };
    assertClose(
      [facts[2]!],
      [combine === 'bitplane' ? worstDeviation(nibbles, shares, 63) : 0],
      small,
      `key ${row} at most`,
    );
    const width = rowElementsOf(dim);
    if (combine === 'passive') {
      const expected = Float64Array.from({ length: width }, (_, n) =>
        n < dim ? effectiveWeight(nibbles[n]!, shares.subarray(4 * n, 4 * n + 4)) : 0,
      );
      const got = run.weights.subarray(row * width, (row + 1) * width);
      assertClose(got, expected, { absolute: 4 * 16 * 2 ** -24, relative: 0 }, `weights of key ${row}`);
    }
    if (combine === 'bitplane') {
      const expected = Float32Array.from({ length: 4 * width }, (_, i) =>
        i < 4 * dim && (nibbles[i >> 2]! >> (i & 3)) & 1 ? shares[i]! : 0,
      );
      assertEqual(run.weights.subarray(4 * row * width, 4 * (row + 1) * width), expected, `weights of key ${row}`);
    }
  }
}

/** Pairs of every 4 dimensions, of the even ones in one half of a block and of the odd ones in the other; then bit planes. */
function checkPlanes({ planes }: WrittenKeys, row: number, nibbles: readonly number[]): void {
  const blocks = Math.ceil(nibbles.length / 32);
  const words = planeWords(nibbles.length);
  const at = (n: number) => nibbles[n] ?? 0;
  for (let i = 0; i < 20 * blocks; i++) {
    let expected = 0;
    if (i < 16 * blocks) {
      const [block, word] = [i >> 4, i & 15];
      const n = 32 * block + 4 * (word & 7) + (word >> 3);
      expected = (at(n + 2) + 65536 * at(n)) | 0;
    } else {
      const [block, plane] = [(i - 16 * blocks) >> 2, i & 3];
      for (let n = 0; n < 32; n++) if ((at(32 * block + n) >> plane) & 1) expected |= 1 << n;
    }
    const got = planes[row * words + 4 + i]!;
    assert(got === expected >>> 0, `key ${row}: word ${i} is ${got}, expected ${expected >>> 0}`);
  }
}

/** How far mismatch can move a count at most, whatever the query; all dimensions where a count may pass the last code. */
function worstDeviation(nibbles: readonly number[], shares: Float32Array, lastCode: number): number {
  let worst = 0;
  for (let p = 0; p < 4; p++) {
    let [above, below] = [0, 0];
    if (nibbles.filter((nibble) => (nibble >> p) & 1).length > lastCode) return nibbles.length;
    nibbles.forEach((nibble, n) => {
      if (((nibble >> p) & 1) === 0) return;
      above += Math.max(0, shares[4 * n + p]! - 1);
      below += Math.max(0, 1 - shares[4 * n + p]!);
    });
    worst = Math.max(worst, above, below);
  }
  return worst;
}
