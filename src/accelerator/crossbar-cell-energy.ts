import { crossbarSizes } from '../device/crossbar-array.ts';
import { rowVolts } from '../reference/crossbar-mvm.ts';
import type { Crossbar } from './crossbar.ts';
import { crossbarDrive } from './crossbar-ranges.ts';

// So many row voltages tell the mean of their squares to a part in a thousand; more would take longer than the product itself.
const mostDrives = 2 ** 20;

/**
 * Mean energy of reading a cell (pJ): V^2 G t over the driven voltages of `inputs` [n, rows] (the first ones, where there are very
 * many) and the programmed conductances `cells` (uS) [chips, cellStride]. 0 without inputs. Call after calibration.
 */
export function cellReadEnergyPj(
  { array, config, inputRange }: Pick<Crossbar, 'array' | 'config' | 'inputRange'>,
  inputs: Float32Array,
  cells: Float32Array,
): number {
  const { rows } = array;
  const drive = crossbarDrive(config, inputRange!);
  const most = Math.max(1, Math.floor(mostDrives / (rows * drive.cycles)));
  const count = Math.min(inputs.length / rows, most);
  if (count === 0) return 0;
  const squares = new Float64Array(rows);
  for (let input = 0; input < count; input++) {
    for (let cycle = 0; cycle < drive.cycles; cycle++) {
      const volts = rowVolts({ array, x: inputs, drive }, input, cycle);
      for (let row = 0; row < rows; row++) squares[row]! += volts[row]! ** 2;
    }
  }
  const conductances = rowConductances(array, cells);
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += squares[row]! * conductances[row]!;
  const meanFj = (sum * config.integrationNs) / (rows * count * drive.cycles);
  return meanFj * 1e-3;
}

/** Mean conductance (uS) of each row's cells, over chips, slices, sides and columns. */
function rowConductances(array: Crossbar['array'], cells: Float32Array): Float64Array {
  const { rows, chips } = array;
  const { slices, sides, physicalColumns, cellStride } = crossbarSizes(array);
  const sums = new Float64Array(rows);
  for (let chip = 0; chip < chips; chip++) {
    for (let plane = 0; plane < slices * sides; plane++) {
      for (let row = 0; row < rows; row++) {
        const from = chip * cellStride + (plane * rows + row) * physicalColumns;
        let sum = 0;
        for (let column = 0; column < physicalColumns; column++) sum += cells[from + column]!;
        sums[row]! += sum;
      }
    }
  }
  return sums.map((sum) => sum / (chips * slices * sides * physicalColumns));
}
