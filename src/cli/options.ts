import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { quote } from '../quote.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Reads a whole number from `low` to `high` for `flag`. Throws the input error `USAGE`. */
export function wholeOption(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw fail('USAGE', `${flag} is ${quote(text)}`, `give a whole number from ${low} to ${high}`);
  };
}

/** Reads shares above 0 and up to 1, separated by commas. Throws `USAGE`. */
export function shareList(flag: string): (text: string) => number[] {
  return (text) =>
    parts(flag, text, 'numbers').map((part) => {
      const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : Number.NaN;
      if (value > 0 && value <= 1) return value;
      throw fail('USAGE', `${flag} has ${quote(part)}`, 'give numbers above 0 and up to 1, such as 0.12,0.33');
    });
}

/** Reads names out of `allowed`, separated by commas. Throws `USAGE` with the allowed ones. */
export function nameList<Name extends string>(flag: string, allowed: readonly Name[]): (text: string) => Name[] {
  return (text) => parts(flag, text, 'names').map((part) => oneName(flag, allowed)(part));
}

/** Reads one name out of `allowed`. Throws `USAGE` with the allowed ones. */
export function oneName<Name extends string>(flag: string, allowed: readonly Name[]): (text: string) => Name {
  return (text) => {
    const found = allowed.find((name) => name === text);
    if (found !== undefined) return found;
    const [near] = nearNames(text, allowed, 1);
    const hint = near === undefined ? '' : `; did you mean ${quote(near)}?`;
    throw fail('USAGE', `${flag} has ${quote(text)}`, `use ${allowed.join(', ')}${hint}`);
  };
}

/** Reads a path, which must not be empty. Throws `USAGE`, also for `--quiet` and the like where the path was forgotten. */
export function pathOption(flag: string): (text: string) => string {
  return (text) => {
    if (text.startsWith('--')) {
      const fix = `give a path; a file of that name is ${quote(`./${text}`)}`;
      throw fail('USAGE', `${flag} is followed by ${quote(text)}`, fix);
    }
    if (text !== '' && !text.includes('\0')) return text;
    throw fail('USAGE', `${flag} is ${quote(text)}`, 'give a path');
  };
}

function parts(flag: string, text: string, kind: string): string[] {
  const found = text.split(',').map((part) => part.trim());
  if (found.every((part) => part !== '')) {
    const repeated = found.find((part, i) => found.indexOf(part) !== i);
    if (repeated === undefined) return found;
    throw fail('USAGE', `${flag} has ${quote(repeated)} twice`, 'give each once');
  }
  throw fail('USAGE', `${flag} is ${quote(text)}`, `give one or more ${kind} separated by commas`);
}
