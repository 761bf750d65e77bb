import { fail } from '../errors.ts';
import type { CellChoice, CellModel } from './cell.ts';
import { evaluatePolynomial } from './polynomial.ts';

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
  if (!['normal', 'uniform'].includes(model.programming.kind)) {
    throw reject(`programming.kind is "${model.programming.kind}"`, 'use normal or uniform');
  }
  if (readNoise.absoluteUs < 0 || readNoise.relative < 0) {
    throw reject(`readNoise is ${readNoise.absoluteUs} uS and ${readNoise.relative}`, 'give 0 or more');
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
  checkSigma(model, 'programming.sigmaUs', model.programming.sigmaUs);
  checkSigma(model, 'relaxation.sigmaUs', model.relaxation.sigmaUs);
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
  programming: ['sigmaUs', 'kind'],
  relativeSigma: [],
  onOffRatio: [],
  relaxation: ['meanShiftUs', 'sigmaUs'],
  clampUs: [],
  readNoise: ['absoluteUs', 'relative'],
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

// A fitted polynomial may dip below 0 between its data; a curve that starts from a user is checked on a grid of the range.
function checkSigma(model: CellModel, path: string, sigma: CellModel['programming']['sigmaUs']): void {
  const { conductanceMinUs: min, conductanceMaxUs: max } = model;
  for (let i = 0; i <= 64; i++) {
    const g = min + ((max - min) * i) / 64;
    const value = evaluatePolynomial(sigma, g);
    if (value < 0)
      throw reject(`${path} is ${value} uS at ${g} uS`, 'give a polynomial that is not negative in the range');
  }
}

function* numbersOf(value: object, path = ''): Generator<[string, number]> {
  for (const [key, part] of Object.entries(value)) {
    if (typeof part === 'number') yield [path + key, part];
    else if (typeof part === 'object' && part !== null) yield* numbersOf(part, `${path}${key}.`);
  }
}

const reject = (what: string, fix: string) => fail('CELL_VALUE', what, fix);
