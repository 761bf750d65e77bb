import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkWritable, removePartialFiles, writeFileAtomic } from '../../src/node/write-file.ts';
import { expectInputError } from '../model/safetensors-cases.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-write-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes bytes and text, also over an older file, and leaves nothing else', async () => {
    const path = join(folder, 'out');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, 'é');
    expect(await readFile(path, 'utf8')).toBe('é');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('keeps the older file and removes its own when writing fails', async () => {
    const path = join(folder, 'out');
    await writeFile(path, 'older');
    await expect(writeFileAtomic(path, {} as never)).rejects.toMatchObject({ code: 'OUTPUT_FAILED', kind: 'run' });
    expect(await readFile(path, 'utf8')).toBe('older');
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('writes through a symbolic link', async () => {
    await writeFile(join(folder, 'real'), 'older');
    await symlink('real', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'newer');
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('newer');
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('writes straight to a device and leaves it one', async () => {
    await checkWritable('/dev/null');
    await writeFileAtomic('/dev/null', 'gone');
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it.runIf(process.platform === 'linux')('reports a full disk as a failed run', () =>
    expect(writeFileAtomic('/dev/full', 'text')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      kind: 'run',
      what: '"/dev/full" cannot be written (ENOSPC)',
    }),
  );
});

describe.each([
  ['checkWritable', checkWritable],
  ['writeFileAtomic', (path: string) => writeFileAtomic(path, 'text')],
])('%s, where nothing can be written', (_, write) => {
  const unwritable = (path: string, message: RegExp) => expectInputError(write(path), 'OUTPUT_UNWRITABLE', message);

  it('names a folder that does not exist', async () => {
    await unwritable(join(folder, 'no', 'out'), /out" cannot be written: ".*no" is not an existing folder; create/);
    await writeFile(join(folder, 'file'), '');
    await unwritable(join(folder, 'file', 'out'), /file" is not an existing folder/);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('refuses a folder and what names no file', async () => {
    await mkdir(join(folder, 'sub'));
    await unwritable(join(folder, 'sub'), /sub" is a directory/);
    await unwritable(join(folder, 'new') + '/', /does not name a file/);
    await unwritable('', /"" does not name a file/);
    await unwritable(join(folder, 'a\0b'), /cannot be written/);
    await unwritable(join(folder, 'x'.repeat(300)), /cannot be written \(ENAMETOOLONG\)/);
    expect(await readdir(folder)).toEqual(['sub']);
  });

  it.skipIf(process.getuid?.() === 0)('refuses a folder that may not be written to', async () => {
    await chmod(folder, 0o555);
    await unwritable(join(folder, 'out'), /cannot be written \(EACCES\)/);
    await chmod(folder, 0o755);
  });
});

describe('checkWritable', () => {
  it('leaves an existing file and its folder as they were', async () => {
    const path = join(folder, 'out');
    await checkWritable(path);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, 'older');
    await checkWritable(path);
    expect(await readFile(path, 'utf8')).toBe('older');
    expect(await readdir(folder)).toEqual(['out']);
  });
});

describe('removePartialFiles', () => {
  it('removes what an unfinished write has left, and only that', async () => {
    await writeFile(join(folder, 'older'), 'x');
    const write = writeFileAtomic(join(folder, 'out'), new Uint8Array(64 << 20));
    let entries: string[] = [];
    while (!entries.some((name) => name.endsWith('.tmp') || name === 'out')) entries = await readdir(folder);
    removePartialFiles();
    expect(await readdir(folder)).toEqual(['older']);
    await expect(write).rejects.toThrow('cannot be written');
  });
});
