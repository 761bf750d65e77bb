import { describe, expect, it } from 'vitest';
import { hostCases, hostSuite } from '../../bench/host.bench.ts';
import type { BenchKernel } from '../../bench/kernel.ts';
import { linearBench } from '../../bench/kernels/linear.ts';
import { benchKernels } from '../../bench/kernels.ts';
import { isBroken, runBench } from '../../bench/run.ts';
import { benchMarkdown, benchTable } from '../../bench/table.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const hasty = { leastMs: 2, pairs: 3 };
const small = linearBench({ rows: 20, columns: 24, inner: 16, variant: 'tile' });

describe('a run of the bench', () => {
  it('measures, checks and prints; a wrong result and a failure are named and break the run', async () => {
    const gpu = await nodeGpu();
    const kernels = [small, misread(small), broken(small), { ...small, name: 'elsewhere', available: () => false }];
    const before = gpu.memory.bytes;
    const result = await runBench(gpu, kernels, undefined, hasty);
    expect(gpu.memory.bytes).toBe(before);

    const { peaks } = result;
    const rates = [peaks.flops, peaks.byteOps, peaks.exponentials, peaks.randomWords, peaks.coldBytes, peaks.hotBytes];
    for (const rate of [...rates, peaks.rowBytes]) expect(rate).toBeGreaterThan(1e6);
    const [right, wrong] = result.kernels;
    expect(right).toMatchObject({ name: 'linear', wrong: undefined, work: small.work });
    expect(right!.share).toBeGreaterThan(0);
    expect(right!.gflops).toBeCloseTo(small.work.flops / right!.timing.medianMs / 1e6, 9);
    expect(wrong!.wrong).toMatch(/row 0/);
    expect(result.absent).toEqual([
      { name: 'broken', reason: 'no memory today', failed: true },
      { name: 'elsewhere', reason: expect.any(String), failed: false },
    ]);

    expect(isBroken(result)).toBe(true);
    expect(isBroken({ kernels: [right!], absent: [result.absent[1]!] })).toBe(false);
    expect(isBroken({ kernels: [], absent: [result.absent[0]!] })).toBe(true);

    const table = benchTable(JSON.parse(JSON.stringify(result)));
    expect(table).toContain(`class ${gpu.adapter.class}`);
    expect(table).toMatch(/^linear .* %/m);
    expect(table).toMatch(/^linear-misread WRONG/m);
    expect(table).toMatch(/^broken FAILED/m);
    expect(table.includes('CPU renderer')).toBe(gpu.adapter.class !== 'hardware');
    expect(benchMarkdown(result)).toContain(`# Bench of ${result.date.slice(0, 10)} on ${gpu.adapter.description}`);
  });

  it('sees a wrong value in every kernel', async () => {
    const gpu = await nodeGpu();
    const blind: string[] = [];
    for (const kernel of benchKernels(1)) {
      if (kernel.available && !kernel.available(gpu)) continue;
      const run = await kernel.setup(gpu);
      // Nothing has run: outputs hold what they were made with.
      const batch = gpu.batch();
      const readings = Object.entries(run.outputs).map(([name, tensor]) => [name, batch.read(tensor)] as const);
      await batch.submit();
      const values = Object.fromEntries(readings.map(([name, reading]) => [name, reading.values()]));
      try {
        run.check(values);
        blind.push(kernel.name);
      } catch {}
      for (const { tensors } of run.dispatches) for (const tensor of Object.values(tensors)) tensor.destroy();
      run.destroy?.();
    }
    expect(blind).toEqual([]);
  });
});

describe('the host suite', () => {
  it('runs every case and prints a line for each', async () => {
    const lines: string[] = [];
    await hostSuite((line) => lines.push(line), 0.01);
    const names = Object.keys(hostCases());
    expect(lines.map((line) => names.find((name) => line.startsWith(name)))).toEqual(names);
  });
});

/** The same kernel with one value of its output changed before the check. */
function misread(kernel: BenchKernel): BenchKernel {
  return {
    ...kernel,
    name: `${kernel.name}-misread`,
    async setup(gpu) {
      const run = await kernel.setup(gpu);
      return {
        ...run,
        check(values) {
          values['y']![3]! += 0.01;
          run.check(values);
        },
      };
    },
  };
}

function broken(kernel: BenchKernel): BenchKernel {
  return { ...kernel, name: 'broken', setup: () => Promise.reject(new Error('no memory today')) };
}
