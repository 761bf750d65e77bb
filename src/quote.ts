/**
 * A name from outside (a path, a tensor name, a key) as it may stand in a one-line message: quoted, with control and
 * invisible characters escaped, and cut after `limit` characters.
 */
export function quote(text: string, limit = 120): string {
  const cut = text.length > limit ? text.slice(0, limit) + '...' : text;
  return JSON.stringify(cut).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}
