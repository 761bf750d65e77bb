import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { InputCycles } from '../device/input-cycles.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import type { CrossbarWindow } from './crossbar-mvm.ts';

/** What is taken away from products, and added to them, in digits. */
export interface CrossbarCorrection {
  /** Output units per volt of the sum of a first cycle's row voltages (0 = none), and what each further cycle of a pass counts. */
  readonly offsetPerVolt: number;
  readonly cycleRadix: number;
  /** Whether every column gets a constant. */
  readonly hasConstants: boolean;
}

/**
 * Plans the digital correction after the read-out. Binds `total` as the drive left it, `constants` [columns] (any tensor where there
 * are none) and `y` [all chips, all inputs, columns], of which the window's part is changed.
 */
export function planCrossbarCorrect(
  array: CrossbarArray,
  input: InputCycles,
  window: CrossbarWindow,
  correction: CrossbarCorrection,
): Launch {
  const { tiles } = crossbarSizes(array);
  const items = window.inputs * array.columns;
  const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
  const cycles = correction.offsetPerVolt === 0 ? 0 : input.cycles;
  return {
    program: shaders['crossbar-correct'],
    entry: 'main',
    constants: { CONSTANTS: correction.hasConstants ? 1 : 0 },
    params: {
      columns: array.columns,
      inputs: window.inputs,
      all_inputs: window.allInputs,
      first_input: window.firstInput,
      first_chip: window.firstChip,
      cycles,
      pass_cycles: input.cycles / input.passes,
      tiles,
      items,
      grid_x: gridX,
      offset_per_volt: correction.offsetPerVolt,
      cycle_radix: correction.cycleRadix,
    },
    workgroups: [gridX, gridY, window.chips],
    elements: {
      total: cycles * tiles * window.inputs,
      constants: correction.hasConstants ? array.columns : 0,
      y: (window.firstChip + window.chips) * window.allInputs * array.columns,
    },
  };
}
