import { circuitBits } from '../device/adc-circuit.ts';
import { cellEffects, lumpedReadIsExact } from '../device/cell-state.ts';
import { converterGrid, dacCycles } from '../device/converter.ts';
import { slicedBits } from '../device/crossbar-array.ts';
import type { FixedRange } from '../device/range.ts';
import { checkPowersOfTwo } from '../device/slice-ranges.ts';
import { type CimError, fail } from '../errors.ts';
import type { ColumnRange, CrossbarConfig, ResolvedCrossbar } from './crossbar-config.ts';
import { checkInputs, hasSignedColumns, shiftsInputs } from './crossbar-inputs.ts';
import { checkMapping } from './crossbar-mapping.ts';

/** Rejects settings of a crossbar that no array can have, or that contradict each other. Throws `CROSSBAR_CONFIG`. */
export function checkCrossbar(config: ResolvedCrossbar): void {
  const { weightMax, readVoltageV, integrationNs } = config;
  oneOf('output', config.output, ['product', 'current', 'charge']);
  if (!Number.isFinite(weightMax) || weightMax < 0) {
    throw reject(`weightMax is ${weightMax}`, 'use a number above 0, or 0 for the largest magnitude given');
  }
  if (!(readVoltageV > 0 && readVoltageV <= 5)) {
    throw reject(`readVoltageV is ${readVoltageV}`, 'use a voltage above 0, at most 5 V');
  }
  if (!(integrationNs > 0 && Number.isFinite(integrationNs))) {
    throw reject(`integrationNs is ${integrationNs}`, 'use a time above 0 ns');
  }
  checkMapping(config);
  checkInputs(config);
  checkDac(config);
  checkAdc(config);
  checkOutput(config);
  if (config.readNoise && cellEffects(config.device).readNoise === 'none') {
    throw reject(`readNoise is on, and the device ${config.device.name} has none`, 'give device.readNoise');
  }
  checkForm(config);
  checkCompensation(config);
}

function checkForm({ readNoise, readNoiseForm, device, wires }: ResolvedCrossbar): void {
  oneOf('readNoiseForm', readNoiseForm, ['lumped', 'per-cell']);
  if (readNoiseForm === 'lumped' && readNoise && !lumpedReadIsExact(device)) {
    const how = device.readNoise.clampUs ? 'clipped' : device.readNoise.kind;
    throw reject(`readNoiseForm is lumped, and reads of ${device.name} are ${how}`, 'use per-cell, or leave it out');
  }
  if (readNoiseForm === 'per-cell' && wires?.model === 'exact') {
    throw reject(
      `reads of ${device.name} are drawn cell by cell, which knows no wires`,
      'use the wires model closed-form, set readNoise to false, or use a device whose read noise is normal and not clipped',
    );
  }
  if (readNoiseForm === 'per-cell' && !readNoise) {
    throw reject('readNoiseForm is per-cell, and reads have no noise', 'give device.readNoise, or leave it out');
  }
}

function checkCompensation({ driftCompensation }: ResolvedCrossbar): void {
  if (driftCompensation === undefined) return;
  oneOf('driftCompensation.kind', driftCompensation.kind, ['global', 'per-column']);
  oneOf('driftCompensation.reference', driftCompensation.reference, ['ideal', 'noisy']);
}

function checkDac(config: ResolvedCrossbar): void {
  const { dac, signedInputs } = config;
  const shifts = shiftsInputs(config);
  const ranged = { ...dac, range: fixedOr(dac.range, signedInputs) };
  converterGrid(ranged);
  dacCycles(dac);
  checkRule('dac.range', dac.range);
  if (dac.range.kind === 'fixed' && !signedInputs && dac.range.min < 0) {
    throw reject(
      `dac.range starts at ${dac.range.min} and signedInputs is false`,
      'start at 0, or allow signed inputs',
    );
  }
  if (dac.range.kind === 'fixed' && signedInputs && dac.range.min >= 0) {
    throw reject(`dac.range starts at ${dac.range.min} and signedInputs is true`, 'set signedInputs to false');
  }
  if (dac.mode !== 'bit-serial') return;
  if (dac.bits === 0) throw reject('dac.mode is bit-serial with 0 bits', 'give dac.bits, or use multi-level');
  if (signedInputs && !shifts && dac.grid !== 'sign-magnitude') {
    throw reject(
      `dac.mode is bit-serial with signed inputs on the grid ${dac.grid}`,
      'use the grid sign-magnitude, whose magnitude is cut into slices, or negativeInputs offset',
    );
  }
  if ((!signedInputs || shifts) && dac.grid !== 'uniform' && dac.grid !== 'mid-tread') {
    const kind = shifts ? 'shifted' : 'unsigned';
    throw reject(`dac.mode is bit-serial with ${kind} inputs on the grid ${dac.grid}`, 'use uniform or mid-tread');
  }
  if (dac.range.kind === 'fixed' && !signedInputs && dac.range.min !== 0) {
    throw reject(
      `dac.mode is bit-serial and dac.range starts at ${dac.range.min}`,
      'start at 0, which no slice drives',
    );
  }
  if (dac.grid === 'sign-magnitude' && dac.sliceBits > dac.bits - 1) {
    throw reject(
      `dac.sliceBits is ${dac.sliceBits}, the magnitude has ${dac.bits - 1} bits`,
      `use at most ${dac.bits - 1}`,
    );
  }
}

function checkAdc(config: ResolvedCrossbar): void {
  const { adc } = config;
  const limits = adc.range.kind === 'slices' ? adc.range.limits : [fixedOr(adc.range, hasSignedColumns(config))];
  for (const { min, max } of limits) converterGrid({ ...adc, range: { kind: 'fixed', min, max } });
  checkRule('adc.range', adc.range);
  if (adc.range.kind === 'slices') checkSlices(config, adc.range.limits);
  oneOf('adc.sliceRanges', adc.sliceRanges, ['free', 'powers-of-two']);
  if (adc.range.kind === 'granular' && (config.weightBits === 0 || config.dac.bits === 0)) {
    throw reject(
      `adc.range is granular with ${config.weightBits === 0 ? 'analog weights' : 'exact inputs'}`,
      'give weightBits and dac.bits, whose digits make the steps, or another range',
    );
  }
}

function checkSlices(config: ResolvedCrossbar, limits: readonly Omit<FixedRange, 'kind'>[]): void {
  const slices = config.weightBits === 0 ? 1 : Math.ceil(slicedBits(config) / config.bitsPerSlice);
  if (limits.length !== slices) {
    throw reject(
      `adc.range.limits has ${limits.length} ranges, the weights take ${slices} slices`,
      `give ${slices}, the lowest slice first`,
    );
  }
  if (config.adc.sliceRanges === 'powers-of-two') checkPowersOfTwo(limits);
}

/** Rejects an ideal converter's settings beside a circuit, which decides about them itself. Throws `CROSSBAR_CONFIG`. */
export function checkCircuit(adc: NonNullable<CrossbarConfig['adc']>): void {
  if (adc.circuit === undefined) return;
  const { bits = 0, grid = 'mid-rise', ties } = adc;
  if (!(bits >= circuitBits.least && bits <= circuitBits.most)) {
    throw reject(
      `adc.circuit is given with adc.bits ${bits}`,
      `use ${circuitBits.least} to ${circuitBits.most} bits, or no circuit`,
    );
  }
  if (grid !== 'mid-rise')
    throw reject(`adc.circuit is given with the grid ${grid}`, 'leave adc.grid out: its codes are mid-rise');
  if (ties !== undefined)
    throw reject(`adc.circuit is given with ties ${ties}`, 'leave adc.ties out: the circuit decides');
}

function checkOutput(config: ResolvedCrossbar): void {
  const { output, adc, dac, weightBits, bitsPerSlice, mapping, offsetSubtraction } = config;
  if (output === 'product') return;
  if (adc.bits !== 0) throw reject(`output is ${output} with an ADC of ${adc.bits} bits`, 'use adc.bits 0');
  if (mapping === 'offset' && offsetSubtraction === 'digital') {
    throw reject(`output is ${output} and the offset is subtracted digitally`, 'use the unit-column');
  }
  if (weightBits > 0 && bitsPerSlice < slicedBits(config)) {
    throw reject(`output is ${output} with weights cut into slices`, 'use bitsPerSlice 0: one column, one value');
  }
  if (dac.mode === 'bit-serial') {
    throw reject(`output is ${output} with bit-serial inputs`, 'use the multi-level mode: one column, one value');
  }
}

function checkRule(path: string, rule: ColumnRange): void {
  oneOf(`${path}.kind`, rule.kind, path === 'adc.range' ? [...ranges, 'full', 'slices', 'granular'] : ranges);
  if (rule.kind === 'percentile' && !(rule.percentile > 0 && rule.percentile <= 100)) {
    throw reject(`${path}.percentile is ${rule.percentile}`, 'use a number above 0, at most 100');
  }
}

const ranges = ['fixed', 'max', 'percentile', 'optimised'];

// A rule still to be measured will give a range about 0, or from 0.
function fixedOr(rule: ColumnRange, signed: boolean): FixedRange {
  return rule.kind === 'fixed' ? rule : { kind: 'fixed', min: signed ? -1 : 0, max: 1 };
}

function oneOf(path: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw reject(`${path} is "${value}"`, `use ${allowed.join(', ')}`);
}

const reject = (what: string, fix: string): CimError => fail('CROSSBAR_CONFIG', `crossbar: ${what}`, fix);
