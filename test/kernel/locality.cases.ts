import type { Gpu } from '../../src/gpu/gpu.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import {
  type Eviction,
  type LocalityCyclesProblem,
  type LocalityProblem,
  planLocality,
  planLocalityCycles,
} from '../../src/kernel/locality.ts';
import { localityCyclesReference, localityReference } from '../../src/reference/locality.ts';
import { markovMasks } from '../../src/study/markov-masks.ts';
import { assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';
import { independentMasks, sinkAndLocalMasks, sweepMasks } from '../support/masks.ts';

const unlimited = Number.POSITIVE_INFINITY;

/** Vectors fetched through a buffer, and cycles of rows, against the sequential simulation. */
export const localityCases: readonly KernelCase[] = [
  ...(['resident', 'lru'] as const).flatMap((eviction) => [
    checked(
      eviction,
      'independent',
      2,
      70,
      64,
      [1, 2, 7, 16, 31, 63, 64, unlimited],
      independentMasks(2, 70, 64, 0.25),
    ),
    checked(eviction, 'independent', 3, 20, 1, [1, unlimited], independentMasks(3, 20, 1, 0.5)),
    checked(eviction, 'independent', 1, 30, 33, [1, 5, 32, 33], independentMasks(1, 30, 33, 0.6)),
    checked(eviction, 'Markov', 2, 96, 384, [1, 64, 100, 128, 300, unlimited], markov(2, 96, 384)),
    checked(
      eviction,
      'sink and local',
      2,
      128,
      128,
      [1, 8, 24, 25, 60, unlimited],
      sinkAndLocalMasks(2, 128, 128, 4, 20),
    ),
    checked(eviction, 'sweep', 1, 24, 200, [1, 50, 199, 200], sweepMasks(1, 24, 200)),
    checked(eviction, 'Markov', 1, 24, 2048, [500, 600, 1400, unlimited], markov(1, 24, 2048)),
    checked(eviction, 'Markov', 1, 16, 4096, [1024, 1300], markov(1, 16, 4096)),
    checked(eviction, 'sink and local', 1, 16, 8192, [64, 700], sinkAndLocalMasks(1, 16, 8192, 16, 600)),
  ]),
  {
    name: 'locality with any number of lanes and a folded grid',
    async run(gpu) {
      const sizes = { headCount: 5, queries: 12, keys: 300 };
      const selection = independentMasks(5, 12, 300, 0.3);
      for (const eviction of ['resident', 'lru'] as const) {
        const problem = { ...sizes, eviction, capacity: 120 };
        const expected = localityReference(problem, selection);
        for (const lanes of [1, 3, 4, 32, 64]) {
          assertEqual(await fetches(gpu, { ...problem, lanes }, selection), expected, `${eviction}, ${lanes} lanes`);
        }
      }
    },
  },
  {
    name: 'locality of no heads, no queries and no keys',
    async run(gpu) {
      for (const empty of [{ headCount: 0 }, { queries: 0 }, { keys: 0 }]) {
        const problem = { headCount: 2, queries: 3, keys: 40, eviction: 'lru' as const, capacity: 4, ...empty };
        assertEqual(await fetches(gpu, problem, new Uint32Array(0)), [], 'fetches');
      }
    },
  },
  ...[
    { keys: 1, units: 1, banks: 1 },
    { keys: 31, units: 2, banks: 4, bankCycles: 3 },
    { keys: 100, units: 3, banks: 24, prefetch: false },
    { keys: 384, units: 4, banks: 32, bankCycles: 8, leastCycles: 8 },
    { keys: 500, units: 8, banks: 16, leastCycles: 70 },
    { keys: 300, units: 4, interleaved: false, banks: 64 },
    { keys: 1100, units: 32, banks: 96, prefetch: false, leastCycles: 40 },
    { keys: 65, units: 7, interleaved: false, banks: 100 },
    { keys: 131040, units: 1, banks: 32, queries: 2, share: 1 },
  ].map(({ queries = 33, share = 0.3, ...sizes }) => ({
    name: `locality-cycles of ${Object.entries(sizes).map(([name, value]) => `${name} ${value}`)}`,
    async run(gpu: Gpu) {
      const problem: LocalityCyclesProblem = { headCount: 2, queries, ...sizes };
      const selection = independentMasks(2, queries, sizes.keys, share);
      const some = share === 1 ? selection : independentMasks(2, queries, sizes.keys, 0.5, 7);
      const fetched = selection.map((word, i) => word & some[i]!);
      const counters = unwritten(gpu, 'u32', [2 * queries, 5]);
      const loads = unwritten(gpu, 'u32', [2, sizes.units]);
      const batch = gpu.batch().zero(loads);
      batch.run(folded(planLocalityCycles(problem)), {
        selection: gpu.tensor(selection),
        fetches: gpu.tensor(fetched),
        counters,
        loads,
      });
      const [read, readLoads] = [batch.read<Uint32Array>(counters), batch.read<Uint32Array>(loads)];
      await batch.submit();
      const expected = localityCyclesReference(problem, selection, fetched);
      assertEqual(read.values(), expected.counters, 'counters');
      assertEqual(readLoads.values(), expected.loads, 'loads');
    },
  })),
];

function checked(
  eviction: Eviction,
  kind: string,
  headCount: number,
  queries: number,
  keys: number,
  capacities: readonly number[],
  selection: Uint32Array,
): KernelCase {
  return {
    name: `locality-${eviction} of ${kind} masks, ${headCount} heads, ${queries} x ${keys}, ${capacities.length} buffers`,
    async run(gpu) {
      for (const capacity of capacities) {
        const problem = { headCount, queries, keys, eviction, capacity };
        const expected = localityReference(problem, selection);
        assertEqual(await fetches(gpu, problem, selection), expected, `${capacity} vectors`);
      }
    },
  };
}

async function fetches(gpu: Gpu, problem: LocalityProblem, selection: Uint32Array): Promise<Uint32Array> {
  const { headCount, queries, keys } = problem;
  const shape = [headCount, queries, selectionWords(keys)];
  const result = unwritten(gpu, 'u32', shape, 'fetches');
  const batch = gpu.batch().run(folded(planLocality(problem)), {
    selection: gpu.tensor(selection),
    fetches: result,
    ...(problem.eviction === 'lru'
      ? { unions: unwritten(gpu, 'u32', shape, 'unions') }
      : { carried: unwritten(gpu, 'u32', [1], 'carried') }),
  });
  const read = batch.read<Uint32Array>(result);
  await batch.submit();
  return read.values();
}

/** A quarter kept, 2.1 % new from query to query, the last tenth padding. */
function markov(heads: number, queries: number, keys: number): Uint32Array {
  const valid = { validQueries: Math.ceil(0.9 * queries), validKeys: Math.ceil(0.9 * keys) };
  return markovMasks({ heads, queries, keys, ...valid, keepShare: 0.25, newShare: 0.021, seed: 5 });
}
