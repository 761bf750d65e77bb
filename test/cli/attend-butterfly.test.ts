import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/model/byte-source.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { encodeSafetensors } from '../../src/model/safetensors-write.ts';
import { prunedMatrix } from '../kernel/sparse-weights/pruned-matrix.ts';
import { normals } from '../support/kernel-case.ts';
import { runCli } from './run-cli.ts';

let folder: string;
const place = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-attend-butterfly-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function attend(shapes: Readonly<Record<string, readonly number[]>>, config: object, ...more: string[]) {
  const tensors = Object.entries(shapes).map(([name, shape], i) => {
    const [count, inputs = 1] = [shape.reduce((a, b) => a * b, 1), shape[0]];
    const data = shape.length === 2 ? prunedMatrix(inputs, count / inputs, 'balanced', i) : normals(count, i);
    return [name, { dtype: 'F32' as const, shape, data: Float32Array.from(data) }];
  });
  await writeFile(place('in'), encodeSafetensors(Object.fromEntries(tensors)));
  await writeFile(place('config'), JSON.stringify({ butterfly: config }));
  const files = ['--input', place('in'), '--output', place('out'), '--config', place('config')];
  return runCli('attend', '--accelerator', 'butterfly', ...files, ...more);
}

const shapes = { x: [2, 40, 32], wq: [32, 24], wk: [32, 24], wv: [32, 24] };

describe('attend --accelerator butterfly', () => {
  it('projects, attends within the spans of a file and writes the shapes of the contract', async () => {
    await writeFile(place('spans'), JSON.stringify({ span: [[4, 9, 16]], causal: true }));
    const config = { heads: 3, spans: place('spans') };
    const run = await attend(shapes, config, '--causal', '--chips', '2', '--json', place('json'));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const out = await openSafetensors(bytesSource('out', await readFile(place('out'))));
    expect(Object.fromEntries(out.names.map((name) => [name, out.info(name).shape]))).toEqual({
      out: [2, 2, 3, 40, 8],
      selection: [2, 2, 3, 40, 2],
      kept: [2, 2, 3, 40],
    });
    const kept = await out.readU32('kept');
    const expected = Array.from({ length: kept.length }, (_, row) =>
      Math.min((row % 40) + 1, [4, 9, 16][Math.floor(row / 40) % 3]!),
    );
    expect([...kept]).toEqual(expected);
    const json = JSON.parse(await readFile(place('json'), 'utf8'));
    const sizes = { batch: 2, heads: 3, queries: 40, keys: 40, dim: 8, chips: 2 };
    expect(json).toMatchObject({ accelerator: 'butterfly', command: 'attend', ...sizes, config: { linearBits: 8 } });
    expect(json.counts.skipper.hop).toBe((3 * 80 * 32 * 24 * 4) / 4);
    for (const name of ['out', 'json', 'spans']) await rm(place(name));
  });

  it.each<[string, object, object, string]>([
    ['BUTTERFLY_HEADS', {}, {}, 'butterfly.heads is missing'],
    ['BUTTERFLY_HEADS', {}, { heads: 5 }, 'give heads that divide the columns'],
    ['TENSOR_SHAPE', { x: [40, 32] }, { heads: 3 }, 'give it the shape [batch, tokens, model]'],
    ['TENSOR_SHAPE', { wk: [24] }, { heads: 3 }, 'give it the shape [model, heads*dim]'],
    ['TENSOR_SHAPE', { wv: [32, 12] }, { heads: 3 }, 'give wq, wk and wv the same shape'],
    ['TENSOR_SHAPE', { x: [2, 40, 16] }, { heads: 3 }, 'give projections of the 16 inputs that x has'],
    ['SPANS', {}, { heads: 3, spans: [[1, 2]] }, 'layer 0 has 2 spans for 3 heads'],
    ['CONFIG', {}, { heads: 3, spans: 0 }, 'butterfly.spans is the number 0'],
    ['CONFIG', {}, { heads: 3, lanes: 3 }, 'butterfly.lanes is 3'],
    ['FILE_MISSING', {}, { heads: 3, spans: 'nothing.json' }, 'there is no file "nothing.json"'],
  ])('refuses %s %j %j', async (code, changes, config, text) => {
    const { code: exit, stderr } = await attend({ ...shapes, ...changes }, config);
    expect(stderr).toMatch(new RegExp(`^error\\[${code}\\]: [^\\n]+\\n$`));
    expect(stderr).toContain(text);
    expect(exit).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(['config', 'in']);
  });

  it('refuses a file without its tensors, by name', async () => {
    const { wk: _, ...rest } = shapes;
    const run = await attend(rest, { heads: 3 });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('wk') });
  });
});
