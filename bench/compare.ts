import { readFile } from 'node:fs/promises';
import { fail } from '../src/errors.ts';
import type { Measurement } from './measure.ts';
import type { BenchResult } from './run.ts';
import { quantile } from './statistics.ts';
import { columnsOf, sizesText } from './table.ts';

/** A kernel in two results of the bench. */
export interface Compared {
  readonly name: string;
  readonly sizes: string;
  readonly aMs: number;
  readonly bMs: number;
  /** Time in B over time in A: below 1, B is faster. */
  readonly ratio: number;
  /** Lower and upper quartile of the ratios of every sample of B to every one of A. */
  readonly quartiles: readonly [number, number];
}

/** Reads a result that the bench wrote. Throws `BENCH_FILE` when it is none. */
export async function readResult(file: string): Promise<BenchResult> {
  let result: Partial<BenchResult>;
  try {
    result = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw fail('BENCH_FILE', `${file} is not readable as JSON: ${(cause as Error).message}`, writeOne, cause);
  }
  const usable =
    result?.format === 1 &&
    Array.isArray(result.kernels) &&
    typeof result.adapter?.description === 'string' &&
    result.kernels.every(
      ({ name, sizes, timing }) => name && sizes && timing?.medianMs > 0 && timing.samplesMs?.length > 0,
    );
  if (!usable) throw fail('BENCH_FILE', `${file} is no result of the kernels' bench`, writeOne);
  return result as BenchResult;
}

const writeOne = 'write one with: npm run bench -- --json FILE';

/** Ratios of the kernels that both results measured at the same sizes and found right. Throws `BENCH_COMPARE` when there are none. */
export function compareResults(a: BenchResult, b: BenchResult): readonly Compared[] {
  const before = new Map(a.kernels.filter(isRight).map((kernel) => [keyOf(kernel), kernel]));
  const pairs = b.kernels.filter(isRight).flatMap((after) => {
    const kernel = before.get(keyOf(after));
    return kernel ? [[kernel, after] as const] : [];
  });
  if (pairs.length === 0) {
    const fix = 'compare runs of the same kernels at the same scale';
    throw fail('BENCH_COMPARE', 'no kernel is right in both results at the same sizes', fix);
  }
  return pairs.map(([one, other]) => {
    const ratios = other.timing.samplesMs.flatMap((ms) => one.timing.samplesMs.map((base) => ms / base));
    return {
      name: one.name,
      sizes: sizesText(one.sizes),
      aMs: one.timing.medianMs,
      bMs: other.timing.medianMs,
      ratio: other.timing.medianMs / one.timing.medianMs,
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    };
  });
}

/** The ratios as lines, with what else differs between the runs. */
export function comparisonTable(a: BenchResult, b: BenchResult): string {
  const rows = compareResults(a, b).map(({ name, sizes, aMs, bMs, ratio, quartiles: [low, high] }) => [
    name,
    aMs.toPrecision(3),
    bMs.toPrecision(3),
    ratio.toFixed(2),
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
    sizes,
  ]);
  const alone = (one: BenchResult, other: BenchResult) => {
    const keys = new Set(other.kernels.filter(isRight).map(keyOf));
    return one.kernels.filter((kernel) => !keys.has(keyOf(kernel)) || !isRight(kernel)).map(({ name }) => name);
  };
  const lines = [
    `A: ${describe(a)}`,
    `B: ${describe(b)}`,
    ...(a.adapter.description === b.adapter.description ? [] : ['The adapters differ: ratios compare them too.']),
    '',
    ...columnsOf([['kernel', 'A ms', 'B ms', 'B / A', 'quartiles', 'sizes'], ...rows], [0, 5]),
    ...leftOut('A', alone(a, b)),
    ...leftOut('B', alone(b, a)),
  ];
  return `${lines.join('\n')}\n`;
}

const isRight = ({ wrong }: Measurement) => wrong === undefined || wrong === null;
const keyOf = ({ name, sizes }: Measurement) => `${name} ${sizesText(sizes)}`;
const describe = ({ adapter, clock, date }: BenchResult) =>
  `${adapter.description}; ${adapter.runtime}; ${clock}; ${date}`;
const leftOut = (side: string, names: readonly string[]) =>
  names.length === 0 ? [] : [`only in ${side}, or wrong in one: ${names.join(', ')}`];
