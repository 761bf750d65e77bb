import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { useVariants } from '../../src/kernel/tune.ts';
import { tuneOnce } from '../../src/node/kept-variants.ts';
import { openNodeDevice } from '../../src/node.ts';

let gpu: Gpu;
let path: string;
let measured: number;
const choice = { linear: 'tile', 'dense-attend': 'pair' };
const measure = async (on: Gpu) => {
  measured++;
  useVariants(on, choice);
  return choice;
};
const once = () => tuneOnce(gpu, [{ path, shared: false }], measure);
beforeAll(async () => {
  gpu = await openNodeDevice();
});
beforeEach(async () => {
  measured = 0;
  useVariants(gpu, {});
  path = await mkdtemp(join(tmpdir(), 'cim-variants-'));
  return () => rm(path, { recursive: true });
});
afterAll(() => gpu.close());

describe('tuneOnce', () => {
  it('keeps what it measured and takes it the next time', async () => {
    expect(await once()).toEqual(choice);
    expect(await readdir(path)).toHaveLength(1);
    useVariants(gpu, {});
    expect(await once()).toEqual(choice);
    expect(gpu.adapter.variants).toEqual(choice);
    expect(measured).toBe(1);
  });

  it.each([
    'not JSON',
    '[]',
    '{}',
    '{"linear":"tile"}',
    '{"linear":"gone","dense-attend":"pair"}',
    '{"linear":7,"dense-attend":"pair"}',
  ])('measures anew over a file of %s', async (text) => {
    await once();
    const file = join(path, (await readdir(path))[0]!);
    await writeFile(file, text);
    await once();
    expect(measured).toBe(2);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(choice);
  });

  it('does without a folder that it can not write', async () => {
    expect(await tuneOnce(gpu, [{ path: join('/proc', 'nowhere'), shared: false }], measure)).toEqual(choice);
  });
});
