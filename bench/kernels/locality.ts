import type { Gpu } from '../../src/gpu/gpu.ts';
import type { HostArray, Tensor } from '../../src/gpu/tensor.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import {
  type Eviction,
  localityCounters,
  localityLanes,
  planLocality,
  planLocalityCycles,
} from '../../src/kernel/locality.ts';
import { localityCyclesReference, localityReference } from '../../src/reference/locality.ts';
import { markovMasks } from '../../src/study/markov-masks.ts';
import { assertEqual, unwritten } from '../../test/support/kernel-case.ts';
import type { BenchKernel } from '../kernel.ts';

/**
 * `locality` over successive queries of every head. A word of 32 keys takes one operation with the buffer, a count of what
 * is not there and the new state, for `lru` once more for the vectors that fall out; it is read once and written once.
 */
export function localityBench(sizes: {
  heads: number;
  queries: number;
  keys: number;
  capacity: number;
  eviction: Eviction;
}): BenchKernel {
  const { heads, queries, keys, capacity, eviction } = sizes;
  const words = heads * queries * selectionWords(keys);
  return {
    name: `locality-${eviction}`,
    sizes: { heads, queries, keys, capacity },
    work: { flops: (eviction === 'lru' ? 6 : 3) * words, bytes: 8 * words },
    async setup(gpu) {
      const selection = masks(heads, queries, keys);
      const problem = { headCount: heads, queries, keys, eviction, capacity };
      const tensors: Record<string, Tensor> = {
        selection: gpu.tensor(selection),
        fetches: unwritten(gpu, 'u32', [words]),
        ...(eviction === 'lru' ? { unions: gpu.empty('u32', [words]) } : { carried: gpu.empty('u32', [1]) }),
      };
      return {
        dispatches: [{ launch: planLocality({ ...problem, lanes: localityLanes(gpu, keys) }), tensors }],
        outputs: { fetches: tensors['fetches']! },
        check({ fetches }) {
          assertEqual(fetches!, localityReference(problem, selection), 'fetches');
        },
      };
    },
  };
}

/** `locality-cycles`: a word is counted whole, by unit and by bank, and read twice; a row's five figures are written. */
export function localityCyclesBench(sizes: {
  heads: number;
  queries: number;
  keys: number;
  units: number;
  banks: number;
}): BenchKernel {
  const { heads, queries, keys } = sizes;
  const rows = heads * queries;
  const words = rows * selectionWords(keys);
  return {
    name: 'locality-cycles',
    sizes: { ...sizes },
    work: { flops: 6 * words, bytes: 8 * words + 4 * rows * localityCounters.length },
    async setup(gpu: Gpu) {
      const selection = masks(heads, queries, keys);
      const problem = { headCount: heads, queries, keys, eviction: 'resident' as const, capacity: keys };
      const fetches = localityReference(problem, selection);
      const counters = unwritten(gpu, 'u32', [rows, localityCounters.length]);
      // Loads go on growing from run to run; no other figure depends on them.
      const loads = gpu.empty('u32', [heads, sizes.units]);
      const tensors = { selection: gpu.tensor(selection), fetches: gpu.tensor(fetches), counters, loads };
      const cycles = { headCount: heads, ...sizes };
      return {
        dispatches: [{ launch: planLocalityCycles(cycles), tensors }],
        outputs: { counters },
        check({ counters: got }: Readonly<Record<string, HostArray>>) {
          assertEqual(got!, localityCyclesReference(cycles, selection, fetches).counters, 'counters');
        },
      };
    },
  };
}

const masks = (heads: number, queries: number, keys: number) =>
  markovMasks({ heads, queries, keys, keepShare: 0.25, newShare: 0.021, seed: 9 });
