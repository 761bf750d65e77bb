import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/model/byte-source.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { encodeSafetensors } from '../../src/model/safetensors-write.ts';
import { normals } from '../support/kernel-case.ts';
import { runCli } from './run-cli.ts';

let folder: string;
const place = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-attend-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function input(
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  spoil?: number,
): Promise<string> {
  const make = (shape: readonly number[], seed: number) => {
    const data = normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    );
    if (spoil !== undefined) data[0] = spoil;
    return { dtype: 'F32' as const, shape, data };
  };
  await writeFile(place('in'), encodeSafetensors({ q: make(q, 1), k: make(k, 2), v: make(v, 3) }));
  return place('in');
}

function attend(...more: string[]) {
  return runCli('attend', '--accelerator', 'hardsea', '--input', place('in'), '--output', place('out'), ...more);
}

describe('attend refuses', () => {
  it.each([
    ['other shapes of k and v', [2, 4, 8], [2, 4, 8], [2, 5, 8], 'give k and v the same shape'],
    ['other heads', [2, 4, 8], [3, 4, 8], [3, 4, 8], 'give all three the same batch, heads and dim'],
    ['other dims', [2, 4, 8], [2, 4, 16], [2, 4, 16], 'give all three the same batch, heads and dim'],
    ['another rank', [1, 2, 4, 8], [2, 4, 8], [2, 4, 8], 'give all three the same batch, heads and dim'],
    ['two dimensions', [4, 8], [4, 8], [4, 8], 'give it the shape [heads, tokens, dim] or [batch, heads, tokens, dim]'],
    ['fewer keys than queries', [2, 5, 8], [2, 4, 8], [2, 4, 8], 'give at least as many keys as the 5 queries'],
  ])('%s', async (_, q, k, v, text) => {
    await input(q, k, v);
    const { code, stderr } = await attend();
    expect(stderr).toMatch(/^error\[TENSOR_SHAPE\]: [^\n]+\n$/);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['in']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d in a tensor', async (value) => {
    await input([2, 4, 8], [2, 4, 8], [2, 4, 8], value);
    const { code, stderr } = await attend();
    expect(stderr).toMatch(/^error\[TENSOR_NOT_FINITE\]/);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['in']);
  });

  it('no tokens', async () => {
    await input([2, 0, 8], [2, 0, 8], [2, 0, 8]);
    expect(await attend()).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error\[TENSOR_EMPTY\]/) });
  });

  it('an output over the codebooks that the configuration names', async () => {
    await input([2, 4, 8], [2, 4, 8], [2, 4, 8]);
    await writeFile(place('config'), JSON.stringify({ hardsea: { codebooks: place('out') } }));
    const run = await attend('--config', place('config'));
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('hardsea.codebooks and --output are both') });
    await rm(place('config'));
    expect(await readdir(folder)).toEqual(['in']);
  });

  it.each(['dense', 'hardsea'])('values whose scores float32 can not hold, with %s', async (accelerator) => {
    await input([2, 4, 8], [2, 4, 8], [2, 4, 8], 3e38);
    const { code, stderr } = await attend('--accelerator', accelerator);
    expect(stderr).toMatch(/^error\[[A-Z_]+\]: [^\n]+\n$/);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['in']);
  });

  it('an accelerator that is not there', async () => {
    const run = await runCli('attend', '--accelerator', 'abacus', '--input', 'a', '--output', 'b');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(
      /^error\[USAGE\]: --accelerator has "abacus"; use dense, hardsea, sprint, charge[^\n]*\n$/,
    );
  });
});

describe('attend', () => {
  it('more keys kept than there are is refused, and nothing is written', async () => {
    await input([2, 4, 8], [2, 4, 8], [2, 4, 8]);
    await writeFile(place('config'), '{"hardsea": {"keep": 5}}');
    const { code, stderr } = await attend('--config', place('config'));
    expect(stderr).toMatch(/^error\[KEEP_TOO_LARGE\]: [^\n]+\n$/);
    expect(code).toBe(2);
    await rm(place('config'));
    expect(await readdir(folder)).toEqual(['in']);
  });

  it('writes out, selection and kept with the shapes of the contract', async () => {
    await input([2, 40, 8], [2, 70, 8], [2, 70, 8]);
    await writeFile(place('config'), '{"hardsea": {"keepRatio": 0.25}}');
    const run = await attend('--config', place('config'), '--causal', '--chips', '2', '--json', place('json'));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const out = await openSafetensors(bytesSource('out', await readFile(place('out'))));
    expect(Object.fromEntries(out.names.map((name) => [name, out.info(name).shape]))).toEqual({
      out: [2, 2, 40, 8],
      selection: [2, 1, 2, 40, 3],
      kept: [2, 1, 2, 40],
    });
    const kept = await out.readU32('kept');
    const words = await out.readU32('selection');
    for (let row = 0; row < kept.length; row++) {
      const bits = [...words.subarray(3 * row, 3 * row + 3)].map((word) => word.toString(2).replaceAll('0', '').length);
      expect(bits[0]! + bits[1]! + bits[2]!).toBe(kept[row]);
    }
    const json = JSON.parse(await readFile(place('json'), 'utf8'));
    expect(json).toMatchObject({
      schemaVersion: 1,
      command: 'attend',
      accelerator: 'hardsea',
      keepRatio: 0.25,
      chips: 2,
      queries: 40,
      keys: 70,
    });
  });

  it.each(['sprint', 'charge'])('prunes padded sequences with %s by the thresholds of a file', async (accelerator) => {
    const sizes = [2, 2, 40, 8];
    const tensor = (seed: number) => ({ dtype: 'F32' as const, shape: sizes, data: normals(2 * 2 * 40 * 8, seed) });
    const lengths = { dtype: 'U32' as const, shape: [2], data: new Uint32Array([40, 25]) };
    await writeFile(place('in'), encodeSafetensors({ q: tensor(1), k: tensor(2), v: tensor(3), lengths }));
    const file = { units: 'q.k/sqrt(headDim)', granularity: 'head', thresholds: [[0.1, 0.3]] };
    await writeFile(place('thresholds'), JSON.stringify(file));
    await writeFile(place('config'), JSON.stringify({ [accelerator]: { thresholds: place('thresholds') } }));
    const io = ['--input', place('in'), '--output', place('out'), '--json', place('json')];
    const run = await runCli('attend', '--accelerator', accelerator, ...io, '--config', place('config'));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const out = await openSafetensors(bytesSource('out', await readFile(place('out'))));
    const kept = await out.readU32('kept');
    const padding = [...kept.subarray(80)].filter((_, row) => row % 40 >= 25);
    expect(padding.every((count) => count === 0)).toBe(true);
    expect(Math.max(...kept)).toBeLessThanOrEqual(40);
    const json = JSON.parse(await readFile(place('json'), 'utf8'));
    expect(json).toMatchObject({ accelerator, config: { thresholds: [[0.1, 0.3]] }, queries: 40 });
    expect(json.keptShare).toBeGreaterThan(0);
    expect(json.peakGpuBytes).toBeGreaterThan(0);
    const [first] = json.elasticities['energy per window'];
    const [component, action] = first.constant.split('.');
    expect(json.costTable.components[component].actions[action].energyPj).toMatchObject({
      value: first.value,
      unit: 'pJ',
    });
  });

  it.each([
    [{ units: 'logits', granularity: 'layer', thresholds: [1] }, 'THRESHOLDS_FILE'],
    [{ units: 'q.k/sqrt(headDim)', granularity: 'layer', thresholds: [1, 2] }, 'THRESHOLDS'],
    [{ units: 'q.k/sqrt(headDim)', granularity: 'layer', thresholds: ['NaN'] }, 'THRESHOLDS'],
  ])('refuses the thresholds %j', async (file, code) => {
    await input([2, 4, 8], [2, 4, 8], [2, 4, 8]);
    await writeFile(place('thresholds'), JSON.stringify(file));
    await writeFile(place('config'), JSON.stringify({ sprint: { thresholds: place('thresholds') } }));
    const io = ['--input', place('in'), '--output', place('out'), '--config', place('config')];
    await rm(place('out'), { force: true });
    const run = await runCli('attend', '--accelerator', 'sprint', ...io);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^error\\[${code}\\]: [^\\n]+\\n$`));
    expect(await readdir(folder)).not.toContain('out');
  });
});
