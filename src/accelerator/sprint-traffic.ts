import type { Batch } from '../gpu/batch.ts';
import { type Tensor, view } from '../gpu/tensor.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import {
  type LocalityCyclesProblem,
  type LocalityProblem,
  localityCounters,
  localityLanes,
  planLocality,
  planLocalityCycles,
} from '../kernel/locality.ts';
import { type QueryPiece, rowsOf } from './parts.ts';
import { type ResolvedSprint, sprintBits } from './sprint-config.ts';
import type { Workspace } from './workspace.ts';

/** One sequence of one head; padding comes last, and rows and columns of padding keep nothing. */
export interface SprintSequence {
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  /** Tokens without padding; default all. */
  readonly validQueries?: number;
  readonly validKeys?: number;
}

/** Key and value pairs that the buffer holds, its CORELETs taken as one pool. */
export function bufferVectors({ bufferKb }: Pick<ResolvedSprint, 'bufferKb'>, dim: number): number {
  return Math.max(1, Math.floor((bufferKb * 1024 * 8) / (2 * dim * sprintBits)));
}

/** How a machine's vectors are spread and what its rows take; the rest of the problem is the selection's shape. */
export function cycleSettings(config: ResolvedSprint): Omit<LocalityCyclesProblem, 'headCount' | 'queries' | 'keys'> {
  const { corelets, interleave, banks, bankCycles, thresholdCycles, prefetch } = config;
  return { units: corelets, interleaved: interleave, banks, bankCycles, leastCycles: thresholdCycles, prefetch };
}

/** Memory that the masks of one piece may take; more heads go through the buffer one piece after another. */
const pieceBytes = 16 * 2 ** 20;

/** Traffic of some of a selection's heads. */
export interface Traffic {
  readonly firstHead: number;
  readonly headCount: number;
  /** `[headCount, queries, 5]`, see `localityCounters`. */
  readonly counters: Tensor;
  /** `[headCount, corelets]`: the keys that each CORELET kept. */
  readonly loads: Tensor;
}

/**
 * Records the traffic of a selection `[headCount, queries, words]` through the machine's buffer and memory, as many heads at
 * a time as keep the masks of what is fetched small.
 */
export function recordTraffic(
  batch: Batch,
  work: Workspace,
  config: ResolvedSprint,
  sizes: Pick<LocalityProblem, 'headCount' | 'queries' | 'keys'> & { readonly dim: number },
  selection: Tensor,
): readonly Traffic[] {
  const { headCount, queries, keys, dim } = sizes;
  const rowWords = selectionWords(keys);
  const headWords = queries * rowWords;
  // A part of a tensor has to begin at a multiple of 64 elements.
  const together = 64 / commonDivisor(64, headWords);
  const most = Math.max(together, together * Math.floor(pieceBytes / 4 / Math.max(1, headWords * together)));
  const parts: Traffic[] = [];
  for (let firstHead = 0; firstHead < headCount; firstHead += most) {
    const heads = Math.min(most, headCount - firstHead);
    const shape = [heads, queries, rowWords];
    const part = view(selection, firstHead * headWords, shape);
    const counters = batch.temporary('u32', [heads, queries, localityCounters.length], 'traffic counters');
    const loads = batch.temporary('u32', [heads, config.corelets], 'CORELET loads');
    batch.zero(loads);
    recordPart(batch, work, config, { headCount: heads, queries, keys, dim }, { selection: part, counters, loads });
    parts.push({ firstHead, headCount: heads, counters, loads });
  }
  return parts;
}

/** A head's traffic that is recorded in pieces of queries, one after the other. */
export interface TrafficInPieces {
  readonly traffic: Traffic;
  record(piece: QueryPiece, selection: Tensor): void;
}

/** Starts recording the traffic of one head whose selection comes in pieces: what one leaves on chip is there for the next. */
export function trafficInPieces(
  batch: Batch,
  work: Workspace,
  config: ResolvedSprint,
  { queries, keys, dim }: Pick<LocalityProblem, 'queries' | 'keys'> & { readonly dim: number },
): TrafficInPieces {
  const counters = batch.temporary('u32', [queries, localityCounters.length], 'traffic counters');
  const loads = batch.temporary('u32', [1, config.corelets], 'CORELET loads');
  const carried = work.get('on chip', 'u32', [selectionWords(keys)]);
  batch.zero(loads).zero(carried);
  return {
    traffic: { firstHead: 0, headCount: 1, counters, loads },
    record(piece, selection) {
      const sizes = { headCount: 1, queries: piece.queryCount, keys, dim };
      const rows = rowsOf(counters, piece, localityCounters.length);
      recordPart(batch, work, config, sizes, { selection, counters: rows, loads }, carried);
    },
  };
}

function recordPart(
  batch: Batch,
  work: Workspace,
  config: ResolvedSprint,
  { headCount, queries, keys, dim }: Pick<LocalityProblem, 'headCount' | 'queries' | 'keys'> & { readonly dim: number },
  tensors: Readonly<Record<'selection' | 'counters' | 'loads', Tensor>>,
  carried?: Tensor,
): void {
  const { eviction } = config;
  const { selection } = tensors;
  const fetches = work.get('fetches', 'u32', selection.shape);
  const launch = planLocality({
    headCount,
    queries,
    keys,
    eviction,
    capacity: bufferVectors(config, dim),
    lanes: localityLanes(work.gpu, keys),
    isCarried: carried !== undefined,
  });
  const memory: Record<string, Tensor> =
    eviction === 'lru'
      ? { unions: work.get('unions of rows', 'u32', selection.shape) }
      : { carried: carried ?? work.get('nothing on chip', 'u32', [1]) };
  batch
    .run(launch, { selection, fetches, ...memory })
    .run(planLocalityCycles({ headCount, queries, keys, ...cycleSettings(config) }), { fetches, ...tensors });
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
