import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { layerSpans, type SpanList, spanTable } from '../../src/accelerator/spans.ts';
import { parseSpans } from '../../src/study/spans-file.ts';

const model = { layers: 2, heads: 3, context: 10 };

describe('a table of spans', () => {
  it.each<[string, SpanList, number[]]>([
    ['one number', 7, [7, 7, 7, 7, 7, 7]],
    ['a number per layer', [7, 1], [7, 7, 7, 1, 1, 1]],
    ['a list per layer', [[1, 2, 3], [4, 5, 600]], [1, 2, 3, 4, 5, 600]], // biome-ignore format: a matrix
    ['both', [7, [1, 2, 3]], [7, 7, 7, 1, 2, 3]] as [string, SpanList, number[]],
    ['a share of the context, rounded up', { share: 0.31 }, [4, 4, 4, 4, 4, 4]],
    ['the smallest share', { share: 1e-9 }, [1, 1, 1, 1, 1, 1]],
    ['all of the context', { share: 1 }, [10, 10, 10, 10, 10, 10]],
  ])('is spread from %s', (_, list, values) => {
    const table = spanTable(list, model);
    expect([...table.values]).toEqual(values);
    expect([...layerSpans(table, 1)]).toEqual(values.slice(3));
  });

  it.each<[string, unknown, string]>([
    ['0', 0, 'span is 0'],
    ['a negative number', [4, -1], 'span[1] is -1'],
    ['half a token', [[1, 2, 3], [4, 5.5, 6]], 'span[1][1] is 5.5'], // biome-ignore format: a matrix
    ['NaN', Number.NaN, 'span is null'],
    ['more than a word holds', 2 ** 32, 'span is 4294967296'],
    ['text', '16', 'span is "16"'],
    ['nothing', null, 'span is null'],
    ['an empty list', [], 'empty'],
    ['an empty layer', [[], []], 'layer 0 has 0 spans for 3 heads'],
    ['too few layers', [4], '1 spans for 2 layers'],
    ['too many heads', [4, [1, 2, 3, 4]], 'layer 1 has 4 spans for 3 heads'],
    ['a share of 0', { share: 0 }, 'share of the context is 0'],
    ['a share above 1', { share: 1.5 }, 'share of the context is 1.5'],
    ['a share in words', { share: 'half' }, 'share of the context is "half"'],
    ['something beside the share', { share: 0.5, least: 4 }, 'span is {"share":0.5,"least":4}'],
  ])('refuses %s', (_, list, what) => {
    const failure = expect.objectContaining({ kind: 'input', code: 'SPANS', what: expect.stringContaining(what) });
    expect(() => spanTable(list as SpanList, model)).toThrow(failure);
  });
});

describe('a spans file', () => {
  const good = { span: [[1, 2], [3, 4]], meaning: 'the last span tokens', causal: true }; // biome-ignore format: a matrix
  const parse = (file: object, causal = true) => parseSpans(JSON.stringify(file), 'file.json', { causal });

  it('is read as it comes with a checkpoint', async () => {
    const text = await readFile(new URL('../models/gpt2-bytes-sparse/spans.json', import.meta.url), 'utf8');
    const { values } = spanTable(parseSpans(text, 'spans.json', { causal: true }), {
      layers: 4,
      heads: 4,
      context: 512,
    });
    expect([...values.subarray(0, 5)]).toEqual([64, 64, 80, 96, 16]);
  });

  it('may give one number or a share, and leave the rest out', () => {
    expect(parse({ span: 16 })).toBe(16);
    expect(parse({ span: { share: 0.25 } }, false)).toEqual({ share: 0.25 });
  });

  it.each<[string, object, string, string]>([
    ['an unknown key', { ...good, spans: 1 }, 'SPANS_FILE', '"spans" is not known'],
    ['no spans', { causal: true }, 'SPANS_FILE', 'no span'],
    ['a meaning that is no text', { ...good, meaning: 3 }, 'SPANS_FILE', 'meaning is 3'],
    ['causal in words', { ...good, causal: 'yes' }, 'SPANS_FILE', 'causal is "yes"'],
    [
      'another direction than the model',
      { ...good, causal: false },
      'SPANS_FILE',
      'causal is false for a model that looks back only',
    ],
    ['a span of 0', { ...good, span: [[1, 0]] }, 'SPANS', 'span[0][1] is 0'],
    ['a missing number', { ...good, span: [1, null] }, 'SPANS', 'span[1] is null'],
    ['a list too deep', { ...good, span: [[[1]]] }, 'SPANS', 'span[0][0] is [1]'],
  ])('is refused with %s', (_, file, code, what) => {
    const failure = expect.objectContaining({ kind: 'input', code, what: expect.stringContaining(what) });
    expect(() => parse(file)).toThrow(failure);
  });

  it('is refused for a model that looks both ways when the spans look back', () => {
    expect(() => parse(good, false)).toThrow('looks both ways');
  });

  it('is refused when it is no JSON', () => {
    expect(() => parseSpans('{', 'file.json', { causal: true })).toThrow(
      expect.objectContaining({ code: 'SPANS_FILE' }),
    );
  });
});
