import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOT_COUNTED } from '../../src/kernel/token-loss.ts';
import { causalWindows, maskedWindows, maskIdOf } from '../../src/model/windows.ts';
import { expectInputError } from './safetensors-cases.ts';

const ids = Uint32Array.from({ length: 25 }, (_, i) => i + 100);

describe('windows of a causal model', () => {
  it('follow one another, and every position predicts the next token', () => {
    const { windows, basis } = causalWindows(ids, 8);
    expect(windows.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect([...windows[2]!.tokens]).toEqual([116, 117, 118, 119, 120, 121, 122, 123]);
    expect([...windows[2]!.targets]).toEqual([117, 118, 119, 120, 121, 122, 123, 124]);
    expect(basis).toBe('the next token at each of 8 positions a window');
    expect(causalWindows(ids, 8, 2).windows.length).toBe(2);
  });

  it('need the token after the last window', async () => {
    const held = (length: number) => causalWindows(ids.subarray(0, length), 8).windows.length;
    expect([held(9), held(16), held(17), held(24)]).toEqual([1, 1, 2, 2]);
    const message = /24 tokens hold 2 windows of 8 and the token after each, and 3 were asked for; ask for 1 to 2$/;
    await expectInputError(() => causalWindows(ids.subarray(0, 24), 8, 3), 'WINDOWS', message);
  });

  it.each([0, -1, 1.5, Number.NaN])('are not %s in number', (count) =>
    expectInputError(() => causalWindows(ids, 8, count), 'WINDOWS', /ask for 1 to 3/),
  );

  it.each([0, 8])('do not come from a text of %s tokens', (length) =>
    expectInputError(() => causalWindows(ids.subarray(0, length), 8), 'WINDOWS', /hold 0 .* give a longer text/),
  );
});

describe('windows of a masked model', () => {
  it('mask the listed positions and count only those', () => {
    const { windows, basis } = maskedWindows(ids, 4, 999, { listed: [[0, 3], [], [2]] });
    expect(windows.length).toBe(3);
    expect(windows.map(({ tokens }) => [...tokens])).toEqual([
      [999, 101, 102, 999],
      [104, 105, 106, 107],
      [108, 109, 999, 111],
    ]);
    expect([...windows[0]!.targets]).toEqual([100, NOT_COUNTED, NOT_COUNTED, 103]);
    expect(basis).toBe('the masked positions that were listed');
  });

  it('leave the text as it was', () => {
    const before = ids.slice();
    maskedWindows(ids, 4, 999, { listed: [[0]] });
    expect(ids).toEqual(before);
  });

  it.each([4, -1, 0.5])('do not mask the position %s of 4', (position) =>
    expectInputError(
      () => maskedWindows(ids, 4, 999, { listed: [[1], [position]] }),
      'MASKED_POSITION',
      /window 1 has .* whole numbers from 0 to 3/,
    ),
  );

  it('are no more than the lists', () =>
    expectInputError(
      () => maskedWindows(ids, 4, 999, { listed: [[1], [2]] }, 3),
      'WINDOWS',
      /25 tokens hold 6 windows of 4, with masked positions for 2, and 3 were asked for; ask for 1 to 2/,
    ));

  it('mask 15 % of the positions with a seed, the same ones each time', () => {
    const text = Uint32Array.from({ length: 4 * 256 }, (_, i) => i);
    const { windows, basis } = maskedWindows(text, 256, 9999, { seed: 7 });
    const positions = windows.map(({ tokens }) => [...tokens.keys()].filter((i) => tokens[i] === 9999));
    expect(positions.map((list) => list.length)).toEqual([38, 38, 38, 38]);
    expect(basis).toBe('38 of 256 positions a window (15 %), masked at random with seed 7');
    expect(new Set(positions.map(String)).size).toBe(4);
    expect(maskedWindows(text, 256, 9999, { seed: 7 }).windows).toEqual(windows);
    expect(maskedWindows(text, 256, 9999, { seed: 7 }, 2).windows).toEqual(windows.slice(0, 2));
    expect(maskedWindows(text, 256, 9999, { seed: 8 }).windows).not.toEqual(windows);
  });

  it('spread drawn positions evenly', () => {
    const text = new Uint32Array(64 * 2000);
    const perPosition = new Array<number>(64).fill(0);
    for (const { targets } of maskedWindows(text, 64, 1, { seed: 1 }).windows)
      for (const [i, target] of targets.entries()) if (target !== NOT_COUNTED) perPosition[i]! += 1;
    // 10 of 64 positions in 2000 windows: 312.5 each, with a deviation of 16.2; five of them is one in 10^6 per position.
    for (const count of perPosition) expect(Math.abs(count - 312.5)).toBeLessThan(5 * 16.2);
  });

  it('hold the text and its targets apart for any sizes', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 100 }), fc.integer());
    void fc.assert(
      fc.property(sizes, ([context, extra, seed]) => {
        const text = Uint32Array.from({ length: context + extra }, (_, i) => i);
        for (const { index, tokens, targets } of maskedWindows(text, context, 7777, { seed }).windows) {
          const whole = tokens.map((id, i) => (id === 7777 ? targets[i]! : id));
          expect([...whole]).toEqual([...text.subarray(index * context, (index + 1) * context)]);
          expect(targets.filter((id) => id !== NOT_COUNTED).length).toBe(Math.max(1, Math.round(0.15 * context)));
        }
      }),
    );
  });
});

describe('the id of the mask', () => {
  it('is the one that the tokenizer gives', async () => {
    expect(maskIdOf({ encode: () => Uint32Array.of(259) })).toBe(259);
    await expectInputError(() => maskIdOf({ encode: () => Uint32Array.of(1, 2) }), 'MASK_TOKEN', /into 2 ids/);
  });
});
