import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareResults, comparisonTable, readResult } from '../../bench/compare.ts';
import { compileTable, timeCompiles } from '../../bench/compile.ts';
import { linearBench } from '../../bench/kernels/linear.ts';
import { commonStep } from '../../bench/overheads.ts';
import type { BenchResult } from '../../bench/run.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const kernel = (name: string, rows: number, samplesMs: number[], wrong?: string) => ({
  ...{ name, sizes: { rows }, wrong },
  timing: { medianMs: samplesMs[Math.floor(samplesMs.length / 2)]!, samplesMs },
});
const result = (...kernels: ReturnType<typeof kernel>[]) =>
  ({ format: 1, adapter: { description: 'one', runtime: 'node' }, kernels }) as unknown as BenchResult;

describe('two results of the bench', () => {
  const a = result(kernel('linear', 8, [1, 2, 4]), kernel('heads', 8, [3]), kernel('pad', 8, [1], 'row 0'));
  const b = result(kernel('linear', 8, [1, 1, 2]), kernel('heads', 16, [3]), kernel('pad', 8, [1]));

  it('are compared where both are right at the same sizes', () => {
    // Ratios 1/1, 1/2, 1/4, twice, and 2/1, 2/2, 2/4: in order 1/4 1/4 1/2 1/2 1/2 1 1 1 2.
    const line = { name: 'linear', sizes: 'rows 8', aMs: 2, bMs: 1, ratio: 0.5, quartiles: [0.5, 1] };
    expect(compareResults(a, b)).toEqual([line]);
    const table = comparisonTable(a, b);
    expect(table).toMatch(/^linear +2\.00 +1\.00 +0\.50 +0\.50 to 1\.00 +rows 8$/m);
    expect(table).toContain('only in A, or wrong in one: heads, pad');
    expect(() => compareResults(a, result(kernel('other', 8, [1])))).toThrow('no kernel is right in both');
  });

  it('have to be results of the bench', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'compare-'));
    const file = (text: string) => {
      const path = join(folder, 'a.json');
      writeFileSync(path, text);
      return path;
    };
    expect((await readResult(file(JSON.stringify(a)))).kernels).toHaveLength(3);
    for (const text of ['{', 'null', '{"format":2}', JSON.stringify({ ...a, kernels: [{ name: 'x' }] })])
      await expect(readResult(file(text)), text).rejects.toMatchObject({ code: 'BENCH_FILE', kind: 'input' });
    await expect(readResult(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'BENCH_FILE' });
  });
});

describe('what else is measured', () => {
  it('the compile times of pipelines, each once', async () => {
    const gpu = await nodeGpu();
    const small = linearBench({ rows: 4, columns: 8, inner: 16, variant: 'tile' });
    const before = gpu.memory.bytes;
    const compiled = await timeCompiles(gpu, [small, { ...small, name: 'again' }]);
    expect(gpu.memory.bytes).toBe(before);
    expect(compiled).toMatchObject([{ pipeline: expect.stringMatching(/^linear\.main\(/), kernel: 'linear' }]);
    expect(compiled[0]!.wallMs).toBeGreaterThan(0);
    expect(compileTable('x', [{ ...compiled[0]!, processorMs: 3001 }])).toContain('TOO LONG');
    expect(compileTable('x', [{ ...compiled[0]!, processorMs: 2999 }])).not.toContain('TOO LONG');
  });

  it('the step of timestamps, as what all their distances have in common', () => {
    expect(commonStep([5n, 5n + 3n * 65536n, 5n + 8n * 65536n])).toBe(65536);
    expect(commonStep([7n, 7n])).toBe(0);
  });
});
