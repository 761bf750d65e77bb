import { beforeAll, describe, expect, it } from 'vitest';
import { comparatorOffsetStudy, type OffsetPoint, type OffsetStudy } from '../../src/study/comparator-offset.ts';
import { correlatedOperands } from '../../src/study/correlated-operands.ts';
import { nodeGpu } from '../support/node-gpu.ts';

describe('comparator offsets', () => {
  let points: readonly OffsetPoint[];
  beforeAll(async () => {
    points = await comparatorOffsetStudy(await nodeGpu(), { offsetsMv: [0, 5], queries: 40 });
  });
  const at = (combine: string, offsetMv: number) =>
    points.find((point) => point.combine === combine && point.offsetMv === offsetMv)!;

  it('cost passive sharing more than a quarter of what it finds by 5 mV, and make it keep far more', () => {
    expect(at('passive', 0).recall).toBeGreaterThan(0.85);
    expect(at('passive', 5).recall).toBeLessThan(0.75 * at('passive', 0).recall);
    expect(at('passive', 0).keptShare).toBeCloseTo(0.25, 1);
    expect(at('passive', 5).keptShare).toBeGreaterThan(0.38);
  });

  it('cost conversion by bit plane at 6 bits less than a tenth', () => {
    expect(at('bitplane', 0).recall).toBeGreaterThan(0.85);
    expect(at('bitplane', 5).recall).toBeGreaterThan(0.9 * at('bitplane', 0).recall);
    expect(at('bitplane', 5).keptShare).toBeLessThan(0.3);
  });

  it('are other ones in another chip', async () => {
    const study = { offsetsMv: [2], combine: ['passive'], queries: 5, keys: 40, chips: 2 } as const;
    const [one, other] = await comparatorOffsetStudy(await nodeGpu(), study);
    expect([one!.chip, other!.chip]).toEqual([0, 1]);
    expect(other!.keptShare).not.toBe(one!.keptShare);
  });
});

it.each<[string, OffsetStudy]>([
  ['OFFSET_STUDY', { queries: 0 }],
  ['OFFSET_STUDY', { chips: 1.5 }],
  ['OFFSET_STUDY', { keepRatio: 0 }],
  ['OFFSET_STUDY', { keepRatio: 1 }],
  ['CHARGE_VALUE', { offsetsMv: [-1] }],
  ['ATTEND_DIM', { dim: 129, queries: 1, keys: 4 }],
])('%s for %j', async (code, study) => {
  await expect(comparatorOffsetStudy(await nodeGpu(), study)).rejects.toMatchObject({ code, kind: 'input' });
});

describe('correlated operands', () => {
  const sizes = { first: 0, queries: 6, keys: 100, dim: 40, correlation: 0.25, wanted: 25, seed: 1 };
  const codes = ({ q, k }: ReturnType<typeof correlatedOperands>) => [new Int8Array(q.buffer), new Int8Array(k.buffer)];

  it('have the correlation that they are asked for, and want as many keys', () => {
    const many = correlatedOperands({ ...sizes, queries: 30, keys: 400, wanted: 100 });
    const [q, k] = codes(many);
    let [qq, kk, qk] = [0, 0, 0];
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 400; j++) {
        for (let n = 0; n < 40; n++) {
          const [a, b] = [q![i * 64 + n]!, k![(i * 401 + j) * 64 + n]!];
          qq += a * a;
          kk += b * b;
          qk += a * b;
        }
      }
    }
    expect(qk / Math.sqrt(qq * kk)).toBeCloseTo(0.25, 2);
    expect(Math.sqrt(kk / (30 * 400 * 40))).toBeCloseTo(30, 0);
    for (const row of many.wanted) expect(row.reduce((a, b) => a + b, 0)).toBe(100);
  });

  it('are the same in any part, and zero in the last key and past the dimensions', () => {
    const [all, part] = [correlatedOperands(sizes), correlatedOperands({ ...sizes, first: 4, queries: 2 })];
    expect(part.q).toEqual(all.q.subarray(4 * 16));
    expect(part.k).toEqual(all.k.subarray(4 * 101 * 16));
    expect(part.thresholds).toEqual(all.thresholds.subarray(4));
    const [, k] = codes(all);
    expect(k!.subarray(100 * 64, 101 * 64)).toEqual(new Int8Array(64));
    expect(k!.subarray(40, 64)).toEqual(new Int8Array(24));
  });
});
