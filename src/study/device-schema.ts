import { z } from 'zod';
import { cellNames } from '../device/cell.ts';
import { comparatorNames } from '../device/comparator.ts';
import { wtaNames } from '../device/time-domain.ts';
import { oneOf, presetOr, real, section, whole } from './config-leaf.ts';

const curve = (description: string) => {
  const error = 'give a number, up to eleven coefficients (lowest power first), or {"points": [[uS, value], ...]}';
  const numbers = z.array(z.number({ error }), { error }).min(1, { error }).max(11, { error });
  const points = z.array(z.tuple([z.number({ error }), z.number({ error })], { error }), { error }).min(1, { error });
  const meta = `${description}: a constant, coefficients of powers of the conductance in uS, or points with lines between`;
  return z
    .union([z.number({ error }), numbers, z.strictObject({ points }, { error })], { error })
    .meta({ description: meta });
};

const source = section('where the numbers come from', {
  grade: oneOf('A the authors, B a third party, C derived, D assumed', ['A', 'B', 'C', 'D']),
  ref: z.string({ error: 'give a text' }),
  where: z.string({ error: 'give a text' }),
});

const share = { low: 0, high: 1 };
const positive = { low: 0, above: true };

const cellFields = section('a cell preset with changes', {
  preset: oneOf('the preset to change', cellNames, 'ideal').optional(),
  csv: z
    .string({ error: 'give the path of a CSV table' })
    .min(1, { error: 'give the path of a CSV table' })
    .meta({ description: "a device of one's own as a CSV table, in place of a preset; command line only" })
    .optional(),
  name: z.string({ error: 'give a text' }).optional(),
  source: source.optional(),
  conductanceMinUs: real('lowest programmable conductance', { low: 0, unit: 'uS' }).optional(),
  conductanceMaxUs: real('highest programmable conductance; stretches the preset with it', {
    ...positive,
    unit: 'uS',
  }).optional(),
  programming: section('deviation after programming', {
    sigmaUs: curve('standard deviation (uS) by target').optional(),
    kind: oneOf('law of the deviation', ['normal', 'uniform'], 'normal').optional(),
  }).optional(),
  stretch: z
    .boolean({ error: 'use true or false' })
    .meta({
      description: 'false: conductanceMaxUs ends the used part of the range, and stretches nothing',
      default: true,
    })
    .optional(),
  relativeSigma: real('shorthand: programming deviation as a share of the target', { low: 0 }).optional(),
  absoluteSigmaUs: real('shorthand: programming deviation', { low: 0, unit: 'uS' }).optional(),
  independentSigma: real('shorthand: programming deviation as a share of the highest conductance', {
    low: 0,
  }).optional(),
  inverseSigma: real('shorthand: that share over the target in shares of the highest conductance', {
    low: 0,
  }).optional(),
  onOffRatio: real('shorthand: highest over lowest conductance', { low: 1, above: true }).optional(),
  drift: section('power law of time, one exponent for each cell', {
    exponentMean: curve('mean of the exponent by target').optional(),
    exponentSigma: curve('standard deviation of the exponent by target').optional(),
    referenceS: real('age from which the law counts', { ...positive, unit: 'seconds' }).optional(),
    direction: oneOf('whether all cells fall, or half of them rise', ['down', 'random'], 'down').optional(),
  }).optional(),
  relaxation: section('what time adds', {
    meanShiftUs: curve('shift of the mean (uS) by target').optional(),
    sigmaUs: curve('standard deviation (uS) by target').optional(),
  }).optional(),
  slowNoise: section('low-frequency noise since programming', {
    drawn: oneOf('drawn with the age, or in every read', ['once', 'every-read'], 'once').optional(),
  }).optional(),
  clampUs: z
    .tuple([z.number(), z.number()], { error: 'give [low, high] in uS' })
    .meta({ description: 'bounds of a programmed conductance (uS)' })
    .optional(),
  readNoise: section('fresh per read', {
    absoluteUs: real('standard deviation', { low: 0, unit: 'uS' }).optional(),
    relative: real('standard deviation as a share of the conductance', { low: 0 }).optional(),
    root: real('standard deviation as a share of the root of conductance times highest', { low: 0 }).optional(),
    sigmaUs: curve('standard deviation (uS) by conductance').optional(),
    kind: oneOf('law of the deviation; uniform is drawn in every cell', ['normal', 'uniform'], 'normal').optional(),
    clampUs: z
      .tuple([z.number(), z.number()], { error: 'give [low, high] in uS' })
      .meta({ description: 'bounds of what a read sees (uS); noise is then drawn in every cell' })
      .optional(),
  }).optional(),
  stuckAt: section('faulty cells', {
    lowRate: real('share stuck at the lowest conductance', share).optional(),
    highRate: real('share stuck at the highest conductance', share).optional(),
  }).optional(),
  ageS: real('time since programming; presets know certain ages only', { low: 0, unit: 'seconds' }).optional(),
  acceptancePercent: real('cmo-hfox only: window of program-and-verify', { ...positive, unit: 'percent' }).optional(),
  levels: whole('programmable levels; 0 = any', { low: 0, high: 65536 }).optional(),
});

/** A memory cell: a preset's name, or a preset with any field changed. */
export const cellSchema = presetOr('memory cell', cellNames, cellFields);

const wtaFields = section('a winner-take-all preset with changes', {
  preset: oneOf('the preset to change', wtaNames, 'ideal').optional(),
  name: z.string({ error: 'give a text' }).optional(),
  form: oneOf('integrate: a current charges to a threshold; ramp: a shared ramp falls past held voltages', [
    'integrate',
    'ramp',
  ]).optional(),
  rampNs: real('time of the whole ramp', { ...positive, unit: 'ns' }).optional(),
  capacitanceFf: real('capacitor of a column', { ...positive, unit: 'fF' }).optional(),
  thresholdV: real('threshold that a column charges to', { ...positive, unit: 'V' }).optional(),
  offsetSigmaMv: real('static spread of the threshold', { low: 0, unit: 'mV' }).optional(),
  capacitorMismatch: real('static relative spread of the capacitor', { low: 0 }).optional(),
  jitter: oneOf('fresh per decision', ['thermal', 'none']).optional(),
  referenceSigmaPs: real('further jitter of reference and comparator', { low: 0, unit: 'ps' }).optional(),
  resolutionPs: real('arrivals closer than this are a tie', { low: 0, unit: 'ps' }).optional(),
  delayPs: real('delay of every arrival', { low: 0, unit: 'ps' }).optional(),
  timeoutNs: real('a later column is no winner; 0 = no limit', { low: 0, unit: 'ns' }).optional(),
  supplyV: real('supply', { ...positive, unit: 'V' }).optional(),
  currentMinUa: real('current of the smallest score', { ...positive, unit: 'uA' }).optional(),
  currentMaxUa: real('current of the largest score', { ...positive, unit: 'uA' }).optional(),
  temperatureK: real('temperature', { ...positive, unit: 'K' }).optional(),
});

/** A time-domain winner-take-all: a preset's name, or a preset with any field changed. */
export const wtaSchema = presetOr('time-domain winner-take-all', wtaNames, wtaFields);

const comparatorFields = section('a comparator preset with changes', {
  preset: oneOf('the preset to change', comparatorNames, 'ideal').optional(),
  name: z.string({ error: 'give a text' }).optional(),
  offsetSigmaLsb: real('static spread of the offset before calibration', { low: 0, unit: 'steps' }).optional(),
  noiseSigmaLsb: real('noise of a decision', { low: 0, unit: 'steps' }).optional(),
  calibrationStepLsb: real('step that offsets are trimmed in; 0 = none', { low: 0, unit: 'steps' }).optional(),
});

/** A comparator: a preset's name, or a preset with any field changed. */
export const comparatorSchema = presetOr('comparator of a memory column', comparatorNames, comparatorFields);
