import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractBrotli, extractTarBrotli, unpackOnce } from '../../src/node/unpack.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-unpack-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (path: string) => ({ path, shared: false });

describe('unpackOnce', () => {
  it('never shows a folder whose filling failed, and leaves nothing behind', async () => {
    const half = async (target: string) => {
      await writeFile(join(target, 'first'), '1');
      throw new Error('planted failure');
    };
    await expect(unpackOnce('thing', half, [at(folder)])).rejects.toThrow('planted failure');
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets one of many calls win, with every call getting the whole folder', async () => {
    let fills = 0;
    const fill = async (target: string) => {
      fills += 1;
      await mkdir(join(target, 'deep'));
      await writeFile(join(target, 'deep', 'file'), 'x'.repeat(1000));
    };
    const paths = await Promise.all(Array.from({ length: 8 }, () => unpackOnce('thing', fill, [at(folder)])));
    expect(new Set(paths)).toEqual(new Set([join(folder, 'thing')]));
    expect(fills).toBeGreaterThan(1);
    expect(await readdir(folder)).toEqual(['thing']);
    expect((await stat(join(folder, 'thing', 'deep', 'file'))).size).toBe(1000);

    const before = fills;
    await unpackOnce('thing', fill, [at(folder)]);
    expect(fills).toBe(before);
  });

  it('says for every cache folder why it cannot be used', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const error = await unpackOnce('thing', async () => {}, [at(file), at(join(file, 'below'))]).catch((e) => e);
    expect(error).toMatchObject({ code: 'CACHE_UNUSABLE', kind: 'run' });
    expect(error.what).toContain(`${file}: EEXIST`);
    expect(error.what).toContain(`${join(file, 'below')}: ENOTDIR`);
  });
});

describe('archives', () => {
  it('writes the wanted regular files, and none outside the folder', async () => {
    const tar = createTar([
      { name: 'a', data: 'one' },
      { name: 'b/c', data: 'two' },
      { name: 'skipped', data: 'three' },
      { name: '../outside', data: 'four' },
    ]);
    await writeFile(join(folder, 'archive'), brotliCompressSync(tar));
    await extractTarBrotli(join(folder, 'archive'), join(folder, 'out'), (name) => name !== 'skipped');
    expect(await readFile(join(folder, 'out', 'a'), 'utf8')).toBe('one');
    expect(await readFile(join(folder, 'out', 'b', 'c'), 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['archive', 'out']);
    expect(await readdir(join(folder, 'out'))).not.toContain('skipped');
  });

  it('names a damaged archive', async () => {
    const archive = join(folder, 'archive');
    await writeFile(archive, brotliCompressSync(Buffer.alloc(5000, 'text')).subarray(0, 10));
    await expect(extractTarBrotli(archive, folder)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await expect(extractBrotli(archive, join(folder, 'out'))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await expect(extractTarBrotli(join(folder, 'none'), folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
