import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';

const source = (name: string) => fileURLToPath(new URL(`../../src/${name}`, import.meta.url));

/** What stays open when an entry and everything it reaches are put into one file. */
async function openImports(input: string, external: RegExp[] = []): Promise<string[]> {
  const bundle = await rolldown({ input, platform: 'browser', external, logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : []));
}

/** Files of this package and of others that an entry reaches. */
async function reached(input: string): Promise<string[]> {
  const files: string[] = [];
  const bundle = await rolldown({
    input,
    platform: 'browser',
    logLevel: 'silent',
    plugins: [{ name: 'note', transform: (_code, id) => void files.push(id) }],
  });
  await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return files;
}

describe('the entry for browsers', () => {
  it('imports neither Node modules nor packages', async () => {
    expect(await openImports(source('index.ts'))).toEqual([]);
  });

  it('carries the code of one package, which reads tokenizer files', async () => {
    const others = (await reached(source('index.ts'))).flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    expect([...new Set(others)]).toEqual(['@huggingface/tokenizers']);
  });

  it('is checked by a test that can fail', async () => {
    expect(await openImports(source('node.ts'))).toContain('node:fs/promises');
    expect((await reached(source('study/config-schema.ts'))).some((file) => file.includes('node_modules/zod'))).toBe(
      true,
    );
  });
});

describe('the entry for Node', () => {
  it('imports Node modules only', async () => {
    const open = await openImports(source('node.ts'));
    expect(open.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });
});

describe('package.json', () => {
  it('has no dependency to install, and optional peers only', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(manifest.dependencies ?? {}).toEqual({});
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
    }
  });
});
