import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveOptionalPackage } from '../../../src/node/optional-package.ts';
import { unpackSoftwareAdapter } from '../../../src/node/software-adapter.ts';

const BEGIN = '--- result begins ---';
const END = '--- result ends ---';

// The script reaches nothing outside itself: no permission is granted, and nothing is looked up or fetched.
const FLAGS = ['--no-config', '--no-lock', '--no-remote', '--no-npm', '--no-prompt', '--quiet'];

/**
 * Runs a bundle's `main(gpu)` in a fresh Deno from the npm package `deno`, on the software adapter where there is one
 * (Linux), and returns its parsed JSON. The process is killed after `timeoutMs`. Throws with the end of
 * what Deno printed.
 */
export async function runInDeno<Result>(scriptPath: string, options: { timeoutMs?: number } = {}): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'cim-deno-'));
  try {
    const bootstrap = join(folder, 'bootstrap.mjs');
    await writeFile(
      bootstrap,
      `import { main } from ${JSON.stringify(pathToFileURL(scriptPath).href)};
const text = await main(navigator.gpu);
console.log(${JSON.stringify(BEGIN)});
console.log(text);
console.log(${JSON.stringify(END)});
Deno.exit(0);
`,
    );
    const env = { ...process.env, ...(await denoEnvironment()), DENO_DIR: folder };
    const stdout = await run(denoBinary(), ['run', ...FLAGS, bootstrap], env, options.timeoutMs ?? 60_000);
    const [, result] = stdout.split(new RegExp(`^${BEGIN}\\n|\\n${END}$`, 'm'));
    if (result === undefined) throw new Error(`Deno ended without a result:\n${stdout.slice(-2000)}`);
    return JSON.parse(result) as Result;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Path of the Deno program in the npm packages. Throws when they are missing or have none for this platform. */
export function denoBinary(): string {
  const launcher = resolveOptionalPackage('deno/package.json', [import.meta.url]);
  if (launcher === undefined) throw new Error('the package deno is not installed; run: npm install --save-dev deno');
  const target = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`;
  // The launcher script is passed over: it waits for the real program as a child, which would outlive a kill.
  const manifest = createRequire(launcher).resolve(`@deno/${target}/package.json`);
  const binary = join(dirname(manifest), process.platform === 'win32' ? 'deno.exe' : 'deno');
  if (!existsSync(binary)) throw new Error(`the package @deno/${target} has no program at ${binary}`);
  return binary;
}

/** Variables under which Deno finds the software adapter, and leaves the network and the terminal's colours alone. */
export async function denoEnvironment(): Promise<Record<string, string>> {
  const own = { DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  if (process.platform !== 'linux') return own;
  return { ...own, ...(await unpackSoftwareAdapter()).environment, DENO_WEBGPU_BACKEND: 'vulkan' };
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      const said = `${stdout.slice(-500)}${stderr.slice(-4000)}`;
      if (late) reject(new Error(`Deno was killed after ${timeoutMs} ms:\n${said}`));
      else if (code !== 0) reject(new Error(`Deno ended with ${signal ?? code}:\n${said}`));
      else resolve(stdout);
    });
  });
}
