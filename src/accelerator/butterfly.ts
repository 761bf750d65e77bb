import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { planSpanAttend, spanCounters } from '../kernel/span-attend.ts';
import { type SpanWindows, spanLockstep } from '../kernel/span-problem.ts';
import { planSpanSelect } from '../kernel/span-select.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { AttentionCall, LinearCall } from '../model/attention.ts';
import { type SpanProblem, spanCounts } from '../reference/span-counts.ts';
import type { ButterflyActivity } from './butterfly-activity.ts';
import type { ResolvedButterfly } from './butterfly-config.ts';
import { butterflyLedger } from './butterfly-ledger.ts';
import { ButterflyLinears } from './butterfly-linears.ts';
import type { CompiledLinears } from './compile-linears.ts';
import { packOperands } from './exact-stage.ts';
import type { AcceleratorLedger } from './ledger.ts';
import {
  type Activity,
  foldHeads,
  keptByChip,
  keptSelection,
  type LedgerRun,
  type Machine,
  type MachineCall,
  type MachineOptions,
  type MachineYield,
} from './machine.ts';
import { headQuality, recordQuality } from './quality.ts';
import { layerSpans, type SpanTable } from './spans.ts';
import { Workspace } from './workspace.ts';

/** How a sparse Transformer chip with butterfly zero skipper is built. */
export interface ButterflyOptions extends MachineOptions {
  readonly config: ResolvedButterfly;
  readonly spans: SpanTable;
  /** Dimensions of a head. */
  readonly dim: number;
  readonly causal: boolean;
  /** The model's linear layers, where the chip computes them. */
  readonly linears?: CompiledLinears;
}

interface Trace {
  readonly call: MachineCall;
  /** `[sequences * heads, queries, 4]`, see `spanCounters`. */
  readonly counts: Reading<Uint32Array>;
  /** `[sequences * heads, queries, 4]`, see `recordQuality`. */
  readonly quality: Reading<Float32Array> | undefined;
  readonly selection: Reading<Uint32Array> | undefined;
}

/**
 * A population of simulated digital chips: attention within a span of each head on 8-bit operands, and linear layers by their
 * kept weights. Nothing in them is noisy, so that all chips of a population are equal. The zero skipper and the reuse of keys
 * change what a run costs and not what it computes; QK sharing takes the queries as keys. Where the paper is silent this is our
 * reconstruction.
 */
export class Butterfly implements Machine {
  readonly name = 'butterfly';
  readonly chips: number;
  private traces: Trace[] = [];
  private readonly options: ButterflyOptions;
  private readonly work: Workspace;
  private readonly spans: readonly Tensor[];
  private readonly linears: ButterflyLinears;

  private constructor(gpu: Gpu, options: ButterflyOptions) {
    const { spans, linears = new Map() } = options;
    this.options = options;
    this.chips = options.chips;
    this.work = new Workspace(gpu);
    this.spans = Array.from({ length: spans.layers }, (_, layer) =>
      gpu.tensor(layerSpans(spans, layer), [spans.heads], `spans of layer ${layer}`),
    );
    this.linears = new ButterflyLinears(gpu, linears);
  }

  /** Writes the compiled weights and the spans. */
  static async program(gpu: Gpu, options: ButterflyOptions): Promise<Butterfly> {
    if (!Number.isInteger(options.chips) || options.chips < 1)
      throw fail('CHIPS', `${options.chips} chips`, 'use a whole number of at least 1');
    return new Butterfly(gpu, options);
  }

  record(batch: Batch, call: AttentionCall): void {
    this.recordCall(batch, { ...call, queries: call.tokens, keys: call.tokens });
  }

  recordLinear(batch: Batch, call: LinearCall): boolean {
    return this.linears.record(batch, this.work, call);
  }

  recordCall(batch: Batch, call: MachineCall): void {
    const { work, options } = this;
    const { config, measureQuality, keepSelection } = options;
    this.check(call);
    this.linears.attends();
    const { layer, sequences, queries, keys, headDim, causal, q, v } = call;
    const k = config.qkSharing ? q : call.k;
    const heads = sequences * call.heads;
    const windows: SpanWindows = { sequences, heads, queries, keys, causal, spans: layerSpans(options.spans, layer) };
    const sizes = { heads, queries, keys, dim: headDim, causal, operandBits: config.operandBits };
    const { scales, ...rows } = packOperands(batch, work, sizes, { q, k, v });
    const spans = this.spans[layer]!;
    const counts = batch.temporary('u32', [heads, queries, spanCounters.length], 'span counters');
    const { tileQueries } = config;
    batch.run(planSpanAttend({ ...sizes, ...windows, tileQueries, lockstep: spanLockstep(work.gpu) }), {
      ...rows,
      ...(config.operandBits === 8 ? { scales } : {}),
      spans,
      out: call.out,
      counts,
    });
    const selection = measureQuality || keepSelection?.(call) ? this.select(batch, windows, spans) : undefined;
    const quality =
      measureQuality && selection
        ? recordQuality(batch, work, sizes, this.wantedKeys(windows), q, k, selection)
        : undefined;
    this.traces.push({
      call,
      counts: batch.read(counts),
      quality: quality ? batch.read(quality) : undefined,
      selection: selection ? keptSelection(batch, options, call, selection) : undefined,
    });
  }

  takeActivity(): MachineYield<ButterflyActivity> {
    this.work.release();
    const traces = this.traces;
    this.traces = [];
    const rows = traces.flatMap((trace) =>
      Array.from({ length: trace.call.sequences * trace.call.heads }, (_, row) => ({
        call: trace.call,
        sequence: Math.floor(row / trace.call.heads),
        head: row % trace.call.heads,
        activity: this.activityOf(trace, row),
      })),
    );
    return {
      activity: foldHeads(rows.map(({ call, head, activity }) => [call.layer, head, activity] as const)),
      keptPairs: keptByChip(
        rows.map(({ sequence, call, activity }) => {
          return [Math.floor((sequence * this.chips) / call.sequences), activity] as const;
        }),
        this.chips,
      ),
      selections: traces.flatMap((trace) => trace.selection?.values() ?? []),
    };
  }

  /** Linear layers are added up over the machine's life: a population in groups has as many machines, all of which did the same. */
  ledger({ activity, chips, windows, longestKeys }: LedgerRun, change?: TechnologyChange): AcceleratorLedger {
    const { config, spans, dim, causal } = this.options;
    const layers = Array.from({ length: spans.layers }, (_, layer) => [...layerSpans(spans, layer)]);
    const subject = { config: { ...config, spans: layers }, dim, chips, windows, longestKeys, causal };
    const linears = this.linears.activity(chips / this.chips);
    return butterflyLedger(subject, activity as Activity<ButterflyActivity>, linears, change);
  }

  destroy(): void {
    this.work.destroy();
    this.linears.destroy();
    for (const tensor of this.spans) tensor.destroy();
  }

  private select(batch: Batch, windows: SpanWindows, spans: Tensor): Tensor {
    const { heads, queries, keys } = windows;
    const selection = this.work.get('selection', 'u32', [heads, queries, selectionWords(keys)]);
    const counts = this.work.get('kept keys', 'u32', [heads, queries]);
    batch.run(planSpanSelect(windows), { spans, selection, counts });
    return selection;
  }

  /**
   * How many of a row's exact top keys recall looks for: as many as the rows of the layer keep on average, rounded up. One
   * number for a layer, so that a head with a short span is asked for more keys than it sees.
   */
  private wantedKeys({ queries, keys, causal, spans }: SpanWindows): number {
    const pairs = Array.from(spans, (span) => spanCounts({ queries, keys, span, causal, tileQueries: queries }).pairs);
    return Math.ceil(pairs.reduce((sum, count) => sum + count, 0) / (pairs.length * queries));
  }

  private activityOf({ call, counts, quality }: Trace, row: number): ButterflyActivity {
    const { queries, keys, causal } = call;
    const width = queries * spanCounters.length;
    const values = counts.values().subarray(row * width, (row + 1) * width);
    const [pairs, mirrored, reused, reloaded] = spanCounters.map((_, counter) => {
      let sum = 0;
      for (let at = counter; at < values.length; at += spanCounters.length) sum += values[at]!;
      return sum;
    });
    const all: SpanProblem = { queries, keys, causal, span: keys, tileQueries: this.options.config.tileQueries };
    const full = spanCounts(all);
    return {
      queries,
      keptPairs: pairs!,
      visiblePairs: full.pairs,
      mirroredPairs: mirrored!,
      reusedRows: reused!,
      reloadedRows: reloaded!,
      fullRows: full.reloadedRows,
      ...(quality ? headQuality(quality.values(), row, queries) : {}),
    };
  }

  private check(call: MachineCall): void {
    const { spans, dim, causal, config } = this.options;
    if (call.lengths)
      throw fail('BUTTERFLY_CALL', 'lengths are given', 'leave padding out: spans count from the last token');
    if (config.qkSharing && call.queries !== call.keys)
      throw fail(
        'BUTTERFLY_CALL',
        `${call.queries} queries and ${call.keys} keys with QK sharing`,
        'give as many keys as queries, or set qkSharing to false',
      );
    const fits = call.chips === this.chips && call.heads === spans.heads && call.headDim === dim;
    if (fits && call.causal === causal && call.layer < spans.layers) return;
    throw fail(
      'BUTTERFLY_CALL',
      `layer ${call.layer}, ${call.heads} heads of ${call.headDim}, ${call.chips} chips, causal ${call.causal}; built for ${spans.layers} layers, ${spans.heads} heads of ${dim}, ${this.chips} chips, causal ${causal}`,
      'program a machine for this model',
    );
  }
}
