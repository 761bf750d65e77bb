import { z } from 'zod';
import { chargeNames } from '../device/charge-array.ts';
import { flag, oneOf, presetOr, real, section, whole } from './config-leaf.ts';
import { thresholdFields } from './threshold-schema.ts';

const positive = { low: 0, above: true };

const arrayFields = section('a charge array preset with changes', {
  preset: oneOf('the preset to change', chargeNames, 'ideal').optional(),
  name: z.string({ error: 'give a text' }).optional(),
  unitCapacitanceFf: real('capacitor of a cell', { ...positive, unit: 'fF' }).optional(),
  capacitorMismatch: real('static relative spread of a capacitor', { low: 0, high: 0.15 }).optional(),
  parasiticRatio: real('capacitance of a line over that of its cells', { low: 0 }).optional(),
  noise: oneOf('kT/C noise of every event', ['thermal', 'none']).optional(),
  temperatureK: real('temperature', { ...positive, unit: 'K' }).optional(),
  supplyV: real('supply', { ...positive, unit: 'V' }).optional(),
  comparatorOffsetMv: real('static spread of a comparator before calibration', { low: 0, unit: 'mV' }).optional(),
  comparatorNoiseMv: real('noise of a decision', { low: 0, unit: 'mV' }).optional(),
  calibrationStepMv: real('step that offsets are trimmed in; 0 = no calibration', { low: 0, unit: 'mV' }).optional(),
  combine: oneOf('how charge-sharing events become one comparison', ['ideal', 'passive', 'bitplane']).optional(),
  conversionBits: whole('resolution of a conversion, bitplane only', { low: 1, high: 16 }).optional(),
  nibbleBits: whole('bits of a nibble', { low: 4, high: 4 }).optional(),
  columns: whole('keys of one array', { low: 1, high: 65536 }).optional(),
  dimensions: whole('cells on a line per plane', { low: 1, high: 128 }).optional(),
  pedestalMv: real('charge that the switches inject', { unit: 'mV' }).optional(),
  droopMvPerNs: real('loss of a held voltage', { low: 0, unit: 'mV/ns' }).optional(),
  holdNs: real('how long a voltage is held', { low: 0, unit: 'ns' }).optional(),
});

/** The charge section of `--config`. */
export const chargeSchema = section(
  'a simulated charge-domain hybrid; where the paper is silent the defaults are a reconstruction',
  {
    ...thresholdFields,
    array: presetOr('charge-domain array', chargeNames, arrayFields).optional(),
    passCycles: whole('cycles of one pass of the array', { low: 1, high: 65536, default: 16 }).optional(),
    clockGhz: real('clock', { ...positive, unit: 'GHz', default: 1.1 }).optional(),
    definition: oneOf('what the published peak of the chip counts as an operation', ['I', 'II', 'III'], 'I').optional(),
    peakBits: z
      .tuple([z.union([z.literal(4), z.literal(8)]), z.union([z.literal(4), z.literal(8)])], {
        error: 'give [query bits, key bits], each 4 or 8',
      })
      .meta({ description: 'operand bits at which the published peak of the array holds', default: [4, 4] })
      .optional(),
    recompute: flag('whether kept keys are scored again; false trusts the array', true).optional(),
    operandBits: z
      .union([z.literal(8), z.literal(32)], { error: 'use 8 (integers) or 32 (float32)' })
      .meta({ description: 'bits of q, k and v in the exact stage', default: 8 })
      .optional(),
  },
);
