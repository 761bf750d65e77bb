import fc from 'fast-check';
import type { CrossbarConfig, ResolvedCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { inputCycles } from '../../src/accelerator/crossbar-inputs.ts';
import { crossbarDrive, outputScale } from '../../src/accelerator/crossbar-ranges.ts';
import { type ConverterGrid, codeOf, codeValue } from '../../src/device/converter.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { conversionsOf } from '../../src/device/input-cycles.ts';
import type { FixedRange } from '../../src/device/range.ts';
import { storedWeight } from '../../src/reference/crossbar-program.ts';

/** A matrix, inputs and settings of an array. */
export interface CrossbarExample {
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  readonly salt: number;
  readonly config: CrossbarConfig;
}

const raw = fc.record({
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 6 }),
  inputs: fc.integer({ min: 1, max: 3 }),
  salt: fc.integer({ min: 1, max: 1000 }),
  mapping: fc.constantFrom('one-sided', 'two-sided', 'unit-column', 'digital'),
  weightBits: fc.constantFrom(0, 2, 3, 5, 7),
  slice: fc.integer({ min: 0, max: 6 }),
  balanced: fc.boolean(),
  tileRows: fc.integer({ min: 0, max: 7 }),
  tileColumns: fc.integer({ min: 0, max: 4 }),
  tileSplit: fc.constantFrom('full', 'balanced'),
  inputForm: fc.constantFrom('unsigned', 'polarity', 'two-pass digital', 'two-pass analog', 'offset'),
  dacBits: fc.constantFrom(0, 3, 5),
  sliceBits: fc.constantFrom(0, 1, 2, 3, 4),
  averages: fc.boolean(),
  adc: fc.constantFrom('none', 'full', 'granular'),
  onOffRatio: fc.constantFrom(10, 1000),
});

/** Any consistent settings of mapping, slices, tiles, inputs and converters, with cells that have no error. */
export const crossbarExamples: fc.Arbitrary<CrossbarExample> = raw.map((r) => {
  const isPair = r.mapping === 'one-sided' || r.mapping === 'two-sided';
  const isSerial = r.dacBits > 0 && r.sliceBits > 0;
  const isInteger = r.weightBits > 0;
  const offsetCode = !isPair && !r.balanced;
  const stored = offsetCode ? r.weightBits : r.weightBits - 1;
  const isSigned = r.inputForm !== 'unsigned';
  const [negative, subtraction] = r.inputForm.split(' ') as ['polarity', 'analog' | undefined];
  const fromMagnitude = isSigned && negative !== ('offset' as string);
  const adc = r.adc === 'granular' && !(isInteger && r.dacBits > 0) ? 'full' : r.adc;
  const config: CrossbarConfig = {
    // A step per digit is exact where the lowest conductance is 0.
    device: adc === 'granular' ? 'ideal' : { preset: 'ideal', onOffRatio: r.onOffRatio },
    ...(isPair
      ? { mapping: 'differential', pair: r.mapping as 'one-sided' }
      : { mapping: 'offset', offsetSubtraction: r.mapping as 'digital' }),
    ...(isInteger
      ? {
          weightBits: r.weightBits,
          bitsPerSlice: 1 + (r.slice % stored),
          weightSlices: offsetCode ? 'offset' : 'balanced',
        }
      : {}),
    tileRows: r.tileRows,
    tileColumns: r.tileColumns,
    tileSplit: r.tileSplit as 'full',
    signedInputs: isSigned,
    ...(isSigned ? { negativeInputs: negative } : {}),
    ...(subtraction ? { passSubtraction: subtraction } : {}),
    dac: {
      bits: r.dacBits,
      ...(isSerial
        ? { mode: 'bit-serial', sliceBits: Math.min(r.sliceBits, fromMagnitude ? r.dacBits - 1 : r.dacBits) }
        : {}),
    },
    ...(isSerial && r.averages ? { inputAccumulation: 'analog' } : {}),
    ...(adc === 'none' ? {} : { adc: { bits: 18, range: { kind: adc } } }),
  };
  return { rows: r.rows, columns: r.columns, inputs: r.inputs, salt: r.salt, config };
});

/** Products of the inputs as converters see them and the weights as cells hold them, and how far a sound array may be from them. */
export function expectedProducts(
  config: ResolvedCrossbar,
  array: CrossbarArray,
  range: FixedRange,
  columnGrids: readonly ConverterGrid[],
  x: Float32Array,
  weights: Float32Array,
  epsilon: number,
): { readonly y: Float64Array; readonly allowed: number } {
  const { rows, columns } = array;
  const drive = crossbarDrive(config, range);
  const driven = Array.from(x, (value) =>
    drive.grid.codes === 0 ? value : codeValue(drive.grid, codeOf(drive.grid, value)),
  );
  const stored = Array.from(weights, (weight) => storedWeight(array, weight));
  const y = Float64Array.from({ length: (x.length / rows) * columns }, (_, at) => {
    const [input, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += driven[input * rows + row]! * stored[row * columns + column]!;
    return sum;
  });
  const { unit, cycleRadix, passes } = outputScale(config, array, drive);
  const converted = conversionsOf(inputCycles(config));
  const { slices, sides, tiles, referenceColumns } = crossbarSizes(array);
  const perPass = converted.cycles / converted.passes;
  const joined = config.cycles / converted.cycles;
  let [weightsOfConversions, halfSteps, limits] = [0, 0, 0];
  for (let slice = 0; slice < slices; slice++) {
    for (let cycle = 0; cycle < perPass; cycle++) {
      const weight = unit * passes * 2 ** (slice * array.sliceBits) * cycleRadix ** cycle;
      weightsOfConversions += weight;
      halfSteps += (weight * columnGrids[slice]!.step) / 2;
      // A code's value is counted from the end of the range.
      limits += weight * Math.abs(columnGrids[slice]!.offset);
    }
  }
  const columnsRead = referenceColumns > 0 ? 2 : 1;
  const shift = Math.abs(drive.shift ?? 0) * rows * array.weightMax;
  // All current that flows on the way, as if every cell and voltage were the largest; each term is rounded as often as it is added.
  const volts = Math.max(config.readVoltageV, ...Array.from(x, (value) => Math.abs(value) * drive.voltsPerUnit));
  const currents = weightsOfConversions * rows * volts * array.cell.conductanceMaxUs * sides * columnsRead * 2;
  const coding = epsilon * limits * tiles * columnsRead;
  const rounding = epsilon * (rows + slices * converted.cycles * tiles + joined + 24) * (currents + shift);
  // A converter with a step for every unit of two digits loses nothing.
  const exact = config.adc.bits === 0 || config.adc.range.kind === 'granular';
  return { y, allowed: rounding + coding + (exact ? 0 : halfSteps * tiles * columnsRead) };
}
