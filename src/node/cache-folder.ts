import { lstat, mkdir, stat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** A folder that may hold unpacked files; a shared one (below the system's temporary folder) must belong to us. */
export interface CacheFolder {
  readonly path: string;
  readonly shared: boolean;
}

/**
 * Cache folders in order of preference: `$CIM_ATTENTION_CACHE`, `$XDG_CACHE_HOME/cim-attention`,
 * `~/.cache/cim-attention`, and one per user below the system's temporary folder.
 */
export function cacheFolders(environment: NodeJS.ProcessEnv = process.env): readonly CacheFolder[] {
  const folders: CacheFolder[] = [];
  const own = environment['CIM_ATTENTION_CACHE'];
  if (own) folders.push({ path: own, shared: false });
  const xdg = environment['XDG_CACHE_HOME'];
  if (xdg && isAbsolute(xdg)) folders.push({ path: join(xdg, 'cim-attention'), shared: false });
  const home = environment['HOME'] || accountHome();
  if (home && isAbsolute(home)) folders.push({ path: join(home, '.cache', 'cim-attention'), shared: false });
  folders.push({ path: join(tmpdir(), `cim-attention-${process.getuid?.() ?? accountName()}`), shared: true });
  return folders;
}

/** Makes the folder if needed. Throws a system error, or one with code `EPERM` when another user owns a shared folder. */
export async function openCacheFolder(folder: CacheFolder): Promise<void> {
  await makeFolder(folder.path, folder.shared ? 0o700 : 0o755);
  if (!folder.shared || process.getuid === undefined) return;
  // Libraries get loaded from here, so a folder that somebody else put in our place must not be trusted.
  const found = await lstat(folder.path);
  if (!found.isDirectory() || found.uid !== process.getuid() || (found.mode & 0o022) !== 0) {
    throw Object.assign(new Error(`${folder.path} is not a private folder of this user`), { code: 'EPERM' });
  }
}

// mkdir's own `recursive` never returns where an existing folder answers ENOENT, as /proc does.
async function makeFolder(path: string, mode: number): Promise<void> {
  const make = () =>
    mkdir(path, { mode }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await make();
  });
}

function accountHome(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined; // A container may run under a user number that has no account.
  }
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'user';
  }
}
