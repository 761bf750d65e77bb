import { cellModel } from '../../src/device/cell.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { planCrossbarFaults } from '../../src/kernel/crossbar-faults.ts';
import { crossbarFaultsReference } from '../../src/reference/crossbar-faults.ts';
import { assertEqual, type KernelCase, normals } from '../support/kernel-case.ts';

/** Stuck cells of a map at the edges of lanes and workgroups, for all chips alike and for each its own. */
export const crossbarFaultsCases: readonly KernelCase[] = [1, 3, 4, 5, 255, 256, 257].flatMap((columns) =>
  [false, true].map((perChip) => faultsCase(columns, perChip)),
);

function faultsCase(columns: number, perChip: boolean): KernelCase {
  const name = `crossbar faults ${columns} columns, ${perChip ? 'a map for each chip' : 'one map'}`;
  return {
    name,
    async run(gpu) {
      const cell = cellModel({ preset: 'generic', clampUs: [2, 90] });
      const weights = { mapping: 'offset', weightBits: 0, sliceBits: 0, weightMax: 1 } as const;
      const array: CrossbarArray = { rows: 1, columns, chips: 3, ...weights, tileRows: 1, cell };
      const { cellStride } = crossbarSizes(array);
      const maps = perChip ? 3 : 1;
      const codes = Uint8Array.from(normals(maps * cellStride, 3), (x) => (x < -0.5 ? 1 : x > 0.7 ? 2 : 0));
      const before = normals(3 * cellStride, 4);
      const conductance = gpu.tensor(before);
      const batch = gpu
        .batch()
        .run(planCrossbarFaults(array, perChip), { faults: gpu.tensor(new Uint32Array(codes.buffer)), conductance });
      const reading = batch.read<Float32Array>(conductance);
      await batch.submit();
      const all = Array.from(before, (_, i) => codes[perChip ? i : i % cellStride]!);
      assertEqual(reading.values(), crossbarFaultsReference(cell, before, all), name);
    },
  };
}
