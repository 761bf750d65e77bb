import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { broken, CimError, fail } from '../errors.ts';
import { quote } from '../quote.ts';

/**
 * Writes a whole file or nothing: to a temporary sibling, which is then renamed. Symbolic links are followed; what is
 * not a regular file (`/dev/stdout`, a pipe) is written directly. Throws `OUTPUT_UNWRITABLE` (input: no such folder, no
 * permission) or `OUTPUT_FAILED` (run: disk full and the like); no temporary file is left either way.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const { target, direct } = await resolveTarget(path);
  try {
    if (direct) await writeFile(target, content);
    else await writeThenRename(target, content);
  } catch (cause) {
    throw explain(path, cause);
  }
}

/**
 * Finds out, before any work is done, whether `writeFileAtomic(path)` could write: makes a temporary sibling and
 * removes it. Throws `OUTPUT_UNWRITABLE`.
 */
export async function checkWritable(path: string): Promise<void> {
  const { target, direct } = await resolveTarget(path);
  if (direct) return;
  try {
    await writeSibling(target, '', unlink);
  } catch (cause) {
    throw explain(path, cause);
  }
}

const partial = new Set<string>();

/** Removes what unfinished writes of this process have left so far. For a process that is being stopped. */
export function removePartialFiles(): void {
  for (const path of partial) rmSync(path, { force: true });
  partial.clear();
}

async function resolveTarget(path: string): Promise<{ target: string; direct: boolean }> {
  if (path === '' || path.endsWith('/')) {
    throw fail('OUTPUT_UNWRITABLE', `${quote(path)} does not name a file`, 'give the path of a file to write');
  }
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw fail('OUTPUT_UNWRITABLE', `${quote(path)} is a directory`, 'give the path of a file to write');
    }
    // Only a regular file is resolved: what /dev/stdout points at may have no path of its own.
    return found.isFile() ? { target: await realpath(path), direct: false } : { target: path, direct: true };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { target: path, direct: false };
    throw explain(path, cause);
  }
}

function writeThenRename(target: string, content: Uint8Array | string): Promise<void> {
  return writeSibling(target, content, (temporary) => rename(temporary, target));
}

async function writeSibling(
  target: string,
  content: Uint8Array | string,
  finish: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(target), `.cim-${randomUUID()}.tmp`);
  partial.add(temporary);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await finish(temporary);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    partial.delete(temporary);
  }
}

const CALLER_CAN_FIX = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'EISDIR',
  'ENAMETOOLONG',
  'EINVAL',
  'ELOOP',
  'ERR_INVALID_ARG_VALUE',
]);

function explain(path: string, cause: unknown): CimError {
  if (cause instanceof CimError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const what = `${quote(path)} cannot be written: ${quote(dirname(path))} is not an existing folder`;
    return fail('OUTPUT_UNWRITABLE', what, 'create the folder first', cause);
  }
  const what = `${quote(path)} cannot be written (${code})`;
  if (CALLER_CAN_FIX.has(code)) return fail('OUTPUT_UNWRITABLE', what, 'choose a path that you may write to', cause);
  return broken('OUTPUT_FAILED', what, 'free some space or choose another disk', cause);
}
