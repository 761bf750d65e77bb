import type { Batch, Reading } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { Attention, AttentionCall } from '../model/attention.ts';
import type { AcceleratorLedger } from './ledger.ts';

/** One attention call with queries and keys of their own lengths; tensors are `[sequences, heads, tokens, dim]`. */
export interface MachineCall extends Omit<AttentionCall, 'tokens'> {
  readonly queries: number;
  readonly keys: number;
  /** Valid tokens of each sequence, whose other keys are padding, and with them the queries at those places; default all. */
  readonly lengths?: Uint32Array;
  /** Whether no other call is recorded in the batch, so that what is read back need not be copied first. */
  readonly alone?: boolean;
}

/** What one head did in all calls of a run, added over sequences; every accelerator adds sums of its own. */
export interface HeadActivity {
  readonly queries: number;
  readonly keptPairs: number;
  readonly visiblePairs: number;
  /** Sums over queries; absent where quality was not measured. */
  readonly softmaxMass?: number;
  readonly hits?: number;
  readonly wanted?: number;
}

/** What every head did, `[layer][head]`. */
export type Activity<Head extends HeadActivity = HeadActivity> = readonly (readonly Head[])[];

/** How a population of chips is built and what is looked at while it works. */
export interface MachineOptions {
  readonly chips: number;
  /** Index of the first chip in its population; default 0. */
  readonly firstChip?: number;
  readonly seed: number;
  /** Measures recall and softmax mass, which costs a dense product. */
  readonly measureQuality?: boolean;
  /** Which calls' selections are read back. */
  readonly keepSelection?: (call: MachineCall) => boolean;
  /** Memory that a selection may take at a time, in bytes; longer sequences go head by head and in pieces of queries. Default 64 MiB. */
  readonly selectionBytes?: number;
}

/** What the ledger prices: sums over a population of `chips`, each of which ran `windows` sequences of up to `longestKeys` keys. */
export interface LedgerRun {
  readonly activity: Activity;
  readonly chips: number;
  readonly windows: number;
  readonly longestKeys: number;
}

/** What some calls did, and what was looked at. */
export interface MachineYield<Head extends HeadActivity = HeadActivity> {
  readonly activity: Activity<Head>;
  readonly selections: readonly Uint32Array[];
  /** Kept pairs of every chip; absent where all chips keep equally many. */
  readonly keptPairs?: readonly number[];
}

/** A simulated accelerator, programmed and ready: an attention that says afterwards what it did and what that cost. */
export interface Machine extends Attention {
  readonly chips: number;
  /** Records one attention call, also with other numbers of queries than of keys. */
  recordCall(batch: Batch, call: MachineCall): void;
  /** What the calls did that were recorded since the last time. Call after their batch was submitted. */
  takeActivity(): MachineYield;
  /** Prices a run; `change` is applied to the cost table first. */
  ledger(run: LedgerRun, change?: TechnologyChange): AcceleratorLedger;
  /** Gives all memory back. */
  destroy(): void;
}

/** Reads a call's selection back where it was asked for. */
export function keptSelection(
  batch: Batch,
  { keepSelection }: MachineOptions,
  call: MachineCall,
  selection: Tensor,
): Reading<Uint32Array> | undefined {
  if (!keepSelection?.(call)) return undefined;
  return call.alone ? batch.read(selection) : batch.snapshot(selection);
}

/** Pairs that one head of a sequence may look at: causal or not, without padding. */
export function visiblePairsOf({ queries, keys, causal, lengths }: MachineCall, sequence: number): number {
  const valid = lengths?.[sequence] ?? keys;
  const first = keys - queries;
  const rows = Math.max(0, valid - first);
  return causal ? (rows * (2 * first + rows + 1)) / 2 : rows * valid;
}

/** The sum of two runs' activity, layer by layer and head by head. */
export function addActivity<Head extends HeadActivity>(a: Activity<Head>, b: Activity<Head>): Activity<Head> {
  if (a.length === 0) return b;
  return a.map((heads, layer) => heads.map((head, h) => addHeads(head, b[layer]![h]!)));
}

/** Adds single heads' activity, `[layer, head, what it did]`, up to a table. */
export function foldHeads<Head extends HeadActivity>(
  parts: Iterable<readonly [layer: number, head: number, activity: Head]>,
): Activity<Head> {
  const layers: Head[][] = [];
  for (const [layer, head, activity] of parts) {
    layers[layer] ??= [];
    const row = layers[layer]!;
    row[head] = row[head] ? addHeads(row[head]!, activity) : activity;
  }
  return layers;
}

/** Kept pairs of every chip, from the activity of single heads and the chips that they belong to. */
export function keptByChip(rows: Iterable<readonly [chip: number, activity: HeadActivity]>, chips: number): number[] {
  const kept = new Array<number>(chips).fill(0);
  for (const [chip, { keptPairs }] of rows) kept[chip]! += keptPairs;
  return kept;
}

function addHeads<Head extends HeadActivity>(a: Head, b: Head): Head {
  const other = b as unknown as Record<string, number>;
  const total: Record<string, number> = {};
  for (const [key, value] of Object.entries(a)) total[key] = value + other[key]!;
  return total as unknown as Head;
}
