import type { CellChoice } from '../device/cell.ts';
import { parseCellCsv } from '../device/cell-csv.ts';
import { fail } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { quote } from '../quote.ts';

/**
 * Puts the content of CSV tables where a device names one by `csv`, in any section of a configuration; other fields beside it
 * change the table's device as they would a preset. `name` is the configuration's in messages. Throws `CONFIG` for a table
 * beside a preset, and what `read` and `parseCellCsv` throw.
 */
export async function withDeviceTables(
  file: JsonObject,
  name: string,
  read: (path: string) => Promise<string>,
): Promise<JsonObject> {
  const entries = Object.entries(file).map(async ([key, value]) => {
    if (key === 'device') return [key, await withTable(value, key, name, read)] as const;
    if (!isJsonObject(value) || !('device' in value)) return [key, value] as const;
    return [key, { ...value, device: await withTable(value['device'], `${key}.device`, name, read) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function withTable(
  device: unknown,
  key: string,
  name: string,
  read: (path: string) => Promise<string>,
): Promise<unknown> {
  if (!isJsonObject(device) || typeof device['csv'] !== 'string' || device['csv'] === '') return device;
  const { csv, ...changes } = device as JsonObject & CellChoice & { csv: string };
  if (changes.preset !== undefined) {
    throw fail('CONFIG', `${quote(name)}: both ${key}.csv and ${key}.preset are given`, 'give one of the two');
  }
  const merged: Record<string, unknown> = { ...parseCellCsv(await read(csv), { name: csv, ageS: changes.ageS }) };
  for (const [field, value] of Object.entries(changes)) {
    const given = merged[field];
    merged[field] = isJsonObject(value) && isJsonObject(given) ? { ...given, ...value } : value;
  }
  return merged;
}
