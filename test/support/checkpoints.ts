import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ModelConfig, parseModelConfig } from '../../src/model/config.ts';
import { openSafetensors, type SafetensorsFile } from '../../src/model/safetensors.ts';
import { loadTokenizer, type Tokenizer } from '../../src/model/tokenizer.ts';
import { openFile } from '../../src/node/file-source.ts';

const models = new URL('../models/', import.meta.url);

/** A file of the test models as text. */
export const modelText = (path: string) => readFile(new URL(path, models), 'utf8');

/** One of the two small checkpoints, its weights still in the file. */
export async function openCheckpoint(
  name: 'gpt2-bytes' | 'bert-bytes',
): Promise<{ config: ModelConfig; checkpoint: SafetensorsFile; tokenizer: Tokenizer }> {
  const config = parseModelConfig(await modelText(`${name}/config.json`), 'config.json');
  const path = fileURLToPath(new URL(`${name}/model.safetensors`, models));
  const tokenizer = loadTokenizer(await modelText(`${name}/tokenizer.json`), 'tokenizer.json', config.vocabulary);
  return { config, checkpoint: await openSafetensors(await openFile(path)), tokenizer };
}
