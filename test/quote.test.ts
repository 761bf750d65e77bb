import { describe, expect, it } from 'vitest';
import { quote } from '../src/quote.ts';

describe('quote', () => {
  it('leaves visible text of any script as it is', () => {
    expect(quote('model-1.safetensors')).toBe('"model-1.safetensors"');
    expect(quote('modèle 模型')).toBe('"modèle 模型"');
  });

  it('escapes what would break a line or hide', () => {
    expect(quote('a"\n\u0085\u2028\u202e\u{e0041}')).toBe('"a\\"\\n\\u{85}\\u{2028}\\u{202e}\\u{e0041}"');
  });

  it('cuts what is too long', () => {
    expect(quote('x'.repeat(200), 10)).toBe('"xxxxxxxxxx..."');
  });
});
