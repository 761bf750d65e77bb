import { type Crossbar, type CrossbarWeights, programCrossbar } from '../accelerator/crossbar.ts';
import { cellReadEnergyPj } from '../accelerator/crossbar-cell-energy.ts';
import { namedColumns, namedShape, visitRows } from '../accelerator/crossbar-cells.ts';
import { type CrossbarConfig, type ResolvedCrossbar, resolveCrossbar } from '../accelerator/crossbar-config.ts';
import type { FaultMaps } from '../accelerator/crossbar-faults.ts';
import { type CrossbarLedger, crossbarLedger } from '../accelerator/crossbar-ledger.ts';
import type { SliceProfile } from '../accelerator/crossbar-profile.ts';
import type { ConverterGrid } from '../device/converter.ts';
import type { FixedRange } from '../device/range.ts';
import type { ProfileOptions } from '../device/value-profile.ts';
import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { addCounts, type Counts } from '../ledger/counts.ts';
import { type Elasticities, type TechnologyChange, usedElasticities } from '../ledger/elasticity.ts';

/** What `runCrossbar` works on. */
export interface CrossbarJob {
  readonly weights: CrossbarWeights;
  /** [n, rows], row by row. */
  readonly inputs: Float32Array;
  readonly config?: CrossbarConfig;
  readonly seed?: number;
  /** Number of chips; results have a leading chip axis where it is given. */
  readonly chips?: number;
  /** Index of the first chip; default 0. */
  readonly firstChip?: number;
  /** Cells known to be stuck. */
  readonly faults?: FaultMaps;
  /** Whether to describe what the column converters saw in this run; default false. */
  readonly profile?: boolean | ProfileOptions;
}

/** An array with its shape. */
export interface ShapedArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** What a crossbar did with some inputs. */
export interface CrossbarResult {
  /** [(chips,) n, columns], in the unit that `config.output` says. */
  readonly outputs: ShapedArray;
  /**
   * Conductances (uS) after programming and faults, by name: `conductance_pos` and `conductance_neg`, or `conductance` and
   * `conductance_reference`; [(chips,) (slices,) rows, columns], the reference with one column per tile of columns, or absent.
   */
  readonly conductances: Readonly<Record<string, ShapedArray>>;
  /**
   * With exact wires: the current (uA) that a column's ends get per volt on a row, G+ less G- of a pair, by the names `effective` and
   * `effective_reference`; shapes as the conductances.
   */
  readonly effectives: Readonly<Record<string, ShapedArray>>;
  /** Actions of programming and multiplying, over all chips. */
  readonly counts: Counts;
  /** What one chip costs (mean over chips), with the energy of a cell from the voltages and conductances of this run. */
  readonly ledger: CrossbarLedger;
  /** What every figure of the ledger hangs on; constants that are not named have an elasticity of 0. */
  readonly elasticities: Elasticities;
  readonly config: ResolvedCrossbar;
  /** Range of the input converter, and the column converter of each weight slice (uA). */
  readonly inputRange: FixedRange;
  readonly columnGrids: readonly ConverterGrid[];
  /** What the column converters of each weight slice saw, where it was asked for. */
  readonly profile?: readonly SliceProfile[];
  /** GPU memory (bytes): what the programmed population takes, and the most that the run held at a time, that included. */
  readonly memory: { readonly programmedBytes: number; readonly peakBytes: number };
}

/**
 * Programs weights into a simulated array and multiplies inputs. Ranges that are to be measured are measured on these inputs.
 * Throws `CROSSBAR_INPUTS` for inputs of a wrong length, that are not finite, or negative where they may not be, and what
 * `programCrossbar` throws.
 */
export async function runCrossbar(gpu: Gpu, job: CrossbarJob): Promise<CrossbarResult> {
  const { weights, inputs, config = {}, seed, chips, firstChip, faults } = job;
  checkInputs(inputs, weights.rows, resolveCrossbar(config).signedInputs);
  const before = gpu.memory.bytes;
  const crossbar = await programCrossbar(gpu, weights, config, { seed, chips, firstChip, faults });
  const tensor = gpu.tensor(inputs, [inputs.length / weights.rows, weights.rows], 'inputs');
  let y: ReturnType<Crossbar['multiply']> | undefined;
  try {
    await crossbar.calibrate(tensor);
    const batch = gpu.batch('crossbar');
    y = crossbar.multiply(batch, tensor);
    const outputs = batch.read<Float32Array>(y);
    const cells = batch.read<Float32Array>(crossbar.conductance);
    const effective = crossbar.effective && batch.read<Float32Array>(crossbar.effective);
    // Recording has allocated everything that the batch works on.
    const peakBytes = gpu.memory.bytes - before;
    await batch.submit();
    const profile = job.profile
      ? await crossbar.profile(inputs, { ...(job.profile === true ? {} : job.profile), firstEvent: 0 })
      : undefined;
    const lead = chips === undefined ? [] : [chips];
    const count = inputs.length / weights.rows;
    const work = { inputs: count, cellReadPj: cellReadEnergyPj(crossbar, inputs, cells.values()) };
    const { array, config: resolved } = crossbar;
    const ledgerAt = (change?: TechnologyChange) => crossbarLedger(array, resolved, work, change);
    return {
      outputs: { values: outputs.values(), shape: [...lead, count, weights.columns] },
      conductances: conductancesOf(crossbar, cells.values(), lead),
      effectives: effective ? effectivesOf(crossbar, effective.values(), lead) : {},
      counts: addCounts(crossbar.writeCounts(), crossbar.readCounts(count)),
      ledger: ledgerAt(),
      elasticities: usedElasticities(ledgerAt),
      config: resolved,
      inputRange: crossbar.inputRange!,
      columnGrids: crossbar.columnGrids!,
      ...(profile ? { profile } : {}),
      memory: { programmedBytes: crossbar.memoryBytes, peakBytes },
    };
  } finally {
    y?.destroy();
    tensor.destroy();
    crossbar.destroy();
  }
}

// The currents of a pair's sides are subtracted, so their matrices are.
function effectivesOf(
  crossbar: Pick<Crossbar, 'array'>,
  cells: Float32Array,
  lead: readonly number[],
): Readonly<Record<string, ShapedArray>> {
  const named = conductancesOf(crossbar, cells, lead);
  const { conductance_pos: plus, conductance_neg: minus, conductance, conductance_reference: reference } = named;
  if (plus && minus) return { effective: { ...plus, values: plus.values.map((g, at) => g - minus.values[at]!) } };
  return { effective: conductance!, ...(reference ? { effective_reference: reference } : {}) };
}

/** Cuts programmed cells, as {@link Crossbar.conductance} holds them, into named arrays; `lead` is the chip axis or nothing. */
export function conductancesOf(
  { array }: Pick<Crossbar, 'array'>,
  cells: Float32Array,
  lead: readonly number[],
): Readonly<Record<string, ShapedArray>> {
  const named = namedColumns(array).map((block): [string, ShapedArray] => {
    const shape = namedShape(array, block);
    const values = new Float32Array(shape.reduce((a, b) => a * b, array.chips));
    visitRows(array, block, array.chips, (own, cell) => values.set(cells.subarray(cell, cell + block.columns), own));
    return [`conductance${block.suffix}`, { values, shape: [...lead, ...shape] }];
  });
  return Object.fromEntries(named);
}

function checkInputs(inputs: Float32Array, rows: number, signed: boolean): void {
  if (!(rows > 0) || inputs.length % rows !== 0) {
    throw fail('CROSSBAR_INPUTS', `${inputs.length} input values for ${rows} rows`, 'give inputs [n, rows]');
  }
  const bad = inputs.findIndex((value) => !Number.isFinite(value) || (!signed && value < 0));
  if (bad < 0) return;
  const place = `[${Math.floor(bad / rows)}, ${bad % rows}]`;
  throw fail(
    'CROSSBAR_INPUTS',
    `the input ${place} is ${inputs[bad]}`,
    signed ? 'give finite inputs' : 'give finite inputs of 0 or more, or allow signedInputs',
  );
}
