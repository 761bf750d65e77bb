import { fail } from '../errors.ts';
import { quote } from '../quote.ts';

/** An object read from JSON, its values not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses `text` as one JSON object in which no object repeats a key (`JSON.parse` alone would keep the
 * last and say nothing). Text that nests deeper than 100 levels is refused: no file read here comes near.
 * Throws the input error `code`, its message beginning with `what`.
 */
export function parseJsonObject(text: string, code: string, what: string): JsonObject {
  let value: unknown;
  let repeated: string | undefined;
  try {
    // The scan comes first: the depth that it bounds is what makes parsing slow and large.
    repeated = repeatedKey(text);
    value = JSON.parse(text);
  } catch (cause) {
    const problem = cause instanceof RangeError ? cause.message : 'is not valid JSON';
    throw fail(code, `${what} ${problem}`, 'fetch or write the file again', cause);
  }
  if (!isJsonObject(value)) {
    throw fail(code, `${what} holds ${jsonKind(value)} where an object is needed`, 'check that it is the right file');
  }
  if (repeated !== undefined) {
    throw fail(code, `${what} gives the key ${quote(repeated)} twice in one object`, 'keep one of the two');
  }
  return value;
}

/** Whether a parsed JSON value is an object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a parsed JSON value is, in words for a message: "an array", "null", "the number 3". */
export function jsonKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'string' ? `the text ${quote(value)}` : 'an object';
}

const DEEPEST = 100;

/** The first key that an object of this text repeats, if the text is JSON at all; throws when it nests too deeply. */
function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const start = i;
      do {
        i += text[i] === '\\' ? 2 : 1;
      } while (i < text.length && text[i] !== '"');
      lastString = text.slice(start, i + 1);
    } else if (c === ':') {
      const key: string = lastString.includes('\\') ? JSON.parse(lastString) : lastString.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    } else if (c === '{' || c === '[') {
      if (open.length === DEEPEST) throw new RangeError(`nests deeper than ${DEEPEST} levels`);
      open.push(c === '{' ? new Set() : undefined);
    } else if (c === '}' || c === ']') open.pop();
  }
  return undefined;
}
