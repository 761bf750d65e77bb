import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdcCircuitChoice, adcCircuit, adcCircuitKinds } from '../../src/device/adc-circuit.ts';
import { type DrawnStages, drawAdc, drawnCode } from '../../src/device/adc-transfer.ts';
import { cellModel } from '../../src/device/cell.ts';
import { codeOf, converterGrid } from '../../src/device/converter.ts';
import { drawCrossbarAdcs } from '../../src/kernel/adc-mismatch.ts';
import { normals } from '../support/kernel-case.ts';

const unit = { kind: 'fixed', min: -1, max: 1 } as const;

const pool = normals(1 << 20, 5);

/** Standard normals of converter `index`, one after the other. */
function normalsOf(index: number): () => number {
  let at = index * 8;
  return () => pool[at++ % pool.length]!;
}

describe('a circuit without errors', () => {
  it.each(adcCircuitKinds)('%s is a mid-rise grid', (kind) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 14 }),
        fc.double({ min: -1.2, max: 1.2, noNaN: true }),
        fc.boolean(),
        (bits, x, other) => {
          const choice: AdcCircuitChoice =
            kind === 'sar' ? { kind, split: other } : kind === 'ramp' ? kind : { kind, stageBits: other ? 1 : 1.5 };
          // On a level, ties differ between circuits and are tested elsewhere.
          const steps = (x + 1) * 2 ** (bits - 1);
          if (Math.abs(steps - Math.round(steps)) < 1e-9) return;
          const code = drawnCode(
            drawAdc(adcCircuit(choice), bits, () => 0),
            x,
          );
          expect(code).toBe(codeOf(converterGrid({ bits, grid: 'mid-rise', range: unit }), x));
        },
      ),
    );
  });
});

describe('mismatch', () => {
  const bits = 4;
  const half = 2 ** (bits - 1);

  it('of capacitors gives the variances of levels and steps that the binary weights say', () => {
    const sigma = 0.01;
    const draws = 100_000;
    const circuit = adcCircuit({ kind: 'ramp', capacitorSigma: sigma });
    const sums = Array.from({ length: 2 ** bits }, () => ({ level: 0, levels: 0, step: 0, steps: 0 }));
    for (let draw = 0; draw < draws; draw++) {
      const adc = drawAdc(circuit, bits, normalsOf(draw));
      if (adc.kind !== 'ramp') throw new Error('not a ramp');
      for (let code = 1; code < 2 ** bits; code++) {
        // In steps: a level's distance from its place, and a step's from 1.
        const level = adc.thresholds[code]! * half - (code - half);
        const step = code === 1 ? 0 : (adc.thresholds[code]! - adc.thresholds[code - 1]!) * half - 1;
        const sum = sums[code]!;
        sum.level += level;
        sum.levels += level ** 2;
        sum.step += step;
        sum.steps += step ** 2;
      }
    }
    for (let code = 1; code < 2 ** bits; code++) {
      const { level, levels, step, steps } = sums[code]!;
      const m = Math.abs(code - half);
      // Capacitors of m units in all against the one of `half` units that is the reference.
      const levelVariance = sigma ** 2 * (m + m ** 2 / half);
      // A standard error of a variance is sqrt(2 / n); the division by the reference adds a share of 3 sigma^2 / half.
      const allowed = 5 * Math.sqrt(2 / draws) + 0.001;
      expect(Math.abs(levels / draws / (levelVariance || 1) - (m > 0 ? 1 : 0)), `level ${code}`).toBeLessThan(allowed);
      expect(Math.abs(level / draws)).toBeLessThanOrEqual(
        5 * Math.sqrt(levelVariance / draws) + 2 * m * (sigma ** 2 / half),
      );
      if (code === 1) continue;
      // Between magnitudes low and low + 1: all trailing ones of `low` go and the next capacitor comes.
      const low = Math.min(m, Math.abs(code - 1 - half));
      const changed = low ^ (low + 1); // 2^(j+1) - 1 units, where capacitor j comes and all below go
      const stepVariance = sigma ** 2 * (changed + 1 / half);
      expect(Math.abs(steps / draws / stepVariance - 1), `step ${code}`).toBeLessThan(allowed);
      expect(Math.abs(step / draws)).toBeLessThan(5 * Math.sqrt(stepVariance / draws) + 2 * (sigma ** 2 / half));
    }
  });

  it('of the same capacitors moves the levels of a SAR converter as those of a ramp', () => {
    let wrong = 0;
    for (let draw = 0; draw < 40; draw++) {
      const errors = { capacitorSigma: 0.02, gainDb: 60 };
      const ramp = drawAdc(adcCircuit({ kind: 'ramp', ...errors }), 6, normalsOf(draw));
      const sar = drawAdc(adcCircuit({ kind: 'sar', ...errors }), 6, normalsOf(draw));
      if (ramp.kind !== 'ramp') throw new Error('not a ramp');
      for (let code = 1; code < 64; code++) {
        // The half step by which a SAR's DAC stands up is lost in its amplifier to one part in 1000 and its weight.
        const near = 2e-3 / 32;
        if (drawnCode(sar, ramp.thresholds[code]! - near) !== code - 1) wrong++;
        if (drawnCode(sar, ramp.thresholds[code]! + near) !== code) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it('never makes a SAR or a ramp run backwards, and loses codes where it is large', () => {
    let lost = 0;
    let falls = 0;
    for (let draw = 0; draw < 100; draw++) {
      const kind = draw % 2 === 0 ? 'sar' : 'ramp';
      const adc = drawAdc(adcCircuit({ kind, capacitorSigma: 0.2 }), 7, normalsOf(draw));
      const seen = new Set<number>();
      let last = 0;
      for (let x = -1; x <= 1; x += 1 / 512) {
        const code = drawnCode(adc, x);
        if (code < last) falls++;
        last = code;
        seen.add(code);
      }
      if (seen.size < 128) lost++;
    }
    expect(falls).toBe(0);
    expect(lost).toBeGreaterThan(10);
  });

  it('of comparators is forgiven by stages of 1.5 bits but for the last, and not by stages of 1 bit', () => {
    const codesOf = (stageBits: 1 | 1.5, draw: number) => {
      const circuit = adcCircuit({ kind: 'pipeline', comparatorSigma: 0.045, stageBits });
      const adc = drawAdc(circuit, 8, normalsOf(draw)) as DrawnStages;
      const ideal = drawAdc(adcCircuit('pipeline'), 8, () => 0);
      let wrong = 0;
      for (let i = -300; i <= 300; i++) {
        const x = (i + 0.31) / 311;
        // What the last comparator lacks is 2^7 times less at the input.
        if (drawnCode(adc, x) !== drawnCode(ideal, x - adc.last / 128)) wrong++;
      }
      return wrong;
    };
    let wrong = 0;
    for (let draw = 0; draw < 50; draw++) {
      expect(codesOf(1.5, draw)).toBe(0);
      wrong += codesOf(1, draw);
    }
    expect(wrong).toBeGreaterThan(1000);
  });

  it("of a stage's capacitors makes the codes jump where the first stage changes, by their difference", () => {
    const [sigma, draws] = [0.01, 4000];
    let sum = 0;
    let squares = 0;
    for (let draw = 0; draw < draws; draw++) {
      // Only the first stage is off: 5 draws of a stage.
      const normal = normalsOf(draw);
      let at = 0;
      const adc = drawAdc(adcCircuit({ kind: 'pipeline', capacitorSigma: sigma }), 12, () => (at++ < 5 ? normal() : 0));
      const jump = drawnCode(adc, 0.25 + 1e-9) - drawnCode(adc, 0.25 - 1e-9);
      sum += jump;
      squares += jump ** 2;
    }
    // (1 - C2 / C1) / 2 of the reference, in steps of 2^-11; a difference of two whole codes adds at most 1/6 to the variance.
    const variance = 2 * sigma ** 2 * 2 ** 20;
    expect(Math.abs(squares / draws - variance - 1 / 12)).toBeLessThan(5 * variance * Math.sqrt(2 / draws) + 1 / 12);
    expect(Math.abs(sum / draws)).toBeLessThan(5 * Math.sqrt(variance / draws) + 0.5);
  });

  it('of one converter is the same for all bits of a cyclic one, and new for each stage of a pipeline', () => {
    const draw = (kind: 'cyclic' | 'pipeline') =>
      drawAdc(adcCircuit({ kind, capacitorSigma: 0.01 }), 6, normalsOf(1)) as DrawnStages;
    expect(new Set(draw('cyclic').gain).size).toBe(1);
    expect(new Set(draw('pipeline').gain).size).toBe(5);
  });
});

describe('finite gain', () => {
  it('shrinks a ramp by what the amplifier lacks at each weight', () => {
    const adc = drawAdc(adcCircuit({ kind: 'ramp', gainDb: 40 }), 4, () => 0);
    if (adc.kind !== 'ramp') throw new Error('not a ramp');
    for (let code = 1; code < 16; code++) {
      const level = (code - 8) / 8;
      expect(adc.thresholds[code]).toBeCloseTo(level / (1 + 0.01 * (1 + Math.abs(level))), 12);
    }
  });
});

describe('the converters of a crossbar', () => {
  const array = {
    rows: 9,
    columns: 10,
    chips: 2,
    mapping: 'offset',
    weightBits: 6,
    sliceBits: 3,
    weightMax: 1,
    tileRows: 5,
    cell: cellModel(),
  } as const;
  const circuit = adcCircuit({ kind: 'sar', comparatorSigma: 0.2, capacitorSigma: 0.02 });
  const population = { circuit, bits: 8, columnsPerAdc: 4, seed: 3, firstChip: 6 };
  const transfer = (adcs: ReturnType<typeof drawCrossbarAdcs>, chip: number, slice: number, tile: number, c: number) =>
    Array.from({ length: 21 }, (_, i) => adcs.code(chip, slice, tile, c, (i - 10) / 10)).join();

  it('are shared by neighbours, the reference column in its place, and differ elsewhere', () => {
    const adcs = drawCrossbarAdcs(array, population);
    const all = [0, 1].flatMap((chip) =>
      [0, 1].flatMap((slice) => [0, 1].flatMap((tile) => [0, 4, 8].map((c) => transfer(adcs, chip, slice, tile, c)))),
    );
    expect(new Set(all).size).toBe(24);
    for (const [c, first] of [
      [3, 0],
      [5, 4],
      [9, 8],
      [10, 8],
    ] as const)
      expect(transfer(adcs, 1, 0, 1, c)).toBe(transfer(adcs, 1, 0, 1, first));
  });

  it('are not shared between tiles of columns', () => {
    const adcs = drawCrossbarAdcs({ ...array, tileColumns: 5 }, population);
    const of = (column: number) => transfer(adcs, 0, 0, 0, column);
    expect(of(5)).not.toBe(of(4));
    expect(of(8)).toBe(of(5));
    // The reference columns are the sixth of their tiles.
    expect(of(10)).toBe(of(4));
    expect(of(11)).toBe(of(9));
  });

  it('are those of the chip in any population', () => {
    const two = drawCrossbarAdcs(array, population);
    const one = drawCrossbarAdcs({ ...array, chips: 1 }, { ...population, firstChip: 7 });
    expect(one.packed).toEqual(two.packed.subarray(two.packed.length / 2));
  });

  it('of a ramp have an offset per column, and one ramp per tile', () => {
    const ramp = { ...population, circuit: adcCircuit({ kind: 'ramp', capacitorSigma: 0.05 }) };
    const adcs = drawCrossbarAdcs(array, ramp);
    expect(transfer(adcs, 0, 1, 1, 9)).toBe(transfer(adcs, 0, 1, 1, 0));
    expect(transfer(adcs, 0, 1, 0, 0)).not.toBe(transfer(adcs, 0, 1, 1, 0));
    const shifted = drawCrossbarAdcs(array, { ...ramp, circuit: adcCircuit({ kind: 'ramp', comparatorSigma: 0.2 }) });
    expect(new Set([0, 1, 2, 3].map((c) => transfer(shifted, 0, 0, 0, c))).size).toBe(4);
  });
});

describe('settings', () => {
  it.each<[string, object | string]>([
    ['an unknown circuit', 'flash'],
    ['a field of another circuit', { kind: 'sar', bowSigma: 0.1 }],
    ['a misspelt field', { kind: 'sar', capacitorsigma: 0.1 }],
    ['a negative sigma', { kind: 'ramp', slopeSigma: -0.1 }],
    ['a sigma that turns signs', { kind: 'cyclic', capacitorSigma: 0.3 }],
    ['a split that is no switch', { kind: 'sar', split: 1 }],
    ['stages of 2 bits', { kind: 'pipeline', stageBits: 2 }],
    ['NaN', { kind: 'ramp', comparatorSigma: Number.NaN }],
  ])('reject %s', (_, choice) => {
    expect(() => adcCircuit(choice as AdcCircuitChoice)).toThrow(
      expect.objectContaining({ code: 'CIRCUIT_VALUE', kind: 'input' }),
    );
  });
});
