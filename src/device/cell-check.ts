import { fail } from '../errors.ts';
import type { CellChoice, CellModel } from './cell.ts';
import { lumpedReadIsExact } from './cell-state.ts';
import { type Curve, evaluateCurve } from './curve.ts';

/** Rejects a model that no cell can be: not finite, an empty range, a negative spread or rate. Throws `CELL_VALUE`. */
export function checkCell(model: CellModel): void {
  for (const [path, value] of numbersOf(model)) {
    if (!Number.isFinite(value)) throw reject(`${path} is ${value}`, 'give a finite number');
  }
  const { conductanceMinUs: min, conductanceMaxUs: max, clampUs, readNoise, stuckAt, levels, ageS } = model;
  if (min < 0 || min >= max) {
    throw reject(`the conductance range is ${min} to ${max} uS`, 'give 0 <= conductanceMinUs < conductanceMaxUs');
  }
  if (clampUs.length !== 2 || clampUs[0] >= clampUs[1]) {
    throw reject(`clampUs is [${clampUs.join(', ')}]`, 'give [low, high] with low < high');
  }
  oneOf('programming.kind', model.programming.kind, ['normal', 'uniform']);
  oneOf('readNoise.kind', readNoise.kind, ['normal', 'uniform']);
  const read = readNoise.clampUs;
  if (read && (read.length !== 2 || read[0] >= read[1])) {
    throw reject(`readNoise.clampUs is [${read.join(', ')}]`, 'give [low, high] with low < high');
  }
  oneOf('drift.direction', model.drift.direction, ['down', 'random']);
  oneOf('slowNoise.drawn', model.slowNoise.drawn, ['once', 'every-read']);
  for (const part of ['absoluteUs', 'relative', 'root'] as const) {
    if (readNoise[part] < 0) throw reject(`readNoise.${part} is ${readNoise[part]}`, 'give 0 or more');
  }
  if (stuckAt.lowRate < 0 || stuckAt.highRate < 0 || stuckAt.lowRate + stuckAt.highRate > 1) {
    throw reject(
      `stuckAt rates are ${stuckAt.lowRate} and ${stuckAt.highRate}`,
      'give rates of 0 or more, together at most 1',
    );
  }
  if (!Number.isInteger(levels) || levels < 0 || levels === 1) {
    throw reject(`levels is ${levels}`, 'give 0 for analog cells, or a whole number from 2');
  }
  if (ageS < 0) throw reject(`ageS is ${ageS}`, 'give 0 or more seconds');
  checkCurve(model, 'programming.sigmaUs', model.programming.sigmaUs, 'uS');
  checkCurve(model, 'drift.exponentMean', model.drift.exponentMean);
  checkCurve(model, 'drift.exponentSigma', model.drift.exponentSigma);
  checkCurve(model, 'relaxation.sigmaUs', model.relaxation.sigmaUs, 'uS');
  checkCurve(model, 'slowNoise.sigma', model.slowNoise.sigma);
  checkCurve(model, 'readNoise.sigmaUs', model.readNoise.sigmaUs, 'uS');
}

/**
 * Rejects a cell whose reads do not add up to a normal deviate, for hardware that is simulated with the noise of sums only.
 * Throws `CELL_READ`.
 */
export function refuseCellwiseRead(model: CellModel, where: string): void {
  if (lumpedReadIsExact(model)) return;
  const { kind, clampUs } = model.readNoise;
  const what = clampUs ? `clips each read to ${clampUs.join(' to ')} uS` : `has ${kind} read noise`;
  throw fail(
    'CELL_READ',
    `${where} adds up read noise by its variance, and ${model.name} ${what}`,
    'leave readNoise.clampUs and readNoise.kind out, or use a crossbar, which reads such a cell by itself',
  );
}

/** Rejects misspelt keys, so that no change is silently ignored. Throws `CELL_KEY`. */
export function checkCellKeys(change: CellChoice): void {
  checkKeys('', change, Object.keys(knownKeys));
  for (const [part, keys] of Object.entries(knownKeys)) {
    const value = change[part as keyof CellChoice];
    if (keys.length > 0 && value !== undefined) checkKeys(`${part}.`, value as object, keys);
  }
}

const knownKeys: Readonly<Record<keyof CellChoice, readonly string[]>> = {
  preset: [],
  name: [],
  source: [],
  conductanceMinUs: [],
  conductanceMaxUs: [],
  stretch: [],
  programming: ['sigmaUs', 'kind'],
  relativeSigma: [],
  absoluteSigmaUs: [],
  independentSigma: [],
  inverseSigma: [],
  onOffRatio: [],
  drift: ['exponentMean', 'exponentSigma', 'referenceS', 'direction'],
  relaxation: ['meanShiftUs', 'sigmaUs'],
  slowNoise: ['drawn'],
  clampUs: [],
  readNoise: ['absoluteUs', 'relative', 'root', 'sigmaUs', 'kind', 'clampUs'],
  stuckAt: ['lowRate', 'highRate'],
  ageS: [],
  acceptancePercent: [],
  levels: [],
};

function checkKeys(path: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw fail('CELL_KEY', `a cell has no "${path}${key}"`, `use one of ${known.join(', ')}`);
  }
}

// A fitted curve may dip below 0 between its data; one that starts from a user is checked on a grid of the range.
function checkCurve(model: CellModel, path: string, curve: Curve, unit = ''): void {
  const { conductanceMinUs: min, conductanceMaxUs: max } = model;
  for (let i = 0; i <= 64; i++) {
    const g = min + ((max - min) * i) / 64;
    const value = evaluateCurve(curve, g);
    if (!(value >= 0 && value < Infinity)) {
      throw reject(`${path} is ${value}${unit && ` ${unit}`} at ${g} uS`, 'give a curve of 0 or more in the range');
    }
  }
}

function* numbersOf(value: object, path = ''): Generator<[string, number]> {
  for (const [key, part] of Object.entries(value)) {
    if (typeof part === 'number') yield [path + key, part];
    else if (typeof part === 'object' && part !== null) yield* numbersOf(part, `${path}${key}.`);
  }
}

function oneOf(path: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw reject(`${path} is "${value}"`, `use ${allowed.join(' or ')}`);
}

const reject = (what: string, fix: string) => fail('CELL_VALUE', what, fix);
