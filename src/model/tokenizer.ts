import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { fail } from '../errors.ts';
import { quote } from '../quote.ts';
import { isJsonObject, parseJsonObject } from './json.ts';

/** Turns text into token ids. */
export interface Tokenizer {
  /**
   * The ids of a text, with no special token added (one that is written out in the text becomes its id).
   * Throws `TOKENIZER_ID` when an id does not fit the model's vocabulary and `TOKENIZER_TEXT` when the text has no ids.
   */
  encode(text: string): Uint32Array;
}

/**
 * Loads the text of a Hugging Face `tokenizer.json`; `name` is the file's name for messages and `vocabulary` the
 * model's number of ids. Time is linear in the text, about a second for a megabyte. Throws `TOKENIZER_FILE` for a file
 * that cannot be used. This is the one file of the model part that needs a library, so the core does not import it.
 */
export function loadTokenizer(json: string, name: string, vocabulary: number): Tokenizer {
  const file = quote(name);
  const tokenizer = build(json, file);
  return {
    encode(text) {
      const { ids, tokens } = run(tokenizer, text, file);
      const bad = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabulary);
      if (bad >= 0) {
        const token = `token ${bad}, ${quote(tokens[bad])}`;
        const what = `${token}, has id ${ids[bad]} in ${file}, and the model has ${vocabulary}`;
        throw fail('TOKENIZER_ID', what, 'use the tokenizer that belongs to the model');
      }
      return Uint32Array.from(ids);
    },
  };
}

function build(json: string, file: string): HuggingFaceTokenizer {
  const parsed = parseJsonObject(json, 'TOKENIZER_FILE', file);
  const fix = 'use the tokenizer.json of the checkpoint';
  if (!isJsonObject(parsed.model) || !isJsonObject(parsed.model.vocab)) {
    throw fail('TOKENIZER_FILE', `${file} has no model with a vocabulary`, fix);
  }
  checkBytes(file, parsed.pre_tokenizer, parsed.model.vocab);
  try {
    return new HuggingFaceTokenizer({ ...parsed, added_tokens: parsed.added_tokens ?? [] }, {});
  } catch (cause) {
    throw fail('TOKENIZER_FILE', `${file} describes a tokenizer that cannot be built here`, fix, cause);
  }
}

function run(tokenizer: HuggingFaceTokenizer, text: string, file: string) {
  try {
    return tokenizer.encode(text, { add_special_tokens: false });
  } catch (cause) {
    const what = `${file} gave an error for a text of ${text.length} characters`;
    throw fail('TOKENIZER_TEXT', what, 'use a shorter text or another checkpoint', cause);
  }
}

/** The library drops, without a word, a byte that the vocabulary of a byte-level tokenizer lacks. */
function checkBytes(file: string, preTokenizer: unknown, vocab: Readonly<Record<string, unknown>>): void {
  if (!isJsonObject(preTokenizer) || preTokenizer.type !== 'ByteLevel') return;
  const lacking = byteAlphabet().filter((letter) => !Object.hasOwn(vocab, letter));
  if (lacking.length === 0) return;
  const lacks = `lacks ${lacking.length} of the 256 bytes, such as ${quote(lacking[0])}`;
  const what = `${file} is byte-level, and its vocabulary ${lacks}`;
  throw fail('TOKENIZER_FILE', what, 'use the tokenizer.json of the checkpoint');
}

/**
 * The character that stands for each byte in GPT-2's vocabulary: itself where it is printable, else one from U+0100 on.
 */
function byteAlphabet(): string[] {
  let next = 0x100;
  const printable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}
