import { type ChargeChoice, type ChargeModel, chargeModel } from '../device/charge-array.ts';
import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planChargeCells } from '../kernel/charge-cells.ts';
import type { ChargeMvmProblem } from '../kernel/charge-mvm.ts';
import { chargeOffsets } from '../kernel/charge-params.ts';
import { planChargeProgram } from '../kernel/charge-program.ts';
import { planChargeSelect } from '../kernel/charge-select.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { type CorrelatedOperands, correlatedOperands } from './correlated-operands.ts';

/** How the effect of comparator offsets is measured; everything may be left out. */
export interface OffsetStudy {
  /** Default `passive`, and `bitplane` with the array's conversion bits. */
  readonly combine?: readonly ChargeModel['combine'][];
  /** Standard deviations of the offset; default 0, 0.5, 1, 2 and 5 mV. */
  readonly offsetsMv?: readonly number[];
  readonly chips?: number;
  /** Rows to prune, each with keys and an array of its own; default 200. */
  readonly queries?: number;
  readonly keys?: number;
  readonly dim?: number;
  /** Share of the keys that is wanted, and that the threshold is set for; default 0.25. */
  readonly keepRatio?: number;
  /** Correlation of the keys with their query; default 0.25. */
  readonly correlation?: number;
  /** The array: `charge-65nm`, without calibration and noise of the comparator, unless changed. */
  readonly array?: ChargeChoice;
  readonly seed?: number;
}

/** What one chip keeps with one way of combining and one offset. */
export interface OffsetPoint {
  readonly combine: ChargeModel['combine'];
  readonly offsetMv: number;
  readonly chip: number;
  /** Share of the wanted keys that is kept. */
  readonly recall: number;
  /** Share of all keys that is kept. */
  readonly keptShare: number;
}

/** Queries that work at a time, so that their keys fit in memory. */
const pieceQueries = 50;

/**
 * Prunes synthetic rows by charge arrays whose comparators are off: 8-bit normal queries, keys correlated with them, and a
 * threshold between the exact scores of the last wanted and the first unwanted key. Says what offsets do to either way of
 * combining; the data are made up, so it says nothing about the accuracy of a model. One point for each chip.
 * Throws `OFFSET_STUDY` for sizes that make no sense, and what {@link chargeModel} and the planners throw.
 */
export async function comparatorOffsetStudy(gpu: Gpu, study: OffsetStudy = {}): Promise<readonly OffsetPoint[]> {
  const { combine = ['passive', 'bitplane'], offsetsMv = [0, 0.5, 1, 2, 5], chips = 1, queries = 200 } = study;
  const { keys = 512, dim = 64, keepRatio = 0.25, correlation = 0.25, seed = 0 } = study;
  for (const [name, value] of Object.entries({ chips, queries, keys })) {
    if (!Number.isInteger(value) || value < 1)
      throw fail('OFFSET_STUDY', `${value} ${name}`, 'use a whole number of at least 1');
  }
  const wanted = Math.round(keepRatio * keys);
  if (!(wanted >= 1 && wanted < keys))
    throw fail('OFFSET_STUDY', `${keepRatio} of ${keys} keys are wanted`, 'want at least one and not all');
  const models = combine.flatMap((way) =>
    offsetsMv.map((comparatorOffsetMv) => {
      const base = { preset: 'charge-65nm', calibrationStepMv: 0, comparatorNoiseMv: 0, ...study.array };
      return chargeModel({ ...base, combine: way, comparatorOffsetMv });
    }),
  );
  const points: OffsetPoint[] = [];
  for (let chip = 0; chip < chips; chip++) {
    const totals = models.map(() => ({ found: 0, kept: 0 }));
    for (let first = 0; first < queries; first += pieceQueries) {
      const heads = Math.min(pieceQueries, queries - first);
      const operands = correlatedOperands({ first, queries: heads, keys, dim, correlation, wanted, seed });
      // Every query has an array of its own: as many arrays as a chip of that many heads has.
      const firstChip = chip * Math.ceil(queries / pieceQueries) + first / pieceQueries;
      const piece = await prune(gpu, models, operands, { heads, keys, dim, firstChip, seed });
      piece.forEach(({ found, kept }, i) => {
        totals[i]!.found += found;
        totals[i]!.kept += kept;
      });
    }
    models.forEach((model, i) => {
      points.push({
        combine: model.combine,
        offsetMv: model.comparatorOffsetMv,
        chip,
        recall: totals[i]!.found / (queries * wanted),
        keptShare: totals[i]!.kept / (queries * keys),
      });
    });
  }
  return points;
}

/** Wanted keys found, and keys kept, of all queries of a piece by every model. */
async function prune(
  gpu: Gpu,
  models: readonly ChargeModel[],
  operands: CorrelatedOperands,
  { heads, keys, dim, firstChip, seed }: { heads: number; keys: number; dim: number; firstChip: number; seed: number },
): Promise<readonly { readonly found: number; readonly kept: number }[]> {
  const problem = (model: ChargeModel): ChargeMvmProblem => ({
    // One key more, the query's own, which is always kept and not counted.
    ...{ headCount: heads, heads, windows: 1, queries: 1, keys: keys + 1, dim, causal: false },
    ...{ model, seed, firstChip },
  });
  const words = selectionWords(keys + 1);
  const owned: Tensor[] = [];
  const own = (tensor: Tensor) => {
    owned.push(tensor);
    return tensor;
  };
  const largest = (name: string) =>
    Math.max(1, ...models.map((model) => planChargeProgram(problem(model)).elements[name]!));
  try {
    const tensors = {
      q: own(gpu.tensor(operands.q)),
      codes: own(gpu.tensor(operands.k)),
      scales: own(gpu.tensor(new Float32Array(3 * heads).fill(1))),
      thresholds: own(gpu.tensor(operands.thresholds)),
      lengths: own(gpu.empty('u32', [1])),
      shares: own(gpu.empty('f32', [largest('shares')])),
      planes: own(gpu.empty('u32', [largest('planes')])),
      weights: own(gpu.empty('f32', [largest('weights')])),
      selection: own(gpu.empty('u32', [heads, 1, words])),
      counts: own(gpu.empty('u32', [heads, 1])),
    };
    const results: { found: number; kept: number }[] = [];
    for (const model of models) {
      const { q, codes, scales, thresholds, lengths, shares, planes, weights, selection, counts } = tensors;
      const offsets = own(gpu.tensor(chargeOffsets(model, dim, { chips: 1, heads, seed, firstChip })));
      const batch = gpu.batch('comparator offsets');
      if (model.capacitorMismatch > 0 && model.combine !== 'ideal')
        batch.run(planChargeCells({ chips: 1, heads, dim, model, seed, firstChip }), { shares });
      batch.run(planChargeProgram(problem(model)), { codes, offsets, shares, planes, weights });
      const written = { q, planes, weights, scales, thresholds, lengths };
      batch.run(planChargeSelect(problem(model)), { ...written, selection, counts });
      const reading = batch.read<Uint32Array>(selection);
      await batch.submit();
      results.push(tally(reading.values(), operands.wanted, keys, words));
    }
    return results;
  } finally {
    for (const tensor of owned) tensor.destroy();
  }
}

function tally(selection: Uint32Array, wanted: readonly Uint8Array[], keys: number, words: number) {
  let [found, kept] = [0, 0];
  wanted.forEach((row, i) => {
    for (let j = 0; j < keys; j++) {
      if (((selection[i * words + (j >> 5)]! >>> (j & 31)) & 1) === 0) continue;
      kept += 1;
      found += row[j]!;
    }
  });
  return { found, kept };
}
