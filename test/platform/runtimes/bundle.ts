import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const folders = new Set<string>();

/**
 * Bundles a TypeScript file that exports `main(gpu: GPU): Promise<string>` (a JSON text) into one ESM file without
 * imports, in a temporary folder, and returns its path. Give it to `runInNode`, `runInDeno` or `runInChromium`, then to
 * `removeBundle`. Throws when an import stays open (such as `node:fs`) or `main` is not exported.
 */
export async function bundleForRuntimes(entryTs: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cim-bundle-'));
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  const file = join(folder, 'main.mjs');
  try {
    const bundle = await rolldown({
      input: entryTs,
      platform: 'browser',
      transform: { target: 'es2022' },
      logLevel: 'silent',
    });
    const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false });
    await bundle.close();
    const [chunk] = output;
    const open = [...chunk.imports, ...chunk.dynamicImports];
    if (open.length > 0) throw new Error(`${entryTs} imports what a browser has not: ${open.join(', ')}`);
    if (!chunk.exports.includes('main')) throw new Error(`${entryTs} does not export main(gpu)`);
    return file;
  } catch (error) {
    await removeBundle(file);
    throw error;
  }
}

/** Removes a bundle and its folder. */
export async function removeBundle(file: string): Promise<void> {
  await rm(dirname(file), { recursive: true, force: true });
  folders.delete(dirname(file));
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
