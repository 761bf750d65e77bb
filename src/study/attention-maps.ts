import type { AttentionMaps, RunRequest } from './result.ts';
import type { TextModel } from './text-model.ts';

/** Which head is drawn; always the first window. */
export interface MapSubject {
  readonly layer: number;
  readonly head: number;
}

/** Cells along each axis of a drawn map. */
const mostCells = 128;

/** Exact attention of one head beside what was selected, both brought to at most 128 x 128 cells. */
export function drawMaps(
  text: TextModel,
  { layer, head }: MapSubject,
  { accelerator, label }: Pick<RunRequest, 'accelerator' | 'label'>,
  q: Float32Array,
  k: Float32Array,
  selection: Uint32Array,
): AttentionMaps {
  const { headDim, context: tokens } = text.facts;
  const { causal } = text;
  const size = Math.min(tokens, mostCells);
  const cell = (token: number) => Math.floor((token * size) / tokens);
  const exact = new Array<number>(size * size).fill(0);
  const kept = new Array<number>(size * size).fill(0);
  const pairs = new Array<number>(size * size).fill(0);
  const words = Math.ceil(tokens / 32);
  const first = head * tokens * headDim;
  for (let i = 0; i < tokens; i++) {
    const visible = causal ? i + 1 : tokens;
    const scores = Array.from({ length: visible }, (_, j) => {
      let sum = 0;
      for (let d = 0; d < headDim; d++) sum += q[first + i * headDim + d]! * k[first + j * headDim + d]!;
      return sum / Math.sqrt(headDim);
    });
    const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
    for (let j = 0; j < visible; j++) {
      const at = cell(i) * size + cell(j);
      exact[at] = Math.max(exact[at]!, Math.exp(scores[j]! - top) / total);
      kept[at]! += (selection[(head * tokens + i) * words + (j >> 5)]! >>> (j & 31)) & 1;
      pairs[at]! += 1;
    }
  }
  return {
    layer,
    head,
    window: 0,
    run: label,
    accelerator,
    tokens,
    size,
    causal,
    exact,
    selection: kept.map((count, at) => (pairs[at]! > 0 ? count / pairs[at]! : 0)),
  };
}
