import { fail } from '../errors.ts';
import { adcCircuit, circuitBits } from './adc-circuit.ts';
import { drawAdc, drawnCode } from './adc-transfer.ts';
import { type AdcModel, convert } from './converter.ts';

/**
 * A converter by the name that CrossSim's classes give it, for instance `QuantizerADC_4b_[-1,1]`: kind, bits and limits. Kinds
 * are `Quantizer` and `SignMagnitude`, each as `ADC` or `DAC`, and `RampADC`, `SarADC`, `PipelineADC` and `CyclicADC`: circuits
 * without mismatch whose amplifiers have a gain of 100 dB (`gainDb` 0 for no limit). As there, a circuit's levels lie about 0 up
 * to the larger limit, and inputs are clipped to the limits first. Returns what the converter reports for an input. Throws
 * `CONVERTER_NAME`, and `CONVERTER_VALUE` for limits that such a converter can not have.
 */
export function namedConverter(name: string, gainDb = 100): (x: number) => number {
  const [, kind, bitsText, low, high] = pattern.exec(name) ?? [];
  if (kind === undefined) throw reject(name, 'use a name such as SarADC_8b_[-1,1]');
  const bits = Number(bitsText);
  const range = { kind: 'fixed', min: Number(low), max: Number(high) } as const;
  const grid = grids[kind];
  if (grid) {
    const model: AdcModel = { bits, grid, range };
    convert(model, 0);
    return (x) => convert(model, x);
  }
  const circuit = circuits[kind];
  if (!circuit) throw reject(name, `use one of ${[...Object.keys(grids), ...Object.keys(circuits)].join(', ')}`);
  if (!(bits >= circuitBits.least && bits <= circuitBits.most))
    throw reject(name, `use ${circuitBits.least} to ${circuitBits.most} bits`);
  if (!(range.min < range.max)) throw reject(name, 'give a lower limit below the upper one');
  const reference = Math.max(Math.abs(range.min), Math.abs(range.max));
  const adc = drawAdc(adcCircuit({ kind: circuit, gainDb }), bits, () => 0);
  return (x) => {
    const code = drawnCode(adc, Math.min(range.max, Math.max(range.min, x)) / reference);
    return (reference * (2 * code + 1 - 2 ** bits)) / 2 ** bits;
  };
}

const number = String.raw`\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*`;
const pattern = new RegExp(String.raw`^([A-Za-z]+)_(\d+)b_\[${number},${number}\]$`, 'i');

const grids: Readonly<Record<string, AdcModel['grid']>> = {
  QuantizerADC: 'uniform',
  QuantizerDAC: 'uniform',
  SignMagnitudeADC: 'sign-magnitude',
  SignMagnitudeDAC: 'sign-magnitude',
};

const circuits: Readonly<Record<string, 'ramp' | 'sar' | 'pipeline' | 'cyclic'>> = {
  RampADC: 'ramp',
  SarADC: 'sar',
  PipelineADC: 'pipeline',
  CyclicADC: 'cyclic',
};

const reject = (name: string, fix: string) => fail('CONVERTER_NAME', `no converter is called "${name}"`, fix);
