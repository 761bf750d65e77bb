import { z } from 'zod';
import { crossbarPresetNames } from '../accelerator/crossbar-presets.ts';
import { adcCircuitKinds } from '../device/adc-circuit.ts';
import { wiresNames } from '../device/wires.ts';
import { adcCostModels } from '../ledger/adc-model.ts';
import { flag, oneOf, presetOr, real, section, whole } from './config-leaf.ts';
import { cellSchema } from './device-schema.ts';

const fixed = z.strictObject({ kind: z.literal('fixed'), min: z.number(), max: z.number() });
const percentile = z.strictObject({ kind: z.literal('percentile'), percentile: z.number().gt(0).lte(100) });
const largest = z.strictObject({ kind: z.literal('max') });
const optimised = z.strictObject({ kind: z.literal('optimised') });
const limits = z.array(z.strictObject({ min: z.number(), max: z.number() })).min(1);
const perSlice = z.strictObject({ kind: z.literal('slices'), limits });
const full = z.strictObject({ kind: z.literal('full') });
const granular = z.strictObject({ kind: z.literal('granular') });

const rangeWords =
  'use {"kind": "max"}, {"kind": "optimised"}, {"kind": "percentile", "percentile": above 0, at most 100} or {"kind": "fixed", "min", "max"}';
const inputRange = z
  .discriminatedUnion('kind', [largest, percentile, optimised, fixed], { error: rangeWords })
  .meta({ description: "limits, in the input's unit", default: { kind: 'max' } });
const columnRange = z
  .discriminatedUnion('kind', [largest, percentile, optimised, fixed, perSlice, full, granular], {
    error: `${rangeWords}, {"kind": "slices", "limits": [{"min", "max"}, ...]} {"kind": "full"} or {"kind": "granular"}`,
  })
  .meta({
    description:
      'limits in uA; optimised = least squared error; slices = one each; full = the largest current of a tile; granular = a step for every unit of two digits',
    default: { kind: 'max' },
  });

const grids = ['uniform', 'mid-tread', 'mid-rise', 'sign-magnitude', 'whole-steps'] as const;
const order = oneOf(
  'whether a value is clipped or rounded first; it matters on the grid whole-steps',
  ['clip-then-round', 'round-then-clip'],
  'clip-then-round',
);
const steps = real('steps in the range of the grid whole-steps; default 2^bits - 2', { low: 1, high: 2 ** 24 });
const ties = ['even', 'up', 'down', 'away', 'away-zero-down'] as const;

const share = (description: string, high: number) => real(description, { low: 0, high, default: 0 }).optional();
const circuit = presetOr(
  'the converter as a circuit with errors drawn once per converter; voltages in units of half the range',
  adcCircuitKinds,
  section('a circuit and its errors; ideal where nothing is said', {
    kind: oneOf('the circuit', adcCircuitKinds),
    comparatorSigma: share("standard deviation of a comparator's offset", 1),
    capacitorSigma: share('relative standard deviation of a unit capacitor', 0.2),
    gainDb: share('open-loop gain of the amplifier in dB; 0 = without limit', 400),
    split: flag('sar: capacitors split in two halves with a bridge', false).optional(),
    stageBits: z
      .union([z.literal(1), z.literal(1.5)], { error: 'use 1 or 1.5' })
      .meta({ description: 'pipeline and cyclic: bits of a stage', default: 1.5 })
      .optional(),
    parasiticSigma: share("pipeline and cyclic: standard deviation of the parasitic, in a stage's capacitors", 0.2),
    slopeSigma: share("ramp: relative standard deviation of the ramp's slope", 0.2),
    bowSigma: share("ramp: standard deviation of the ramp's bow", 0.2),
  }),
);

const ohm = (description: string) => real(description, { low: 0, high: 1e9, unit: 'ohm', default: 0 }).optional();

/** The crossbar section of `--config`. */
export const crossbarSchema = section('a simulated crossbar; ideal where nothing is said', {
  preset: oneOf('a published array, which the other settings change', crossbarPresetNames).optional(),
  device: cellSchema.optional(),
  mapping: oneOf('how signed weights become conductances', ['differential', 'offset'], 'differential').optional(),
  pair: oneOf('which cells of a differential pair a weight moves', ['one-sided', 'two-sided'], 'one-sided').optional(),
  offsetSubtraction: oneOf(
    'what takes the offset of the offset mapping away',
    ['unit-column', 'digital'],
    'unit-column',
  ).optional(),
  weightBits: whole('bits of an integer weight with its sign; 0 keeps analog weights, 1 is not possible', {
    low: 0,
    high: 16,
    default: 0,
  }).optional(),
  bitsPerSlice: whole('bits of the weight that one cell holds; 0 = all', { low: 0, high: 16, default: 0 }).optional(),
  weightSlices: oneOf('what is cut into slices: signed magnitude or offset code', ['balanced', 'offset']).optional(),
  weightMax: real('weight that takes the whole range; 0 = the largest magnitude given', {
    low: 0,
    default: 0,
  }).optional(),
  tileRows: whole('wordlines that share one conversion; 0 = all', { low: 0, high: 65536, default: 128 }).optional(),
  tileColumns: whole('columns of weights per tile; 0 = all', { low: 0, high: 65536, default: 0 }).optional(),
  tileSplit: oneOf('what becomes of an uneven remainder', ['full', 'balanced'], 'full').optional(),
  signedInputs: flag('whether inputs may be negative', true).optional(),
  negativeInputs: oneOf(
    'how negative inputs are driven: as negative voltages, in a second pass, or shifted to 0 or more',
    ['polarity', 'two-pass', 'offset'],
    'polarity',
  ).optional(),
  passSubtraction: oneOf(
    'whether passes are subtracted before conversion',
    ['digital', 'analog'],
    'digital',
  ).optional(),
  inputAccumulation: oneOf(
    'whether bit-serial cycles are summed before conversion',
    ['digital', 'analog'],
    'digital',
  ).optional(),
  dac: section('input converter', {
    bits: whole('resolution; 0 drives the exact value', { low: 0, high: 24, default: 0 }).optional(),
    grid: oneOf('where the codes lie', grids).optional(),
    range: inputRange.optional(),
    ties: oneOf('code of an input between two codes', ties, 'even').optional(),
    order: order.optional(),
    steps: steps.optional(),
    mode: oneOf('how a code drives its row', ['multi-level', 'bit-serial'], 'multi-level').optional(),
    sliceBits: whole('bits per cycle in bit-serial mode', { low: 1, high: 24, default: 1 }).optional(),
  }).optional(),
  adc: section('column converter', {
    bits: whole('resolution; 0 = analog read-out', { low: 0, high: 24, default: 0 }).optional(),
    grid: oneOf('where the codes lie', grids).optional(),
    range: columnRange.optional(),
    ties: oneOf('code of a current between two codes', ties, 'even').optional(),
    order: order.optional(),
    steps: steps.optional(),
    sliceRanges: oneOf(
      "whether the slices' ranges are free or made powers of two of one another",
      ['free', 'powers-of-two'],
      'free',
    ).optional(),
    circuit: circuit.optional(),
  }).optional(),
  wires: presetOr(
    'resistance of wires, drivers and sensing; none where nothing is said',
    wiresNames as readonly [string, ...string[]],
    section('a preset and changes to it', {
      preset: oneOf('what is changed', wiresNames, 'ideal').optional(),
      model: oneOf(
        'exact: the network of wires and cells is solved; closed-form: an approximation with column wires only',
        ['exact', 'closed-form'],
        'exact',
      ).optional(),
      rowOhm: ohm('segment of a row wire between two cells'),
      columnOhm: ohm('segment of a column wire between two cells'),
      driverOhm: ohm('each driver of a row'),
      senseOhm: ohm('each sensing end of a column'),
      drive: oneOf('ends at which rows are driven', ['left', 'right', 'both'], 'left').optional(),
      sense: oneOf('ends at which columns are sensed', ['bottom', 'top', 'both'], 'bottom').optional(),
    }),
  ).optional(),
  readNoise: flag('whether reads are noisy; default where the device has read noise').optional(),
  readNoiseForm: oneOf('where read noise is drawn: for each conversion, or in each cell', [
    'lumped',
    'per-cell',
  ]).optional(),
  driftCompensation: section('a factor on products, from a read-out of every cell now and a reference', {
    kind: oneOf('one factor for a chip, or one for each column', ['global', 'per-column']),
    reference: oneOf('the targets, or a read-out right after programming', ['ideal', 'noisy'], 'noisy').optional(),
  }).optional(),
  output: oneOf('what a column gives', ['product', 'current', 'charge'], 'product').optional(),
  readVoltageV: real('row voltage of the largest input', {
    low: 0,
    above: true,
    high: 5,
    unit: 'V',
    default: 0.2,
  }).optional(),
  integrationNs: real('time over which a charge integrates', {
    low: 0,
    above: true,
    unit: 'ns',
    default: 10,
  }).optional(),
  cost: section('how energy, time and area are counted; changes no result', {
    nodeNm: real('node of cells, converters and logic', { low: 20, high: 65, unit: 'nm', default: 65 }).optional(),
    supplyV: real('supply of converters and logic', { low: 0, above: true, unit: 'V', default: 1 }).optional(),
    adcModel: oneOf('what prices a converter', adcCostModels, 'survey').optional(),
    adcCalibration: real('factor on the energy of that model', { low: 0, above: true, default: 1 }).optional(),
    adcSamplesPerSecond: real('conversions per second of one converter of the survey', {
      low: 0,
      above: true,
      default: 1e8,
    }).optional(),
    columnsPerAdc: whole('columns that take turns at one converter', { low: 1, high: 65536, default: 8 }).optional(),
  }).optional(),
});
