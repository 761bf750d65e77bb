import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { checkWritable } from '../node/write-file.ts';
import { quote } from '../quote.ts';

type Paths = Readonly<Record<string, string | undefined>>;

/**
 * Finds out before any work whether every output can be written, and that no two are the same file or an input. Keys are
 * flags, values their paths. Throws `USAGE` or `OUTPUT_UNWRITABLE`.
 */
export async function checkOutputs(outputs: Paths, inputs: Paths = {}): Promise<void> {
  await checkApart(outputs, inputs);
  for (const path of Object.values(outputs)) if (path !== undefined) await checkWritable(path);
}

/** Throws `USAGE` when an output is an input or another output, by whatever path or symbolic link. */
export async function checkApart(outputs: Paths, inputs: Paths): Promise<void> {
  const taken = new Map<string, string>();
  for (const [flag, path] of Object.entries(inputs)) if (path !== undefined) taken.set(await identity(path), flag);
  for (const [flag, path] of Object.entries(outputs)) {
    if (path === undefined || resolve(path).startsWith('/dev/')) continue;
    const full = await identity(path);
    const other = taken.get(full);
    if (other !== undefined)
      throw fail('USAGE', `${other} and ${flag} are both ${quote(path)}`, 'give different files');
    taken.set(full, flag);
  }
}

/** The path that symbolic links lead to, of the file or, before it exists, of its folder. */
async function identity(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const folder = dirname(full);
    return join(await realpath(folder).catch(() => folder), basename(full));
  }
}
