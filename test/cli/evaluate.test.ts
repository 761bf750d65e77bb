import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/study/config.ts';
import { planRuns } from '../../src/study/plan-runs.ts';
import { runCli, spawnCli } from './run-cli.ts';

const model = fileURLToPath(new URL('../models/gpt2-bytes', import.meta.url));
let folder: string;
const place = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-evaluate-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('evaluate refuses', () => {
  it.each([
    ['USAGE', '--keep-ratio has "1.5"; give numbers above 0 and up to 1', ['--keep-ratio', '1.5']],
    ['USAGE', '--keep-ratio has "NaN"; give numbers', ['--keep-ratio', 'NaN']],
    ['USAGE', '--keep-ratio is ""; give one or more numbers', ['--keep-ratio', '']],
    ['USAGE', '--accelerator has "abacus"; use dense, hardsea, sprint, charge', ['--accelerator', 'dense,abacus']],
    ['USAGE', '--accelerator is ","; give one or more names', ['--accelerator', ',']],
    ['USAGE', '--windows is "0"; give a whole number from 1', ['--windows', '0']],
    ['CONFIG', '--device is "hfox"; use one of ideal, generic, hfox-milo', ['--device', 'hfox']],
    ['MODEL_MISSING', 'there is no folder "nowhere"', ['--model', 'nowhere']],
    ['FILE_MISSING', 'there is no file "nothing.txt"', ['--text', 'nothing.txt']],
    ['FILE_MISSING', 'there is no file "nothing.json"', ['--config', 'nothing.json']],
  ])('%s: %s', async (code, text, args) => {
    const run = await runCli('evaluate', '--report', place('r.html'), ...args);
    expect(run.stderr).toMatch(new RegExp(`^error\\[${code}\\]: [^\\n]+\\n$`));
    expect(run.stderr).toContain(text);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('an output over a file of the checkpoint, a text beside it or the codebooks', async () => {
    const config = place('config.json');
    await writeFile(config, JSON.stringify({ hardsea: { codebooks: place('books') } }));
    const outputs = [join(model, 'config.json'), join(model, '..', 'text.txt'), place('books')];
    for (const output of outputs) {
      const run = await runCli('evaluate', '--model', model, '--config', config, '--json', output);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error\[USAGE\]: .* and --json are both/) });
    }
    await rm(config);
  });

  it('an output that cannot be written, before anything is read', async () => {
    const run = await runCli('evaluate', '--model', 'nowhere', '--json', join(folder, 'no', 'x'));
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error\[OUTPUT_UNWRITABLE\]/) });
  });
});

describe('evaluate', () => {
  it('evaluates one window and writes JSON and report', async () => {
    const args = [
      '--model',
      model,
      '--accelerator',
      'hardsea',
      '--windows',
      '1',
      '--keep-ratio',
      '0.25',
      '--device',
      'ideal',
    ];
    const run = await runCli('evaluate', ...args, '--json', place('a.json'), '--report', place('a.html'));
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^hardsea +0\.25 +ideal/m);
    const result = JSON.parse(await readFile(place('a.json'), 'utf8'));
    expect(result).toMatchObject({
      schemaVersion: 1,
      command: 'evaluate',
      windows: 1,
      seed: 1,
      runs: [{ accelerator: 'hardsea', keepRatio: 0.25, config: { subspaces: 8 } }],
    });
    expect(result.dense.loss).toBeGreaterThan(1);
    expect(await readFile(place('a.html'), 'utf8')).toContain('<h2>Accuracy and cost</h2>');
    for (const name of ['a.json', 'a.html']) await rm(place(name));
  });

  it('saves the codebooks that it fitted, and takes them back', async () => {
    const args = [
      'evaluate',
      '--model',
      model,
      '--accelerator',
      'hardsea',
      '--windows',
      '1',
      '--keep-ratio',
      '0.12',
      '--device',
      'ideal',
    ];
    const first = await runCli(...args, '--json', place('c.json'), '--save-codebooks', place('c.safetensors'));
    expect(first.code, first.stderr).toBe(0);
    await writeFile(place('config.json'), JSON.stringify({ hardsea: { codebooks: place('c.safetensors') } }));
    const again = await runCli(...args, '--config', place('config.json'), '--json', place('d.json'));
    expect(again.code, again.stderr).toBe(0);
    const losses = await Promise.all(
      ['c.json', 'd.json'].map(async (name) => JSON.parse(await readFile(place(name), 'utf8')).runs[0].accuracy.loss),
    );
    expect(losses[1]).toBe(losses[0]);
    const both = ['--config', place('config.json'), '--save-codebooks', place('e.safetensors')];
    expect(await runCli(...args, ...both)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing to save'),
    });
    for (const name of ['c.json', 'd.json', 'c.safetensors', 'config.json']) await rm(place(name));
  });

  it('stops on Ctrl-C with code 130 and leaves no file', async () => {
    const args = ['evaluate', '--model', model, '--json', place('b.json'), '--report', place('b.html')];
    const run = await spawnCli(args, { signal: 'SIGINT', on: /\d+ of \d+/ });
    expect(run).toMatchObject({ code: 130, stdout: '' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('planRuns', () => {
  const labels = (file: object, ratios?: readonly number[], flags = {}) =>
    planRuns(resolveConfig(file, flags), ['dense', 'hardsea'], { keepRatios: ratios }).map((run) => run.label);

  it('takes the ends of the published range on an ideal and a published cell when nobody says more', () => {
    expect(labels({})).toEqual([
      'hardsea 0.12 ideal',
      'hardsea 0.33 ideal',
      'hardsea 0.12 hfox-milo',
      'hardsea 0.33 hfox-milo',
    ]);
  });

  it('gives thresholding machines thresholds from files, unless a share to keep is named', () => {
    const names = ['sprint', 'charge'] as const;
    const thresholds = { sprint: [1, 2], charge: [3, 4] };
    const runs = planRuns(resolveConfig({}), names, { thresholds });
    expect(runs.map((run) => run.label)).toEqual([
      'sprint learned ideal',
      'sprint learned hfox-neurram',
      'charge learned ideal',
      'charge learned charge-65nm',
    ]);
    expect(runs.map((run) => (run.config as { thresholds: number[] }).thresholds[0])).toEqual([1, 1, 3, 3]);
    const own = resolveConfig({
      sprint: { thresholds: [7], device: 'generic' },
      charge: { keepRatio: 0.4, array: 'ideal' },
    });
    expect(planRuns(own, names, { thresholds }).map((run) => run.label)).toEqual([
      'sprint learned generic',
      'charge calibrated 0.4 ideal',
    ]);
    expect(planRuns(own, names, { thresholds, keepRatios: [0.5] }).map((run) => run.label)).toEqual([
      'sprint calibrated 0.5 generic',
      'charge calibrated 0.5 ideal',
    ]);
  });

  it('takes what file and flags say', () => {
    expect(labels({ hardsea: { keep: 62, device: 'generic' } })).toEqual(['hardsea k=62 generic']);
    expect(labels({ hardsea: { keep: 62 } }, [0.5], { device: 'ideal' })).toEqual(['hardsea 0.5 ideal']);
    expect(planRuns(resolveConfig({}), ['dense'])).toEqual([]);
  });
});
