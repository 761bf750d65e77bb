import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { crossbarArray } from '../../src/accelerator/crossbar-mapping.ts';
import { crossbarDrive, inputRange, outputScale, plainColumnRanges } from '../../src/accelerator/crossbar-ranges.ts';
import { converterGrid } from '../../src/device/converter.ts';
import { crossbarMvmReference } from '../../src/reference/crossbar-mvm.ts';
import { crossbarProgramReference, storedColumnSums } from '../../src/reference/crossbar-program.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { type CrossbarExample, crossbarExamples, expectedProducts } from '../support/crossbar-settings.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const weightMax = 1.5;

function valuesOf({ rows, columns, inputs, salt, config }: CrossbarExample) {
  const weights = normals(rows * columns, salt);
  const x = normals(inputs * rows, salt + 1).map((value) => (config.signedInputs ? value : Math.abs(value)));
  return { weights, x };
}

function check(y: ArrayLike<number>, expected: ReturnType<typeof expectedProducts>): void {
  expect(y.length).toBe(expected.y.length);
  expected.y.forEach((value, at) => {
    expect(Math.abs(y[at]! - value), `[${at}] is ${y[at]}, expected ${value}`).toBeLessThanOrEqual(expected.allowed);
  });
}

it('the reference gives the product in every mapping, tiling and input form', () => {
  fc.assert(
    fc.property(crossbarExamples, (example) => {
      const { weights, x } = valuesOf(example);
      const config = resolveCrossbar(example.config);
      const array = crossbarArray(config, { rows: example.rows, columns: example.columns, chips: 1, weightMax });
      const range = inputRange(config, x);
      const drive = crossbarDrive(config, range);
      const grids = plainColumnRanges(config, array)!.map((own) => converterGrid({ ...config.adc, range: own }));
      const draws = { seed: 1, firstChip: 0, firstEvent: 0 };
      const readout = { ...draws, noisy: false, rounding: 0, sliceRadix: 2 ** array.sliceBits };
      const { y } = crossbarMvmReference({
        array,
        cells: crossbarProgramReference(array, { ...draws, nominal: true }, weights),
        x,
        drive,
        grids,
        readout: { ...readout, ...outputScale(config, array, drive) },
        ...(drive.shift === undefined
          ? {}
          : { constants: storedColumnSums(array, weights).map((sum) => drive.shift! * sum) }),
      });
      check(y, expectedProducts(config, array, range, grids, x, weights, 2 ** -51));
    }),
    { numRuns: 200 },
  );
});

it('the GPU gives the product in every mapping, tiling and input form', async () => {
  const gpu = await nodeGpu();
  await fc.assert(
    fc.asyncProperty(crossbarExamples, async (example) => {
      const { weights, x } = valuesOf(example);
      const { rows, columns, config } = example;
      const run = await runCrossbar(gpu, {
        weights: { values: weights, rows, columns },
        inputs: x,
        config: { ...config, weightMax },
      });
      const array = crossbarArray(run.config, { rows, columns, chips: 1, weightMax });
      const expected = expectedProducts(run.config, array, run.inputRange, run.columnGrids, x, weights, 2 ** -23);
      check(run.outputs.values, expected);
    }),
    { numRuns: 40 },
  );
}, 60_000);
