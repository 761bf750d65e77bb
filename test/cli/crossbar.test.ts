import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/model/byte-source.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { encodeSafetensors } from '../../src/model/safetensors-write.ts';
import { runCli } from './run-cli.ts';

let folder: string;
const place = (name: string) => join(folder, name);
const weights = Float32Array.from([1, -0.5, 0.25, 0, 0.75, -1]);
const inputs = Float32Array.from([0.5, 1, -1, 0.25, 0, 0.125]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-crossbar-'));
  const file = encodeSafetensors({
    weights: { dtype: 'F32', shape: [3, 2], data: weights },
    inputs: { dtype: 'F32', shape: [2, 3], data: inputs },
    extra: { dtype: 'F32', shape: [1], data: new Float32Array(1) },
  });
  await writeFile(place('in'), file);
});
afterAll(() => rm(folder, { recursive: true }));

async function results(name: string) {
  return openSafetensors(bytesSource(name, await readFile(place(name))));
}

describe('crossbar', () => {
  it('multiplies, writes conductances and JSON, and warns about what it does not use', async () => {
    const run = await runCli('crossbar', '--input', place('in'), '--output', place('out'), '--json', place('json'));
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('2 inputs through 3 x 2 weights on ideal') });
    expect(run.stderr).toBe(`warning: "${place('in')}" has tensors that are not used here: "extra"\n`);
    const out = await results('out');
    expect([...out.names].sort()).toEqual(['conductance_neg', 'conductance_pos', 'outputs']);
    const outputs = await out.readF32('outputs', { expectedShape: [2, 2] });
    for (let n = 0; n < 2; n++) {
      for (let c = 0; c < 2; c++) {
        let sum = 0;
        for (let r = 0; r < 3; r++) sum += inputs[n * 3 + r]! * weights[r * 2 + c]!;
        expect(outputs[n * 2 + c]).toBeCloseTo(sum, 5);
      }
    }
    const json = JSON.parse(await readFile(place('json'), 'utf8'));
    expect(json).toMatchObject({
      schemaVersion: 1,
      command: 'crossbar',
      seed: 1,
      chips: 1,
      config: { mapping: 'differential' },
      profile: [{ slice: 0, count: 4, histogram: { low: expect.any(Number) } }],
    });
    expect(json.adapter.class).toMatch(/hardware|software/);
  });

  it('with wires writes the matrix that they make of the cells, and multiplies by it', async () => {
    const config = { crossbar: { wires: { preset: 'mnsim', driverOhm: 500 } } };
    await writeFile(place('wires.json'), JSON.stringify(config));
    const files = ['--input', place('in'), '--output', place('wired'), '--config', place('wires.json')];
    expect(await runCli('crossbar', ...files)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning/) });
    const out = await results('wired');
    const effective = await out.readF32('effective', { expectedShape: [3, 2] });
    const outputs = await out.readF32('outputs', { expectedShape: [2, 2] });
    const share = [0, 1, 2].map((row) => effective[2 * row + 1]! / (100 * weights[2 * row + 1]!));
    // 500 ohm before 100 uS take a twentieth.
    expect(share[2]).toBeGreaterThan(0.9);
    expect(share[2]).toBeLessThan(0.96);
    outputs.forEach((y, at) => {
      const sum = [0, 1, 2].reduce((s, r) => s + inputs[3 * Math.floor(at / 2) + r]! * effective[2 * r + (at % 2)]!, 0);
      expect(y).toBeCloseTo(sum / 100, 5);
    });
    await writeFile(place('wires.json'), '{"crossbar": {"wires": {"rowOhms": 1}}}');
    expect(await runCli('crossbar', ...files)).toMatchObject({ code: 2, stderr: expect.stringContaining('rowOhm') });
  });

  it('says what a chip costs, by the model of converters that is configured', async () => {
    const run = async (name: string, cost: object) => {
      await writeFile(place('cost.json'), JSON.stringify({ crossbar: { adc: { bits: 8 }, cost } }));
      const files = ['--input', place('in'), '--output', place('out'), '--json', place(name)];
      const { stdout } = await runCli('crossbar', ...files, '--config', place('cost.json'));
      return { stdout, json: JSON.parse(await readFile(place(name), 'utf8')) };
    };
    const survey = await run('survey.json', {});
    const embedded = await run('embedded.json', { adcModel: 'embedded', nodeNm: 28, supplyV: 0.9 });
    expect(survey.stdout).toMatch(/predicted: .+J and .+s per input, .+m² a chip, converters by the model survey/);
    expect(embedded.stdout).toContain('converters by the model embedded');
    for (const { json } of [survey, embedded]) {
      expect(json.endurance).toMatchObject({ writesPerCell: 1, limitWrites: { value: 1e8 } });
      expect(json.energy.find((row: { component: string }) => row.component === 'adc').count).toBe(4);
      expect(json.figures.length).toBeGreaterThan(5);
      const shares = json.elasticities['energy per input'].map((row: { elasticity: number }) => row.elasticity);
      expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 6);
      const { energyPj } = json.costTable.components.adc.actions.conversion;
      expect(energyPj).toMatchObject({ unit: 'pJ', source: { where: expect.stringContaining('model ') } });
    }
    expect(survey.json.technology).toBe('crossbar-65nm');
    expect(embedded.json.technology).toBe('crossbar-28nm');
  });

  it('gives the same bytes for the same seed, others for another, and a chip axis for several chips', async () => {
    await writeFile(place('config.json'), '{"device": "hfox-milo", "chips": 3}');
    const run = (out: string, ...more: string[]) =>
      runCli(
        'crossbar',
        '--quiet',
        '--input',
        place('in'),
        '--output',
        place(out),
        '--config',
        place('config.json'),
        ...more,
      );
    expect(await run('a', '--seed', '7')).toMatchObject({ code: 0, stdout: '' });
    await run('b', '--seed', '7');
    await run('c', '--seed', '8');
    expect(await readFile(place('a'))).toEqual(await readFile(place('b')));
    expect(await readFile(place('a'))).not.toEqual(await readFile(place('c')));
    expect((await results('a')).info('outputs').shape).toEqual([3, 2, 2]);
    expect((await results('a')).info('conductance_pos').shape).toEqual([3, 3, 2]);
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('takes maps of stuck cells, and chips from any index', async () => {
    const maps = { faults_pos: { dtype: 'F32', shape: [3, 2], data: Float32Array.from([1, 0, 2, 0, 0, 0]) } } as const;
    const own = { dtype: 'U32', shape: [2, 3, 2], data: new Uint32Array(12).fill(2, 6, 7) } as const;
    const file = encodeSafetensors({
      weights: { dtype: 'F32', shape: [3, 2], data: weights },
      inputs: { dtype: 'F32', shape: [2, 3], data: inputs },
      ...maps,
      faults_neg: own,
    });
    await writeFile(place('faulty'), file);
    const files = (out: string) => [
      '--quiet',
      '--input',
      place('faulty'),
      '--output',
      place(out),
      '--json',
      place('f.json'),
    ];
    expect(await runCli('crossbar', ...files('f'), '--chips', '2')).toMatchObject({ code: 0, stderr: '' });
    const positive = await (await results('f')).readF32('conductance_pos', { expectedShape: [2, 3, 2] });
    expect([...positive.subarray(0, 4)]).toEqual([0, 0, 100, 0]);
    expect([...positive.subarray(6, 10)]).toEqual([0, 0, 100, 0]);
    const negative = await (await results('f')).readF32('conductance_neg', { expectedShape: [2, 3, 2] });
    expect([negative[0], negative[6]]).toEqual([0, 100]);
    const json = JSON.parse(await readFile(place('f.json'), 'utf8'));
    expect(json).toMatchObject({ chips: 2, firstChip: 0, memory: { programmedBytes: expect.any(Number) } });
    expect(json.memory.peakBytes).toBeGreaterThan(json.memory.programmedBytes);
    const wrong = await runCli('crossbar', ...files('g'), '--chips', '3');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('faults_neg has the shape [2, 3, 2]') });
    await writeFile(place('noisy.json'), '{"crossbar": {"device": "hfox-milo"}}');
    const noisy = ['--input', place('in'), '--config', place('noisy.json'), '--quiet'];
    await runCli('crossbar', ...noisy, '--output', place('both'), '--chips', '2', '--first-chip', '6');
    await runCli('crossbar', ...noisy, '--output', place('one'), '--first-chip', '7');
    const both = await (await results('both')).readF32('outputs', { expectedShape: [2, 2, 2] });
    expect(both.slice(4)).toEqual(await (await results('one')).readF32('outputs', { expectedShape: [2, 2] }));
  });

  it('takes a device from a CSV table, with changes', async () => {
    await writeFile(place('cells.csv'), 'conductance,sigma\n1,0\n51,0\n');
    const device = { csv: place('cells.csv'), name: 'mine', readNoise: { relative: 0.01 } };
    await writeFile(place('csv.json'), JSON.stringify({ crossbar: { device } }));
    const files = ['--input', place('in'), '--output', place('d'), '--json', place('d.json')];
    expect(await runCli('crossbar', '--quiet', ...files, '--config', place('csv.json'))).toMatchObject({ code: 0 });
    const json = JSON.parse(await readFile(place('d.json'), 'utf8'));
    expect(json.config).toMatchObject({ readNoise: true, device: { name: 'mine', conductanceMaxUs: 51 } });
    const positive = await (await results('d')).readF32('conductance_pos', { expectedShape: [3, 2] });
    expect(positive[0]).toBeCloseTo(51, 4);
    expect(positive[2]).toBeCloseTo(1 + 50 / 4, 4);
  });

  it.each<[string, object, string]>([
    ['beside a preset', { csv: 'x.csv', preset: 'ideal' }, 'both crossbar.device.csv and crossbar.device.preset'],
    ['that is not there', { csv: 'no-such.csv' }, 'no-such.csv'],
    ['without a path', { csv: '' }, 'give the path of a CSV table'],
  ])('refuses a table %s', async (_, device, what) => {
    await writeFile(place('bad.json'), JSON.stringify({ crossbar: { device } }));
    const run = await runCli('crossbar', '--input', place('in'), '--output', place('e'), '--config', place('bad.json'));
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(what);
  });
});
