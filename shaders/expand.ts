/**
 * The two directives that WGSL lacks here. `//:use lib/name` pulls in a library file once; `//:for r in 0..8` up to
 * `//:end` repeats the lines between with `${r}` replaced, so that accumulators can be named variables: an array indexed
 * at run time lives in memory on most adapters and costs several times the arithmetic.
 */
export function expandShader(name: string, source: string, load: (path: string) => string): string {
  const used = new Set<string>();
  const withLibraries = (text: string): string =>
    text
      .split('\n')
      .map((line) => {
        const use = /^\/\/:use (\S+)$/.exec(line.trim());
        if (!use) return line;
        if (used.has(use[1]!)) return '';
        used.add(use[1]!);
        return withLibraries(load(use[1]!));
      })
      .join('\n');
  return `${unroll(name, withLibraries(source).split('\n')).join('\n').trim()}\n`;
}

function unroll(name: string, lines: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const open = /^\/\/:for (\w+) in (\d+)\.\.(\d+)$/.exec(lines[i]!.trim());
    if (!open) {
      if (lines[i]!.trim() === '//:end') throw new Error(`${name}: //:end without //:for`);
      if (/^\s*\/\/:/.test(lines[i]!)) throw new Error(`${name}: no directive: ${lines[i]!.trim()}`);
      out.push(lines[i]!);
      continue;
    }
    const end = closing(name, lines, i);
    const body = lines.slice(i + 1, end);
    for (let v = Number(open[2]); v < Number(open[3]); v++) {
      const pattern = new RegExp(`\\$\\{${open[1]}\\}`, 'g');
      out.push(
        ...unroll(
          name,
          body.map((line) => line.replace(pattern, String(v))),
        ),
      );
    }
    i = end;
  }
  return out;
}

function closing(name: string, lines: readonly string[], start: number): number {
  let depth = 0;
  for (let i = start; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line.startsWith('//:for ')) depth++;
    if (line === '//:end' && --depth === 0) return i;
  }
  throw new Error(`${name}: //:for in line ${start + 1} has no //:end`);
}
