import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { type Tensor, view } from '../gpu/tensor.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import type { MachineCall } from './machine.ts';

/** Some of a part's queries, whose selection is in memory at a time. */
export interface QueryPiece {
  readonly queryFirst: number;
  readonly queryCount: number;
}

/** Heads of a call that are worked on together: all of them, or one head of a long sequence. Draws are those of the whole call. */
export interface HeadPart {
  /** The heads as a call of their own. */
  readonly call: MachineCall;
  /** Whether this is the whole call in one piece. */
  readonly whole: boolean;
  /** Its first head among those of the layer. */
  readonly firstHead: number;
  /** Its first chip among those of the call. */
  readonly chip: number;
  /** Layer as draws count it: a head by itself is the only one of a layer of its own. */
  readonly drawLayer: number;
  readonly pieces: readonly QueryPiece[];
}

/** Memory that a selection may take at a time. */
const selectionBytes = 64 * 2 ** 20;

/**
 * Parts of a call that fit in memory and bindings one after another. A selection of more than 64 MiB is made head by head, and
 * in pieces of queries where one head is as long as that, so that memory grows with the tokens and not with their square.
 * Throws `PARTS_ALIGNMENT` when heads of a long sequence do not begin where a binding may, and `SELECTION_BYTES` when that much
 * memory makes no sense.
 */
export function partsOf(
  { device }: Gpu,
  call: MachineCall,
  operandBits: 8 | 32,
  mostBytes = selectionBytes,
): readonly HeadPart[] {
  const { sequences, heads, queries, keys, headDim, layer, chips, lengths } = call;
  if (!Number.isFinite(mostBytes) || mostBytes <= 0)
    throw fail('SELECTION_BYTES', `a selection may take ${mostBytes} bytes`, 'allow a number of bytes above 0');
  const rows = sequences * heads;
  const rowBytes = 4 * selectionWords(keys);
  // Floats as they come, and rows padded as the exact stage binds them.
  const tokenBytes = Math.max(4 * headDim, (operandBits / 8) * Math.ceil(headDim / 32) * 32);
  const operandBytes = rows * Math.max(queries, keys) * tokenBytes;
  if (rows * queries * rowBytes <= mostBytes && operandBytes <= device.limits.maxStorageBufferBindingSize)
    return [
      { call, whole: true, firstHead: 0, chip: 0, drawLayer: layer, pieces: [{ queryFirst: 0, queryCount: queries }] },
    ];
  const pieces = piecesOf(queries, Math.floor(mostBytes / rowBytes));
  const windows = sequences / chips;
  return Array.from({ length: rows }, (_, row) => {
    const [sequence, head] = [Math.floor(row / heads), row % heads];
    const of = (tensor: Tensor, tokens: number) => headOf(tensor, row, tokens, headDim);
    return {
      call: {
        ...call,
        ...{ sequences: 1, chips: 1, heads: 1, firstWindow: call.firstWindow + (sequence % windows) },
        ...{ q: of(call.q, queries), k: of(call.k, keys), v: of(call.v, keys), out: of(call.out, queries) },
        ...(lengths ? { lengths: lengths.subarray(sequence, sequence + 1) } : {}),
      },
      whole: false,
      firstHead: head,
      chip: Math.floor(sequence / windows),
      drawLayer: layer * heads + head,
      pieces,
    };
  });
}

/** Queries in pieces of at most so many, each beginning at a multiple of 64: rows of whatever width then begin where a binding may. */
export function piecesOf(queries: number, most: number): readonly QueryPiece[] {
  const size = Math.max(64, Math.floor(most / 64) * 64);
  return Array.from({ length: Math.ceil(queries / size) }, (_, i) => ({
    queryFirst: i * size,
    queryCount: Math.min(size, queries - i * size),
  }));
}

/** Rows of a piece, `[queryCount, ...shape]`, in a tensor with a row of `shape` for each of a part's queries. */
export function rowsOf(tensor: Tensor, { queryFirst, queryCount }: QueryPiece, ...shape: readonly number[]): Tensor {
  const width = shape.reduce((product, size) => product * size, 1);
  return view(tensor, queryFirst * width, [queryCount, ...shape]);
}

function headOf(tensor: Tensor, row: number, tokens: number, dim: number): Tensor {
  const first = row * tokens * dim;
  if (first % 64 !== 0)
    throw fail(
      'PARTS_ALIGNMENT',
      `${tokens} tokens of ${dim} dimensions are worked on head by head, and head ${row} begins at element ${first}`,
      'use tokens times dimensions that are a multiple of 64',
    );
  return view(tensor, first, [1, 1, tokens, dim]);
}
