import type { CellModel } from '../device/cell.ts';
import { cellEffects, plainCurves } from '../device/cell-state.ts';
import { curveEndUs } from '../device/cell-tables.ts';
import { faultThresholds } from '../device/crossbar-array.ts';

/**
 * Overrides and parameters of the shaders that write cells, which bind `cellTables(cell)` as `curves`; `nominal` writes the
 * targets themselves, and reads no curve.
 */
export function cellParams(cell: CellModel, nominal = false) {
  const { levels, programming, drift, slowNoise, stuckAt, conductanceMinUs, conductanceMaxUs, clampUs } = cell;
  const effects = cellEffects(cell);
  const plain = plainCurves(cell);
  const [e0, e1, e2, e3, e4] = plain?.sigma ?? noCurve;
  const [r0, r1, r2, r3, r4] = plain?.spread ?? noCurve;
  const span = conductanceMaxUs - conductanceMinUs;
  const thresholds = faultThresholds(stuckAt);
  const some = (effect: boolean, kind = 1) => (effect && !nominal ? kind : 0);
  return {
    constants: {
      CURVES: some(!plain),
      ERROR: some(effects.error, programming.kind === 'uniform' ? 2 : 1),
      DRIFT: some(effects.drift, drift.direction === 'random' ? 2 : 1),
      RELAXATION: some(effects.relaxation),
      SLOW: some(effects.slowNoise, slowNoise.of === 'programmed' ? 1 : 2),
      FAULTS: some(thresholds.high > 0),
    },
    params: {
      min_us: conductanceMinUs,
      span_us: span,
      level_step: levels > 0 ? span / (levels - 1) : 1,
      level_max: levels > 0 ? levels - 1 : 0,
      ...{ e0, e1, e2, e3, e4, r0, r1, r2, r3, r4 },
      shift_us: plain?.shiftUs ?? 0,
      per_curve_us: 1 / curveEndUs(cell),
      log_time: drift.logTime,
      slow_relative: slowNoise.relative ? 1 : 0,
      written_low: programming.clampUs[0],
      written_high: programming.clampUs[1],
      clamp_low: clampUs[0],
      clamp_high: clampUs[1],
      low_below: thresholds.low,
      high_below: thresholds.high,
    },
  };
}

const noCurve = [0, 0, 0, 0, 0] as const;
