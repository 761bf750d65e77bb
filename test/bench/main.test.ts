import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8', timeout: 110_000 });

describe('the bench command', () => {
  it('measures one kernel, prints it and writes it to JSON', () => {
    const file = join(tmpdir(), `bench-${process.pid}.json`);
    const { status, stdout, stderr } = bench('heads-split', '--json', file);
    expect(stderr).toMatch(/measuring heads-split/);
    expect(stdout).toMatch(/^heads-split .* memory .* dim 64$/m);
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(file);
    expect(result).toMatchObject({ format: 1, kernels: [{ name: 'heads-split', work: { flops: 0 } }], absent: [] });
    expect(result.kernels[0].timing.samplesMs.length).toBeGreaterThan(0);
    expect(result.adapter.class).toBeTypeOf('string');
  });

  it.each([
    [['linaer'], 'did you mean linear?'],
    [['--scale', '0'], 'BENCH_SCALE'],
    [['--fast'], 'USAGE'],
    [['--compare', '/nowhere/a.json', '/nowhere/b.json'], 'BENCH_FILE'],
    [['--compare', '/nowhere/a.json'], 'give two'],
    [['--peers', '--only', 'matmull'], 'did you mean matmul?'],
    [['--clock', 'gpu', '--compile'], '--clock gpu with --compile'],
    [['--json', '/nowhere/at/all.json'], 'OUTPUT_UNWRITABLE'],
  ])('rejects %j before it measures anything', (args, text) => {
    const { status, stdout, stderr } = bench(...args);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('measuring');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
