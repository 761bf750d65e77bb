import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCacheFolder } from '../../src/node/cache-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-cache-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openCacheFolder', () => {
  it('makes a folder with those above it, once and again', async () => {
    const path = join(folder, 'a', 'b', 'c');
    for (let time = 0; time < 2; time++) await openCacheFolder({ path, shared: true });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('fails where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openCacheFolder({ path: join(folder, 'file'), shared: false })).rejects.toThrow('EEXIST');
    await expect(openCacheFolder({ path: join(folder, 'file', 'x'), shared: false })).rejects.toThrow('ENOTDIR');
  });

  it.runIf(process.platform === 'linux')('fails, and does not wait for ever, where nothing can be made', async () => {
    await expect(openCacheFolder({ path: '/proc/none/cim-attention', shared: false })).rejects.toThrow('ENOENT');
  });
});
