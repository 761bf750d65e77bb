import { describe, expect, it } from 'vitest';
import { nearNames } from '../src/near-names.ts';

describe('nearNames', () => {
  it('puts the same name under a prefix first, then by distance', () => {
    expect(
      nearNames('wte.weight', ['wpe.weight', 'ln_f.bias', 'transformer.wte.weight', 'wte.weights', 'wte.wieght']),
    ).toEqual(['transformer.wte.weight', 'wpe.weight', 'wte.weights']);
  });

  it('leaves out what is not similar', () => {
    expect(nearNames('q', ['weights', 'conductance'])).toEqual([]);
    expect(nearNames('x'.repeat(201), ['x'.repeat(200)])).toEqual([]);
    expect(nearNames('selection', ['x'.repeat(201), 'selecton'])).toEqual(['selecton']);
  });
});
