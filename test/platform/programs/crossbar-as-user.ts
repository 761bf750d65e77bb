import type * as Entry from '../../../src/index.ts';

/** What a multiplication gave beside what it should give. */
export interface CrossbarOutcome {
  readonly outputs: readonly number[];
  readonly expected: readonly number[];
  readonly counts: Entry.Counts;
  readonly runtime: string;
  readonly refusal: string;
}

/** Opens a device and multiplies on an ideal crossbar through the package's public names alone; JSON of a `CrossbarOutcome`. */
export async function multiplyAsUser({ openDevice, runCrossbar, CimError }: typeof Entry, gpu: GPU): Promise<string> {
  const device = await openDevice({ gpu });
  const [rows, columns, count] = [5, 3, 2];
  const weights = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) / 8 - 0.5);
  const inputs = Float32Array.from({ length: count * rows }, (_, i) => ((i * 5) % 7) / 4 - 0.75);
  const job = { weights: { values: weights, rows, columns }, inputs };
  const { outputs, counts } = await runCrossbar(device, job);
  const refusal = await runCrossbar(device, { ...job, inputs: inputs.subarray(1) }).then(
    () => 'none',
    (error: unknown) => (error instanceof CimError ? error.code : 'an untyped error'),
  );
  const { runtime } = device.adapter;
  device.close();
  const expected = Array.from({ length: count * columns }, (_, at) => {
    const [input, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += inputs[input * rows + row]! * weights[row * columns + column]!;
    return sum;
  });
  const outcome: CrossbarOutcome = { outputs: [...outputs.values], expected, counts, runtime, refusal };
  return JSON.stringify(outcome);
}
