import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { explainFailure } from '../../src/cli/failure.ts';
import { nameList, oneName, shareList, wholeOption } from '../../src/cli/options.ts';
import { broken, fail } from '../../src/errors.ts';
import { encodeSafetensors, type TensorToWrite } from '../../src/model/safetensors-write.ts';
import { runCli, spawnCli } from './run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function tensors(
  name: string,
  content: Readonly<Record<string, readonly number[]>>,
  fill = 0.5,
): Promise<string> {
  const all: Record<string, TensorToWrite> = {};
  for (const [tensor, shape] of Object.entries(content)) {
    const length = shape.reduce((a, b) => a * b, 1);
    all[tensor] = { dtype: 'F32', shape, data: new Float32Array(length).fill(fill) };
  }
  const path = join(folder, name);
  await writeFile(path, encodeSafetensors(all));
  return path;
}

async function refused(code: string, text: string, ...args: string[]): Promise<void> {
  const before = readdirSync(folder).sort();
  const result = await runCli(...args);
  expect(result.stderr).toMatch(new RegExp(`^error\\[${code}\\]: [^\\n]+\\n$`));
  expect(result.stderr).toContain(text);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(readdirSync(folder).sort()).toEqual(before);
}

describe('help and version', () => {
  it('prints the version of the package', async () => {
    expect(await runCli('--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it.each([['--help'], ['help'], ['crossbar', '--help'], ['help', 'crossbar'], ['help', 'doctor']])(
    '%s %s',
    async (...args) => {
      const result = await runCli(...args.filter(Boolean));
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toMatch(/^Usage: cim-attention/);
      expect(Math.max(...result.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    },
  );
});

describe('wrong usage', () => {
  it.each([
    [[], 'no command is given; use one of '],
    [['docter'], 'there is no command "docter"; use one of '],
    [['docter'], 'did you mean doctor?'],
    [['doctor', '--jsn'], "unknown option '--jsn'"],
    [['doctor', 'x'], 'too many arguments'],
    [['crossbar'], "required option '--input <file>' not specified"],
    [['crossbar', '--input'], "option '--input <file>' argument missing"],
    [['crossbar', '--seed', '-1'], '--seed is "-1"; give a whole number from 0 to 4294967295'],
    [['crossbar', '--seed', 'NaN'], '--seed is "NaN"; give a whole number'],
    [['crossbar', '--seed', '4294967296'], '--seed is "4294967296"; give a whole number'],
    [['crossbar', '--chips', '0'], '--chips is "0"; give a whole number from 1 to 1024'],
    [['crossbar', '--chips', '1.5'], '--chips is "1.5"; give a whole number'],
    [['crossbar', '--input', ''], '--input is ""; give a path'],
    [['crossbar', '--json', '--quiet'], '--json is followed by "--quiet"; give a path'],
    [['help', 'docter'], 'help is asked for a command that there is not'],
  ])('%j', async (args, text) => {
    await refused('USAGE', text, ...args);
  });
});

describe('lists', () => {
  it.each(['', ',', '0.1,', '0', '1.5', '-0.1', 'NaN', 'Infinity', '1e999', '0x1', '0.2,0.2', ' '])(
    'refuses "%s" as shares',
    (text) => {
      expect(() => shareList('--keep-ratio')(text)).toThrow(/--keep-ratio (is|has) "/);
    },
  );

  it('reads every share that it is given', () => {
    const share = fc.double({ min: 1e-9, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.uniqueArray(share, { minLength: 1 }), (list) => {
        expect(shareList('--keep-ratio')(list.map(String).join(','))).toEqual(list);
      }),
    );
  });

  it('names what is allowed', () => {
    expect(nameList('--accelerator', ['dense', 'hardsea'])('hardsea,dense')).toEqual(['hardsea', 'dense']);
    expect(() => nameList('--accelerator', ['dense', 'hardsea'])('hardsae')).toThrow(
      '--accelerator has "hardsae"; use dense, hardsea; did you mean "hardsea"?',
    );
    expect(() => oneName('--accelerator', ['dense'])('sprint')).toThrow('use dense');
  });

  it('reads whole numbers within bounds and nothing else', () => {
    const read = wholeOption('--n', 0, 2 ** 32 - 1);
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), (n) => {
        expect(read(String(n))).toBe(n);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\+?\d+$/.test(text) && !/^-0+$/.test(text));
        expect(() => read(text)).toThrow('give a whole number');
      }),
    );
  });
});

describe('wrong input', () => {
  const output = () => join(folder, 'out.safetensors');

  it('refuses a missing file', async () => {
    await refused(
      'FILE_MISSING',
      'there is no file',
      'crossbar',
      '--input',
      join(folder, 'none'),
      '--output',
      output(),
    );
  });

  it('refuses an output that cannot be written before it looks at anything else', async () => {
    const args = ['crossbar', '--input', join(folder, 'none'), '--output', join(folder, 'no', 'o')];
    await refused('OUTPUT_UNWRITABLE', 'is not an existing folder', ...args);
  });

  it('refuses one file in two roles', async () => {
    const path = await tensors('roles', { weights: [2, 2], inputs: [1, 2] });
    await refused('USAGE', '--input and --output are both', 'crossbar', '--input', path, '--output', path);
    await refused(
      'USAGE',
      '--output and --json are both',
      'crossbar',
      '--input',
      path,
      '--output',
      output(),
      '--json',
      output(),
    );
  });

  it('refuses an output that a symbolic link makes an input, in the folder and above it', async () => {
    const path = await tensors('linked', { weights: [2, 2], inputs: [1, 2] });
    await symlink(path, join(folder, 'link'));
    await symlink(folder, join(folder, 'folder'));
    for (const other of [join(folder, 'link'), join(folder, 'folder', 'linked')]) {
      await refused('USAGE', '--input and --output are both', 'crossbar', '--input', path, '--output', other);
    }
    const [a, b] = [join(folder, 'new'), join(folder, 'folder', 'new')];
    await refused('USAGE', 'are both', 'crossbar', '--input', path, '--output', a, '--json', b);
  });

  it('refuses a file that is no safetensors file', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'not a tensor in sight');
    await refused('SAFETENSORS_HEADER', 'claims a header of', 'crossbar', '--input', path, '--output', output());
  });

  it.each([
    ['a missing tensor', { weights: [2, 2] }, 0.5, 'TENSOR_MISSING', 'has no tensor "inputs"'],
    ['a wrong rank', { weights: [2, 2, 1], inputs: [1, 2] }, 0.5, 'TENSOR_SHAPE', 'give it the shape [rows, columns]'],
    ['sizes that do not fit', { weights: [2, 2], inputs: [1, 3] }, 0.5, 'TENSOR_SHAPE', 'give inputs of 2 values each'],
    ['no elements', { weights: [0, 2], inputs: [1, 0] }, 0.5, 'TENSOR_EMPTY', 'has shape [0,2], so no elements'],
    ['NaN', { weights: [2, 2], inputs: [1, 2] }, Number.NaN, 'TENSOR_NOT_FINITE', 'holds NaN at element 0'],
  ] as const)('refuses %s', async (name, content, fill, code, text) => {
    const path = await tensors(`bad ${name}`, content, fill);
    await refused(code, text, 'crossbar', '--input', path, '--output', output());
  });

  it('refuses a configuration with its path and what is allowed', async () => {
    const path = await tensors('good', { weights: [2, 2], inputs: [1, 2] });
    const config = join(folder, 'config.json');
    await writeFile(config, '{"crossbar": {"adc": {"bit": 8}}}');
    const args = ['crossbar', '--input', path, '--output', output(), '--config', config];
    await refused(
      'CONFIG',
      'crossbar.adc.bit is not known; use an object with any of bits, grid, range, ties',
      ...args,
    );
  });
});

describe('schema', () => {
  it('prints a JSON Schema', async () => {
    const { code, stdout, stderr } = await runCli('schema');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ title: 'cim-attention configuration', type: 'object' });
  });
});

describe('explainFailure', () => {
  it('puts every error on one line, with its exit code', () => {
    expect(explainFailure(fail('X', 'a\nb is 3', 'do\r\nthis'), false)).toEqual({
      text: 'error[X]: a b is 3; do this',
      code: 2,
    });
    expect(explainFailure(broken('Y', 'it broke', 'retry'), false)).toEqual({
      text: 'error[Y]: it broke; retry',
      code: 1,
    });
    expect(explainFailure(new TypeError('boom'), false)).toMatchObject({
      text: expect.stringMatching(/^error\[INTERNAL\]: boom; this is a defect/),
      code: 1,
    });
    expect(explainFailure('text', false).code).toBe(1);
  });

  it('prints the chain of causes when asked to, and ends when it goes in a circle', () => {
    const inner = new Error('inner');
    inner.cause = inner;
    const { text } = explainFailure(fail('X', 'outer', 'fix', inner), true);
    expect(text.split('\n')[0]).toBe('error[X]: outer; fix');
    expect(text).toMatch(/caused by: Error: inner\n/);
  });
});

describe('as a process', () => {
  it('exits with the code that main gives', async () => {
    expect(await spawnCli(['crossbar', '--seed', 'x'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error[USAGE]: --seed is "x"; give a whole number from 0 to 4294967295\n',
    });
    expect(existsSync(join(process.cwd(), 'report.html'))).toBe(false);
  });

  it('fails with code 2 when the adapter asked for is not known', async () => {
    const { code, stderr } = await spawnCli(['doctor'], { env: { CIM_ATTENTION_ADAPTER: 'quantum' } });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^error\[ADAPTER_CHOICE\]: CIM_ATTENTION_ADAPTER is "quantum"; [^\n]+\n$/),
    });
  });

  it.runIf(existsSync('/dev/full'))('says in one line that stdout is full', () => {
    const full = openSync('/dev/full', 'w');
    const entry = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
    const args = ['--import', 'tsx', entry, 'schema'];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error[OUTPUT_FAILED]: stdout cannot be written (ENOSPC); free some space\n',
    });
  });
});
