import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import type { MachineCall } from './machine.ts';
import type { HeadPart } from './parts.ts';
import type { Workspace } from './workspace.ts';

/** Rows of a selection that are read back, over the first `keys` of the part's keys. */
export interface SelectionPiece {
  readonly reading: Reading<Uint32Array>;
  readonly keys: number;
}

/** What the trace of every part of a call says of its place in it. */
export interface PartTrace {
  /** The part as a call of its own. */
  readonly call: MachineCall;
  /** The call that it is a part of. */
  readonly whole: MachineCall;
  readonly firstHead: number;
  /** Empty where the selection was not asked for. */
  readonly selections: readonly SelectionPiece[];
}

/** Reads a piece's selection back. The whole of a call that is alone in its batch need not be copied first. */
export function readSelection(
  batch: Batch,
  { call, whole }: HeadPart,
  selection: Tensor,
  keys: number,
): SelectionPiece {
  return { reading: whole && call.alone ? batch.read(selection) : batch.snapshot(selection), keys };
}

/** Selections that were asked for, one `[sequences * heads, queries, words]` for each call that has one. */
export function joinSelections(traces: readonly PartTrace[]): readonly Uint32Array[] {
  const byCall = new Map<MachineCall, PartTrace[]>();
  for (const trace of traces.filter(({ selections }) => selections.length > 0))
    byCall.set(trace.whole, [...(byCall.get(trace.whole) ?? []), trace]);
  return [...byCall].map(([whole, parts]) => {
    const pieces = parts.flatMap(({ selections }) => selections);
    if (pieces.length === 1) return pieces[0]!.reading.values();
    const words = selectionWords(whole.keys);
    const all = new Uint32Array(whole.sequences * whole.heads * whole.queries * words);
    let row = 0;
    for (const { reading, keys } of pieces) {
      const width = selectionWords(keys);
      const values = reading.values();
      for (let at = 0; at < values.length; at += width, row++) all.set(values.subarray(at, at + width), row * words);
    }
    return all;
  });
}

/** The whole call's selection, of which quality is measured. Throws `QUALITY_SIZE` for a call that is worked on in parts. */
export function wholeSelection(work: Workspace, { call, whole }: Pick<HeadPart, 'call' | 'whole'>): Tensor {
  const { sequences, heads, queries, keys } = call;
  if (!whole)
    throw fail(
      'QUALITY_SIZE',
      `quality is measured of ${queries} queries over ${keys} keys, which are worked on head by head`,
      'measure it on shorter sequences',
    );
  return work.get('selection', 'u32', [sequences * heads, queries, selectionWords(keys)]);
}
