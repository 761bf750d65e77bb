import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { type Tensor, view } from '../gpu/tensor.ts';
import { planChargeCells } from '../kernel/charge-cells.ts';
import { planChargeMvm } from '../kernel/charge-mvm.ts';
import { chargeOffsets, chargeWeights, weightsPerCell } from '../kernel/charge-params.ts';
import { planChargeProgram, planeWords } from '../kernel/charge-program.ts';
import { planChargeSelect } from '../kernel/charge-select.ts';
import { chargedByHead, planChargedCells } from '../kernel/charged-cells.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import type { AttentionCall } from '../model/attention.ts';
import { arrayPasses, type ChargeActivity } from './charge-activity.ts';
import type { ResolvedCharge } from './charge-config.ts';
import { chargeLedger } from './charge-ledger.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity, LedgerRun, Machine, MachineCall, MachineOptions, MachineYield } from './machine.ts';
import { type HeadPart, partsOf } from './parts.ts';
import { joinSelections, readSelection, type SelectionPiece } from './selection-pieces.ts';
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

/** How a charge-domain hybrid is built. */
export interface ChargeOptions extends MachineOptions {
  readonly config: ResolvedCharge;
  readonly thresholds: Thresholds;
  /** Dimensions of a head. */
  readonly dim: number;
}

/** A trace with the cells that charged, `[sequences * heads, groups, 2]`. */
interface ChargeTrace extends ThresholdTrace {
  readonly charged: Reading<Uint32Array>;
}

/**
 * A population of simulated charge-domain hybrids: the upper nibbles of the keys in arrays of capacitors, one comparator per key
 * that prunes by a threshold, and exact attention over the survivors in the digital core. The ledger prices one array that
 * heads and layers take in turns; the cells that the keys of a head meet are drawn for each head. Where the paper is silent this is our reconstruction.
 */
export class ChargeHybrid implements Machine {
  readonly name = 'charge';
  readonly chips: number;
  private traces: ChargeTrace[] = [];
  private readonly options: ChargeOptions;
  private readonly work: Workspace;
  private readonly offsetValues: Float32Array;
  private readonly offsets: Tensor;
  private readonly shares: Tensor;

  private constructor(gpu: Gpu, options: ChargeOptions, shares: Tensor) {
    const { config, thresholds, chips, dim } = options;
    const { heads } = thresholds;
    this.options = options;
    this.chips = chips;
    this.work = new Workspace(gpu);
    this.offsetValues = chargeOffsets(config.array, dim, { ...options, heads });
    this.offsets = gpu.tensor(this.offsetValues, [chips, heads, config.array.columns], 'comparator offsets');
    this.shares = shares;
  }

  /** Draws the chips' capacitors and comparators. */
  static async program(gpu: Gpu, options: ChargeOptions): Promise<ChargeHybrid> {
    const { config, chips, dim, thresholds, seed, firstChip = 0 } = options;
    if (!Number.isInteger(chips) || chips < 1)
      throw fail('CHIPS', `${chips} chips`, 'use a whole number of at least 1');
    const mismatch = chargeWeights(config.array) !== 'none';
    const launch = planChargeCells({ chips, heads: thresholds.heads, dim, model: config.array, seed, firstChip });
    const shares = gpu.empty('f32', [mismatch ? launch.elements['shares']! : 1], 'capacitor shares');
    if (mismatch) {
      const batch = gpu.batch('draw capacitors');
      try {
        batch.run(launch, { shares });
        await batch.submit();
      } finally {
        batch.discard();
      }
    }
    return new ChargeHybrid(gpu, options, shares);
  }

  record(batch: Batch, call: AttentionCall): void {
    this.recordCall(batch, { ...call, queries: call.tokens, keys: call.tokens });
  }

  recordCall(batch: Batch, call: MachineCall): void {
    this.check(call);
    const { config, selectionBytes } = this.options;
    for (const part of partsOf(this.work.gpu, call, config.operandBits, selectionBytes))
      this.recordPart(batch, part, call);
  }

  private recordPart(batch: Batch, part: HeadPart, whole: MachineCall): void {
    const { call, pieces } = part;
    const { work, options } = this;
    const { config } = options;
    const sizes = thresholdSizes(call);
    const operands = recordOperands(batch, work, call, config.operandBits);
    const written = this.write(batch, part, operands.k);
    const place = {
      ...sizes,
      model: config.array,
      seed: options.seed,
      firstChip: (options.firstChip ?? 0) + part.chip,
      layer: part.drawLayer,
      firstEvent: call.firstWindow * call.queries,
    };
    const selected = selectedOf(batch, work, part);
    const lengths = recordLengths(batch, work, call);
    const thresholds = partThresholds(work, options.thresholds, part);
    const { q, scales } = operands;
    const keepSelection = options.keepSelection?.(whole) === true;
    const selections: SelectionPiece[] = [];
    for (const piece of pieces) {
      const { selection, counts } = selected.of(piece);
      const launch = planChargeSelect({ ...place, ...piece, partRows: true, margin: config.margin });
      batch.run(launch, { q, ...written, scales, thresholds, lengths, selection, counts });
      recordOutput(batch, work, part, piece, operands, selection, config, (some, estimates) => {
        batch.run(planChargeMvm({ ...place, ...some }), { q, ...written, estimates });
      });
      if (keepSelection) selections.push(readSelection(batch, part, selection, call.keys));
    }
    const charged = batch.temporary('u32', [sizes.headCount, 8 * Math.ceil(sizes.dim / 32), 2], 'charged cells');
    batch.run(planChargedCells(sizes), { q, k: operands.k, lengths, charged });
    const quality =
      options.measureQuality && !call.lengths
        ? recordThresholdQuality(batch, work, part, thresholds, config.margin)
        : undefined;
    this.traces.push({
      call,
      whole,
      firstHead: part.firstHead,
      chip: part.chip,
      kept: batch.read(selected.counts),
      charged: batch.read(charged),
      quality: quality ? batch.read(quality) : undefined,
      selections,
    });
  }

  takeActivity(): MachineYield<ChargeActivity> {
    this.work.release();
    const traces = this.traces;
    this.traces = [];
    const { columns } = this.options.config.array;
    const cells = new Map(
      traces.map((trace) => [trace, chargedByHead(trace.charged.values(), trace.call.sequences * trace.call.heads)]),
    );
    const folded = foldThresholdTraces(traces, this.chips, (trace, row) => {
      const { heads, queries, keys, causal, lengths } = trace.call;
      const valid = lengths?.[Math.floor(row / heads)] ?? keys;
      const part = { queries: Math.max(0, valid - keys + queries), keys: valid, causal, columns };
      const chargedCells = cells.get(trace)![row]!;
      return { ...thresholdActivity(trace, row), keysWritten: valid, chargedCells, passes: arrayPasses(part) };
    });
    return { ...folded, selections: joinSelections(traces) };
  }

  ledger({ activity, chips, windows }: LedgerRun, change?: TechnologyChange): AcceleratorLedger {
    const { config, dim } = this.options;
    return chargeLedger({ config, dim, chips }, activity as Activity<ChargeActivity>, windows, change);
  }

  destroy(): void {
    this.work.destroy();
    for (const tensor of [this.offsets, this.shares]) tensor.destroy();
  }

  /** Writes the keys' nibbles into the arrays. */
  private write(batch: Batch, part: HeadPart, codes: Tensor): { planes: Tensor; weights: Tensor } {
    const { work, options } = this;
    const sizes = thresholdSizes(part.call);
    const { headCount, keys, dim } = sizes;
    const model = options.config.array;
    const form = chargeWeights(model);
    const planes = work.get('key planes', 'u32', [headCount, keys, planeWords(dim)]);
    const rowElements = 32 * Math.ceil(dim / 32);
    const perKey = rowElements * weightsPerCell(form);
    const weights = work.get('key weights', 'f32', [Math.max(1, headCount * keys * perKey)]);
    // Lines of one head of one chip, where the part is that.
    const line = part.whole ? 0 : (part.chip * options.thresholds.heads + part.firstHead) * model.columns;
    const first = form === 'none' ? 0 : 4 * line * rowElements;
    const shares = view(this.shares, first, [this.shares.length - first]);
    const offsets = part.whole
      ? this.offsets
      : work.fact(`comparator offsets from ${line}`, () => this.offsetValues.slice(line, line + model.columns));
    batch.run(planChargeProgram({ ...sizes, model }), { codes, offsets, shares, planes, weights });
    return { planes, weights };
  }

  private check(call: MachineCall): void {
    const { thresholds, dim } = this.options;
    if (
      call.chips === this.chips &&
      call.heads === thresholds.heads &&
      call.headDim === dim &&
      call.layer < thresholds.layers
    )
      return;
    throw fail(
      'CHARGE_CALL',
      `layer ${call.layer}, ${call.heads} heads of ${call.headDim}, ${call.chips} chips; built for ${thresholds.layers} layers, ${thresholds.heads} heads of ${dim}, ${this.chips} chips`,
      'program a machine for this model',
    );
  }
}
