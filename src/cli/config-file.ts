import { readText } from '../model/byte-source.ts';
import { parseJsonObject } from '../model/json.ts';
import { openFile } from '../node/file-source.ts';
import { quote } from '../quote.ts';
import { type ConfigFlags, resolveConfig, type StudyConfig } from '../study/config.ts';
import { withDeviceTables } from '../study/device-tables.ts';

/**
 * Reads `--config`, if given, with the tables of cells that it names, and puts the flags over it. Throws what `resolveConfig`,
 * `openFile` and `withDeviceTables` throw.
 */
export async function readConfig(path: string | undefined, flags: ConfigFlags): Promise<StudyConfig> {
  if (path === undefined) return resolveConfig(undefined, flags);
  const file = parseJsonObject(await readFile(path), 'CONFIG', quote(path));
  return resolveConfig(await withDeviceTables(file, path, readFile), flags, path);
}

async function readFile(path: string): Promise<string> {
  const source = await openFile(path);
  try {
    return await readText(source);
  } finally {
    await source.close();
  }
}
