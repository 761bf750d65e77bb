import type { ModelConfig } from '../../src/model/config.ts';
import { requiredTensors } from '../../src/model/layout.ts';
import type { SafetensorsFile } from '../../src/model/safetensors.ts';

/**
 * An open checkpoint that holds what a configuration needs, its values made by name when they are read. A tied head is
 * left out, as in files.
 */
export function madeCheckpoint(
  config: ModelConfig,
  fill: (name: string, elements: number) => Float32Array<ArrayBuffer>,
): SafetensorsFile {
  const heads = ['lm_head.weight', 'cls.predictions.decoder.weight'];
  const slots = requiredTensors(config).filter(({ name }) => !(config.tiedHead && heads.includes(name)));
  const shapes = new Map(slots.map(({ fileNames, shape }) => [fileNames[0]!, shape]));
  const elementsOf = (name: string) => shapes.get(name)!.reduce((a, b) => a * b, 1);
  return {
    name: 'made.safetensors',
    names: [...shapes.keys()],
    metadata: {},
    has: (name) => shapes.has(name),
    info: (name) => ({
      dtype: 'F32',
      shape: shapes.get(name)!,
      elements: elementsOf(name),
      byteOffset: 0,
      byteLength: elementsOf(name) * 4,
    }),
    readF32: async (name) => fill(name, elementsOf(name)),
    async *readF32Chunks(name, chunkElements) {
      const data = fill(name, elementsOf(name));
      for (let offset = 0; offset < data.length; offset += chunkElements)
        yield { offset, data: data.slice(offset, offset + chunkElements) };
    },
    readU32: async () => new Uint32Array(0),
    close: async () => {},
  };
}
