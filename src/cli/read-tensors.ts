import { fail } from '../errors.ts';
import { openSafetensors, type SafetensorsFile } from '../model/safetensors.ts';
import { openFile } from '../node/file-source.ts';
import { quote } from '../quote.ts';

/** A float tensor with its shape. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Reads the tensors named from a safetensors file and closes it; `counts` are U32 tensors
 * that may be absent, `optional` float or U32 ones. Tensors with other names are warned about on stderr
 * and left. Throws what the reader throws: missing, empty, not finite, not a float.
 */
export async function readTensors<Name extends string>(
  path: string,
  names: readonly Name[],
  counts: readonly string[] = [],
  optional: readonly string[] = [],
): Promise<Record<Name, HostTensor> & OptionalTensors> {
  const source = await openFile(path);
  try {
    const file = await openSafetensors(source);
    const found = {} as Record<Name, HostTensor>;
    for (const name of names) found[name] = { shape: file.info(name).shape, data: await file.readF32(name) };
    const whole: Record<string, Uint32Array> = {};
    for (const name of counts) if (file.names.includes(name)) whole[name] = await file.readU32(name);
    const given: Record<string, HostTensor> = {};
    for (const name of optional) if (file.has(name)) given[name] = await readNumbers(file, name);
    warnUnused(file, [...names, ...counts, ...optional]);
    return Object.assign(found, { counts: whole, optional: given });
  } finally {
    await source.close();
  }
}

interface OptionalTensors {
  readonly counts: Readonly<Record<string, Uint32Array>>;
  readonly optional: Readonly<Record<string, HostTensor>>;
}

async function readNumbers(file: SafetensorsFile, name: string): Promise<HostTensor> {
  const { shape, dtype } = file.info(name);
  return { shape, data: dtype === 'U32' ? Float32Array.from(await file.readU32(name)) : await file.readF32(name) };
}

/** Throws `TENSOR_SHAPE` unless the tensor has one of the numbers of dimensions; `form` says in words what is needed. */
export function checkRank(
  path: string,
  name: string,
  { shape }: HostTensor,
  ranks: readonly number[],
  form: string,
): void {
  if (ranks.includes(shape.length)) return;
  throw fail('TENSOR_SHAPE', `tensor ${quote(name)} of ${quote(path)} has shape [${shape}]`, `give it ${form}`);
}

function warnUnused(file: SafetensorsFile, used: readonly string[]): void {
  const unused = file.names.filter((name) => !used.includes(name));
  if (unused.length === 0) return;
  const shown = unused.slice(0, 5).map((name) => quote(name));
  const more = unused.length > shown.length ? ` and ${unused.length - shown.length} more` : '';
  process.stderr.write(`warning: ${quote(file.name)} has tensors that are not used here: ${shown.join(', ')}${more}\n`);
}
