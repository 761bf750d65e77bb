import { type CellChoice, type CellModel, cellModel } from '../device/cell.ts';
import { refuseCellwiseRead } from '../device/cell-check.ts';
import { type ComparatorChoice, type ComparatorModel, comparatorModel } from '../device/comparator.ts';
import { fail } from '../errors.ts';
import type { Eviction } from '../kernel/locality.ts';
import { sprintTiming } from '../ledger/technology/sprint.ts';
import { checkThresholds, type ThresholdList } from './thresholds.ts';

/** The three sizes of the paper, by buffer and CORELETs. */
export type SprintSize = 'S' | 'M' | 'L';

/** Settings of a simulated SPRINT; everything may be left out. Where the paper is silent the defaults are our reconstruction. */
export interface SprintConfig {
  /** 16, 32 or 64 KB of buffer for keys and values together, with 1, 2 or 4 CORELETs; default S. */
  readonly size?: SprintSize;
  /** Another buffer (KB) and number of CORELETs, in place of `size`. */
  readonly bufferKb?: number;
  readonly corelets?: number;
  /** Rows of an array; a longer key takes several columns, whose partial sums are added. */
  readonly rows?: number;
  /** Upper bits of an 8-bit key that the arrays hold, and of an 8-bit query that drives them; signs included. The kernels know 4 only. */
  readonly msbBits?: number;
  readonly queryBits?: number;
  /** ReRAM cell of the arrays. */
  readonly device?: string | CellChoice;
  /** Comparator of a key; default `ideal` beside ideal cells, else `sprint-assumed`. */
  readonly comparator?: string | ComparatorChoice;
  /** Scaled scores q . k / sqrt(dim) that a key has to reach, one per layer or `[layer][head]`. */
  readonly thresholds?: ThresholdList;
  /** Without thresholds: the share of the visible keys that thresholds fitted on a calibration text keep. */
  readonly keepRatio?: number;
  /** Whether fitted thresholds are one per layer or one per head. */
  readonly granularity?: 'layer' | 'head';
  /** Lowers every threshold by this much of a scaled score: keeps more, to lose less. */
  readonly margin?: number;
  /** Whether kept keys are scored again on chip; false takes the arrays' scores, as if they could be read. */
  readonly recompute?: boolean;
  /** Whether storing q, k and v in the memory is part of the energy. */
  readonly countWrites?: boolean;
  /** What a full buffer gives up; `baselineEviction` is that of the machine without pruning, default the same. */
  readonly eviction?: Eviction;
  readonly baselineEviction?: Eviction;
  /** Memory banks; key and value j lie in bank j mod banks. */
  readonly banks?: number;
  /** Cycles that a bank takes for one key with its value. */
  readonly bankCycles?: number;
  /** Cycles from a query to its pruning vector, in which the arrays take no other query. */
  readonly thresholdCycles?: number;
  /** Whether memory and CORELETs work at the same time. */
  readonly prefetch?: boolean;
  /** Whether key j belongs to CORELET j mod corelets, or each owns a run of keys. */
  readonly interleave?: boolean;
  /** Where CORELETs wait for each other: at the end of every query, or, running ahead in their own keys, of the head. */
  readonly barrier?: 'query' | 'head';
}

/** A checked configuration with every default and preset filled in. */
export interface ResolvedSprint {
  readonly bufferKb: number;
  readonly corelets: number;
  readonly rows: number;
  readonly msbBits: number;
  readonly queryBits: number;
  readonly device: CellModel;
  readonly comparator: ComparatorModel;
  readonly thresholds: ThresholdList | undefined;
  /** Undefined where thresholds are given. */
  readonly keepRatio: number | undefined;
  readonly granularity: 'layer' | 'head';
  readonly margin: number;
  readonly recompute: boolean;
  readonly countWrites: boolean;
  readonly eviction: Eviction;
  readonly baselineEviction: Eviction;
  readonly banks: number;
  readonly bankCycles: number;
  readonly thresholdCycles: number;
  readonly prefetch: boolean;
  readonly interleave: boolean;
  readonly barrier: 'query' | 'head';
}

/** Bits of q, k and v in memory and in the exact stage: an upper and a lower half of four bits each imply eight. */
export const sprintBits = 8;

const sizes: Readonly<Record<SprintSize, { readonly bufferKb: number; readonly corelets: number }>> = {
  S: { bufferKb: 16, corelets: 1 },
  M: { bufferKb: 32, corelets: 2 },
  L: { bufferKb: 64, corelets: 4 },
};

/**
 * Fills in defaults and rejects what can not be built or contradicts itself, naming the field and the allowed range. Throws
 * `SPRINT_CONFIG`, and what cells, comparators and thresholds throw.
 */
export function resolveSprint(config: SprintConfig = {}): ResolvedSprint {
  const { size, thresholds } = config;
  if (size !== undefined && !Object.hasOwn(sizes, size)) throw reject(`size is '${size}'`, 'use S, M or L');
  for (const field of ['bufferKb', 'corelets'] as const) {
    if (size !== undefined && config[field] !== undefined)
      throw reject(`size and ${field} are both given`, 'give one: a size is a buffer and a number of CORELETs');
  }
  if (thresholds && config.keepRatio !== undefined) {
    throw reject('thresholds and keepRatio are both given', 'give one: keepRatio is what thresholds are fitted to');
  }
  const clocks = (name: 'thresholdNs' | 'bankReadNs') =>
    Math.ceil(sprintTiming[name].value / sprintTiming.clockNs.value);
  const device = cellModel(config.device ?? 'ideal');
  refuseCellwiseRead(device, 'SPRINT');
  const resolved: ResolvedSprint = {
    bufferKb: config.bufferKb ?? sizes[size ?? 'S'].bufferKb,
    corelets: config.corelets ?? sizes[size ?? 'S'].corelets,
    rows: config.rows ?? 64,
    msbBits: config.msbBits ?? 4,
    queryBits: config.queryBits ?? 4,
    device,
    // A real cell comes with a real comparator unless the caller says otherwise.
    comparator: comparatorModel(config.comparator ?? (device.name === 'ideal' ? 'ideal' : 'sprint-assumed')),
    thresholds,
    keepRatio: thresholds ? undefined : (config.keepRatio ?? 0.25),
    granularity: config.granularity ?? 'layer',
    margin: config.margin ?? 0,
    recompute: config.recompute ?? true,
    countWrites: config.countWrites ?? true,
    eviction: config.eviction ?? 'resident',
    baselineEviction: config.baselineEviction ?? config.eviction ?? 'resident',
    banks: config.banks ?? 32,
    bankCycles: config.bankCycles ?? clocks('bankReadNs'),
    thresholdCycles: config.thresholdCycles ?? clocks('thresholdNs'),
    prefetch: config.prefetch ?? true,
    interleave: config.interleave ?? true,
    barrier: config.barrier ?? 'query',
  };
  check(resolved);
  return resolved;
}

function check(config: ResolvedSprint): void {
  const { bufferKb, thresholds, keepRatio, granularity, margin } = config;
  if (!(bufferKb > 0 && bufferKb <= 2 ** 20))
    throw reject(`bufferKb is ${bufferKb}`, 'use a size above 0 up to 1048576');
  for (const [field, low, high] of [
    ['corelets', 1, 4096],
    ['rows', 1, 65536],
    ['msbBits', 4, 4],
    ['queryBits', 4, 4],
    ['banks', 1, 65536],
    ['bankCycles', 0, 65535],
    ['thresholdCycles', 0, 65535],
  ] as const) {
    const value = config[field];
    if (!Number.isInteger(value) || value < low || value > high)
      throw reject(`${field} is ${value}`, low === high ? `use ${low}` : `use a whole number from ${low} to ${high}`);
  }
  if (thresholds) checkThresholds(thresholds);
  if (keepRatio !== undefined && !(keepRatio > 0 && keepRatio <= 1))
    throw reject(`keepRatio is ${keepRatio}`, 'use a share above 0 and up to 1');
  if (granularity !== 'layer' && granularity !== 'head')
    throw reject(`granularity is '${granularity}'`, 'use layer or head');
  if (!(margin >= 0 && Number.isFinite(margin))) throw reject(`margin is ${margin}`, 'use a score of 0 or more');
  for (const field of ['eviction', 'baselineEviction'] as const) {
    if (config[field] !== 'resident' && config[field] !== 'lru')
      throw reject(`${field} is '${config[field]}'`, 'use resident or lru');
  }
  if (config.barrier !== 'query' && config.barrier !== 'head')
    throw reject(`barrier is '${config.barrier}'`, 'use query or head');
  for (const field of ['recompute', 'countWrites', 'prefetch', 'interleave'] as const) {
    if (typeof config[field] !== 'boolean') throw reject(`${field} is ${config[field]}`, 'use true or false');
  }
}

const reject = (what: string, fix: string) => fail('SPRINT_CONFIG', `sprint.${what}`, fix);
