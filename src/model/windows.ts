import { fail } from '../errors.ts';
import { NOT_COUNTED } from '../kernel/token-loss.ts';
import { philoxWords, streams } from '../reference/rng.ts';

/** One stretch of text that a model reads at once. */
export interface TextWindow {
  readonly index: number;
  /** What the model sees, one id per position. */
  readonly tokens: Uint32Array;
  /** What it is to say at each position; `NOT_COUNTED` where the loss does not look. */
  readonly targets: Uint32Array;
}

/** Windows of one text, and a sentence for reports on where the loss is taken. */
export interface TextWindows {
  readonly windows: readonly TextWindow[];
  readonly basis: string;
}

/** Share of the positions that are masked where none are listed: what BERT was trained with. */
export const MASKED_SHARE = 0.15;

/**
 * Windows of a causal model: window w reads ids [w * context, (w + 1) * context) and predicts at every position the id
 * that follows. `count` windows from the beginning, or all that the text holds. Throws `WINDOWS` where it holds fewer.
 */
export function causalWindows(ids: Uint32Array, context: number, count?: number): TextWindows {
  const held = Math.max(0, Math.floor((ids.length - 1) / context));
  const windows = cut(held, count, `${ids.length} tokens hold ${held} windows of ${context} and the token after each`);
  return {
    windows: windows.map((index) => {
      const start = index * context;
      const [tokens, targets] = [ids.slice(start, start + context), ids.slice(start + 1, start + context + 1)];
      return { index, tokens, targets };
    }),
    basis: `the next token at each of ${context} positions a window`,
  };
}

/** Which positions of a window are masked: listed for every window, or drawn with a seed. */
export type MaskedPositions = { readonly listed: readonly (readonly number[])[] } | { readonly seed: number };

/**
 * Windows of a masked model: window w reads ids [w * context, (w + 1) * context) with the masked positions replaced by
 * `maskId`, and the loss is taken there. With a seed, 15 % of the positions, rounded and at least one, are drawn for each
 * window, the same ones for the same seed and window. Throws `WINDOWS` where the text (or the list) holds fewer than
 * `count` windows and `MASKED_POSITION` for a listed position outside the window.
 */
export function maskedWindows(
  ids: Uint32Array,
  context: number,
  maskId: number,
  masked: MaskedPositions,
  count?: number,
): TextWindows {
  const inText = Math.floor(ids.length / context);
  const held = 'listed' in masked ? Math.min(inText, masked.listed.length) : inText;
  const lists = 'listed' in masked ? `, with masked positions for ${masked.listed.length}` : '';
  const windows = cut(held, count, `${ids.length} tokens hold ${inText} windows of ${context}${lists}`);
  const drawn = Math.max(1, Math.round(MASKED_SHARE * context));
  return {
    windows: windows.map((index) => {
      const positions = 'listed' in masked ? masked.listed[index]! : draw(masked.seed, index, context, drawn);
      return maskOne(index, ids.subarray(index * context, (index + 1) * context), maskId, positions);
    }),
    basis:
      'listed' in masked
        ? 'the masked positions that were listed'
        : `${drawn} of ${context} positions a window (15 %), masked at random with seed ${masked.seed}`,
  };
}

/** The id that a tokenizer gives to BERT's mask. Throws `MASK_TOKEN` when the text `[MASK]` is not one id. */
export function maskIdOf(tokenizer: { encode(text: string): Uint32Array }): number {
  const ids = tokenizer.encode('[MASK]');
  if (ids.length === 1) return ids[0]!;
  throw fail(
    'MASK_TOKEN',
    `the tokenizer turns [MASK] into ${ids.length} ids`,
    'use the tokenizer.json of a BERT model',
  );
}

function cut(held: number, count: number | undefined, what: string): number[] {
  const wanted = count ?? held;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > held) {
    const asked = count === undefined ? 'at least one is needed' : `${count} were asked for`;
    throw fail('WINDOWS', `${what}, and ${asked}`, held > 0 ? `ask for 1 to ${held}` : 'give a longer text');
  }
  return Array.from({ length: wanted }, (_, index) => index);
}

function maskOne(index: number, ids: Uint32Array, maskId: number, positions: readonly number[]): TextWindow {
  const tokens = ids.slice();
  const targets = new Uint32Array(ids.length).fill(NOT_COUNTED);
  for (const position of positions) {
    if (!Number.isInteger(position) || position < 0 || position >= ids.length) {
      const what = `window ${index} has ${position} among its masked positions`;
      throw fail('MASKED_POSITION', what, `use whole numbers from 0 to ${ids.length - 1}`);
    }
    targets[position] = ids[position]!;
    tokens[position] = maskId;
  }
  return { index, tokens, targets };
}

/** The positions with the smallest random words, in ascending order. */
function draw(seed: number, window: number, context: number, count: number): number[] {
  const words = Array.from({ length: context }, (_, position) => {
    return philoxWords(seed, 0, streams.maskedPositions, position, window)[0];
  });
  const order = Array.from(words.keys()).sort((a, b) => words[a]! - words[b]! || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}
