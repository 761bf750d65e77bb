import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../errors.ts';
import { type ByteSource, readText } from '../model/byte-source.ts';
import { openFile } from '../node/file-source.ts';
import { quote } from '../quote.ts';
import type { ModelFiles, NamedText } from '../study/result.ts';

/** The checkpoint that comes with the repository, if this program runs from there. */
export function defaultModelFolder(): string {
  // From src/cli/ or from dist/: the package's folder is the nearest one above with a package.json.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  const model = join(folder, 'test/models/gpt2-bytes-pruned');
  if (existsSync(model)) return model;
  throw fail(
    'MODEL_MISSING',
    'no --model is given, and the default checkpoint only comes with the repository',
    'give --model DIR with config.json, model.safetensors and tokenizer.json',
  );
}

const modelFiles = ['config.json', 'model.safetensors', 'tokenizer.json'];

/** What may be read of a checkpoint without a flag that names it: its three files, and the texts in and beside the folder. */
export function filesRead(folder: string): Record<string, string> {
  const texts = ['text.txt', 'calibration.txt'];
  const inside = [...modelFiles, ...texts].map((name) => [`the model's ${name}`, join(folder, name)]);
  return Object.fromEntries([...inside, ...texts.map((name) => [name, join(resolve(folder), '..', name)])]);
}

/** Opens a checkpoint's three files; the caller closes them. Throws `FILE_MISSING` and the like. */
export async function openModelFiles(folder: string): Promise<ModelFiles & { close(): Promise<void> }> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw fail('MODEL_MISSING', `there is no folder ${quote(folder)}`, 'give --model the folder of a checkpoint');
  }
  const open: ByteSource[] = [];
  try {
    for (const name of modelFiles) open.push(await openFile(join(folder, name)));
  } catch (error) {
    for (const source of open) await source.close();
    throw error;
  }
  const [config, weights, tokenizer] = open;
  const close = async () => {
    for (const source of open) await source.close();
  };
  return { name: basename(resolve(folder)), config: config!, weights: weights!, tokenizer: tokenizer!, close };
}

/** A text given by a flag, or a file of that name in the model's folder or beside it. Undefined when there is none. */
export async function findText(path: string | undefined, folder: string, name: string): Promise<NamedText | undefined> {
  const found = path ?? [join(folder, name), join(resolve(folder), '..', name)].find((place) => existsSync(place));
  if (found === undefined) return undefined;
  const source = await openFile(found);
  try {
    return { name: basename(found), text: await readText(source) };
  } finally {
    await source.close();
  }
}
