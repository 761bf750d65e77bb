import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { getFloat16 } from '@petamoriken/float16';
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../src/model/config.ts';
import { checkLayout, unusedTensors } from '../../src/model/layout.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { openFile } from '../../src/node/file-source.ts';

const models = new URL('../models/', import.meta.url);

/**
 * Decodes one tensor, every `stride`-th element, with nothing of this package: the header's own offsets and a float16
 * library.
 */
function decodeAlone(bytes: Buffer, name: string, stride: number): number[] {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const [begin, end] = header[name].data_offsets.map((offset: number) => 8 + headerLength + offset);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.ceil((end - begin) / 2 / stride) }, (_, i) =>
    getFloat16(view, begin + 2 * i * stride, true),
  );
}

describe.each([
  ['gpt2-bytes', 3_356_416, 'lm_head.weight', 'wte.weight'],
  ['bert-bytes', 3_358_981, 'cls.predictions.decoder.weight', 'bert.embeddings.word_embeddings.weight'],
])('the checkpoint %s', (model, parameters, head, embedding) => {
  const folder = new URL(`${model}/`, models);
  const weights = new URL('model.safetensors', folder);
  const open = async () => {
    const config = parseModelConfig(await readFile(new URL('config.json', folder), 'utf8'), 'config.json');
    return { config, file: await openSafetensors(await openFile(fileURLToPath(weights))) };
  };

  it('has the layout of its configuration and nothing more', async () => {
    const { config, file } = await open();
    const layout = checkLayout(file, config);
    expect(layout.get(head)).toBe(embedding);
    expect(unusedTensors(file, layout)).toEqual([]);
    expect(new Set(layout.values()).size).toBe(file.names.length);
    expect(file.names.reduce((sum, name) => sum + file.info(name).elements, 0)).toBe(parameters);
    expect({ ...config }).toMatchObject({ layers: 4, heads: 4, width: 256, headDim: 64, innerWidth: 1024 });
    await file.close();
  });

  it('holds the values that an independent decoder finds, all of them finite', async () => {
    const { file } = await open();
    const bytes = await readFile(weights);
    for (const name of file.names) {
      const ours = await file.readF32(name);
      const stride = ours.length > 4096 ? 13 : 1;
      const alone = decodeAlone(bytes, name, stride);
      expect(alone.length).toBe(Math.ceil(ours.length / stride));
      expect(alone.findIndex((value, i) => !Object.is(value, ours[i * stride]))).toBe(-1);
    }
    await file.close();
  });

  it('streams the same values', async () => {
    const { file } = await open();
    const whole = await file.readF32(embedding);
    let next = 0;
    for await (const { offset, data } of file.readF32Chunks(embedding, 1000)) {
      expect(offset).toBe(next);
      expect(data).toEqual(whole.subarray(offset, offset + data.length));
      next += data.length;
    }
    expect(next).toBe(whole.length);
    await file.close();
  });

  it('has a reference for sixteen windows of the text', async () => {
    const reference = JSON.parse(await readFile(new URL('reference.json', folder), 'utf8'))['text.txt'];
    expect(reference.windows).toBe(16);
    const text = await readFile(new URL('text.txt', models));
    expect(text.length).toBeGreaterThan(reference.windows * reference.context);
  });
});
