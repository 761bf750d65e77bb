import { fail } from '../errors.ts';
import { quote } from '../quote.ts';

/** Random access to the bytes of one file, wherever they lie: in memory, in a browser's file, on disk. */
export interface ByteSource {
  /** Length in bytes, fixed when the source was made. */
  readonly byteLength: number;
  /** What messages call it: the path, or the name that the caller gave. */
  readonly name: string;
  /**
   * Exactly `length` bytes from `offset`. The result is a copy that belongs to the caller and starts at the beginning
   * of its buffer. Throws `SOURCE_RANGE` for a range outside the source and `SOURCE_READ` when reading fails.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Releases what the source holds; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * A source over bytes that are already in memory. The bytes are not copied: leave them unchanged while it is in use.
 */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    async read(offset, length) {
      checkRange(name, bytes.byteLength, offset, length);
      const copy = new Uint8Array(length);
      copy.set(bytes.subarray(offset, offset + length));
      return copy;
    },
    async close() {},
  };
}

/** The part of a `Blob` or `File` that is read here; named so that the declarations need no library of the DOM. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A source over a `Blob` or `File`, such as a browser's file input gives; only the ranges asked for are loaded. */
export function blobSource(name: string, blob: BlobLike): ByteSource {
  return {
    name,
    byteLength: blob.size,
    async read(offset, length) {
      checkRange(name, blob.size, offset, length);
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(offset, offset + length).arrayBuffer();
      } catch (cause) {
        throw fail('SOURCE_READ', `${quote(name)} could not be read`, 'choose the file again', cause);
      }
      if (buffer.byteLength !== length) throw shortRead(name, offset, length, buffer.byteLength);
      return new Uint8Array(buffer);
    },
    async close() {},
  };
}

/** The whole source as text. Throws `TEXT_ENCODING` when it is not valid UTF-8; a byte order mark is dropped. */
export async function readText(source: ByteSource): Promise<string> {
  const bytes = await source.read(0, source.byteLength);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('TEXT_ENCODING', `${quote(source.name)} is not valid UTF-8`, 'save it as UTF-8 text', cause);
  }
}

/** Throws `SOURCE_RANGE` unless [offset, offset + length) lies in a source of `byteLength` bytes. For source makers. */
export function checkRange(name: string, byteLength: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= byteLength) return;
  throw fail(
    'SOURCE_RANGE',
    `${quote(name)} has ${byteLength} bytes, and ${length} bytes at offset ${offset} were asked for`,
    'the file is shorter than its own header says: fetch it again',
  );
}

/** The error for a source that gave fewer bytes than it has, as a file that was cut while it was read. */
export function shortRead(name: string, offset: number, length: number, got: number): Error {
  return fail(
    'SOURCE_READ',
    `${quote(name)} gave ${got} of ${length} bytes at offset ${offset}`,
    'the file changed while it was read: run again when it is complete',
  );
}
