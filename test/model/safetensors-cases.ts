import { expect } from 'vitest';
import { CimError } from '../../src/errors.ts';
import { bytesSource } from '../../src/model/byte-source.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';

/** Opens bytes that were made in a test. */
export const openBytes = (bytes: Uint8Array) => openSafetensors(bytesSource('made.safetensors', bytes));

/** A safetensors file of this header (an object, or its text) and data, with no check at all. */
export function rawFile(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** Asserts an input error with this code, whose one-line message matches. */
export async function expectInputError(action: Promise<unknown> | (() => unknown), code: string, message: RegExp) {
  const error = await Promise.resolve()
    .then(() => (typeof action === 'function' ? action() : action))
    .then(
      () => expect.fail(`expected ${code}`),
      (caught) => caught,
    );
  expect(error).toBeInstanceOf(CimError);
  expect(error).toMatchObject({ code, kind: 'input' });
  expect(error.message).toMatch(message);
  expect(error.message).not.toMatch(/[\n\r]/);
}
