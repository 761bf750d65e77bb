import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import type { CrossbarWindow } from './crossbar-mvm.ts';

/** What is taken away from products in digits. */
export interface CrossbarCorrection {
  /** Output units per volt of the sum of a first cycle's row voltages, and what each further cycle counts. */
  readonly offsetPerVolt: number;
  readonly cycleRadix: number;
}

/**
 * Plans the digital correction after the read-out. Binds `total` as the drive left it and `y` [all chips, all inputs, columns],
 * of which the window's part is changed.
 */
export function planCrossbarCorrect(
  array: CrossbarArray,
  cycles: number,
  window: CrossbarWindow,
  correction: CrossbarCorrection,
): Launch {
  const { tiles } = crossbarSizes(array);
  const items = window.inputs * array.columns;
  const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
  return {
    program: shaders['crossbar-correct'],
    entry: 'main',
    constants: {},
    params: {
      columns: array.columns,
      inputs: window.inputs,
      all_inputs: window.allInputs,
      first_input: window.firstInput,
      first_chip: window.firstChip,
      cycles,
      tiles,
      items,
      grid_x: gridX,
      offset_per_volt: correction.offsetPerVolt,
      cycle_radix: correction.cycleRadix,
    },
    workgroups: [gridX, gridY, window.chips],
    elements: {
      total: cycles * tiles * window.inputs,
      y: (window.firstChip + window.chips) * window.allInputs * array.columns,
    },
  };
}
