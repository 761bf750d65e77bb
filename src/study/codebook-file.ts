import { type Codebooks, codebookSizes } from '../accelerator/codebook.ts';
import { fail } from '../errors.ts';
import type { SafetensorsFile } from '../model/safetensors.ts';
import { encodeSafetensors } from '../model/safetensors-write.ts';

const kind = 'cim-attention codebooks';

/** Codebooks as the bytes of a safetensors file. */
export function encodeCodebooks(books: Codebooks): Uint8Array {
  const { layers, heads, dim, subspaces, centroids } = books;
  const { subDim, padded } = codebookSizes(books);
  return encodeSafetensors(
    {
      centroids: { dtype: 'F32', shape: [layers, heads, subspaces, subDim, padded], data: books.values },
      input_range: { dtype: 'F32', shape: [layers, heads, subspaces], data: books.inputRange },
      similarity_range: { dtype: 'F32', shape: [layers, heads, subspaces, 2], data: books.similarityRange },
      relevance_range: { dtype: 'F32', shape: [layers, heads, 2], data: books.relevanceRange },
    },
    { kind, dim: String(dim), centroids: String(centroids) },
  );
}

/** Reads codebooks back. Throws when the file holds something else or tensors of other shapes. */
export async function decodeCodebooks(file: SafetensorsFile): Promise<Codebooks> {
  const { metadata } = file;
  const dim = Number(metadata['dim']);
  const centroids = Number(metadata['centroids']);
  const shape = file.info('centroids').shape;
  if (metadata['kind'] !== kind || !Number.isInteger(dim) || !Number.isInteger(centroids) || shape.length !== 5) {
    throw fail(
      'CODEBOOK_FILE',
      `the safetensors file holds '${metadata['kind'] ?? 'no kind'}'`,
      `use a file that was written as '${kind}'`,
    );
  }
  const [layers, heads, subspaces] = shape as [number, number, number];
  const { subDim, padded } = codebookSizes({ layers, heads, dim, subspaces, centroids });
  const read = (name: string, expectedShape: number[]) => file.readF32(name, { expectedShape });
  return {
    layers,
    heads,
    dim,
    subspaces,
    centroids,
    values: await read('centroids', [layers, heads, subspaces, subDim, padded]),
    inputRange: await read('input_range', [layers, heads, subspaces]),
    similarityRange: await read('similarity_range', [layers, heads, subspaces, 2]),
    relevanceRange: await read('relevance_range', [layers, heads, 2]),
  };
}
