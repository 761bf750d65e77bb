import {
  type ChargeModel,
  calibratedMv,
  comparatorNoise,
  conversionStep,
  sharedShiftMv,
  thermalVariance,
  unitVolts,
} from '../device/charge-array.ts';
import { philoxWords, streams, toNormals } from '../reference/rng.ts';

/**
 * What charge-program lays down beside the bit planes: nothing where all capacitors are alike, else the effective `weights` of
 * a key for `passive`, or each of its `planes` for `bitplane`, whose conversions come before the weighting.
 */
export type ChargeWeights = 'none' | 'weights' | 'planes';

/** The form of weights that a model needs; `ideal` has no mismatch whatever the model says. */
export function chargeWeights(model: ChargeModel): ChargeWeights {
  if (model.capacitorMismatch === 0 || model.combine === 'ideal') return 'none';
  return model.combine === 'passive' ? 'weights' : 'planes';
}

/** Floats of weights per dimension and key. */
export function weightsPerCell(form: ChargeWeights): number {
  return { none: 0, weights: 1, planes: 4 }[form];
}

/** The model on lines of `dim` cells as the shaders take it, in nibble units or, for `bitplane`, counts. */
export function chargeParams(model: ChargeModel, dim: number) {
  const converted = model.combine === 'bitplane';
  const thermal = thermalVariance(model, dim);
  const comparator = comparatorNoise(model, dim);
  // A conversion has both noises before its rounding and one draw for them; else the comparator's is a draw of its own.
  const sigma = Math.sqrt(converted ? thermal + comparator ** 2 : thermal);
  const step = conversionStep(model, dim);
  return {
    sigma,
    step,
    last_code: 2 ** model.conversionBits - 1,
    // Normals from 24-bit uniforms never pass 5.89. The rest to half a count is for rounding in f32.
    sure: step === 1 ? 0.499 - 5.9 * sigma : -1,
    comparator_sigma: converted ? 0 : comparator,
  };
}

/**
 * What every column's comparator, or converter, adds for the life of a chip: what calibration leaves of its offset, pedestal
 * and droop, `[chips, heads, columns]` in nibble units, or counts for `bitplane`. A column of chip n is the same in any population.
 */
export function chargeOffsets(
  model: ChargeModel,
  dim: number,
  population: { readonly chips: number; readonly heads: number; readonly seed: number; readonly firstChip?: number },
): Float32Array {
  const { chips, heads, seed, firstChip = 0 } = population;
  const perMv = 1 / 1000 / unitVolts(model, dim);
  const line = heads * model.columns;
  const shift = sharedShiftMv(model);
  const offsets = new Float32Array(chips * line).fill(shift * perMv);
  if (model.comparatorOffsetMv === 0) return offsets;
  for (let chip = 0; chip < chips; chip++) {
    for (let quad = 0; 4 * quad < line; quad++) {
      const draws = toNormals(philoxWords(seed, firstChip + chip, streams.comparatorOffset, quad, 0));
      for (let i = 0; i < 4 && 4 * quad + i < line; i++) {
        const offset = calibratedMv(model, model.comparatorOffsetMv * draws[i]!);
        offsets[chip * line + 4 * quad + i] = (offset + shift) * perMv;
      }
    }
  }
  return offsets;
}
