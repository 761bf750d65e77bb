import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the embedding of a checkout; its exit code with what it printed. */
function embed(folder: string, ...args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'shaders/embed.ts', ...args];
    execFile(process.execPath, command, { cwd: folder }, (error, _stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stderr }),
    );
  });
}

it('src/shader/embedded.ts is what the shaders give', async () => {
  expect(await embed(root, '--check')).toMatchObject({ code: 0 });
});

describe('embedding', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'cim-embed-'));
    await cp(join(root, 'shaders'), join(copy, 'shaders'), { recursive: true });
    await cp(join(root, 'package.json'), join(copy, 'package.json'));
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await mkdir(join(copy, 'src/shader'), { recursive: true });
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('writes the same file from the same shaders, and sees a change', async () => {
    expect(await embed(copy)).toMatchObject({ code: 0 });
    const first = await readFile(join(copy, 'src/shader/embedded.ts'), 'utf8');
    expect(first).toContain("'gather-attend': {");
    expect(await embed(copy, '--check')).toMatchObject({ code: 0 });

    await appendFile(join(copy, 'shaders/linear.wgsl'), '// One more line.\n');
    const stale = await embed(copy, '--check');
    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run embed') });
    expect(await readFile(join(copy, 'src/shader/embedded.ts'), 'utf8')).toBe(first);
  });

  it('names the file and quotes the line that does not parse', async () => {
    await writeFile(join(copy, 'shaders/zzz.wgsl'), 'struct Params {\n  rows: u32,\n}\nfn main( {\n}\n');
    const { code, stderr } = await embed(copy);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/zzz\.wgsl.*fn main\( \{/s);
    await rm(join(copy, 'shaders/zzz.wgsl'));
  });
});
