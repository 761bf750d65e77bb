import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress } from 'node:zlib';
import { parseTar } from 'nanotar';
import { broken, fail } from '../errors.ts';
import { type CacheFolder, cacheFolders, openCacheFolder } from './cache-folder.ts';

const MARKER = '.complete.json';
const STALE_MS = 3_600_000;

/**
 * Returns the folder `name` in the first cache folder that has it whole or can take it; `fill` writes its files.
 * Any number of processes may call it at once: each fills a folder of its own beside the target and renames it into
 * place, and whoever comes second uses the first one's. `name` must change whenever the contents do.
 * Throws `CACHE_UNUSABLE` when no cache folder can be written; errors of `fill` that are not from the file system pass.
 */
export async function unpackOnce(
  name: string,
  fill: (folder: string) => Promise<void>,
  folders: readonly CacheFolder[] = cacheFolders(),
): Promise<string> {
  const reasons: string[] = [];
  for (const folder of folders) {
    const target = join(resolve(folder.path), name);
    try {
      await openCacheFolder(folder);
      if (!(await isComplete(target))) await install(target, fill);
      return target;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
      reasons.push(`${folder.path}: ${message}`);
    }
  }
  throw broken(
    'CACHE_UNUSABLE',
    `no cache folder takes ${name} (${reasons.join('; ')})`,
    'set CIM_ATTENTION_CACHE to a folder that can be written',
  );
}

/** Writes the regular files of a brotli-compressed tar archive below `folder`; `keep` picks them by name. Throws `ARCHIVE_DAMAGED`. */
export async function extractTarBrotli(
  archive: string,
  folder: string,
  keep: (name: string) => boolean = () => true,
): Promise<void> {
  const tar = await promisify(brotliDecompress)(await readFile(archive)).catch((cause) =>
    Promise.reject(damaged(archive, cause)),
  );
  // nanotar reads the whole buffer under a view, so it gets one that holds the archive and nothing else.
  for (const entry of parseTar(Uint8Array.from(tar), { filter: (meta) => meta.type === 'file' && keep(meta.name) })) {
    const path = resolve(folder, entry.name);
    if (!path.startsWith(resolve(folder) + sep)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, entry.data ?? new Uint8Array(0), { mode: 0o755 });
  }
}

/** Writes one brotli-compressed file to `path` as an executable, without holding it in memory. Throws `ARCHIVE_DAMAGED`. */
export async function extractBrotli(archive: string, path: string): Promise<void> {
  const target = createWriteStream(path, { mode: 0o755 });
  try {
    await pipeline(createReadStream(archive), createBrotliDecompress({ chunkSize: 1 << 20 }), target);
  } catch (cause) {
    throw damaged(archive, cause);
  }
}

/** An error of the decompressor becomes a typed one; errors of the file system stay as they are. */
function damaged(archive: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || !/^(ERR_|Z_)/.test(code)) return cause;
  return fail('ARCHIVE_DAMAGED', `${archive} does not decompress: ${message}`, 'reinstall its package', cause);
}

async function install(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await removeStale(target);
  const temporary = await mkdtemp(`${target}.unpacking-`);
  try {
    await fill(temporary);
    await writeFile(join(temporary, MARKER), JSON.stringify(await fileSizes(temporary)));
    try {
      await rename(temporary, target);
    } catch (error) {
      // Losing the race is fine. A damaged folder is mended file by file: each rename is atomic, and because the name
      // fixes the contents it makes no difference which process's copy of a file ends up there.
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      if (!(await isComplete(target))) await mend(target, temporary);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function mend(target: string, source: string): Promise<void> {
  for (const file of [...Object.keys(await fileSizes(source)), MARKER]) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await rename(join(source, file), join(target, file));
  }
}

async function isComplete(folder: string): Promise<boolean> {
  try {
    const sizes = JSON.parse(await readFile(join(folder, MARKER), 'utf8')) as Record<string, number>;
    for (const [file, size] of Object.entries(sizes)) {
      if ((await stat(join(folder, file))).size !== size) return false;
    }
    return Object.keys(sizes).length > 0;
  } catch {
    return false;
  }
}

async function fileSizes(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === MARKER) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    sizes[relative(folder, path)] = (await stat(path)).size;
  }
  return sizes;
}

/** Removes what killed processes left beside the target, once it is too old to be in use. */
async function removeStale(target: string): Promise<void> {
  const prefix = `${target}.unpacking-`;
  for (const entry of await readdir(dirname(target))) {
    const path = join(dirname(target), entry);
    if (!path.startsWith(prefix)) continue;
    const age =
      Date.now() -
      (await stat(path).then(
        (found) => found.mtimeMs,
        () => Date.now(),
      ));
    if (age > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}
