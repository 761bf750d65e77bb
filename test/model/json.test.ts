import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CimError } from '../../src/errors.ts';
import { parseJsonObject } from '../../src/model/json.ts';

const parse = (text: string) => parseJsonObject(text, 'BAD', 'the file');

describe('parseJsonObject', () => {
  it('agrees with JSON.parse on objects', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['[]', 'null', '3', '"a"', 'true', '', '{', '{"a":1,}'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(CimError);
  });

  it.each(['{"a":1,"a":1}', '{"b":[{"a":1,"\\u0061":2}]}', '{"\\\\\\"":1,"\\\\\\"":2}', '{"":{},"":{}}'])(
    'refuses a key given twice: %s',
    (text) => expect(() => parse(text)).toThrow(/twice in one object/),
  );

  it.each(['{"a":{"a":1},"b":{"a":["a","a"]}}', '{"a":":","b":"{\\"a\\":1,\\"a\\":2}"}'])('accepts %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('refuses nesting that no real file has, before it is parsed', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(Object.keys(parse(nested(99)))).toEqual(['a']);
    for (const depth of [100, 10_000_000]) {
      expect(() => parse(nested(depth))).toThrow(/the file nests deeper than 100 levels/);
    }
  });

  it('stops at the end of text that is cut within a string', () => {
    for (const text of ['{"a', '{"a\\', '{"a\\"', '{"\\x":1}', ':', '"a":1', '}}']) {
      expect(() => parse(text)).toThrow(/not valid JSON/);
    }
  });
});
