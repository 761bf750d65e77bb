import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { chromiumAvailable, denoAvailable, usable } from './runtimes/available.ts';
import { bundleForRuntimes, removeBundle } from './runtimes/bundle.ts';
import { runInChromium } from './runtimes/chromium.ts';
import { runInDeno } from './runtimes/deno.ts';
import { runInNode } from './runtimes/node.ts';
import { program } from './runtimes/program.ts';

const doubled = Array.from({ length: 64 }, (_, index) => 2 * (index + 1));

const bundles: Record<string, string> = {};
beforeAll(async () => {
  for (const name of ['double', 'broken', 'endless']) bundles[name] = await bundleForRuntimes(program(name));
});
afterAll(async () => {
  for (const bundle of Object.values(bundles)) await removeBundle(bundle);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('bundleForRuntimes', () => {
  it('writes one file, and refuses what a browser cannot import', async () => {
    expect(await readdir(dirname(bundles['double']!))).toEqual(['main.mjs']);
    await expect(bundleForRuntimes(program('node-only'))).rejects.toThrow('node:fs');
  });

  it('refuses a module without main', async () => {
    const entry = join(tmpdir(), `cim-no-main-${process.pid}.ts`);
    await writeFile(entry, 'export const other: number = 1;\n');
    await expect(bundleForRuntimes(entry)).rejects.toThrow('does not export main');
    await rm(entry);
  });
});

describe('usable', () => {
  it('skips a missing runtime at home and fails where all are required', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(usable('Deno', 'it is not there', {})).toBe(false);
    expect(warn).toHaveBeenCalledWith('skipped: Deno cannot run here: it is not there');
    expect(() => usable('Deno', 'it is not there', { CI: 'true' })).toThrow('Deno cannot run here: it is not there');
    expect(() => usable('Deno', 'it is not there', { CIM_ATTENTION_REQUIRE_RUNTIMES: '1' })).toThrow('not there');
    expect(usable('Deno', true, { CI: 'true' })).toBe(true);
  });
});

describe('Node', () => {
  it('runs a compute shader', async () => {
    expect(await runInNode(bundles['double']!)).toMatchObject({ values: doubled });
  });
});

describe.each([
  { name: 'Deno', run: runInDeno, runs: usable('Deno', await denoAvailable()) },
  { name: 'Chromium', run: runInChromium, runs: usable('Chromium', await chromiumAvailable()) },
])('on $name', ({ run, runs }) => {
  it.runIf(runs)('runs a compute shader', async () => {
    expect(await run(bundles['double']!)).toMatchObject({ values: doubled, isFallbackAdapter: true });
  });

  it.runIf(runs)('passes on what a script throws', async () => {
    await expect(run(bundles['broken']!)).rejects.toThrow('planted failure');
  });

  it.runIf(runs)('kills a script that does not end, and leaves no files', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'cim-runtimes-'));
    vi.stubEnv('TMPDIR', temporary);
    await expect(run(bundles['endless']!, { timeoutMs: 3000 })).rejects.toThrow('killed after 3000 ms');
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });
});
