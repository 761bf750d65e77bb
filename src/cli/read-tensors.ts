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
 * Reads the tensors named from a safetensors file and closes it; `counts` are U32 tensors that may be absent. Tensors with other names are warned about on stderr
 * and left. Throws what the reader throws: missing, empty, not finite, not a float.
 */
export async function readTensors<Name extends string>(
  path: string,
  names: readonly Name[],
  counts: readonly string[] = [],
): Promise<Record<Name, HostTensor> & { readonly counts: Readonly<Record<string, Uint32Array>> }> {
  const source = await openFile(path);
  try {
    const file = await openSafetensors(source);
    const found = {} as Record<Name, HostTensor>;
    for (const name of names) found[name] = { shape: file.info(name).shape, data: await file.readF32(name) };
    const whole: Record<string, Uint32Array> = {};
    for (const name of counts) if (file.names.includes(name)) whole[name] = await file.readU32(name);
    warnUnused(file, [...names, ...counts]);
    return Object.assign(found, { counts: whole });
  } finally {
    await source.close();
  }
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
