import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { type CellChoice, cellModel } from '../../src/device/cell.ts';
import { programmingSigmaUs } from '../../src/device/cell-state.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { moments } from '../support/statistics.ts';

const folder = new URL('../cases/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const ofKind = <Case>(kind: string) => files.map(read).filter((file) => file.kind === kind) as readonly Case[];

interface DeviceRow {
  /** The device; or, as a peer's files have it, its model's name or the highest conductance. */
  readonly device?: CellChoice;
  readonly model?: string;
  readonly g_max_uS?: number;
  readonly g_target_uS: number;
  readonly sigma_uS?: number;
  readonly analytic_mean_uS?: number;
  readonly analytic_std_uS?: number;
  readonly peer_mean_uS: number;
  readonly peer_std_uS: number;
}

interface DeviceCase {
  readonly id: string;
  readonly source: string;
  readonly samples_peer: number;
  readonly expected: readonly DeviceRow[];
  readonly tolerance: { readonly std_rel: number; readonly mean_abs_uS?: string };
}

// The peer clamps its PCM at 0 and leaves both ReRAM fits unclamped, negative conductances included.
const free = [-1000, 1000] as const;
const peers: Readonly<Record<string, CellChoice>> = {
  PCMJoshi: { preset: 'pcm-joshi' },
  RRAMMilo: { preset: 'hfox-milo', clampUs: free },
  RRAMWan: { preset: 'hfox-neurram-crosssim', clampUs: free },
};

function deviceOf({ device, model, g_max_uS }: DeviceRow): CellChoice {
  if (device) return device;
  if (model !== undefined) return peers[model]!;
  return { preset: 'pcm-aihwkit', ...(g_max_uS === undefined ? {} : { conductanceMaxUs: g_max_uS }) };
}

const [rows, chips] = [512, 200];
const samples = rows * chips;

describe.each(ofKind<DeviceCase>('device-statistics'))('$id', ({ expected, tolerance, samples_peer }) => {
  const groups = new Map<string, DeviceRow[]>();
  for (const row of expected) {
    const device = JSON.stringify(deviceOf(row));
    groups.set(device, [...(groups.get(device) ?? []), row]);
  }
  it.each([...groups])(`${samples} cells of %s have the mean and spread of the source`, async (_, group) => {
    const device = deviceOf(group[0]!);
    const { conductanceMinUs: min, conductanceMaxUs: max } = cellModel(device);
    const columns = group.length;
    const targets = group.map((row) => (row.g_target_uS - min) / (max - min));
    const values = Float32Array.from({ length: rows * columns }, (_value, i) => targets[i % columns]!);
    const weights = { values, rows, columns };
    const job = { weights, inputs: new Float32Array(0), config: { device, weightMax: 1 }, seed: 11, chips };
    const { conductances } = await runCrossbar(await nodeGpu(), job);
    const cells = conductances['conductance_pos']!.values;
    group.forEach((row, column) => {
      if (row.sigma_uS !== undefined) {
        expect(Math.abs(programmingSigmaUs(cellModel(device), row.g_target_uS) / row.sigma_uS - 1)).toBeLessThan(1e-5);
      }
      const got = moments(Float64Array.from({ length: samples }, (_value, i) => cells[i * columns + column]!));
      const analytic = row.analytic_mean_uS !== undefined;
      const [mean, std] = analytic
        ? [row.analytic_mean_uS!, row.analytic_std_uS!]
        : [row.peer_mean_uS, row.peer_std_uS];
      expect(Math.abs(got.std / std - 1), `spread at ${row.g_target_uS} uS`).toBeLessThan(tolerance.std_rel);
      // A peer's mean has its own sampling error, and six digits.
      const error = 4 * std * Math.sqrt(1 / samples + (analytic ? 0 : 1 / samples_peer)) + 1e-5 * mean;
      expect(Math.abs(got.mean - mean), `mean at ${row.g_target_uS} uS`).toBeLessThan(error);
    });
  });
});

interface ProductCase {
  readonly id: string;
  readonly source: string;
  readonly config?: CrossbarConfig;
  readonly generator: Readonly<Record<'W[j][i]' | 'x[i]', string>> & { readonly N: number; readonly M: number };
  readonly expected: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly tolerance: { readonly std_rel: number };
}

/** The value of a formula of integers as the files write it: products by juxtaposition, `mod`, and the four operations. */
function formula(text: string, at: Readonly<Record<string, number>>): number {
  // What stands after a comma says what the letters mean.
  const tokens = text.split(',')[0]!.match(/\d+(?:\.\d+)?|mod|[a-z]|[-+*/()]/g)!;
  let next = 0;
  const atom = (): number => {
    const token = tokens[next++]!;
    if (token === '(') {
      const value = sum();
      next++;
      return value;
    }
    return token === '-' ? -atom() : (at[token] ?? Number(token));
  };
  const product = (): number => {
    let value = atom();
    for (let token = tokens[next]; token !== undefined && !['+', '-', ')'].includes(token); token = tokens[next]) {
      if (['*', '/', 'mod'].includes(token)) next++;
      const other = atom();
      value = token === '/' ? value / other : token === 'mod' ? value % other : value * other;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[next] === '+' || tokens[next] === '-') value += tokens[next++] === '+' ? product() : -product();
    return value;
  };
  return sum();
}

/** Programming error and on/off ratio as a peer's file words them. */
function worded(source: string): CellChoice {
  const [, percent] = /(\d+(?:\.\d+)?) ?% of each device/.exec(source)!;
  const [, ratio] = /on\/off (\d+)/.exec(source)!;
  return { preset: 'ideal', onOffRatio: Number(ratio), relativeSigma: Number(percent) / 100 };
}

describe.each(ofKind<ProductCase>('mvm-statistics'))('$id', ({ source, config, generator, expected, tolerance }) => {
  it('102,400 programmings give the mean and spread of each output', async () => {
    const { N, M } = generator;
    // A column stands many times in each array: every copy is programmed with draws of its own.
    const [copies, populations] = [256, 400];
    const columns = M * copies;
    const own = Array.from({ length: N * M }, (_, at) =>
      formula(generator['W[j][i]'], { i: Math.floor(at / M), j: at % M }),
    );
    const values = Float32Array.from({ length: N * columns }, (_, at) => own[Math.floor(at / columns) * M + (at % M)]!);
    const inputs = Float32Array.from({ length: N }, (_, i) => formula(generator['x[i]'], { i }));
    const weights = { values, rows: N, columns };
    const job = { weights, inputs, config: config ?? { device: worded(source) }, chips: populations, seed: 1 };
    const { outputs } = await runCrossbar(await nodeGpu(), job);
    for (let j = 0; j < M; j++) {
      const got = moments(outputs.values.filter((_, at) => at % M === j));
      const [mean, std] = [expected.mean[j]!, expected.std[j]!];
      expect(Math.abs(got.mean - mean)).toBeLessThan((4 * std) / Math.sqrt(copies * populations));
      expect(Math.abs(got.std / std - 1)).toBeLessThan(tolerance.std_rel);
    }
  });
});

describe('output-referred read noise, as AIHWKit has it, over 100,000 reads', () => {
  const [inputs, share] = [400, 0.02];
  const copies = 256;
  const weights = normals(24, 31).map((w) => w / 4);
  const x = normals(24, 32);
  const highest = Math.max(...weights.map(Math.abs));

  it.each<[string, CellChoice['readNoise'], (w: number, x: number) => number]>([
    // Two cells of a pair share it.
    [
      'constant: |x| times the largest weight',
      { absoluteUs: (share * 100) / Math.SQRT2 },
      (_w, v) => highest ** 2 * v * v,
    ],
    ['PCM: the root of the sum of |w| x^2', { root: share }, (w, v) => highest * Math.abs(w) * v * v],
  ])('%s', async (_, readNoise, term) => {
    const values = Float32Array.from({ length: 24 * copies }, (_value, at) => weights[Math.floor(at / copies)]!);
    const repeated = new Float32Array(24 * inputs);
    for (let i = 0; i < inputs; i++) repeated.set(x, 24 * i);
    const job = { weights: { values, rows: 24, columns: copies }, inputs: repeated, seed: 2 };
    const config = { device: { preset: 'ideal', readNoise } } as const;
    const { outputs } = await runCrossbar(await nodeGpu(), { ...job, config });
    const got = moments(outputs.values);
    const std = share * Math.sqrt(weights.reduce((sum, w, i) => sum + term(w, x[i]!), 0));
    const mean = weights.reduce((sum, w, i) => sum + w * x[i]!, 0);
    expect(Math.abs(got.std / std - 1)).toBeLessThan(0.01);
    expect(Math.abs(got.mean - mean)).toBeLessThan((4 * std) / Math.sqrt(inputs * copies) + 1e-5);
  });
});
