import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** One import of a file of `src` by another. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Whether only types cross, which leaves nothing in the built code. */
  readonly typesOnly: boolean;
}

/** Rooms that the files of a room may import from, besides their own and the foundation. */
const plan: Readonly<Record<string, readonly string[]>> = {
  gpu: [],
  ledger: [],
  device: [],
  shader: ['gpu'],
  // The oracles take their sizes from the planners, as types or from files without GPU code; see the last of the rules.
  reference: ['device', 'kernel'],
  // Planners share the counter-based generator with the oracles: it is defined there, once.
  kernel: ['gpu', 'shader', 'device', 'reference'],
  model: ['gpu', 'kernel', 'reference'],
  // Only the type of the seam that a model offers to attention, and no model.
  accelerator: ['kernel', 'gpu', 'device', 'ledger', 'reference', 'model/attention.ts'],
  study: ['accelerator', 'kernel', 'gpu', 'device', 'ledger', 'model', 'reference'],
  // What Node adds: an adapter, a cache of which shaders are fast on it, and files that models are read from.
  node: ['gpu', 'kernel/tune.ts', 'kernel/tunable.ts', 'model/byte-source.ts'],
  cli: ['study', 'accelerator', 'gpu', 'model', 'node', 'node.ts'],
  explorer: ['study', 'accelerator', 'gpu', 'model'],
  'index.ts': ['study', 'accelerator', 'kernel', 'model', 'ledger', 'device', 'gpu'],
  'node.ts': ['index.ts', 'node', 'gpu'],
  'cli.ts': ['cli'],
};

/** Files that belong to no room and know none: errors, names of generators, provenance, wording, the version. */
const foundation = ['errors.ts', 'generator.ts', 'source.ts', 'quote.ts', 'near-names.ts', 'version.ts'];

const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));
const arrows = files.flatMap((file) => arrowsOf(file, readFileSync(`${root}src/${file}`, 'utf8')));

/** The imports and re-exports of a file, by path from `src`. */
function arrowsOf(from: string, text: string): Arrow[] {
  const statements =
    /^(?:import|export)\s+(type\s)?([^;'"]*?)\s*from\s*'(\.[^']*)'|^import\s*'(\.[^']*)'|\bimport\(\s*'(\.[^']*)'\s*\)/gm;
  return [...text.matchAll(statements)].map(([, type, names = '', named, bare, dynamic]) => ({
    from,
    to: posix.join(dirname(from), (named ?? bare ?? dynamic)!),
    typesOnly: type !== undefined || onlyTypes(names),
  }));
}

/** Whether each of `{ type A, type B }` is a type. */
function onlyTypes(names: string): boolean {
  const list = /^\{(.*)\}$/s
    .exec(names.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return list !== undefined && list.length > 0 && list.every((name) => name.startsWith('type '));
}

const roomOf = (file: string) => file.split('/')[0]!;

/** What is wrong with an arrow, if anything. */
function fault({ from, to }: Arrow): string | undefined {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (foundation.includes(from))
    return foundation.includes(to) || to.startsWith('../') ? undefined : `${from} -> ${to}`;
  if (room === target || foundation.includes(to)) return undefined;
  const allowed = plan[room];
  if (!allowed) return `${from}: the room ${room} is not in the plan`;
  return allowed.includes(target) || allowed.includes(to) ? undefined : `${from} -> ${to}`;
}

/** Files that running a file brings along. */
function brought(file: string, all: readonly Arrow[]): Set<string> {
  const seen = new Set([file]);
  for (const one of seen) {
    for (const { from, to, typesOnly } of all) if (from === one && !typesOnly) seen.add(to);
  }
  return seen;
}

/** A file that imports itself through others, with the way there. */
function cycle(all: readonly Arrow[]): string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to, typesOnly } of all) if (!typesOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of targets.get(file) ?? []) {
      const found = walk(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const found = walk(file, []);
    if (found) return found;
  }
  return undefined;
}

const arrow = (from: string, to: string, typesOnly = false): Arrow => ({ from, to, typesOnly });

describe('imports', () => {
  it('are found in all their forms', () => {
    const text = `import { a } from './a.ts';
import type { B } from '../gpu/b.ts';
import { type C, type D } from './c.ts';
import { type E, e } from './e.ts';
export * from './f.ts';
export {
  type G,
  type H,
} from './g.ts';
import './h.ts';
const i = await import('./i.ts');
import { readFile } from 'node:fs/promises';`;
    expect(arrowsOf('study/x.ts', text)).toEqual([
      arrow('study/x.ts', 'study/a.ts'),
      arrow('study/x.ts', 'gpu/b.ts', true),
      arrow('study/x.ts', 'study/c.ts', true),
      arrow('study/x.ts', 'study/e.ts'),
      arrow('study/x.ts', 'study/f.ts'),
      arrow('study/x.ts', 'study/g.ts', true),
      arrow('study/x.ts', 'study/h.ts'),
      arrow('study/x.ts', 'study/i.ts'),
    ]);
    expect(arrows.length).toBeGreaterThan(files.length);
  });

  it('point the way of the plan', () => {
    expect(arrows.flatMap((one) => fault(one) ?? [])).toEqual([]);
  });

  it.each([
    arrow('gpu/batch.ts', 'kernel/linear.ts'),
    arrow('kernel/linear.ts', 'accelerator/dense.ts'),
    arrow('ledger/counts.ts', 'gpu/gpu.ts'),
    arrow('device/cell.ts', 'ledger/figure.ts'),
    arrow('accelerator/hardsea.ts', 'model/model.ts'),
    arrow('model/model.ts', 'accelerator/dense.ts'),
    arrow('study/doctor.ts', 'cli/options.ts'),
    arrow('accelerator/crossbar.ts', 'study/doctor.ts'),
    arrow('study/doctor.ts', 'node/find-gpu.ts'),
    arrow('errors.ts', 'gpu/gpu.ts'),
    arrow('garage/new.ts', 'gpu/gpu.ts'),
  ])('would be seen to point back: $from -> $to', (back) => {
    expect(fault(back)).toContain(back.from);
  });

  it('go round nowhere', () => {
    expect(cycle(arrows)).toBeUndefined();
    expect(cycle([arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'b')])).toEqual(['b', 'c', 'b']);
    expect(cycle([arrow('a', 'b'), arrow('b', 'a', true)])).toBeUndefined();
  });

  it('bring no GPU code into costs, physics and oracles', () => {
    const gpuCode = (file: string, all = arrows) =>
      [...brought(file, all)]
        .filter((one) => ['gpu', 'shader'].includes(roomOf(one)))
        .map((one) => `${file} ... ${one}`);
    const pure = files.filter((file) => ['ledger', 'device', 'reference'].includes(roomOf(file)));
    expect(pure.flatMap((file) => gpuCode(file))).toEqual([]);
    const planted = [arrow('reference/x.ts', 'kernel/x.ts'), arrow('kernel/x.ts', 'shader/embedded.ts')];
    expect(gpuCode('reference/x.ts', planted)).toEqual(['reference/x.ts ... shader/embedded.ts']);
  });
});

describe('files', () => {
  const shaderFiles = readdirSync(`${root}shaders`, { recursive: true, encoding: 'utf8' })
    .map((file) => `shaders/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.(?:wgsl|ts)$/.test(file));
  const all = [...files.map((file) => `src/${file}`), ...shaderFiles];

  it('are not called after nothing', () => {
    const vague = (path: string) => path.split(/[/.]/).some((part) => /^(?:utils?|helpers?|common|misc)$/i.test(part));
    expect(all.filter(vague)).toEqual([]);
    expect(vague('src/gpu/utils.ts') && vague('src/common/names.ts')).toBe(true);
    expect(vague('src/study/commonality.ts')).toBe(false);
  });

  it('are called in kebab-case', () => {
    const kebab = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.(?:ts|wgsl)$/;
    expect(all.filter((path) => !kebab.test(path))).toEqual([]);
    expect('src/gpu/gpuDevice.ts').not.toMatch(kebab);
  });

  it('stay within 300 lines, but for the generated one', () => {
    const long = all
      .filter((path) => path !== 'src/shader/embedded.ts')
      .map((path) => ({
        path,
        lines: readFileSync(root + path, 'utf8')
          .trimEnd()
          .split('\n').length,
      }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
