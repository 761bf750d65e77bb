import type { ChargeModel } from '../../src/device/charge-array.ts';
import type { Batch } from '../../src/gpu/batch.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { planChargeCells } from '../../src/kernel/charge-cells.ts';
import { type ChargeMvmProblem, planChargeMvm } from '../../src/kernel/charge-mvm.ts';
import { chargeOffsets } from '../../src/kernel/charge-params.ts';
import { planChargeProgram } from '../../src/kernel/charge-program.ts';
import { type ChargeSelectProblem, planChargeSelect } from '../../src/kernel/charge-select.ts';
import { upperNibble } from '../../src/reference/charge-mvm.ts';
import { randomWords, streams, toNormals } from '../../src/reference/rng.ts';
import { normals, unwritten } from '../support/kernel-case.ts';

/** Random 8-bit codes, `[rows, dim]`, that use most of their range. */
export function randomCodes(rows: number, dim: number, seed: number): Int8Array {
  return Int8Array.from(normals(rows * dim, seed), (x) => Math.max(-127, Math.min(127, Math.round(45 * x))));
}

/** Codes 4 a word in rows of whole blocks of 32 dimensions, zeros past `dim`. */
export function packRows(codes: Int8Array, dim: number): Uint32Array<ArrayBuffer> {
  const row = 32 * Math.ceil(dim / 32);
  const packed = new Int8Array((codes.length / dim) * row);
  for (let r = 0; r * dim < codes.length; r++) packed.set(codes.subarray(r * dim, (r + 1) * dim), r * row);
  return new Uint32Array(packed.buffer);
}

/** Upper nibbles of a row of codes. */
export function nibblesOf(codes: Int8Array, row: number, dim: number): number[] {
  return Array.from(codes.subarray(row * dim, (row + 1) * dim), upperNibble);
}

/** The four normals of kT/C noise with these keys. */
export function noiseDraws(seed: number, chip: number, element: number, event: number): readonly number[] {
  return toNormals(randomWords(seed, chip, streams.capacitorNoise, element, event));
}

/** What charge-cells and charge-program left. */
export interface WrittenKeys {
  readonly shares: Float32Array;
  readonly offsets: Float32Array;
  readonly planes: Uint32Array;
  readonly weights: Float32Array;
}

/** Draws arrays and writes keys. */
export async function runProgram(gpu: Gpu, problem: ChargeMvmProblem, k: Int8Array): Promise<WrittenKeys> {
  const { batch, offsets, ...written } = writeKeys(gpu, problem, k);
  const read = readKeys(batch, written);
  await batch.submit();
  for (const tensor of Object.values(written)) tensor.destroy();
  return { offsets, ...read() };
}

/** What charge-mvm made of written keys. */
export interface ChargeRun extends WrittenKeys {
  readonly estimates: Float32Array;
}

/** Draws arrays, writes keys and estimates; everything is read back. */
export async function runCharge(gpu: Gpu, problem: ChargeMvmProblem, q: Int8Array, k: Int8Array): Promise<ChargeRun> {
  const launch = planChargeMvm(problem);
  const { batch, offsets, ...written } = writeKeys(gpu, problem, k);
  const { planes, weights } = written;
  const estimates = unwritten(gpu, 'f32', [launch.elements['estimates']!]);
  const bound = { q: gpu.tensor(packRows(q, problem.dim)), planes, weights, estimates };
  batch.run(launch, bound);
  const read = readKeys(batch, written);
  const reading = batch.read<Float32Array>(estimates);
  await batch.submit();
  for (const tensor of [...Object.values(bound), written.shares]) tensor.destroy();
  return { offsets, ...read(), estimates: reading.values() };
}

function readKeys(
  batch: Batch,
  tensors: { readonly shares: Tensor; readonly planes: Tensor; readonly weights: Tensor },
) {
  const shares = batch.read<Float32Array>(tensors.shares);
  const planes = batch.read<Uint32Array>(tensors.planes);
  const weights = batch.read<Float32Array>(tensors.weights);
  return () => ({ shares: shares.values(), planes: planes.values(), weights: weights.values() });
}

/** Where a selection's keys must reach, and who is padding. */
export interface Thresholds {
  /** `[3, headCount]` and `[heads]`. */
  readonly scales: Float32Array;
  readonly thresholds: Float32Array;
  readonly lengths?: Uint32Array;
}

/** Draws arrays, writes keys and selects. */
export async function runSelect(
  gpu: Gpu,
  problem: ChargeSelectProblem,
  q: Int8Array,
  k: Int8Array,
  { scales, thresholds, lengths = Uint32Array.of(0) }: Thresholds,
): Promise<{ selection: Uint32Array; counts: Uint32Array }> {
  const launch = planChargeSelect(problem);
  const written = writeKeys(gpu, problem, k);
  const output = (name: string) => unwritten(gpu, 'u32', [launch.elements[name]!]);
  const bound: Record<string, Tensor> = {
    q: gpu.tensor(packRows(q, problem.dim)),
    planes: written.planes,
    weights: written.weights,
    scales: gpu.tensor(scales),
    thresholds: gpu.tensor(thresholds),
    lengths: gpu.tensor(lengths),
    selection: output('selection'),
    counts: output('counts'),
  };
  const batch = written.batch.run(launch, bound);
  const selection = batch.read<Uint32Array>(bound['selection']!);
  const counts = batch.read<Uint32Array>(bound['counts']!);
  await batch.submit();
  for (const tensor of [...Object.values(bound), written.shares]) tensor.destroy();
  return { selection: selection.values(), counts: counts.values() };
}

function writeKeys(gpu: Gpu, problem: ChargeMvmProblem, k: Int8Array) {
  const { headCount, heads, windows, dim, model, seed = 0, firstChip = 0 } = problem;
  const population = { chips: headCount / (heads * windows), heads, seed, firstChip };
  const cells = planChargeCells({ ...population, dim, model });
  const launch = planChargeProgram(problem);
  const shares = unwritten(gpu, 'f32', [cells.elements['shares']!]);
  const offsets = chargeOffsets(model, dim, population);
  const planes = unwritten(gpu, 'u32', [launch.elements['planes']!]);
  const weights = unwritten(gpu, 'f32', [launch.elements['weights']!]);
  const bound = { codes: gpu.tensor(packRows(k, dim)), offsets: gpu.tensor(offsets), shares, planes, weights };
  return { batch: gpu.batch().run(cells, { shares }).run(launch, bound), shares, offsets, planes, weights };
}

/** Elements of a row of weights or shares. */
export const rowElementsOf = (dim: number) => 32 * Math.ceil(dim / 32);

/** Shares of the line that key `j` of row of heads `headIndex` lands in, `[dim, 4]`. */
export function sharesOf(
  run: Pick<WrittenKeys, 'shares'>,
  problem: Pick<ChargeMvmProblem, 'heads' | 'windows' | 'dim'> & { readonly model: ChargeModel },
  headIndex: number,
  j: number,
): Float32Array {
  const at = lineOf(problem, headIndex, j) * rowElementsOf(problem.dim) * 4;
  return run.shares.subarray(at, at + 4 * problem.dim);
}

/** Index of the column, over chips and heads, that a key lands in. */
export function lineOf(
  { heads, windows, model }: Pick<ChargeMvmProblem, 'heads' | 'windows' | 'model'>,
  headIndex: number,
  j: number,
): number {
  const chip = Math.floor(headIndex / (heads * windows));
  return (chip * heads + (headIndex % heads)) * model.columns + (j % model.columns);
}
