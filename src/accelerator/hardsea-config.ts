import { type CellChoice, type CellModel, cellModel } from '../device/cell.ts';
import { refuseCellwiseRead } from '../device/cell-check.ts';
import { type WtaChoice, type WtaModel, wtaModel } from '../device/time-domain.ts';
import { fail } from '../errors.ts';

/** How relevance follows from codes: centroid products of both sides, equal codes, or the exact query against the key's centroids. */
export type ScoreRule = 'symmetric' | 'match' | 'asymmetric';

/** Settings of a simulated HARDSEA; everything may be left out. Where the paper is silent the defaults are our reconstruction. */
export interface HardseaConfig {
  /** Sub-spaces M that a head's dimension is cut into. */
  readonly subspaces?: number;
  /** Centroids K* per sub-space, 2 to 256. */
  readonly centroids?: number;
  /** Rounds of k-means. */
  readonly iterations?: number;
  readonly score?: ScoreRule;
  /** Bits of an entry of the centroid product table; 0 keeps float32. */
  readonly tableBits?: number;
  /** Share of the row's tokens that is kept: k = ceil(keepRatio * tokens). */
  readonly keepRatio?: number;
  /** Keys kept per row; takes the place of `keepRatio`. */
  readonly keep?: number;
  /** ReRAM cell of the codebook arrays. */
  readonly device?: string | CellChoice;
  readonly encoder?: {
    /** Bits of the input converters; 0 drives the exact value. */
    readonly dacBits?: number;
    readonly wta?: string | WtaChoice;
  };
  readonly selector?: { readonly wta?: string | WtaChoice };
  /** Bits of q, k and v in the exact stage: 8-bit integers, or 32 for float32. */
  readonly operandBits?: 8 | 32;
  /** SRAM banks of the exact stage; token j lies in bank j mod banks. */
  readonly banks?: number;
  /** Copies of the encoder (M arrays each) that work at the same time. */
  readonly encoders?: number;
}

/** A checked configuration with every default and preset filled in. */
export interface ResolvedHardsea {
  readonly subspaces: number;
  readonly centroids: number;
  readonly iterations: number;
  readonly score: ScoreRule;
  readonly tableBits: number;
  readonly keepRatio: number;
  readonly keep: number | undefined;
  readonly device: CellModel;
  readonly encoder: { readonly dacBits: number; readonly wta: WtaModel };
  readonly selector: { readonly wta: WtaModel };
  readonly operandBits: 8 | 32;
  readonly banks: number;
  readonly encoders: number;
}

/** Fills in defaults and rejects what can not be built, naming the field and the allowed range. */
export function resolveHardsea(config: HardseaConfig = {}): ResolvedHardsea {
  const device = cellModel(config.device ?? 'ideal');
  refuseCellwiseRead(device, 'HARDSEA');
  // A real cell comes with real timing circuits unless the caller says otherwise.
  const wta = device.name === 'ideal' ? 'ideal' : 'td-65nm';
  const resolved: ResolvedHardsea = {
    subspaces: config.subspaces ?? 8,
    centroids: config.centroids ?? 16,
    iterations: config.iterations ?? 20,
    score: config.score ?? 'symmetric',
    tableBits: config.tableBits ?? 8,
    keepRatio: config.keepRatio ?? 0.25,
    keep: config.keep,
    device,
    encoder: { dacBits: config.encoder?.dacBits ?? 8, wta: wtaModel(config.encoder?.wta ?? wta) },
    selector: { wta: wtaModel(config.selector?.wta ?? wta) },
    operandBits: config.operandBits ?? 8,
    banks: config.banks ?? 32,
    encoders: config.encoders ?? 1,
  };
  whole('subspaces', resolved.subspaces, 1, 256);
  whole('centroids', resolved.centroids, 2, 256);
  whole('iterations', resolved.iterations, 0, 1000);
  whole('tableBits', resolved.tableBits, 0, 16);
  whole('encoder.dacBits', resolved.encoder.dacBits, 0, 16);
  whole('banks', resolved.banks, 1, 4096);
  whole('encoders', resolved.encoders, 1, 65536);
  if (resolved.keep !== undefined) whole('keep', resolved.keep, 1, 2 ** 31);
  if (!(resolved.keepRatio > 0 && resolved.keepRatio <= 1)) {
    throw fail('HARDSEA_CONFIG', `hardsea.keepRatio is ${resolved.keepRatio}`, 'use a share above 0 and up to 1');
  }
  if (!['symmetric', 'match', 'asymmetric'].includes(resolved.score)) {
    throw fail('HARDSEA_CONFIG', `hardsea.score is '${resolved.score}'`, 'use symmetric, match or asymmetric');
  }
  if (resolved.operandBits !== 8 && resolved.operandBits !== 32) {
    throw fail('HARDSEA_CONFIG', `hardsea.operandBits is ${resolved.operandBits}`, 'use 8 or 32');
  }
  if (resolved.encoder.wta.timeoutNs > 0) {
    throw fail(
      'HARDSEA_CONFIG',
      `hardsea.encoder.wta.timeoutNs is ${resolved.encoder.wta.timeoutNs}`,
      'use 0: a vector has a code always, that of its first arrival; selector.wta may have a timeout',
    );
  }
  if (resolved.encoder.dacBits === 1) {
    throw fail(
      'HARDSEA_CONFIG',
      'hardsea.encoder.dacBits is 1',
      'use 0 (the exact value) or 2 to 16: one bit is the sign',
    );
  }
  if (resolved.tableBits === 1) throw fail('HARDSEA_CONFIG', 'hardsea.tableBits is 1', 'use 0 (float32) or 2 to 16');
  return resolved;
}

/** Keys that a row keeps: the absolute number, or ceil(ratio * tokens). Throws when an absolute number exceeds the row. */
export function keptPerRow(config: Pick<ResolvedHardsea, 'keep' | 'keepRatio'>, keys: number): number {
  // 0.1 * 30 is a little above 3 in binary; the smallest share still keeps one.
  if (config.keep === undefined) return Math.max(1, Math.ceil(config.keepRatio * keys - 1e-9));
  if (config.keep > keys) {
    throw fail(
      'KEEP_TOO_LARGE',
      `keep is ${config.keep}, the rows have ${keys} keys`,
      `use at most ${keys}, or keepRatio`,
    );
  }
  return config.keep;
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw fail('HARDSEA_CONFIG', `hardsea.${name} is ${value}`, `use a whole number from ${low} to ${high}`);
  }
}
