import { conversionsOf, type InputCycles, sliceWeights } from '../device/input-cycles.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** Whether any cycles are joined before conversion, so that a launch is needed. */
export function joinsCycles(input: InputCycles): boolean {
  return conversionsOf(input).cycles < input.cycles;
}

/**
 * Plans the sums before conversion over `lines` x cycles x `values`. Binds `cycle_values` [lines, cycles, values] and `joined`
 * [lines, conversions, values]. `squared` weighs variances.
 */
export function planCrossbarJoin(input: InputCycles, lines: number, values: number, squared: boolean): Launch {
  const { cycles, passes } = conversionsOf(input);
  const slices = input.cycles / input.passes;
  const { first, radix } = sliceWeights(input);
  const items = cycles * values;
  const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
  return {
    program: shaders['crossbar-join'],
    entry: 'main',
    constants: { SQUARED: squared ? 1 : 0 },
    params: {
      items,
      grid_x: gridX,
      values,
      cycles: input.cycles,
      slices,
      conversions_per_pass: cycles / passes,
      joined_passes: input.joinsPasses ? input.passes : 1,
      joined_slices: input.joinsSlices ? slices : 1,
      first_weight: input.joinsSlices ? first : 1,
      radix,
    },
    workgroups: [gridX, gridY, lines],
    elements: { cycle_values: lines * input.cycles * values, joined: lines * items },
  };
}
