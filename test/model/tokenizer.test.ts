import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../src/model/tokenizer.ts';
import { expectInputError } from './safetensors-cases.ts';

const read = (path: string) => readFile(new URL(`../models/${path}`, import.meta.url), 'utf8');
const bytesOf = (text: string) => [...new TextEncoder().encode(text)];

/** The id of every byte in the two checkpoints, from the published order: printable bytes first, then the others. */
function idOfByte(): number[] {
  const order: number[] = [];
  for (let b = 33; b <= 126; b++) order.push(b);
  for (let b = 161; b <= 255; b++) if (b !== 173) order.push(b);
  for (let b = 0; b < 256; b++) if (!order.includes(b)) order.push(b);
  return order.reduce<number[]>((ids, byte, id) => Object.assign(ids, { [byte]: id }), []);
}

describe.each([
  ['gpt2-bytes', 257, '<|endoftext|>', 256],
  ['bert-bytes', 261, '[MASK]', 259],
])('the tokenizer of %s', (model, vocabulary, special, specialId) => {
  const ids = idOfByte();
  let json: string;
  beforeAll(async () => {
    json = await read(`${model}/tokenizer.json`);
  });

  it.each(['text.txt', 'calibration.txt'])('gives one token per byte of %s, in order', async (name) => {
    const text = await read(name);
    const encoded = loadTokenizer(json, model, vocabulary).encode(text);
    expect(encoded.length).toBe(8193);
    expect([...encoded]).toEqual(bytesOf(text).map((byte) => ids[byte]));
  });

  it('gives one token per byte of any text, white space and control characters too', () => {
    const everyAscii = String.fromCharCode(...Array(128).keys());
    const text = `${everyAscii}  \u00e9\u{1f600}\ufeff\r\n\t `;
    expect([...loadTokenizer(json, model, vocabulary).encode(text)]).toEqual(bytesOf(text).map((byte) => ids[byte]));
    expect([...loadTokenizer(json, model, vocabulary).encode('')]).toEqual([]);
  });

  it('knows a special token that is written out', () => {
    const encoded = loadTokenizer(json, model, vocabulary).encode(`a${special}b`);
    expect([...encoded]).toEqual([ids[97], specialId, ids[98]]);
  });

  it('refuses an id that the model does not have', async () => {
    const small = loadTokenizer(json, model, 100);
    expect(small.encode('abc').length).toBe(3);
    const message = /token 1, "é?.*", has id \d+ in ".*-bytes", and the model has 100;/;
    await expectInputError(() => small.encode('a\u00e9'), 'TOKENIZER_ID', message);
  });

  it('takes seconds at most for a megabyte', async () => {
    const text = (await read('text.txt')).repeat(128);
    const start = performance.now();
    expect(loadTokenizer(json, model, vocabulary).encode(text).length).toBe(128 * 8193);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('a WordPiece tokenizer as BERT base has', () => {
  const json = JSON.stringify({
    added_tokens: ['[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {},
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, cross: 3, '##bar': 4, '.': 5 },
    },
  });

  it('splits words and adds no special token', () => {
    expect([...loadTokenizer(json, 'wordpiece', 6).encode('Crossbar cross. \u6a21')]).toEqual([3, 4, 3, 5, 0]);
  });
});

describe('a tokenizer file that cannot be used', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON object', [], /"t.json" holds an array/],
    ['no model', {}, /"t.json" has no model with a vocabulary/],
    [
      'a model that is not known',
      { model: { type: 'Magic', vocab: {} } },
      /"t.json" describes a tokenizer that cannot be built/,
    ],
  ])('has %s', (_, json, message) =>
    expectInputError(() => loadTokenizer(JSON.stringify(json), 't.json', 10), 'TOKENIZER_FILE', message),
  );

  it('is byte-level and lacks a byte, which would be dropped', async () => {
    const json = JSON.parse(await read('gpt2-bytes/tokenizer.json'));
    delete json.model.vocab['\u0120'];
    const load = () => loadTokenizer(JSON.stringify(json), 't.json', 257);
    await expectInputError(load, 'TOKENIZER_FILE', /vocabulary lacks 1 of the 256 bytes, such as "\u0120"/);
  });
});
