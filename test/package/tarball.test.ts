import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

let folder: string;
let consumer: string;
let packed: string[];

// Builds into a copy, so that the test neither trusts nor disturbs a `dist` that lies here.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-package-'));
  const copy = join(folder, 'copy');
  await mkdir(copy);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'shaders', 'src', 'tsconfig.json']) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
  const tsdown = join(root, 'node_modules/tsdown/dist/run.mjs');
  await run(process.execPath, [tsdown, '--out-dir', join(copy, 'dist')], { cwd: root });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { stdout } = await run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: copy,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map((file) => file.path);
  consumer = join(folder, 'consumer');
  const place = join(consumer, 'node_modules/cim-attention');
  await mkdir(place, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', place, '--strip-components', '1']);
  await writeFile(join(consumer, 'package.json'), '{"type": "module"}');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Compiles a program of the consumer without skipping anybody's declarations; returns what the compiler says. */
async function compile(program: string, types: readonly string[]): Promise<string> {
  await writeFile(join(consumer, 'main.ts'), program);
  const settings = {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types,
    },
    files: ['main.ts'],
  };
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = require.resolve('typescript/lib/tsc.js');
  return run(process.execPath, [tsc, '-p', consumer]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

const program = `
import { CimError, cellModel, version, type EvaluateResult, type Figure } from 'cim-attention';
import { openNodeDevice, writeFileAtomic } from 'cim-attention/node';
export async function main(result: EvaluateResult): Promise<string> {
  const gpu = await openNodeDevice({ force: 'software' });
  const figures: readonly Figure[] = result.runs.flatMap((run) => run.figures);
  const name: string = gpu.adapter.description + cellModel('hfox-milo').name + version + figures.length;
  await writeFileAtomic('x', name).catch((error: unknown) => { if (error instanceof CimError) throw error.fix; });
  gpu.device.destroy();
  gpu.close();
  return name;
}
`;

describe('the packed package', () => {
  it('holds what users need and nothing else', () => {
    const allowed =
      /^(dist\/[\w-]+\.(js|d\.ts)|dist\/third-party-licenses\.txt|shaders\/(lib\/)?[\w-]+\.wgsl|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
    expect(packed.filter((path) => !allowed.test(path))).toEqual([]);
    for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/node.js', 'dist/node.d.ts', 'dist/cli.js']) {
      expect(packed).toContain(path);
    }
    expect(packed).toContain('shaders/linear.wgsl');
    expect(packed).not.toContain('dist/cli.d.ts');
  });

  it('holds the licence of everything that was bundled', async () => {
    const text = await readFile(join(consumer, 'node_modules/cim-attention/dist/third-party-licenses.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'nanotar']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(text).not.toContain('no licence file');
  });

  it('compiles for a consumer without WebGPU types, and without the types of Node', async () => {
    expect(await compile(program, [])).toBe('');
  });

  it('gives a consumer with WebGPU types the real ones', async () => {
    const types = join(consumer, 'node_modules/@webgpu/types');
    await mkdir(join(consumer, 'node_modules/@webgpu'), { recursive: true });
    await symlink(join(root, 'node_modules/@webgpu/types'), types, 'junction');
    const typed = `${program}
import type { Gpu } from 'cim-attention';
export const device = (gpu: Gpu): GPUDevice => gpu.device;
// @ts-expect-error: a device is no number
export const wrong = (gpu: Gpu): number => gpu.device;`;
    const said = await compile(typed, ['@webgpu/types']);
    expect(said.split('\n').filter((line) => !line.startsWith('node_modules/@webgpu') && line !== '')).toEqual([]);
  });

  it('is checked by a compiler that can fail', async () => {
    expect(await compile("import { nothing } from 'cim-attention';\nnothing();", [])).toContain('TS2305');
  });

  it('runs as a library and as a command', async () => {
    const script =
      "import { cellModel, version } from 'cim-attention'; console.log(version, cellModel('hfox-milo').levels)";
    const library = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    expect(library.stdout).toMatch(/^\d+\.\d+\.\d+ 0\n$/);
    const cli = join(consumer, 'node_modules/cim-attention/dist/cli.js');
    const schema = await run(process.execPath, [cli, 'schema'], { cwd: consumer });
    expect(JSON.parse(schema.stdout)).toMatchObject({ type: 'object' });
    const shader = "console.log(import.meta.resolve('cim-attention/shaders/linear.wgsl'))";
    const found = await run(process.execPath, ['--input-type=module', '-e', shader], { cwd: consumer });
    expect(found.stdout).toContain('shaders/linear.wgsl');
  });
});
