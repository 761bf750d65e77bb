/** `npm run bench`: every kernel against what this adapter can do at most. */
import { Command, CommanderError } from 'commander';
import { explainFailure } from '../src/cli/failure.ts';
import { oneName } from '../src/cli/options.ts';
import { checkOutputs } from '../src/cli/outputs.ts';
import { withGpu } from '../src/cli/with-gpu.ts';
import { fail } from '../src/errors.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { nearNames } from '../src/near-names.ts';
import { writeFileAtomic } from '../src/node/write-file.ts';
import { stampClock } from './clock.ts';
import { comparisonTable, readResult } from './compare.ts';
import { compileTable, timeCompiles } from './compile.ts';
import { benchKernels } from './kernels.ts';
import { timestampStep } from './overheads.ts';
import { kindsOf } from './peers/plan.ts';
import { isPeersBroken, peersTable } from './peers/table.ts';
import { withoutSubgroups } from './plain-device.ts';
import { isBroken, runBench } from './run.ts';
import { usualPatience } from './slope.ts';
import { benchTable } from './table.ts';

interface Options {
  readonly json?: string;
  readonly scale?: number;
  readonly host?: boolean;
  readonly compare?: readonly string[];
  readonly compile?: boolean;
  readonly peers?: boolean;
  readonly only?: string;
  readonly quick?: boolean;
  readonly subgroups: boolean;
  readonly clock: 'host' | 'gpu';
  readonly debug?: boolean;
}

const program = new Command('bench')
  .description("Times kernels, checks their results, and compares them with this adapter's own measured peaks.")
  .argument('[kernels...]', 'names of kernels; default all')
  .option('--json <file>', 'write everything that was measured as JSON')
  .option('--scale <n>', 'multiplies the sizes; default 1 on a software adapter, 16 on a GPU', wholeNumber)
  .option('--host', 'time what runs on the host instead: parsing, planning, recording')
  .option('--compare <files...>', 'print the ratios of two results, A.json B.json, instead')
  .option('--compile', 'time how long each pipeline takes to compile instead')
  .option('--peers', 'compare with onnxruntime-web, TensorFlow.js and jax-js on the same adapter instead')
  .option('--only <workloads>', 'with --peers: some of the workloads, for example matmul,top-k')
  .option('--quick', 'with --peers: smaller sizes')
  .option('--no-subgroups', 'use a device without subgroups')
  .option(
    '--clock <name>',
    'host, or gpu: timestamps of the device at both ends of a pass',
    oneName('--clock', ['host', 'gpu'] as const),
    'host',
  )
  .option('--debug', 'print the stack and the causes of an error')
  .exitOverride()
  // The error is printed once, below.
  .configureOutput({ outputError: () => {} })
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    const shown = error instanceof CommanderError ? fail('USAGE', error.message, 'see --help', error) : error;
    const { text, code } = explainFailure(shown, process.argv.includes('--debug'));
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
}

async function run(names: readonly string[], options: Options): Promise<void> {
  const other = (['host', 'compare', 'compile', 'peers'] as const).find((name) => options[name]);
  if (options.clock === 'gpu' && other)
    throw fail(
      'USAGE',
      `--clock gpu with --${other}`,
      'leave one of them out: timestamps are taken of our kernels only',
    );
  if (options.host) {
    const { hostSuite } = await import('./host.bench.ts');
    await hostSuite((line) => process.stdout.write(`${line}\n`));
    return;
  }
  if (options.compare) {
    await compareFiles(options.compare);
    return;
  }
  await checkOutputs({ '--json': options.json }, {});
  if (options.peers) {
    await comparePeers(options);
    return;
  }
  checkNames(names);
  const withDevice = options.subgroups ? withGpu : withoutSubgroups;
  const wantedOn = (gpu: Gpu) => {
    const kernels = benchKernels(options.scale ?? (gpu.adapter.class === 'hardware' ? 16 : 1));
    return kernels.filter(({ name }) => names.length === 0 || names.includes(name));
  };
  if (options.compile) {
    const step = (name: string) => process.stderr.write(`compiling ${name}\n`);
    const [adapter, compiled] = await withDevice(
      async (gpu) => [gpu.adapter.description, await timeCompiles(gpu, wantedOn(gpu), step)] as const,
    );
    await write(options.json, { adapter, compiled }, compileTable(adapter, compiled));
    return;
  }
  const result = await withDevice(async (gpu) => {
    const clock = options.clock === 'gpu' ? stampClock((await timestampStep(gpu)).timestampNs) : undefined;
    const step = (name: string) => process.stderr.write(`measuring ${name}\n`);
    return runBench(gpu, wantedOn(gpu), step, usualPatience, clock);
  });
  await write(options.json, result, benchTable(result));
  if (isBroken(result)) process.exitCode = 1;
}

async function compareFiles(files: readonly string[]): Promise<void> {
  if (files.length !== 2)
    throw fail('USAGE', `--compare was given ${files.length} files`, 'give two: --compare A.json B.json');
  const [a, b] = await Promise.all(files.map(readResult));
  process.stdout.write(comparisonTable(a!, b!));
}

async function comparePeers({ json, only, quick = false, subgroups }: Options): Promise<void> {
  const kinds = kindsOf(only);
  const { runPeers } = await import('./peers/run.ts');
  // What is there already is kept when a run of many minutes is cut off.
  const result = await runPeers(
    { kinds, quick, subgroups },
    (text) => process.stderr.write(`${text}\n`),
    (part) => writeJson(json === '/dev/stdout' ? undefined : json, part),
  );
  await write(json, result, peersTable(result));
  // The peers keep their devices and timers; nothing of ours is left to wait for.
  process.exit(isPeersBroken(result) ? 1 : 0);
}

async function write(file: string | undefined, result: unknown, table: string): Promise<void> {
  await writeJson(file, result);
  if (file !== '/dev/stdout') process.stdout.write(table);
}

async function writeJson(file: string | undefined, result: unknown): Promise<void> {
  if (file !== undefined) await writeFileAtomic(file, `${JSON.stringify(result, null, 2)}\n`);
}

function checkNames(names: readonly string[]): void {
  const known = benchKernels(1).map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const [near] = nearNames(name, known, 1);
    const fix = near === undefined ? `use some of ${known.join(', ')}` : `did you mean ${near}?`;
    throw fail('BENCH_KERNEL', `no kernel is called "${name}"`, fix);
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw fail('BENCH_SCALE', `the scale is "${text}"`, 'use a whole number from 1');
  return value;
}
