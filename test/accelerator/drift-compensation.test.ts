import { describe, expect, it } from 'vitest';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { setupCounts } from '../../src/accelerator/crossbar-counts.ts';
import { crossbarLedger } from '../../src/accelerator/crossbar-ledger.ts';
import { crossbarArray } from '../../src/accelerator/crossbar-mapping.ts';
import type { DriftCompensation } from '../../src/accelerator/drift-compensation.ts';
import { type CellChoice, type CellModel, cellAtProgramming, cellModel } from '../../src/device/cell.ts';
import { totalOf } from '../../src/ledger/counts.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { moments, normalCdf, normalPdf } from '../support/statistics.ts';

const day = 86400;
const pick = ({ programming, readNoise }: CellModel) => ({ programming, readNoise });
const forms = (['global', 'per-column'] as const).flatMap((kind) =>
  (['ideal', 'noisy'] as const).map((reference): Required<DriftCompensation> => ({ kind, reference })),
);
const products = async (config: CrossbarConfig, job: { values: Float32Array; rows: number; inputs?: Float32Array }) => {
  const { values, rows, inputs = new Float32Array(rows).fill(1) } = job;
  const weights = { values, rows, columns: values.length / rows };
  return (
    await runCrossbar(await nodeGpu(), { weights, inputs, config: { weightMax: 1, ...config }, seed: 3, chips: 4 })
  ).outputs.values;
};

describe('drift compensation', () => {
  it.each(forms)('$kind, $reference: is exact to f32 where every cell drifts alike', async (driftCompensation) => {
    // With programming error the ideal reference is another array than the one that drifts.
    const error = driftCompensation.reference === 'noisy' ? { relativeSigma: 0.1 } : {};
    const device: CellChoice = { preset: 'ideal', drift: { exponentMean: 0.06 }, ...error };
    const job = { values: normals(96 * 10, 1).map((w) => w / 4), rows: 96, inputs: normals(96 * 3, 2) };
    for (const mapping of ['differential', 'offset'] as const) {
      const aged = { device: { ...device, ageS: day }, mapping };
      const fresh = await products({ ...aged, device }, job);
      const drifted = await products(aged, job);
      const compensated = await products({ ...aged, driftCompensation }, job);
      const largest = fresh.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = (y: Float32Array) => y.reduce((most, v, i) => Math.max(most, Math.abs(v - fresh[i]!)), 0) / largest;
      expect(worst(drifted)).toBeGreaterThan(0.3);
      // Sums of 96 rows of up to 9 terms each, rounded on the way, twice.
      expect(worst(compensated)).toBeLessThan(2 * 96 * 9 * 2 ** -24);
    }
  });

  it.each(forms)(
    '$kind, $reference: has the mean of the closed form with spread exponents and noisy reads',
    async (c) => {
      const [rows, columns, g, sigma, nu, spread] = [1024, 16, 20, 15, 0.06, 0.02];
      const drift = { exponentMean: nu, exponentSigma: spread };
      const device = { preset: 'ideal', ageS: day, drift, readNoise: { absoluteUs: sigma } } as const;
      const y = await products(
        { device, driftCompensation: c },
        { values: new Float32Array(rows * columns).fill(g / 100), rows },
      );
      // A pair's read: its weight's conductance with the noise of two cells, in magnitude; over |nu| by the trapezoid rule.
      const folded = (mean: number) => {
        const s = Math.SQRT2 * sigma;
        return 2 * s * normalPdf(mean / s) + mean * (1 - 2 * normalCdf(-mean / s));
      };
      const left = (of: (conductance: number) => number) => {
        let sum = 0;
        for (let z = -8; z <= 8; z += 0.01) {
          sum += 0.01 * normalPdf(z) * of(g * Math.exp(-Math.abs(nu + spread * z) * Math.log(day + 1)));
        }
        return sum;
      };
      const before = c.reference === 'ideal' ? g : folded(g);
      const expected = (rows * (left((conductance) => conductance) / 100) * before) / left(folded);
      const got = moments(y);
      // Of a chip or column the factor is off by the noise of its read-outs, and each product by its own read.
      expect(Math.abs(got.mean / expected - 1)).toBeLessThan(4 * (2 / Math.sqrt(4 * columns * rows)) * Math.SQRT2);
      expect(Math.abs(expected / (rows * (g / 100)) - 1)).toBeGreaterThan(0.1);
    },
  );

  it('leaves a column without weights alone, and is the same for a chip in any population', async () => {
    const device = { preset: 'pcm-aihwkit', ageS: day, readNoise: { relative: 0.02 } } as const;
    const weights = { values: normals(64 * 4, 5).map((w, i) => (i % 4 === 3 ? 0 : w)), rows: 64, columns: 4 };
    const config = { device: { ...device, clampUs: [0, 50] }, driftCompensation: { kind: 'per-column' } } as const;
    const gpu = await nodeGpu();
    const job = { weights, inputs: normals(64, 6), config, seed: 9 };
    const all = await runCrossbar(gpu, { ...job, chips: 3 });
    const one = await runCrossbar(gpu, { ...job, firstChip: 2 });
    expect(all.outputs.values.subarray(8)).toEqual(one.outputs.values);
    const still = { preset: 'ideal', ageS: day, drift: { exponentMean: 0.1 } } as const;
    const silent = await runCrossbar(gpu, { ...job, config: { ...config, device: still } });
    expect(silent.outputs.values[3]).toBe(0);
  });

  it('is paid for: every cell is read once now, and once at the start where that is the reference', () => {
    const adc = { bits: 8 };
    const of = (driftCompensation?: DriftCompensation) => {
      const config = resolveCrossbar({ adc, ...(driftCompensation ? { driftCompensation } : {}) });
      const array = crossbarArray(config, { rows: 256, columns: 64, chips: 2, weightMax: 1 });
      return { counts: setupCounts(array, config), ledger: crossbarLedger(array, config, { inputs: 1 }) };
    };
    const none = of();
    expect(Object.keys(none.counts)).toEqual(['crossbar']);
    for (const [reference, readouts] of [
      ['ideal', 1],
      ['noisy', 2],
    ] as const) {
      const { counts, ledger } = of({ kind: 'global', reference });
      expect(totalOf(counts, 'crossbar', 'cellRead')).toBe(readouts * 2 * 2 * 256 * 64);
      expect(totalOf(counts, 'dac', 'drive')).toBe(readouts * 2 * 256);
      expect(totalOf(counts, 'adc', 'conversion')).toBe(readouts * 2 * 256 * 64);
      expect(totalOf(ledger.setupCounts, 'sample-hold', 'sample')).toBe(readouts * 256 * 64);
      expect(ledger.energy).toEqual(none.ledger.energy);
      expect(ledger.setupNs).toBeGreaterThan(none.ledger.setupNs);
    }
  });

  it('knows a device as it was programmed: without drift, relaxation and slow noise', () => {
    const neurram = cellAtProgramming({ preset: 'hfox-neurram', ageS: 2 * day });
    expect(neurram.programming).toEqual(cellModel({ preset: 'hfox-neurram', ageS: 1 }).programming);
    expect(pick(cellAtProgramming({ preset: 'sonos', ageS: day }))).toEqual(pick(cellModel('sonos')));
    const own = cellAtProgramming({ ageS: day, drift: { exponentMean: 0.1 }, relaxation: { meanShiftUs: -3 } });
    expect([own.drift.logTime, own.relaxation, own.ageS]).toEqual([0, cellModel().relaxation, 0]);
  });

  it.each<[string, unknown, RegExp]>([
    ['another kind', { kind: 'row' }, /driftCompensation.kind is "row"/],
    ['another reference', { kind: 'global', reference: 'exact' }, /reference is "exact"/],
    ['another key', { kind: 'global', ref: 'ideal' }, /driftCompensation.ref/],
  ])('has no %s', (_, driftCompensation, what) => {
    expect(() => resolveCrossbar({ driftCompensation: driftCompensation as DriftCompensation })).toThrow(
      expect.objectContaining({ code: 'CROSSBAR_CONFIG', what: expect.stringMatching(what) }),
    );
  });
});
