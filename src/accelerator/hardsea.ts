import type { CrossbarArray } from '../device/crossbar-array.ts';
import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planBankCycles } from '../kernel/bank-cycles.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { codeWords, planPqEncode } from '../kernel/pq-encode.ts';
import { planPqScore, scoreLanes } from '../kernel/pq-score.ts';
import { sharedLanes } from '../kernel/shared-lanes.ts';
import { columnMismatch } from '../kernel/wta-params.ts';
import { planWtaSelect, scoreStride } from '../kernel/wta-select.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { AttentionCall } from '../model/attention.ts';
import { type Codebooks, checkCodebooks, codebookSizes, productTable } from './codebook.ts';
import { recordExact } from './exact-stage.ts';
import { type EncoderArrays, encoderArrays, selectorRanges } from './hardsea-array.ts';
import { keptPerRow, type ResolvedHardsea } from './hardsea-config.ts';
import { hardseaLedger } from './hardsea-ledger.ts';
import { foldTraces, type HardseaActivity, type HardseaTrace } from './hardsea-trace.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity, LedgerRun, Machine, MachineCall, MachineOptions } from './machine.ts';
import { type ProgrammedCells, programCells } from './programmed-cells.ts';
import { recordQuality } from './quality.ts';
import { Workspace } from './workspace.ts';

/** Memory that relevance scores may take at a time; longer sequences are selected in pieces of queries. */
const scoreBytes = 32 * 2 ** 20;

/** How a HARDSEA is built. */
export interface HardseaOptions extends MachineOptions {
  readonly config: ResolvedHardsea;
  readonly codebooks: Codebooks;
}

/**
 * A population of simulated HARDSEA chips: codebooks programmed into ReRAM once, codes by time-domain winner-take-all,
 * relevance from a table of centroid products, a k-winner-take-all per query, and exact attention over the winners.
 * Where the paper is silent this is our reconstruction.
 */
export class Hardsea implements Machine {
  readonly name = 'hardsea';
  readonly config: ResolvedHardsea;
  readonly codebooks: Codebooks;
  readonly chips: number;
  readonly arrays: EncoderArrays;
  /** One entry per recorded call since the last `takeActivity`. */
  private traces: HardseaTrace[] = [];
  private readonly options: HardseaOptions;
  private readonly gpu: Gpu;
  private readonly work: Workspace;
  private readonly cells: ProgrammedCells;
  private readonly encoderRanges: Tensor;
  private readonly encoderMismatch: Tensor;
  private readonly selectorRanges: Float32Array;
  private readonly table: Tensor;
  private readonly columnFactors = new Map<number, Tensor>();
  private readonly layerRanges: Tensor[];

  private constructor(gpu: Gpu, options: HardseaOptions, cells: ProgrammedCells, arrays: EncoderArrays) {
    const { config, codebooks, chips, firstChip = 0, seed } = options;
    this.gpu = gpu;
    this.options = options;
    this.config = config;
    this.codebooks = codebooks;
    this.chips = chips;
    this.arrays = arrays;
    this.work = new Workspace(gpu);
    this.cells = cells;
    this.encoderRanges = gpu.tensor(arrays.ranges, [arrays.ranges.length / 4, 4], 'encoder ranges');
    this.encoderMismatch = gpu.tensor(
      columnMismatch(config.encoder.wta, arrays.columns, chips, firstChip, seed, 0),
      [chips, arrays.columns],
      'encoder mismatch',
    );
    const table = config.score === 'symmetric' ? productTable(codebooks, config.tableBits) : undefined;
    this.selectorRanges = selectorRanges(codebooks, config, table);
    const { heads } = codebooks;
    this.layerRanges = Array.from({ length: codebooks.layers }, (_, layer) =>
      gpu.tensor(this.selectorRanges.slice(2 * layer * heads, 2 * (layer + 1) * heads), [heads, 2], 'selector ranges'),
    );
    this.table = gpu.tensor(
      table?.values ?? (config.score === 'asymmetric' ? codebooks.values : new Float32Array(1)),
      undefined,
      'relevance table',
    );
  }

  /** Programs the chips. Throws when codebooks and configuration do not fit each other. */
  static async program(gpu: Gpu, options: HardseaOptions): Promise<Hardsea> {
    const { config, codebooks, chips, firstChip = 0, seed } = options;
    checkCodebooks(codebooks, { ...codebooks, subspaces: config.subspaces, centroids: config.centroids });
    if (!Number.isInteger(chips) || chips < 1)
      throw fail('CHIPS', `${chips} chips`, 'use a whole number of at least 1');
    const arrays = encoderArrays(codebooks, config);
    const array: CrossbarArray = {
      rows: arrays.rows,
      columns: arrays.columns,
      chips,
      mapping: 'differential',
      weightBits: 0,
      sliceBits: 1,
      weightMax: 1,
      tileRows: arrays.rows,
      cell: config.device,
    };
    const cells = await programCells(gpu, array, arrays.weights, seed, firstChip);
    return new Hardsea(gpu, options, cells, arrays);
  }

  record(batch: Batch, call: AttentionCall): void {
    this.recordCall(batch, { ...call, queries: call.tokens, keys: call.tokens });
  }

  /** Records one attention call, also with other numbers of queries than of keys. */
  recordCall(batch: Batch, call: MachineCall): void {
    const { heads, queries, keys, headDim, causal, sequences } = call;
    const { config, codebooks } = this;
    if (
      call.chips !== this.chips ||
      heads !== codebooks.heads ||
      headDim !== codebooks.dim ||
      call.layer >= codebooks.layers
    ) {
      throw fail(
        'HARDSEA_CALL',
        `layer ${call.layer}, ${heads} heads of ${headDim}, ${call.chips} chips; built for ${codebooks.layers} layers, ${codebooks.heads} heads of ${codebooks.dim}, ${this.chips} chips`,
        'program a machine for this model',
      );
    }
    const headCount = sequences * heads;
    const keep = keptPerRow(config, keys);
    const sizes = { heads: headCount, queries, keys, dim: headDim, causal };
    const q = this.encode(batch, call, call.q, queries, 'q');
    const k = this.encode(batch, call, call.k, keys, 'k');
    const selection = this.work.get('selection', 'u32', [headCount, queries, selectionWords(keys)]);
    const stats = batch.temporary('f32', [headCount, queries, 4], 'selection stats');
    this.select(batch, call, keep, q.codes, k.codes, selection, stats);
    const cycles = batch.temporary('u32', [headCount, queries], 'bank cycles');
    batch
      .zero(cycles)
      .run(planBankCycles({ rows: headCount * queries, keys, banks: config.banks }), { selection, cycles });
    recordExact(batch, this.work, { ...sizes, operandBits: config.operandBits }, call, selection, keep / keys);
    const quality = this.options.measureQuality
      ? recordQuality(batch, this.work, sizes, keep, call.q, call.k, selection)
      : undefined;
    this.traces.push({
      call,
      select: batch.read(stats),
      encodeQ: batch.read(q.stats),
      encodeK: batch.read(k.stats),
      cycles: batch.read(cycles),
      quality: quality ? batch.read(quality) : undefined,
      selection: this.options.keepSelection?.(call) ? batch.snapshot(selection) : undefined,
    });
  }

  takeActivity(): { activity: Activity<HardseaActivity>; selections: readonly Uint32Array[] } {
    this.work.release();
    const traces = this.traces;
    this.traces = [];
    const selections = traces.flatMap((trace) => trace.selection?.values() ?? []);
    return { activity: foldTraces(traces, this.config), selections };
  }

  ledger({ activity, chips, windows, longestKeys }: LedgerRun, change?: TechnologyChange): AcceleratorLedger {
    const { config, codebooks, arrays } = this;
    const built = { config, codebooks, arrays, chips };
    return hardseaLedger(built, activity as Activity<HardseaActivity>, windows, longestKeys, change);
  }

  /** Gives all memory back. */
  destroy(): void {
    this.work.destroy();
    for (const tensor of [
      ...Object.values(this.cells),
      this.encoderRanges,
      this.encoderMismatch,
      this.table,
      ...this.layerRanges,
      ...this.columnFactors.values(),
    ]) {
      tensor.destroy();
    }
  }

  private encode(
    batch: Batch,
    call: MachineCall,
    x: Tensor,
    tokens: number,
    side: 'q' | 'k',
  ): { codes: Tensor; stats: Tensor } {
    const { config, codebooks, arrays, options } = this;
    const { heads, sequences, chips, headDim, layer, queries, keys } = call;
    const words = codeWords(config.subspaces);
    const { layerArrays, padded } = codebookSizes(codebooks);
    const codes = this.work.get(`${side} code words`, 'u32', [sequences * heads, tokens, words]);
    const stats = batch.temporary('f32', [sequences * heads, tokens, words, 4], `${side} encoding stats`);
    const perWindow = queries + keys;
    const launch = planPqEncode({
      headCount: sequences * heads,
      heads,
      windows: sequences / chips,
      chips,
      tokens,
      dim: headDim,
      subspaces: config.subspaces,
      centroids: config.centroids,
      biasRows: arrays.biasRows,
      columns: arrays.columns,
      columnBase: layer * layerArrays * padded,
      arrayBase: layer * layerArrays,
      dacBits: config.encoder.dacBits,
      cell: config.device,
      wta: config.encoder.wta,
      seed: options.seed,
      firstChip: options.firstChip ?? 0,
      firstEvent: call.firstWindow * perWindow + (side === 'k' ? queries : 0),
      eventStride: perWindow,
    });
    batch.run(launch, {
      x,
      difference: this.cells.difference,
      variance: this.cells.variance,
      ranges: this.encoderRanges,
      mismatch: this.encoderMismatch,
      codes,
      stats,
    });
    return { codes, stats };
  }

  private select(
    batch: Batch,
    call: MachineCall,
    keep: number,
    qCodes: Tensor,
    kCodes: Tensor,
    selection: Tensor,
    stats: Tensor,
  ): void {
    const { config, codebooks, options } = this;
    const { heads, sequences, chips, queries, keys, causal, layer, headDim } = call;
    const headCount = sequences * heads;
    const stride = scoreStride(keys);
    const piece = Math.max(4, Math.floor(scoreBytes / 4 / (headCount * stride) / 4) * 4);
    for (let queryFirst = 0; queryFirst < queries; queryFirst += piece) {
      const queryCount = Math.min(piece, queries - queryFirst);
      const scores = this.work.get('scores', 'f32', [headCount, queryCount, stride]);
      const part = { headCount, heads, queries, queryFirst, queryCount, keys, causal };
      const score = planPqScore({
        ...part,
        dim: headDim,
        subspaces: config.subspaces,
        centroids: config.centroids,
        rule: config.score,
        lanes: scoreLanes(this.gpu),
        ...(config.tableBits > 0 ? { largestEntry: 2 ** (config.tableBits - 1) - 1 } : {}),
        arrayBase: layer * codebookSizes(codebooks).layerArrays,
      });
      const queriesThemselves: Readonly<Record<string, Tensor>> = 'x' in score.elements ? { x: call.q } : {};
      batch.run(score, { q_codes: qCodes, k_codes: kCodes, table: this.table, scores, ...queriesThemselves });
      const launch = planWtaSelect({
        ...part,
        windows: sequences / chips,
        keep,
        model: config.selector.wta,
        seed: options.seed,
        firstChip: options.firstChip ?? 0,
        layer,
        firstEvent: call.firstWindow * queries,
        lanes: sharedLanes(this.gpu),
      });
      batch.run(launch, {
        scores,
        arrivals: this.work.get('arrivals', 'i32', [headCount, queryCount, stride]),
        ranges: this.layerRanges[layer]!,
        mismatch: this.mismatch(stride),
        selection,
        stats,
      });
    }
  }

  /** Column factors of the selector: every head has columns of its own, which serve the layers in turn. */
  private mismatch(stride: number): Tensor {
    let factors = this.columnFactors.get(stride);
    if (!factors) {
      const { config, options, chips } = this;
      const { heads } = this.codebooks;
      factors = this.gpu.tensor(
        columnMismatch(config.selector.wta, stride, chips, options.firstChip ?? 0, options.seed, 1, heads),
        [chips, heads, stride],
        'selector mismatch',
      );
      this.columnFactors.set(stride, factors);
    }
    return factors;
  }
}
