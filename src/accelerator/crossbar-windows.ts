import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { type CrossbarWindow, currentElements } from '../kernel/crossbar-mvm.ts';

// Currents of one window: 64 MiB, half of what every device allows in one binding.
const mostElements = 2 ** 24;
const mostParts = 65535;

/** Cuts chips x inputs into parts whose currents fit in memory; the first part is the largest. Results do not depend on the cut. */
export function crossbarWindows(array: CrossbarArray, cycles: number, inputs: number): readonly CrossbarWindow[] {
  const { slices, tiles, paddedRows } = crossbarSizes(array);
  const perChip = currentElements(array, cycles, 1, 1);
  const chips = clamp(
    Math.min(mostElements / (perChip * Math.min(inputs, 64)), mostParts / (slices * cycles * tiles)),
    array.chips,
  );
  const most = clamp(mostElements / Math.max(perChip * chips, cycles * paddedRows), inputs);
  const windows: CrossbarWindow[] = [];
  for (let firstChip = 0; firstChip < array.chips; firstChip += chips) {
    for (let firstInput = 0; firstInput < inputs; firstInput += most) {
      windows.push({
        firstChip,
        chips: Math.min(chips, array.chips - firstChip),
        firstInput,
        inputs: Math.min(most, inputs - firstInput),
        allInputs: inputs,
      });
    }
  }
  return windows;
}

const clamp = (value: number, most: number) => Math.max(1, Math.min(most, Math.floor(value)));
