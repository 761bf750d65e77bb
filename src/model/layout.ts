import { fail } from '../errors.ts';
import { quote } from '../quote.ts';
import type { BertConfig, Gpt2Config, ModelConfig } from './config.ts';
import { FLOAT_DTYPES } from './dtype.ts';
import { type SafetensorsFile, sameShape } from './safetensors.ts';

/** One tensor that a model needs. */
export interface TensorSlot {
  /** Its name in this package: Hugging Face's, without the prefix of the base model. */
  readonly name: string;
  /** Row-major. GPT-2 keeps the weights of linear layers as [in, out], BERT as [out, in]. */
  readonly shape: readonly number[];
  /** The names that it may have in a file, the preferred one first. */
  readonly fileNames: readonly string[];
}

/** What the layout asks of a checkpoint; an open `SafetensorsFile` is one. */
export type TensorList = Pick<SafetensorsFile, 'name' | 'names' | 'has' | 'info'>;

/** The tensors that a model needs, in the order in which its forward pass uses them, the output head last. */
export function requiredTensors(config: ModelConfig): readonly TensorSlot[] {
  return config.architecture === 'gpt2' ? gpt2Tensors(config) : bertTensors(config);
}

/**
 * Finds every needed tensor in a checkpoint and returns its name in the file by its name here. A head that is tied to
 * the token embedding maps to the embedding's tensor. Throws `MODEL_LAYOUT` with one message that lists the tensors
 * that are missing, of a wrong shape or not F32, F16 or BF16 (the first ten).
 */
export function checkLayout(file: TensorList, config: ModelConfig): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const wrong: string[] = [];
  const reported = new Set<string>();
  for (const { name, shape, fileNames } of requiredTensors(config)) {
    const fileName = fileNames.find((candidate) => file.has(candidate));
    const problem = describeProblem(file, shape, fileNames[0], fileName);
    // A tied head ends in the names of the embedding: what is wrong there is said once.
    const last = fileNames[fileNames.length - 1];
    if (problem !== undefined && !reported.has(last)) wrong.push(problem);
    if (problem !== undefined) reported.add(last);
    if (fileName !== undefined) found.set(name, fileName);
  }
  if (wrong.length === 0) return found;
  const listed = wrong.slice(0, MOST_LISTED).join(', ');
  const more = wrong.length > MOST_LISTED ? ` and ${wrong.length - MOST_LISTED} more` : '';
  throw fail(
    'MODEL_LAYOUT',
    `${quote(file.name)} does not fit its ${config.architecture} configuration: ${listed}${more}`,
    'check that config.json and the weights belong together',
  );
}

/** The tensors of a file that the layout does not use, for a warning. Known buffers and unused heads are left out. */
export function unusedTensors(
  file: Pick<SafetensorsFile, 'names'>,
  layout: ReadonlyMap<string, string>,
): readonly string[] {
  const used = new Set(layout.values());
  return file.names.filter((name) => !used.has(name) && !KNOWN_UNUSED.test(name));
}

const MOST_LISTED = 10;

function describeProblem(
  file: TensorList,
  shape: readonly number[],
  wanted: string,
  found?: string,
): string | undefined {
  if (found === undefined) return `${quote(wanted)} [${shape}] is missing`;
  const info = file.info(found);
  if (!sameShape(info.shape, shape)) return `${quote(found)} has shape [${info.shape}], not [${shape}]`;
  return FLOAT_DTYPES.includes(info.dtype) ? undefined : `${quote(found)} has dtype ${quote(info.dtype)}`;
}

const KNOWN_UNUSED = new RegExp(
  `(^|\\.)(${[
    'attn\\.(bias|masked_bias)',
    'embeddings\\.position_ids',
    'pooler\\.dense\\.(weight|bias)',
    'cls\\.seq_relationship\\.(weight|bias)',
    'cls\\.predictions\\.decoder\\.bias',
  ].join('|')})$`,
);

function gpt2Tensors({ layers, width, innerWidth, context, vocabulary, tiedHead }: Gpt2Config): TensorSlot[] {
  const slot = (name: string, ...shape: number[]): TensorSlot => ({
    name,
    shape,
    fileNames: [name, `transformer.${name}`],
  });
  const slots = [slot('wte.weight', vocabulary, width), slot('wpe.weight', context, width)];
  for (let i = 0; i < layers; i++) {
    slots.push(
      slot(`h.${i}.ln_1.weight`, width),
      slot(`h.${i}.ln_1.bias`, width),
      slot(`h.${i}.attn.c_attn.weight`, width, 3 * width),
      slot(`h.${i}.attn.c_attn.bias`, 3 * width),
      slot(`h.${i}.attn.c_proj.weight`, width, width),
      slot(`h.${i}.attn.c_proj.bias`, width),
      slot(`h.${i}.ln_2.weight`, width),
      slot(`h.${i}.ln_2.bias`, width),
      slot(`h.${i}.mlp.c_fc.weight`, width, innerWidth),
      slot(`h.${i}.mlp.c_fc.bias`, innerWidth),
      slot(`h.${i}.mlp.c_proj.weight`, innerWidth, width),
      slot(`h.${i}.mlp.c_proj.bias`, width),
    );
  }
  slots.push(slot('ln_f.weight', width), slot('ln_f.bias', width));
  slots.push(head(slot('lm_head.weight', vocabulary, width), slots[0], tiedHead));
  return slots;
}

function bertTensors(config: BertConfig): TensorSlot[] {
  const { layers, width, innerWidth, context, vocabulary, typeVocabulary, tiedHead } = config;
  const slot = (name: string, ...shape: number[]): TensorSlot => ({ name, shape, fileNames: bertFileNames(name) });
  const linear = (name: string, inputs: number, outputs: number) => [
    slot(`${name}.weight`, outputs, inputs),
    slot(`${name}.bias`, outputs),
  ];
  const norm = (name: string) => [slot(`${name}.LayerNorm.weight`, width), slot(`${name}.LayerNorm.bias`, width)];
  const slots = [
    slot('embeddings.word_embeddings.weight', vocabulary, width),
    slot('embeddings.position_embeddings.weight', context, width),
    slot('embeddings.token_type_embeddings.weight', typeVocabulary, width),
    ...norm('embeddings'),
  ];
  for (let i = 0; i < layers; i++) {
    const layer = `encoder.layer.${i}`;
    slots.push(
      ...linear(`${layer}.attention.self.query`, width, width),
      ...linear(`${layer}.attention.self.key`, width, width),
      ...linear(`${layer}.attention.self.value`, width, width),
      ...linear(`${layer}.attention.output.dense`, width, width),
      ...norm(`${layer}.attention.output`),
      ...linear(`${layer}.intermediate.dense`, width, innerWidth),
      ...linear(`${layer}.output.dense`, innerWidth, width),
      ...norm(`${layer}.output`),
    );
  }
  slots.push(...linear('cls.predictions.transform.dense', width, width), ...norm('cls.predictions.transform'));
  slots.push(head(slot('cls.predictions.decoder.weight', vocabulary, width), slots[0], tiedHead));
  const bias = slot('cls.predictions.bias', vocabulary);
  slots.push({ ...bias, fileNames: [...bias.fileNames, 'cls.predictions.decoder.bias'] });
  return slots;
}

/** With the `bert.` prefix of the whole model or without, and with the LayerNorm names of the first releases. */
function bertFileNames(name: string): string[] {
  const names = name.startsWith('cls.') ? [name] : [`bert.${name}`, name];
  const old = (text: string) =>
    text.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
  return name.includes('LayerNorm.') ? [...names, ...names.map(old)] : names;
}

/** A head of its own where the file has one; the token embedding otherwise, if the configuration ties them. */
function head(own: TensorSlot, embedding: TensorSlot, tied: boolean): TensorSlot {
  // lm_head stands beside the base model, never inside it.
  const fileNames = [own.name, ...(tied ? embedding.fileNames : [])];
  return { ...own, fileNames };
}
