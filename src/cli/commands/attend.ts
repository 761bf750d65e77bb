import { Command } from 'commander';
import { fail } from '../../errors.ts';
import { type Generator, generators } from '../../generator.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { sameShape } from '../../model/safetensors.ts';
import { encodeSafetensors } from '../../model/safetensors-write.ts';
import { writeFileAtomic } from '../../node/write-file.ts';
import { quote } from '../../quote.ts';
import type { StudyConfig } from '../../study/config.ts';
import { type AcceleratorName, planAccelerator } from '../../study/plans/plan-accelerator.ts';
import { type AcceleratorChoice, type AttendOutput, type DenseChoice, schemaVersion } from '../../study/result.ts';
import { version } from '../../version.ts';
import { type CommonOptions, oneName, pathOption, wholeOption } from '../options.ts';
import { readProjections } from '../read-projections.ts';
import { checkRank, type HostTensor, readTensors } from '../read-tensors.ts';

const accelerators = [
  'dense',
  'hardsea',
  'sprint',
  'charge',
  'butterfly',
] as const satisfies readonly AcceleratorName[];

interface AttendOptions extends CommonOptions {
  readonly accelerator: (typeof accelerators)[number];
  readonly input: string;
  readonly output: string;
  readonly causal?: boolean;
  readonly config?: string;
  readonly seed?: number;
  readonly generator?: Generator;
  readonly chips?: number;
  readonly tune?: boolean;
  readonly json?: string;
}

/** `attend`: one attention call on given tensors. */
export function attendCommand(): Command {
  return new Command('attend')
    .description('one attention call on tensors of a safetensors file')
    .requiredOption('--accelerator <name>', accelerators.join(' or '), oneName('--accelerator', accelerators))
    .requiredOption(
      '--input <file>',
      'q, k, v: [heads, tokens, dim] or [batch, heads, tokens, dim]; sprint and charge: lengths U32 [batch], if padded; butterfly: x [batch, tokens, model] with wq, wk, wv [model, heads*dim]',
      pathOption('--input'),
    )
    .requiredOption('--output <file>', 'gets out, selection and kept', pathOption('--output'))
    .option('--causal', 'a query sees no later key')
    .option('--config <file>', 'JSON settings; see the command schema', pathOption('--config'))
    .option('--seed <s>', 'seed of every random draw (default: 1)', wholeOption('--seed', 0, 2 ** 32 - 1))
    .option(
      '--generator <name>',
      'what shaders draw with: pcg4d or philox (default: pcg4d)',
      oneName('--generator', generators),
    )
    .option('--chips <n>', 'simulated chips (default: 1)', wholeOption('--chips', 1, 1024))
    .option('--tune', 'measure once which shaders are the fastest here')
    .option('--json <file>', 'write counts and figures as JSON', pathOption('--json'))
    .action(run);
}

async function run(options: AttendOptions): Promise<void> {
  const { checkApart, checkOutputs } = await import('../outputs.ts');
  const { readConfig } = await import('../config-file.ts');
  const outputs = { '--output': options.output, '--json': options.json };
  await checkOutputs(outputs, { '--input': options.input, '--config': options.config });
  const config = await readConfig(options.config, options);
  const { openRunFiles, runFilesRead } = await import('../run-files.ts');
  await checkApart(outputs, runFilesRead(config));
  const { chooseAccelerator } = await import('../../study/plan-runs.ts');
  const { withGpu } = await import('../with-gpu.ts');
  const files = await openRunFiles(config, config.causal);
  const { accelerator } = options;
  const choice = accelerator === 'dense' ? { accelerator, config: {} } : chooseAccelerator(config, accelerator, files);
  const { sizes, outShape, compute } = await readCall(options.input, choice, config).catch(async (cause) => {
    await files.close();
    throw cause;
  });
  const { output, adapter } = await withGpu(
    async (gpu) => ({
      output: await compute(gpu),
      adapter: gpu.adapter,
    }),
    { generator: config.generator, tune: options.tune },
  ).finally(() => files.close());
  const chips = config.chips > 1 ? [config.chips] : [];
  const rows = [...chips, sizes.batch, sizes.heads, sizes.queries];
  const bytes = encodeSafetensors({
    out: { dtype: 'F32', shape: [...chips, ...outShape], data: output.out },
    selection: { dtype: 'U32', shape: [...rows, Math.ceil(sizes.keys / 32)], data: output.selection },
    kept: { dtype: 'U32', shape: rows, data: output.kept },
  });
  const summary = {
    schemaVersion,
    command: 'attend',
    version,
    accelerator,
    config: choice.accelerator === 'dense' ? {} : planAccelerator(choice).config,
    ...sizes,
    causal: config.causal,
    seed: config.seed,
    generator: config.generator,
    chips: config.chips,
    adapter,
    ...output.summary,
  };
  await writeFileAtomic(options.output, bytes);
  if (options.json !== undefined) await writeFileAtomic(options.json, `${JSON.stringify(summary, null, 2)}\n`);
  if (options.quiet || options.json === '/dev/stdout') return;
  const { keptShare, timing } = output.summary;
  process.stdout.write(
    `${options.accelerator}: kept ${(100 * keptShare).toFixed(1)} % of the visible pairs in ${timing.wallMs.toFixed(0)} ms; wrote ${options.output}\n`,
  );
}

/** A call that was read: what it works on, the shape of its output without chips, and how to compute it. */
interface Call {
  readonly sizes: Readonly<Record<'batch' | 'heads' | 'queries' | 'keys' | 'dim', number>>;
  readonly outShape: readonly number[];
  compute(gpu: Gpu): Promise<AttendOutput>;
}

async function readCall(path: string, choice: DenseChoice | AcceleratorChoice, config: StudyConfig): Promise<Call> {
  const { causal, chips, seed } = config;
  const run = { causal, chips, seed };
  if (choice.accelerator === 'butterfly') {
    const { attendButterfly } = await import('../../study/attend-butterfly.ts');
    const { input, sizes, outShape } = await readProjections(path, choice.config);
    return { sizes, outShape, compute: (gpu) => attendButterfly(gpu, { ...input, ...run }) };
  }
  const { attend } = await import('../../study/attend.ts');
  const padded = choice.accelerator === 'sprint' || choice.accelerator === 'charge';
  const { q, k, v, counts } = await readTensors(path, ['q', 'k', 'v'], padded ? ['lengths'] : []);
  const sizes = attendSizes(path, q, k, v);
  const lengths = counts['lengths'] ? { lengths: counts['lengths'] } : {};
  const input = { ...choice, ...lengths, q: q.data, k: k.data, v: v.data, ...sizes, ...run };
  return { sizes, outShape: q.shape, compute: (gpu) => attend(gpu, input) };
}

/** Sizes of the call, from tensors that must fit each other. Throws `TENSOR_SHAPE`. */
function attendSizes(path: string, q: HostTensor, k: HostTensor, v: HostTensor) {
  for (const [name, tensor] of Object.entries({ q, k, v })) {
    checkRank(path, name, tensor, [3, 4], 'the shape [heads, tokens, dim] or [batch, heads, tokens, dim]');
  }
  const shapes = `q [${q.shape}], k [${k.shape}] and v [${v.shape}]`;
  if (!sameShape(k.shape, v.shape)) throw misfit(path, shapes, 'give k and v the same shape');
  const tokens = q.shape.length - 2;
  const alike = q.shape.length === k.shape.length && q.shape.every((size, i) => i === tokens || size === k.shape[i]);
  if (!alike) throw misfit(path, shapes, 'give all three the same batch, heads and dim');
  const queries = q.shape[tokens]!;
  const keys = k.shape[tokens]!;
  if (keys < queries) throw misfit(path, shapes, `give at least as many keys as the ${queries} queries`);
  return { batch: tokens === 2 ? q.shape[0]! : 1, heads: q.shape[tokens - 1]!, queries, keys, dim: q.shape.at(-1)! };
}

const misfit = (path: string, shapes: string, fix: string) => fail('TENSOR_SHAPE', `${quote(path)} has ${shapes}`, fix);
