import { readText } from '../model/byte-source.ts';
import { openFile } from '../node/file-source.ts';
import { type ConfigFlags, resolveConfig, type StudyConfig } from '../study/config.ts';

/** Reads `--config`, if given, and puts the flags over it. Throws what `resolveConfig` and `openFile` throw. */
export async function readConfig(path: string | undefined, flags: ConfigFlags): Promise<StudyConfig> {
  if (path === undefined) return resolveConfig(undefined, flags);
  const source = await openFile(path);
  try {
    return resolveConfig(await readText(source), flags, path);
  } finally {
    await source.close();
  }
}
