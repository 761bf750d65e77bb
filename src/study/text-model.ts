import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { readText } from '../model/byte-source.ts';
import { parseModelConfig } from '../model/config.ts';
import { loadModel, type Model } from '../model/model.ts';
import { openSafetensors } from '../model/safetensors.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import { causalWindows, maskedWindows, maskIdOf, type TextWindows } from '../model/windows.ts';
import { quote } from '../quote.ts';
import type { ModelFacts, ModelFiles, NamedText } from './result.ts';

/** A checkpoint with its tokenizer: cuts texts into the windows that its loss is taken on. */
export interface TextModel {
  readonly model: Model;
  readonly facts: ModelFacts;
  readonly causal: boolean;
  /** Windows of a text, `count` from its start or as many as it holds when it holds fewer. Throws when it holds none. */
  windows(text: NamedText, count: number, seed: number): TextWindows;
}

/** Loads a checkpoint's three files. Throws what they throw when one of them is wrong; nothing stays allocated then. */
export async function loadTextModel(gpu: Gpu, files: ModelFiles): Promise<TextModel> {
  const config = parseModelConfig(await readText(files.config), files.config.name);
  const tokenizer = loadTokenizer(await readText(files.tokenizer), files.tokenizer.name, config.vocabulary);
  const checkpoint = await openSafetensors(files.weights);
  const model = await loadModel(gpu, { config, checkpoint });
  const parameters = checkpoint.names.reduce((sum, name) => sum + checkpoint.info(name).elements, 0);
  const causal = config.architecture === 'gpt2';
  const { architecture, layers, heads, headDim, context } = config;
  return {
    model,
    causal,
    facts: { name: files.name, architecture, layers, heads, headDim, context, parameters },
    windows({ name, text }, count, seed) {
      const ids = tokenizer.encode(text);
      const held = Math.floor((ids.length - (causal ? 1 : 0)) / context);
      if (held < 1)
        throw fail(
          'TEXT_SHORT',
          `${quote(name)} has ${ids.length} tokens, one window takes ${context}${causal ? ' and the token after it' : ''}`,
          'give a longer text',
        );
      const wanted = Math.min(count, held);
      return causal
        ? causalWindows(ids, context, wanted)
        : maskedWindows(ids, context, maskIdOf(tokenizer), { seed }, wanted);
    },
  };
}
