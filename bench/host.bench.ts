import Benchmark from 'benchmark';
import { cellModel } from '../src/device/cell.ts';
import { wtaModel } from '../src/device/time-domain.ts';
import { Batch } from '../src/gpu/batch.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { planDenseAttend } from '../src/kernel/dense-attend.ts';
import { planLinear } from '../src/kernel/linear.ts';
import { planPqEncode } from '../src/kernel/pq-encode.ts';
import { decodeF32 } from '../src/model/dtype.ts';
import { parseHeader } from '../src/model/safetensors-header.ts';
import { philox } from '../src/reference/rng.ts';
import { paperGpu } from '../test/support/paper-gpu.ts';

/** What the host does between GPU runs, by the wall clock; needs no adapter. `seconds` is the longest a case may take. */
export async function hostSuite(write: (line: string) => void, seconds = 1): Promise<void> {
  const suite = new Benchmark.Suite('host');
  let last: unknown;
  for (const [name, job] of Object.entries(hostCases())) {
    const keep = () => {
      last = job();
    };
    suite.add(name, keep, { maxTime: seconds });
  }
  suite.on('cycle', ({ target }: { target: Benchmark }) => {
    const { mean, rme, sample } = target.stats!;
    const time = mean < 1e-3 ? `${(mean * 1e6).toPrecision(3)} us` : `${(mean * 1e3).toPrecision(3)} ms`;
    write(`${target.name!.padEnd(44)} ${time.padStart(10)}  +-${rme.toFixed(1)} %  (${sample.length} samples)`);
  });
  await new Promise<void>((resolve, reject) => {
    suite.on('complete', () => {
      const failed = (suite.filter((one: Benchmark) => one.error !== undefined) as unknown as Benchmark[])[0];
      if (failed) reject(failed.error);
      else if (last === undefined) reject(new Error('the host suite made nothing'));
      else resolve();
    });
    suite.run({ async: true });
  });
}

/** The suite's jobs by name; each returns what it made, so that nothing is left out for being unused. */
export function hostCases(): Readonly<Record<string, () => unknown>> {
  const header = gpt2Header();
  const halves = Uint8Array.from({ length: 2 ** 17 }, (_, i) => (i * 37) & 0x7b);
  const { gpu } = paperGpu();
  const linear = { rows: 1024, columns: 768, inner: 768 };
  const tensors = linearTensors(gpu, linear);
  const encode = {
    ...{
      headCount: 12,
      heads: 12,
      windows: 1,
      chips: 1,
      tokens: 1024,
      dim: 64,
      subspaces: 8,
      centroids: 16,
      biasRows: 1,
    },
    ...{
      columns: 12 * 8 * 16,
      columnBase: 0,
      arrayBase: 0,
      dacBits: 8,
      cell: cellModel('generic'),
      wta: wtaModel('ideal'),
    },
  };
  const attend = { heads: 12, queries: 1024, keys: 1024, dim: 64, causal: true, operandBits: 32 } as const;
  let counter = 0;
  return {
    'read a safetensors header of 148 tensors': () =>
      parseHeader('made', header.json, header.dataStart, header.fileLength),
    'float16 to float32, 65,536 values': () => decodeF32('F16', halves),
    'bfloat16 to float32, 65,536 values': () => decodeF32('BF16', halves),
    'Philox on the host, 4 words': () => philox([counter++, 0, 0, 0], [1, 2]),
    'plan linear': () => planLinear(linear),
    'plan dense-attend': () => planDenseAttend(attend),
    'plan pq-encode': () => planPqEncode(encode),
    'record a batch of 100 linear layers': () => {
      const batch = new Batch(gpu, 'host');
      for (let i = 0; i < 100; i++) batch.run(planLinear(linear), tensors);
      return batch;
    },
  };
}

function linearTensors(gpu: Gpu, { rows, columns, inner }: { rows: number; columns: number; inner: number }) {
  return {
    x: gpu.empty('f32', [rows, inner]),
    w: gpu.empty('f32', [columns, inner]),
    bias: gpu.empty('f32', [columns]),
    y: gpu.empty('f32', [rows, columns]),
  };
}

/** A header as GPT-2 small's: 12 layers of 12 tensors and 4 more, with made-up shapes of 64 values. */
function gpt2Header(): { json: Uint8Array; dataStart: number; fileLength: number } {
  const names = Array.from({ length: 148 }, (_, i) => `transformer.h.${Math.floor(i / 12)}.part${i % 12}.weight`);
  const infos = names.map((name, i) => [name, { dtype: 'F16', shape: [8, 8], data_offsets: [i * 128, (i + 1) * 128] }]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(infos)));
  return { json, dataStart: 8 + json.length, fileLength: 8 + json.length + 148 * 128 };
}
