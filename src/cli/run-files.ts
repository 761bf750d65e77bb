import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SpanList } from '../accelerator/spans.ts';
import type { ThresholdList } from '../accelerator/thresholds.ts';
import { readText } from '../model/byte-source.ts';
import { openSafetensors, type SafetensorsFile } from '../model/safetensors.ts';
import { openFile } from '../node/file-source.ts';
import type { StudyConfig } from '../study/config.ts';
import { parseSpans } from '../study/spans-file.ts';
import { parseThresholds } from '../study/thresholds-file.ts';

/** What accelerators read besides their configuration. */
export interface RunFiles {
  readonly codebooks?: SafetensorsFile;
  /** Thresholds by accelerator, from the file that the configuration names, else from the checkpoint. */
  readonly thresholds: { readonly sprint?: ThresholdList; readonly charge?: ThresholdList };
  /** Spans, in the same way. */
  readonly spans?: SpanList;
  close(): Promise<void>;
}

/**
 * Opens trained codebooks and reads thresholds and spans. A checkpoint that was trained with some brings them as
 * `thresholds.json` and `spans.json`; `causal` says how the model looks. Throws what reading and parsing throw.
 */
export async function openRunFiles({ files }: StudyConfig, causal: boolean, modelFolder?: string): Promise<RunFiles> {
  const own = ownFile(modelFolder, 'thresholds.json');
  const sprint = files['sprint.thresholds'] ?? own;
  const charge = files['charge.thresholds'] ?? own;
  const thresholds = {
    ...(sprint === undefined ? {} : { sprint: await readThresholds(sprint) }),
    ...(charge === undefined ? {} : { charge: await readThresholds(charge) }),
  };
  const spansPath = files['butterfly.spans'] ?? ownFile(modelFolder, 'spans.json');
  const spans = spansPath === undefined ? {} : { spans: parseSpans(await readFile(spansPath), spansPath, { causal }) };
  const path = files['hardsea.codebooks'];
  if (path === undefined) return { thresholds, ...spans, close: async () => {} };
  const codebooks = await openSafetensors(await openFile(path));
  return { codebooks, thresholds, ...spans, close: () => codebooks.close() };
}

/** Every file that a run reads by itself, by what it is. */
export function runFilesRead({ files }: StudyConfig, modelFolder?: string): Record<string, string | undefined> {
  const own = ['thresholds.json', 'spans.json'].map((name) => [`the model's ${name}`, ownFile(modelFolder, name)]);
  return { ...files, ...Object.fromEntries(own) };
}

function ownFile(folder: string | undefined, name: string): string | undefined {
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

async function readThresholds(path: string): Promise<ThresholdList> {
  return parseThresholds(await readFile(path), path);
}

async function readFile(path: string): Promise<string> {
  const source = await openFile(path);
  try {
    return await readText(source);
  } finally {
    await source.close();
  }
}
