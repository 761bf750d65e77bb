import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { comparatorOffsets } from '../kernel/comparator-offsets.ts';
import { localityCounters } from '../kernel/locality.ts';
import { planNibbleEstimate, planNibbleEstimateCells } from '../kernel/nibble-estimate.ts';
import type { QueryPart } from '../kernel/threshold-problem.ts';
import { planThresholdSelect, planThresholdSelectCells } from '../kernel/threshold-select.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { AttentionCall } from '../model/attention.ts';
import type { Activity, LedgerRun, Machine, MachineCall, MachineOptions, MachineYield } from './machine.ts';
import { type HeadPart, partsOf } from './parts.ts';
import { joinSelections, readSelection, type SelectionPiece, wholeSelection } from './selection-pieces.ts';
import { type SprintActivity, sprintActivity } from './sprint-activity.ts';
import { cellCurves, type KeyCells, recordKeyCells } from './sprint-cells.ts';
import type { ResolvedSprint } from './sprint-config.ts';
import { type SprintLedger, sprintLedger } from './sprint-ledger.ts';
import { recordTraffic, trafficInPieces } from './sprint-traffic.ts';
import { recordThresholdQuality } from './threshold-quality.ts';
import {
  foldThresholdTraces,
  partThresholds,
  recordLengths,
  recordOperands,
  recordOutput,
  selectedOf,
  type ThresholdTrace,
  thresholdActivity,
  thresholdSizes,
} from './threshold-stage.ts';
import type { Thresholds } from './thresholds.ts';
import { Workspace } from './workspace.ts';

/** How a SPRINT is built. */
export interface SprintOptions extends MachineOptions {
  readonly config: ResolvedSprint;
  readonly thresholds: Thresholds;
  /** Dimensions of a head. */
  readonly dim: number;
}

/** A trace with the traffic of the call, some heads at a time; see `recordTraffic`. */
interface SprintTrace extends ThresholdTrace {
  readonly traffic: readonly {
    readonly firstHead: number;
    readonly headCount: number;
    /** `[headCount, queries, 5]`. */
    readonly counters: Reading<Uint32Array>;
    /** `[headCount, corelets]`. */
    readonly loads: Reading<Uint32Array>;
  }[];
}

/**
 * A population of simulated SPRINTs: the upper nibbles of the keys in ReRAM, one key per column, a comparator per column that
 * prunes by a threshold, traffic from memory through the buffer, and exact attention over the survivors on chip. Keys are
 * written anew for every sequence. Where the paper is silent this is our reconstruction.
 */
export class Sprint implements Machine {
  readonly name = 'sprint';
  readonly chips: number;
  private traces: SprintTrace[] = [];
  private readonly options: SprintOptions;
  private readonly work: Workspace;
  private readonly curves: Tensor;

  private constructor(gpu: Gpu, options: SprintOptions) {
    this.options = options;
    this.chips = options.chips;
    this.work = new Workspace(gpu);
    this.curves = cellCurves(gpu, options.config.device);
  }

  /** Checks the settings; keys are written when a call brings them. */
  static async program(gpu: Gpu, options: SprintOptions): Promise<Sprint> {
    if (!Number.isInteger(options.chips) || options.chips < 1)
      throw fail('CHIPS', `${options.chips} chips`, 'use a whole number of at least 1');
    return new Sprint(gpu, options);
  }

  record(batch: Batch, call: AttentionCall): void {
    this.recordCall(batch, { ...call, queries: call.tokens, keys: call.tokens });
  }

  recordCall(batch: Batch, call: MachineCall): void {
    this.check(call);
    for (const part of partsOf(this.work.gpu, call, 8, this.options.selectionBytes)) this.recordPart(batch, part, call);
  }

  private recordPart(batch: Batch, part: HeadPart, whole: MachineCall): void {
    const { call, pieces } = part;
    const { work, options } = this;
    const { config, seed, firstChip = 0 } = options;
    const sizes = thresholdSizes(call);
    const operands = recordOperands(batch, work, call, 8);
    const place = {
      ...sizes,
      margin: config.margin,
      comparator: config.comparator,
      seed,
      firstChip: firstChip + part.chip,
      layer: part.drawLayer,
      firstEvent: call.firstWindow * call.queries,
    };
    const arrays = { cell: config.device, firstWindow: call.firstWindow, arrayLayer: part.whole ? 0 : part.firstHead };
    const cells = recordKeyCells(batch, work, { ...place, ...arrays }, operands.k, this.curves);
    const selected = selectedOf(batch, work, part);
    const { q, scales } = operands;
    const thresholds = partThresholds(work, options.thresholds, part);
    const lengths = recordLengths(batch, work, call);
    const common = { q, scales, thresholds, lengths, offsets: this.offsetsOf(part) };
    const settings = { operandBits: 8, ...config } as const;
    const inPieces = part.whole ? undefined : trafficInPieces(batch, work, config, sizes);
    const keepSelection = options.keepSelection?.(whole) === true;
    const selections: SelectionPiece[] = [];
    for (const piece of pieces) {
      const { selection, counts } = selected.of(piece);
      const rows = { ...place, ...piece, partRows: true };
      const bound = { ...common, selection, counts };
      if (cells) batch.run(planThresholdSelectCells({ ...rows, ...cells.noise }), { ...bound, cells: cells.tensor });
      else batch.run(planThresholdSelect(rows), { ...bound, k: operands.k });
      recordOutput(batch, work, part, piece, operands, selection, settings, (some, estimates) =>
        recordEstimates(batch, { ...place, ...some }, operands, cells, estimates),
      );
      inPieces?.record(piece, selection);
      if (keepSelection) selections.push(readSelection(batch, part, selection, call.keys));
    }
    const quality =
      options.measureQuality && !call.lengths
        ? recordThresholdQuality(batch, work, part, thresholds, config.margin)
        : undefined;
    const traffic = inPieces
      ? [inPieces.traffic]
      : recordTraffic(batch, work, config, sizes, wholeSelection(work, part));
    this.traces.push({
      call,
      whole,
      firstHead: part.firstHead,
      chip: part.chip,
      kept: batch.read(selected.counts),
      traffic: traffic.map(({ counters, loads, ...place }) => ({
        ...place,
        counters: batch.read(counters),
        loads: batch.read(loads),
      })),
      quality: quality ? batch.read(quality) : undefined,
      selections,
    });
  }

  takeActivity(): MachineYield<SprintActivity> {
    this.work.release();
    const traces = this.traces;
    this.traces = [];
    return {
      ...foldThresholdTraces(traces, this.chips, (trace, row) => this.activityOf(trace, row)),
      selections: joinSelections(traces),
    };
  }

  ledger({ activity, chips, windows, longestKeys }: LedgerRun, change?: TechnologyChange): SprintLedger {
    const { config, thresholds, dim } = this.options;
    const subject = { config, heads: thresholds.heads, dim, chips };
    return sprintLedger(subject, activity as Activity<SprintActivity>, windows, longestKeys, change);
  }

  destroy(): void {
    this.work.destroy();
    this.curves.destroy();
  }

  private activityOf(trace: SprintTrace, row: number): SprintActivity {
    const { queries, keys, causal, heads, headDim, lengths } = trace.call;
    const validKeys = lengths?.[Math.floor(row / heads)] ?? keys;
    const validQueries = Math.max(0, validKeys - keys + queries);
    const width = queries * localityCounters.length;
    const { config } = this.options;
    const part = trace.traffic.find(({ firstHead, headCount }) => row < firstHead + headCount)!;
    const at = row - part.firstHead;
    const counters = part.counters.values().subarray(at * width, (at + 1) * width);
    const loads = part.loads.values().subarray(at * config.corelets, (at + 1) * config.corelets);
    const sequence = { queries, keys, dim: headDim, causal, validKeys, validQueries };
    const { softmaxMass, hits, wanted } = thresholdActivity(trace, row);
    return {
      ...sprintActivity(counters, loads, sequence, config),
      ...(softmaxMass === undefined ? {} : { softmaxMass, hits: hits!, wanted: wanted! }),
    };
  }

  /** Offsets of the comparators, one for each key of a head: of all heads, or of one head of one chip. */
  private offsetsOf({ call: { keys }, whole, chip, firstHead }: HeadPart): Tensor {
    const { config, chips, firstChip = 0, seed, thresholds } = this.options;
    if (config.comparator.offsetSigmaLsb === 0) return this.work.fact('no offsets', () => new Float32Array(1));
    const which = whole ? 'all' : `chip ${chip} head ${firstHead}`;
    return this.work.fact(`offsets of ${keys} comparators, ${which}`, () => {
      const population = whole
        ? { chips, heads: thresholds.heads, firstChip }
        : { chips: 1, heads: 1, firstChip: firstChip + chip, firstHead };
      return comparatorOffsets(config.comparator, { ...population, columns: keys, seed });
    });
  }

  private check(call: MachineCall): void {
    const { thresholds, dim } = this.options;
    const fits = call.chips === this.chips && call.heads === thresholds.heads && call.headDim === dim;
    if (fits && call.layer < thresholds.layers) return;
    throw fail(
      'SPRINT_CALL',
      `layer ${call.layer}, ${call.heads} heads of ${call.headDim}, ${call.chips} chips; built for ${thresholds.layers} layers, ${thresholds.heads} heads of ${dim}, ${this.chips} chips`,
      'program a machine for this model',
    );
  }
}

/** Records the estimates themselves, with the draws that the selection had. */
function recordEstimates(
  batch: Batch,
  place: Parameters<typeof planNibbleEstimate>[0] & QueryPart,
  { q, k }: { readonly q: Tensor; readonly k: Tensor },
  cells: KeyCells | undefined,
  scores: Tensor,
): void {
  if (cells) batch.run(planNibbleEstimateCells({ ...place, ...cells.noise }), { q, cells: cells.tensor, scores });
  else batch.run(planNibbleEstimate(place), { q, k, scores });
}
