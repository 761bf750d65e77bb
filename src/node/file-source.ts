import { type FileHandle, open, stat } from 'node:fs/promises';
import { CimError, fail } from '../errors.ts';
import { type ByteSource, checkRange, shortRead } from '../model/byte-source.ts';
import { quote } from '../quote.ts';

/** One `read` call on Linux moves at most this many bytes. */
const LARGEST_READ = 0x7ffff000;

/**
 * Opens a regular file for random access; only the ranges asked for are read. The caller closes it.
 * Throws `FILE_MISSING`, `FILE_NOT_REGULAR` (a directory, a pipe) or `FILE_UNREADABLE`, each with the path.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await openRegular(path);
  const { byteLength } = handle;
  let closed = false;
  return {
    name: path,
    byteLength,
    async read(offset, length) {
      checkRange(path, byteLength, offset, length);
      if (closed) throw fail('SOURCE_READ', `${quote(path)} was closed before it was read`, 'open it again');
      return readExactly(handle.file, path, offset, length);
    },
    async close() {
      if (closed) return;
      closed = true;
      await handle.file.close();
    },
  };
}

async function openRegular(path: string): Promise<{ file: FileHandle; byteLength: number }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      const kind = found.isDirectory() ? 'a directory' : 'not a regular file';
      throw fail('FILE_NOT_REGULAR', `${quote(path)} is ${kind}`, 'give the path of a file');
    }
    const file = await open(path, 'r');
    return { file, byteLength: (await file.stat()).size };
  } catch (cause) {
    throw explain(path, cause);
  }
}

async function readExactly(file: FileHandle, path: string, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    let got: number;
    try {
      got = (await file.read(bytes, done, Math.min(length - done, LARGEST_READ), offset + done)).bytesRead;
    } catch (cause) {
      throw fail('SOURCE_READ', `${quote(path)} could not be read`, 'check the disk and the permissions', cause);
    }
    if (got === 0) throw shortRead(path, offset, length, done);
    done += got;
  }
  return bytes;
}

function explain(path: string, cause: unknown): CimError {
  if (cause instanceof CimError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return fail('FILE_MISSING', `there is no file ${quote(path)}`, 'check the path', cause);
  }
  return fail('FILE_UNREADABLE', `${quote(path)} cannot be opened (${code ?? cause})`, 'check its permissions', cause);
}
