import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ThresholdList } from '../accelerator/thresholds.ts';
import { readText } from '../model/byte-source.ts';
import { openSafetensors, type SafetensorsFile } from '../model/safetensors.ts';
import { openFile } from '../node/file-source.ts';
import type { StudyConfig } from '../study/config.ts';
import { parseThresholds } from '../study/thresholds-file.ts';

/** What accelerators read besides their configuration. */
export interface RunFiles {
  readonly codebooks?: SafetensorsFile;
  /** Thresholds by accelerator, from the file that the configuration names, else from the checkpoint. */
  readonly thresholds: { readonly sprint?: ThresholdList; readonly charge?: ThresholdList };
  close(): Promise<void>;
}

/**
 * Opens trained codebooks and reads thresholds. A checkpoint that was trained with thresholds brings them as
 * `thresholds.json`. Throws what reading and parsing throw.
 */
export async function openRunFiles({ files }: StudyConfig, modelFolder?: string): Promise<RunFiles> {
  const own = modelFolder === undefined ? undefined : ownThresholds(modelFolder);
  const sprint = files['sprint.thresholds'] ?? own;
  const charge = files['charge.thresholds'] ?? own;
  const thresholds = {
    ...(sprint === undefined ? {} : { sprint: await readThresholds(sprint) }),
    ...(charge === undefined ? {} : { charge: await readThresholds(charge) }),
  };
  const path = files['hardsea.codebooks'];
  if (path === undefined) return { thresholds, close: async () => {} };
  const codebooks = await openSafetensors(await openFile(path));
  return { codebooks, thresholds, close: () => codebooks.close() };
}

/** Every file that a run reads by itself, by what it is. */
export function runFilesRead({ files }: StudyConfig, modelFolder?: string): Record<string, string | undefined> {
  const own = modelFolder === undefined ? undefined : ownThresholds(modelFolder);
  return { ...files, ...(own === undefined ? {} : { "the model's thresholds.json": own }) };
}

function ownThresholds(folder: string): string | undefined {
  const path = join(folder, 'thresholds.json');
  return existsSync(path) ? path : undefined;
}

async function readThresholds(path: string): Promise<ThresholdList> {
  const source = await openFile(path);
  try {
    return parseThresholds(await readText(source), path);
  } finally {
    await source.close();
  }
}
