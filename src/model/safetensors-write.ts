import { fail } from '../errors.ts';
import { quote } from '../quote.ts';

/** A tensor to write, row-major. F16 takes the bit patterns of its elements. */
export type TensorToWrite = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'F32'; readonly data: Float32Array }
  | { readonly dtype: 'U32'; readonly data: Uint32Array }
  | { readonly dtype: 'F16'; readonly data: Uint16Array }
);

/**
 * The bytes of a safetensors file with these tensors. The same tensors give the same bytes: they lie by falling element
 * size and then by name, so that each is aligned to its element size, after a header padded to 8 bytes. Throws
 * `TENSOR_SHAPE` when a shape is not made of whole numbers from 0 or does not match its data, `TENSOR_NAME` for the
 * reserved name.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const placed = Object.entries(tensors).sort(
    ([a, { data: x }], [b, { data: y }]) => y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || byCodeUnit(a, b),
  );
  const header = encodeHeader(placed, metadata);
  const dataLength = placed.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const file = new Uint8Array(8 + header.length + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const [, { data }] of placed) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

// The JSON is put together by hand: an object would move keys such as "0" to the front and lose "__proto__".
function encodeHeader(
  placed: readonly [string, TensorToWrite][],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: string[] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b));
  if (texts.length > 0) {
    const pairs = texts.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    entries.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let begin = 0;
  for (const [name, tensor] of placed) {
    check(name, tensor);
    const end = begin + tensor.data.byteLength;
    const { dtype, shape } = tensor;
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  return header;
}

function check(name: string, { shape, data }: TensorToWrite): void {
  if (name === '__metadata__') {
    throw fail('TENSOR_NAME', 'a tensor cannot be called "__metadata__"', 'give it another name');
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || elements !== data.length) {
    const what = `tensor ${quote(name)} has shape [${shape}] and ${data.length} elements`;
    throw fail('TENSOR_SHAPE', what, 'give a shape whose product is the number of elements');
  }
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
