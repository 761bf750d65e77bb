import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFile } from '../../src/node/file-source.ts';
import { expectInputError } from '../model/safetensors-cases.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('openFile', () => {
  it('reads ranges in any order and at once', async () => {
    const path = join(folder, 'a');
    await writeFile(
      path,
      Uint8Array.from({ length: 100 }, (_, i) => i),
    );
    const source = await openFile(path);
    expect([source.name, source.byteLength]).toEqual([path, 100]);
    const [late, early] = await Promise.all([source.read(90, 10), source.read(0, 3)]);
    expect([...late]).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    expect([...early]).toEqual([0, 1, 2]);
    await expectInputError(source.read(99, 2), 'SOURCE_RANGE', /has 100 bytes, and 2 bytes at offset 99/);
    await source.close();
    await source.close();
    await expectInputError(source.read(0, 1), 'SOURCE_READ', /was closed/);
  });

  it('notices that the file was cut', async () => {
    const path = join(folder, 'a');
    await writeFile(path, new Uint8Array(100));
    const source = await openFile(path);
    await truncate(path, 60);
    await expectInputError(source.read(50, 20), 'SOURCE_READ', /gave 10 of 20 bytes at offset 50/);
    await source.close();
  });

  it('names what is not there', async () => {
    await expectInputError(openFile(join(folder, 'none')), 'FILE_MISSING', /there is no file ".*none"/);
    await writeFile(join(folder, 'a'), '');
    await expectInputError(openFile(join(folder, 'a', 'b')), 'FILE_MISSING', /there is no file ".*b"/);
  });

  it('refuses what is no regular file', async () => {
    await expectInputError(openFile(folder), 'FILE_NOT_REGULAR', /cim-file-.*" is a directory/);
    await expectInputError(openFile('/dev/null'), 'FILE_NOT_REGULAR', /"\/dev\/null" is not a regular file/);
  });

  it('refuses a path that cannot be opened', async () => {
    await expectInputError(openFile('a\0b'), 'FILE_UNREADABLE', /"a\\u0000b" cannot be opened/);
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file that may not be read', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'a');
    await chmod(path, 0);
    await expectInputError(openFile(path), 'FILE_UNREADABLE', /cannot be opened \(EACCES\)/);
  });
});
