import { type CimError, fail } from '../errors.ts';
import { quote } from '../quote.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { isJsonObject, jsonKind, parseJsonObject } from './json.ts';

/** Where and what one tensor of a file is. `byteOffset` counts from the start of the file. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A safetensors header, checked: every tensor lies in the file, none overlaps another, and no byte is left over. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Parses the JSON part of a safetensors file. `dataStart` is where the tensors' bytes begin and `fileLength` where they
 * end; `name` is the file's name for messages. Throws `SAFETENSORS_HEADER` for a malformed header and
 * `SAFETENSORS_OFFSETS` for one that does not fit the file. Source: the format description in the safetensors
 * repository.
 */
export function parseHeader(name: string, json: Uint8Array, dataStart: number, fileLength: number): SafetensorsHeader {
  const what = `the header of ${quote(name)}`;
  if (json[0] !== 0x7b) throw malformed(`${what} does not begin with "{"`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw fail('SAFETENSORS_HEADER', `${what} is not valid UTF-8`, 'fetch or write the file again', cause);
  }
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [key, value] of Object.entries(parseJsonObject(text, 'SAFETENSORS_HEADER', what))) {
    if (key === '__metadata__') metadata = parseMetadata(what, value);
    else tensors.set(key, parseTensor(`tensor ${quote(key)} of ${quote(name)}`, value, dataStart, fileLength));
  }
  checkCover(name, tensors, dataStart, fileLength);
  return { tensors, metadata };
}

function parseMetadata(what: string, value: unknown): Readonly<Record<string, string>> {
  const good = isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
  if (!good) throw malformed(`${what} has __metadata__ that is not an object of texts`);
  return value as Readonly<Record<string, string>>;
}

function parseTensor(what: string, value: unknown, dataStart: number, fileLength: number): TensorInfo {
  if (!isJsonObject(value)) throw malformed(`${what} is described by ${jsonKind(value)}, not by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw malformed(`${what} has as dtype ${jsonKind(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw malformed(`${what} has a shape that is not a list of whole numbers from 0: ${show(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw malformed(`${what} has data_offsets that are not two whole numbers from 0: ${show(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw misplaced(`${what} begins at ${begin}, after its end at ${end}`);
  const available = fileLength - dataStart;
  if (end > available) throw misplaced(`${what} ends at byte ${end} of ${available} bytes of data`);
  const elements = product(what, shape);
  const size = DTYPE_BYTES.get(dtype);
  if (size !== undefined && elements * size !== end - begin) {
    const needs = `shape ${show(shape)} in ${dtype} needs ${elements * size} bytes`;
    throw misplaced(`${what} has ${end - begin} bytes, and ${needs}`);
  }
  return { dtype, shape, elements, byteOffset: dataStart + begin, byteLength: end - begin };
}

function product(what: string, shape: readonly number[]): number {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) throw malformed(`${what} has too many elements: shape ${show(shape)}`);
  }
  return elements;
}

function checkCover(
  name: string,
  tensors: ReadonlyMap<string, TensorInfo>,
  dataStart: number,
  fileLength: number,
): void {
  const placed = [...tensors].sort(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  let end = dataStart;
  let last = '';
  for (const [key, { byteOffset, byteLength }] of placed) {
    if (byteOffset < end) {
      throw misplaced(
        `tensors ${quote(last)} and ${quote(key)} of ${quote(name)} overlap by ${end - byteOffset} bytes`,
      );
    }
    if (byteOffset > end) {
      throw misplaced(`${quote(name)} has ${byteOffset - end} bytes before tensor ${quote(key)} that belong to none`);
    }
    end = byteOffset + byteLength;
    last = key;
  }
  if (end < fileLength) throw misplaced(`${quote(name)} has ${fileLength - end} bytes after its last tensor`);
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? text.slice(0, 80) + '...' : text;
}

function malformed(what: string): CimError {
  return fail('SAFETENSORS_HEADER', what, 'fetch or write the file again');
}

function misplaced(what: string): CimError {
  return fail('SAFETENSORS_OFFSETS', what, 'the file is damaged or was cut: fetch or write it again');
}
