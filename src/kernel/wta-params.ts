import { thermalJitterRelative, type WtaModel } from '../device/time-domain.ts';
import { philoxWords, streams, toNormals } from '../reference/rng.ts';

/** Whether a column model has any error at all; without one, scores are compared as they are. */
export function isTimed(model: WtaModel): boolean {
  return (
    model.offsetSigmaMv > 0 ||
    model.capacitorMismatch > 0 ||
    thermalJitterRelative(model) > 0 ||
    model.referenceSigmaPs > 0 ||
    model.resolutionPs > 0 ||
    model.timeoutNs > 0
  );
}

/** The column model as the shaders take it; times in ns, `charge` in fF V (so that charge / uA is in ns), or the time of the ramp. */
export function wtaParams(model: WtaModel) {
  return {
    charge: model.form === 'ramp' ? model.rampNs : model.capacitanceFf * model.thresholdV,
    current_min: model.currentMinUa,
    current_max: model.currentMaxUa,
    delay: model.delayPs / 1000,
    jitter: thermalJitterRelative(model),
    reference_jitter: model.referenceSigmaPs / 1000,
    resolution: model.resolutionPs / 1000,
  };
}

/**
 * What each column's charging time is multiplied by for the life of a chip, capacitor mismatch times threshold offset, or, on a
 * ramp, what the offset adds to its arrival in shares of the ramp: `[chip, bank, columns]` for banks `firstBank` and on. Column c of a bank of chip n is the same in any population.
 */
export function columnMismatch(
  model: WtaModel,
  columns: number,
  chips: number,
  firstChip: number,
  seed: number,
  firstBank: number,
  banks = 1,
): Float32Array {
  const isRamp = model.form === 'ramp';
  const factors = new Float32Array(chips * banks * columns).fill(isRamp ? 0 : 1);
  if (model.capacitorMismatch === 0 && model.offsetSigmaMv === 0) return factors;
  for (let line = 0; line < chips * banks; line++) {
    const chip = firstChip + Math.floor(line / banks);
    const bank = firstBank + (line % banks);
    for (let column = 0; column < columns; column++) {
      const [capacitor, offset] = toNormals(philoxWords(seed, chip, streams.wtaMismatch, column, bank));
      const shift = (model.offsetSigmaMv / 1000 / model.thresholdV) * offset;
      if (isRamp) {
        factors[line * columns + column] = shift;
        continue;
      }
      const factor = (1 + model.capacitorMismatch * capacitor) * (1 + shift);
      // A column can not charge in no time: five sigma of any plausible mismatch stays far above this floor.
      factors[line * columns + column] = Math.max(factor, 0.05);
    }
  }
  return factors;
}
