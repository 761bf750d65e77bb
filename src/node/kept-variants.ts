import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterFacts } from '../gpu/adapter.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { tunables } from '../kernel/tunable.ts';
import { tune, useVariants, type Variants } from '../kernel/tune.ts';
import { version } from '../version.ts';
import { type CacheFolder, cacheFolders, openCacheFolder } from './cache-folder.ts';
import { writeFileAtomic } from './write-file.ts';

/**
 * Has a device use the shaders that are fastest on its adapter: as the cache has them from an earlier call with the same adapter,
 * runtime and version of this package, or by measuring now. A cache that can not be read or written costs the measurement and
 * is no error.
 */
export async function tuneOnce(
  gpu: Gpu,
  folders: readonly CacheFolder[] = cacheFolders(),
  measure: (gpu: Gpu) => Promise<Variants> = tune,
): Promise<Variants> {
  const name = `variants-${keyOf(gpu.adapter)}.json`;
  for (const folder of folders) {
    const kept = await keptVariants(join(folder.path, name));
    if (!kept) continue;
    try {
      useVariants(gpu, kept);
      return kept;
    } catch {
      // Damaged, or edited by hand: measured anew below.
    }
  }
  const variants = await measure(gpu);
  for (const folder of folders) {
    try {
      await openCacheFolder(folder);
      await writeFileAtomic(join(folder.path, name), `${JSON.stringify(variants, null, 2)}\n`);
      break;
    } catch {
      // The next folder, if there is one.
    }
  }
  return variants;
}

/** The choice in a file, if it is one for every kernel. */
async function keptVariants(path: string): Promise<Variants | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return undefined;
    const isWhole = tunables.every(({ kernel }) => Object.hasOwn(kept, kernel));
    return isWhole && Object.values(kept).every((name) => typeof name === 'string') ? (kept as Variants) : undefined;
  } catch {
    return undefined;
  }
}

/** What a choice depends on, as a file name. */
function keyOf({ vendor, architecture, description, runtime, features }: AdapterFacts): string {
  const facts = JSON.stringify([version, vendor, architecture, description, runtime, [...features].sort()]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 16);
}
