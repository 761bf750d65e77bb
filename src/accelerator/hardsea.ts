import type { CrossbarArray } from '../device/crossbar-array.ts';
import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planBankCycles } from '../kernel/bank-cycles.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { codeWords } from '../kernel/pq-encode.ts';
import { planPqScore, scoreLanes } from '../kernel/pq-score.ts';
import { sharedLanes } from '../kernel/shared-lanes.ts';
import { columnMismatch } from '../kernel/wta-params.ts';
import { planWtaSelect, scoreStride } from '../kernel/wta-select.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { AttentionCall } from '../model/attention.ts';
import { type Codebooks, checkCodebooks, codebookSizes, productTable } from './codebook.ts';
import { packOperands, recordPiece } from './exact-stage.ts';
import { type EncoderArrays, encoderArrays, selectorRanges } from './hardsea-array.ts';
import { keptPerRow, type ResolvedHardsea } from './hardsea-config.ts';
import { type Encoder, recordCodes } from './hardsea-encode.ts';
import { hardseaLedger } from './hardsea-ledger.ts';
import { foldTraces, type HardseaActivity, type HardseaTrace } from './hardsea-trace.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity, LedgerRun, Machine, MachineCall, MachineOptions } from './machine.ts';
import { type HeadPart, partsOf, type QueryPiece, rowsOf } from './parts.ts';
import { type ProgrammedCells, programCells } from './programmed-cells.ts';
import { recordQuality } from './quality.ts';
import { joinSelections, readSelection, type SelectionPiece, wholeSelection } from './selection-pieces.ts';
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
  private readonly encoder: Encoder;
  private readonly selectorRanges: Float32Array;
  private readonly table: Tensor;
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
    const mismatch = columnMismatch(config.encoder.wta, arrays.columns, chips, firstChip, seed, 0);
    this.encoder = {
      ...{ config, codebooks, arrays, chips, firstChip, seed, cells },
      ranges: gpu.tensor(arrays.ranges, [arrays.ranges.length / 4, 4], 'encoder ranges'),
      mismatch: gpu.tensor(mismatch, [chips, arrays.columns], 'encoder mismatch'),
    };
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
    const { heads, keys, headDim } = call;
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
    for (const part of partsOf(this.gpu, call, config.operandBits, this.options.selectionBytes))
      this.recordPart(batch, part, call, keptPerRow(config, keys));
  }

  private recordPart(batch: Batch, part: HeadPart, whole: MachineCall, keep: number): void {
    const { call, pieces } = part;
    const { config, options, work } = this;
    const { queries, keys, headDim: dim, causal } = call;
    const headCount = call.sequences * call.heads;
    const problem = { heads: headCount, queries, keys, dim, causal, operandBits: config.operandBits } as const;
    const q = recordCodes(batch, work, this.encoder, part, call.q, queries, 'q');
    const k = recordCodes(batch, work, this.encoder, part, call.k, keys, 'k');
    const stats = batch.temporary('f32', [headCount, queries, 4], 'selection stats');
    const cycles = batch.temporary('u32', [headCount, queries], 'bank cycles');
    batch.zero(cycles);
    const packed = packOperands(batch, work, problem, call);
    const keepSelection = options.keepSelection?.(whole) === true;
    const selections: SelectionPiece[] = [];
    for (const piece of pieces) {
      const { queryFirst, queryCount } = piece;
      // A causal piece works on the keys that its last query sees, as if they were all.
      const seen = causal ? keys - queries + queryFirst + queryCount : keys;
      const selection = work.get('selection', 'u32', [headCount, queryCount, selectionWords(seen)]);
      const rows = headCount * queryCount;
      this.select(batch, part, piece, { seen, keep: Math.min(keep, seen) }, q.codes, k.codes, selection, stats);
      batch.run(planBankCycles({ rows, keys: seen, banks: config.banks }), {
        selection,
        cycles: part.whole ? cycles : rowsOf(cycles, piece),
      });
      const own = part.whole ? undefined : piece;
      recordPiece(batch, work, { ...problem, keys: seen }, packed, call.out, selection, own, keep / keys);
      if (keepSelection) selections.push(readSelection(batch, part, selection, seen));
    }
    const quality = options.measureQuality
      ? recordQuality(batch, work, problem, keep, call.q, call.k, wholeSelection(work, part))
      : undefined;
    this.traces.push({
      call,
      whole,
      firstHead: part.firstHead,
      select: batch.read(stats),
      encodeQ: batch.read(q.stats),
      encodeK: batch.read(k.stats),
      cycles: batch.read(cycles),
      quality: quality ? batch.read(quality) : undefined,
      selections,
    });
  }

  takeActivity(): { activity: Activity<HardseaActivity>; selections: readonly Uint32Array[] } {
    this.work.release();
    const traces = this.traces;
    this.traces = [];
    return { activity: foldTraces(traces, this.config), selections: joinSelections(traces) };
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
      ...Object.values(this.encoder.cells),
      this.encoder.ranges,
      this.encoder.mismatch,
      this.table,
      ...this.layerRanges,
    ]) {
      tensor.destroy();
    }
  }

  private select(
    batch: Batch,
    part: HeadPart,
    piece: QueryPiece,
    { seen, keep }: { readonly seen: number; readonly keep: number },
    qCodes: Tensor,
    kCodes: Tensor,
    selection: Tensor,
    stats: Tensor,
  ): void {
    const { config, codebooks, options, work } = this;
    const { call, firstHead, chip } = part;
    const { heads, sequences, chips, keys, causal, layer, headDim } = call;
    const headCount = sequences * heads;
    const of = (tensor: Tensor, width: number) => (part.whole ? tensor : rowsOf(tensor, piece, width));
    const stride = scoreStride(keys);
    const most = Math.max(4, Math.floor(scoreBytes / 4 / (headCount * stride) / 4) * 4);
    for (let queryFirst = 0; queryFirst < piece.queryCount; queryFirst += most) {
      const queryCount = Math.min(most, piece.queryCount - queryFirst);
      const shape = [headCount, queryCount, stride];
      const scores = work.get('scores', 'f32', shape);
      const sizes = { headCount, heads, queries: piece.queryCount, queryFirst, queryCount, keys: seen, causal };
      const score = planPqScore({
        ...sizes,
        stride,
        dim: headDim,
        subspaces: config.subspaces,
        centroids: config.centroids,
        rule: config.score,
        lanes: scoreLanes(this.gpu),
        ...(config.tableBits > 0 ? { largestEntry: 2 ** (config.tableBits - 1) - 1 } : {}),
        arrayBase: layer * codebookSizes(codebooks).layerArrays + firstHead * config.subspaces,
      });
      const x: Readonly<Record<string, Tensor>> = 'x' in score.elements ? { x: of(call.q, headDim) } : {};
      const codes = { q_codes: of(qCodes, codeWords(config.subspaces)), k_codes: kCodes };
      batch.run(score, { ...codes, table: this.table, scores, ...x });
      const launch = planWtaSelect({
        ...sizes,
        stride,
        windows: sequences / chips,
        keep,
        model: config.selector.wta,
        seed: options.seed,
        firstChip: (options.firstChip ?? 0) + chip,
        layer: part.drawLayer,
        firstEvent: call.firstWindow * call.queries + piece.queryFirst,
        lanes: sharedLanes(this.gpu),
      });
      const ranges = part.whole ? this.layerRanges[layer]! : this.rangeOf(layer, firstHead);
      const mismatch = part.whole ? this.mismatch(stride) : this.mismatch(stride, chip, firstHead);
      const arrivals = work.get('arrivals', 'i32', shape);
      batch.run(launch, { scores, ranges, mismatch, arrivals, selection, stats: of(stats, 4) });
    }
  }

  /** Column factors of the selector: every head has columns of its own, which serve the layers in turn. Of all, or of one head of one chip. */
  private mismatch(stride: number, chip?: number, head?: number): Tensor {
    return this.work.fact(`mismatch ${stride} ${chip} ${head}`, () => {
      const { config, options, chips } = this;
      const { firstChip = 0, seed } = options;
      const { wta } = config.selector;
      const { heads } = this.codebooks;
      if (head === undefined) return columnMismatch(wta, stride, chips, firstChip, seed, 1, heads);
      return columnMismatch(wta, stride, 1, firstChip + chip!, seed, 1 + head);
    });
  }

  /** Current range of one head's selector. */
  private rangeOf(layer: number, head: number): Tensor {
    const at = 2 * (layer * this.codebooks.heads + head);
    return this.work.fact(`range ${layer} ${head}`, () => this.selectorRanges.slice(at, at + 2));
  }
}
