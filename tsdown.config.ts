import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minifySync } from 'rolldown/utils';
import { defineConfig } from 'tsdown';

/**
 * Builds the library's two entries with their types, and the command line. What the command line uses of other packages
 * goes into its own chunks; `webgpu`, `@sparticuz/chromium` and vega's optional `canvas` are found, or not, when it runs.
 */
export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node.ts', cli: 'src/cli.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  outDir: 'dist',
  fixedExtension: false,
  clean: true,
  dts: true,
  deps: { neverBundle: ['webgpu', '@sparticuz/chromium', 'canvas'], onlyBundle: false },
  plugins: [thirdPartyLicenses(), smallerReport()],
});

/** Writes the licences of all bundled packages beside the code, as they ask for. */
function thirdPartyLicenses() {
  const folders = new Set<string>();
  return {
    name: 'third-party-licenses',
    // The build of the declarations runs the same plugins and bundles no code.
    generateBundle(
      this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): unknown },
      _options: unknown,
      output: Readonly<Record<string, { readonly type: string; readonly moduleIds?: readonly string[] }>>,
    ) {
      for (const chunk of Object.values(output)) {
        for (const id of chunk.moduleIds ?? []) {
          const folder = /\.d\.[cm]?ts$/.test(id) ? undefined : packageFolder(id);
          if (folder !== undefined) folders.add(folder);
        }
      }
      if (folders.size === 0) return;
      const source = [...folders].map(licenceOf).sort().join('\n');
      this.emitFile({ type: 'asset', fileName: 'third-party-licenses.txt', source });
    },
  };
}

/** Minifies the chunk that draws the report, which is nearly all vega; our own code stays readable. */
function smallerReport() {
  return {
    name: 'smaller-report',
    renderChunk(code: string, chunk: { readonly name: string; readonly fileName: string }) {
      if (chunk.name !== 'render' || !chunk.fileName.endsWith('.js')) return null;
      return { code: minifySync(chunk.fileName, code, { module: true }).code };
    },
  };
}

function packageFolder(id: string): string | undefined {
  return /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1];
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? 'no licence file' : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n\n${'-'.repeat(80)}\n`;
}
