import { Command } from 'commander';
import { allFaultNames } from '../../accelerator/crossbar-faults.ts';
import { fail } from '../../errors.ts';
import { type Generator, generators } from '../../generator.ts';
import { encodeSafetensors, type TensorToWrite } from '../../model/safetensors-write.ts';
import { writeFileAtomic } from '../../node/write-file.ts';
import { quote } from '../../quote.ts';
import type { CrossbarResult } from '../../study/crossbar-run.ts';
import { formatQuantity } from '../../study/report/scale-unit.ts';
import { schemaVersion } from '../../study/result.ts';
import { version } from '../../version.ts';
import { type CommonOptions, oneName, pathOption, wholeOption } from '../options.ts';
import { checkRank, type HostTensor, readTensors } from '../read-tensors.ts';

interface CrossbarOptions extends CommonOptions {
  readonly input: string;
  readonly output: string;
  readonly config?: string;
  readonly seed?: number;
  readonly generator?: Generator;
  readonly chips?: number;
  readonly firstChip?: number;
  readonly json?: string;
}

/** `crossbar`: programs given weights into a simulated array and multiplies given inputs. */
export function crossbarCommand(): Command {
  return new Command('crossbar')
    .description('program weights into a simulated array and multiply inputs')
    .requiredOption(
      '--input <file>',
      'weights [rows, columns] and inputs [n, rows]; maps of stuck cells, if any, as faults_pos, faults_neg or faults',
      pathOption('--input'),
    )
    .requiredOption('--output <file>', 'gets outputs [n, columns] and the conductances (uS)', pathOption('--output'))
    .option('--config <file>', 'JSON settings; see the command schema', pathOption('--config'))
    .option('--seed <s>', 'seed of every random draw (default: 1)', wholeOption('--seed', 0, 2 ** 32 - 1))
    .option(
      '--generator <name>',
      'what shaders draw with: pcg4d or philox (default: pcg4d)',
      oneName('--generator', generators),
    )
    .option('--chips <n>', 'simulated chips (default: 1)', wholeOption('--chips', 1, 1024))
    .option(
      '--first-chip <i>',
      'index of the first chip; a chip is the same in every population that has its index (default: 0)',
      wholeOption('--first-chip', 0, 2 ** 32 - 1024),
    )
    .option('--json <file>', 'write configuration and counts as JSON', pathOption('--json'))
    .action(run);
}

async function run(options: CrossbarOptions): Promise<void> {
  const { checkOutputs } = await import('../outputs.ts');
  const { readConfig } = await import('../config-file.ts');
  await checkOutputs(
    { '--output': options.output, '--json': options.json },
    { '--input': options.input, '--config': options.config },
  );
  const config = await readConfig(options.config, options);
  const { weights, inputs, optional } = await readTensors(options.input, ['weights', 'inputs'], [], allFaultNames);
  checkRank(options.input, 'weights', weights, [2], 'the shape [rows, columns]');
  checkRank(options.input, 'inputs', inputs, [2], 'the shape [n, rows]');
  const [rows, columns] = weights.shape as [number, number];
  if (inputs.shape[1] !== rows) {
    const what = `${quote(options.input)} has weights [${weights.shape}] and inputs [${inputs.shape}]`;
    throw fail('TENSOR_SHAPE', what, `give inputs of ${rows} values each`);
  }
  const { withGpu } = await import('../with-gpu.ts');
  const { runCrossbar } = await import('../../study/crossbar-run.ts');
  const start = performance.now();
  const { result, adapter } = await withGpu(
    async (gpu) => ({
      result: await runCrossbar(gpu, {
        weights: { values: weights.data, rows, columns },
        inputs: inputs.data,
        config: config.crossbar,
        seed: config.seed,
        profile: options.json !== undefined,
        ...(config.chips > 1 ? { chips: config.chips } : {}),
        firstChip: options.firstChip,
        faults: mapsOf(optional),
      }),
      adapter: gpu.adapter,
    }),
    { generator: config.generator },
  );
  const results = { outputs: result.outputs, ...result.conductances, ...result.effectives };
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, { shape, values }] of Object.entries(results)) {
    tensors[name] = { dtype: 'F32', shape, data: values };
  }
  const summary = {
    schemaVersion,
    command: 'crossbar',
    version,
    config: result.config,
    inputRange: result.inputRange,
    columnGrids: result.columnGrids,
    profile: result.profile,
    seed: config.seed,
    generator: config.generator,
    chips: config.chips,
    firstChip: options.firstChip ?? 0,
    adapter,
    memory: result.memory,
    counts: result.counts,
    ...costOf(result),
    timing: { wallMs: performance.now() - start },
  };
  await writeFileAtomic(options.output, encodeSafetensors(tensors));
  if (options.json !== undefined) await writeFileAtomic(options.json, `${JSON.stringify(summary, null, 2)}\n`);
  if (options.quiet || options.json === '/dev/stdout') return;
  const array = `${rows} x ${columns} weights on ${result.config.device.name} cells`;
  process.stdout.write(`crossbar: ${inputs.shape[0]} inputs through ${array}; wrote ${options.output}\n`);
  process.stdout.write(`${costLine(result)}\n`);
}

const mapsOf = (maps: Readonly<Record<string, HostTensor>>) =>
  Object.fromEntries(Object.entries(maps).map(([name, { shape, data }]) => [name, { shape, values: data }]));

/** What a chip costs, as the JSON has it. */
function costOf({ ledger, elasticities }: CrossbarResult) {
  const { technology, energy, setupEnergy, setupNs, latency, area, figures, endurance } = ledger;
  const priced = { energy, setupEnergy, setupNs, latency, area, figures, elasticities, endurance };
  return { technology: technology.name, ...priced, costTable: technology };
}

function costLine({ ledger, config }: CrossbarResult): string {
  const value = (name: string) => ledger.figures.find((figure) => figure.name === name)?.value as number | undefined;
  const priced = config.adc.bits === 0 ? 'analog read-out' : `converters by the model ${config.cost.adcModel}`;
  const energyPj = value('energy per input');
  const latencyNs = value('latency per input, stages overlapped');
  const area = formatQuantity(value('area')! * 1e6, 'um2');
  const perInput =
    energyPj === undefined || latencyNs === undefined
      ? ''
      : `${formatQuantity(energyPj, 'pJ')} and ${formatQuantity(latencyNs, 'ns')} per input, `;
  return `predicted: ${perInput}${area} a chip, ${priced}`;
}
