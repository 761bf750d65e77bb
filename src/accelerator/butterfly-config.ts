import { fail } from '../errors.ts';
import { fittedClockMhz } from '../ledger/technology/butterfly.ts';
import type { SpanList } from './spans.ts';

/** Settings of a simulated sparse Transformer chip of digital macros; everything may be left out. Where the paper is silent the defaults are our reconstruction. */
export interface ButterflyConfig {
  /** Inputs M of a butterfly: a power of two, and how many operands N of them leave it. */
  readonly block?: number;
  readonly lanes?: number;
  /**
   * `balanced`: every block of weights has at most N that are not zero. `irregular`: any pattern, in as many rounds as it
   * takes. `auto`: each layer as balanced if it is, else as irregular.
   */
  readonly fork?: 'auto' | 'balanced' | 'irregular';
  /** `irregular` layers only: blocks that fill the lanes together by cyclic offsets; 1 = each by itself. */
  readonly packing?: number;
  /** What the settings of a butterfly are stored as: a bit per input, an index per kept weight, or a bit per switch. */
  readonly metadata?: 'bitmap' | 'index' | 'switch';
  /** Digital macros, columns of one (in lockstep), and products that the tree of a column adds. */
  readonly macros?: number;
  readonly macroColumns?: number;
  readonly treeInputs?: number;
  /** Memory of all macros (KB of 1024 bytes), and the buffer beside them. */
  readonly capacityKb?: number;
  readonly bufferKb?: number;
  readonly softmaxUnits?: number;
  /** Keys that a query sees, its own included, to each side that it may look: see {@link Spans}. */
  readonly spans?: Spans;
  /** Bits of q, k and v in attention, and of inputs and weights in linear layers; 32 is float32, to tell what 8 bits cost. */
  readonly operandBits?: 8 | 32;
  readonly linearBits?: 8 | 32;
  /** Weights that are pruned before the run: to N of M by magnitude, or to the share kept; as they are where it is left out. */
  readonly prune?: 'balanced' | number;
  /** Heads that a call's projections are split into. A model brings its own. */
  readonly heads?: number;
  /** Whether the butterflies skip the zeros of the weights; without them every weight is multiplied. */
  readonly skipper?: boolean;
  /** Whether keys and values stay in the macros while any query sees them; without, every tile of queries loads its own. */
  readonly spanReuse?: boolean;
  /** Whether queries and keys are one projection, so that scores mirror each other. */
  readonly qkSharing?: boolean;
  /** Queries that work on one load of weights, or of keys where they are not reused. */
  readonly tileQueries?: number;
  readonly supplyV?: number;
  /** Share of the nodes of multipliers, trees and butterflies that switch in a cycle. */
  readonly toggle?: number;
  readonly clockMhz?: number;
  /** The point at which the chip's headline efficiency is computed: all three are ours, the paper's are not public. */
  readonly headline?: Partial<HeadlinePoint>;
}

/** One span for all heads, one per layer or per layer and head, or a share of the context. */
export type Spans = SpanList;

/** What decides an efficiency of sparse operations: share of zero weights, supply and switching nodes. */
export interface HeadlinePoint {
  readonly sparsity: number;
  readonly supplyV: number;
  readonly toggle: number;
}

/** A checked configuration with every default filled in. */
export type ResolvedButterfly = Required<Omit<ButterflyConfig, 'headline' | Optional>> &
  Pick<ButterflyConfig, Optional> & { readonly headline: HeadlinePoint };

type Optional = 'prune' | 'heads';

/** The point that is taken where none is given: with it the model comes near the published headline. */
export const defaultHeadline: HeadlinePoint = Object.freeze({ sparsity: 0.75, supplyV: 0.65, toggle: 1 });

/** Fills in defaults and rejects what can not be built, naming the field and the allowed range. Throws `BUTTERFLY_CONFIG`. */
export function resolveButterfly(config: ButterflyConfig = {}): ResolvedButterfly {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const headline = { ...defaultHeadline, ...config.headline };
  const resolved: ResolvedButterfly = { ...defaults, ...given, headline };
  const { block, lanes, treeInputs, spans } = resolved;
  powerOfTwo('block', block, 2, 64);
  powerOfTwo('lanes', lanes, 1, block);
  powerOfTwo('treeInputs', treeInputs, Math.max(2, lanes), 4096);
  for (const [name, high] of wholes) whole(name, resolved[name], high);
  for (const [name, value] of namedSpans(spans)) whole(name, value, 2 ** 24);
  for (const name of ['operandBits', 'linearBits'] as const) {
    if (resolved[name] !== 8 && resolved[name] !== 32)
      throw reject(`${name} is ${resolved[name]}`, 'use 8 (integers) or 32 (float32)');
  }
  if (resolved.heads !== undefined) whole('heads', resolved.heads, 65536);
  checkPrune(resolved.prune);
  oneOf('fork', resolved.fork, ['auto', 'balanced', 'irregular']);
  oneOf('metadata', resolved.metadata, ['bitmap', 'index', 'switch']);
  for (const name of ['skipper', 'spanReuse', 'qkSharing'] as const) {
    if (typeof resolved[name] !== 'boolean') throw reject(`${name} is ${resolved[name]}`, 'use true or false');
  }
  if (resolved.fork === 'balanced' && resolved.packing !== 1) {
    throw reject(
      `packing is ${resolved.packing} with balanced blocks`,
      'use 1: their lanes are full; or fork irregular',
    );
  }
  positive('supplyV', resolved.supplyV);
  positive('clockMhz', resolved.clockMhz);
  positive('headline.supplyV', headline.supplyV);
  share('toggle', resolved.toggle);
  share('headline.toggle', headline.toggle);
  share('headline.sparsity', headline.sparsity);
  if (headline.sparsity === 1) throw reject('headline.sparsity is 1', 'leave some weights to work with');
  return resolved;
}

/** The span of a head, at most `keys`. Throws `BUTTERFLY_CONFIG` where the table has no such layer or head. */
export function spanOf(spans: Spans, layer: number, head: number, keys: number): number {
  const span = entryOf(spans, layer, head, keys);
  if (span === undefined) {
    throw reject(
      `spans has no entry for layer ${layer}, head ${head}`,
      'give one span for each head, or one number for all',
    );
  }
  return Math.min(span, keys);
}

function entryOf(spans: Spans, layer: number, head: number, keys: number): number | undefined {
  if (typeof spans === 'number') return spans;
  if ('share' in spans) return Math.ceil(spans.share * keys);
  const entry = spans[layer];
  return typeof entry === 'number' ? entry : entry?.[head];
}

const defaults: Omit<ResolvedButterfly, 'headline'> = Object.freeze({
  block: 16,
  lanes: 4,
  fork: 'auto',
  packing: 1,
  metadata: 'bitmap',
  macros: 16,
  macroColumns: 32,
  treeInputs: 64,
  capacityKb: 144,
  bufferKb: 32,
  softmaxUnits: 16,
  spans: 128,
  operandBits: 8,
  linearBits: 8,
  skipper: true,
  spanReuse: true,
  qkSharing: false,
  tileQueries: 64,
  supplyV: 0.9,
  toggle: 0.5,
  clockMhz: fittedClockMhz,
});

/** Fields that are whole numbers from 1, and the highest that makes sense. */
const wholes = [
  ['packing', 4096],
  ['macros', 65536],
  ['macroColumns', 65536],
  ['capacityKb', 2 ** 24],
  ['bufferKb', 2 ** 24],
  ['softmaxUnits', 65536],
  ['tileQueries', 2 ** 24],
] as const;

function* namedSpans(spans: Spans): Generator<readonly [string, number]> {
  if (typeof spans === 'number') yield ['spans', spans];
  else if (Array.isArray(spans)) {
    if (spans.length === 0) throw reject('spans is empty', 'give a number, or one entry per layer');
    for (const [layer, row] of (spans as readonly (number | readonly number[])[]).entries()) {
      if (!Array.isArray(row)) yield [`spans[${layer}]`, row as number];
      else for (const [head, value] of row.entries()) yield [`spans[${layer}][${head}]`, value];
    }
  } else if (!('share' in spans) || !(spans.share > 0 && spans.share <= 1))
    throw reject(
      `spans is ${JSON.stringify(spans)}`,
      'give a number, one entry per layer, or {"share": a number above 0, at most 1}',
    );
}

function checkPrune(prune: ButterflyConfig['prune']): void {
  if (prune === undefined || prune === 'balanced') return;
  if (typeof prune === 'number' && prune > 0 && prune <= 1) return;
  throw reject(
    `prune is ${JSON.stringify(prune)}`,
    'use "balanced", or the share of weights to keep, above 0, at most 1',
  );
}

function whole(name: string, value: number, high: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= high) return;
  throw reject(`${name} is ${value}`, `use a whole number from 1 to ${high}`);
}

function powerOfTwo(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(Math.log2(value)) && value >= low && value <= high) return;
  throw reject(`${name} is ${value}`, `use a power of two from ${low} to ${high}`);
}

function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw reject(`${name} is ${value}`, 'use a finite number above 0');
}

function share(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw reject(`${name} is ${value}`, 'use a share from 0 to 1');
}

function oneOf(name: string, value: string, names: readonly string[]): void {
  if (!names.includes(value)) throw reject(`${name} is '${value}'`, `use ${names.join(' or ')}`);
}

const reject = (what: string, fix: string) => fail('BUTTERFLY_CONFIG', `butterfly.${what}`, fix);
