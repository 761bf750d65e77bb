import { describe, expect, it } from 'vitest';
import type { MachineCall } from '../../src/accelerator/machine.ts';
import { partsOf } from '../../src/accelerator/parts.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';

/** A device of which nothing counts but how much it binds. */
const binding = (bytes: number) => ({ device: { limits: { maxStorageBufferBindingSize: bytes } } }) as unknown as Gpu;

function call(heads: number, tokens: number, headDim: number): MachineCall {
  const tensor = { length: heads * tokens * headDim, offset: 0, label: 'x' } as Tensor;
  return {
    ...{ layer: 0, sequences: 1, chips: 1, firstWindow: 0 },
    ...{ heads, queries: tokens, keys: tokens, headDim, causal: true },
    ...{ q: tensor, k: tensor, v: tensor, out: tensor },
  };
}

describe('partsOf', () => {
  it.each([
    [32, 4 * 64],
    [8, 4 * 40],
  ] as const)(
    'goes head by head where the operands of all heads, in %s bits, are more than a binding holds',
    (bits, tokenBytes) => {
      const bytes = 2 * 128 * tokenBytes;
      expect(partsOf(binding(bytes), call(2, 128, 40), bits)).toHaveLength(1);
      expect(partsOf(binding(bytes - 1), call(2, 128, 40), bits)).toHaveLength(2);
    },
  );

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s bytes for a selection', (bytes) => {
    expect(() => partsOf(binding(2 ** 27), call(1, 64, 64), 8, bytes)).toThrow(
      expect.objectContaining({ code: 'SELECTION_BYTES' }),
    );
  });

  it('refuses heads that begin where no binding may', () => {
    expect(() => partsOf(binding(2 ** 27), call(2, 66, 16), 8, 1)).toThrow(
      expect.objectContaining({ code: 'PARTS_ALIGNMENT' }),
    );
  });
});
