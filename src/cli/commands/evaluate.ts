import { Command } from 'commander';
import type { Codebooks } from '../../accelerator/codebook.ts';
import { fail } from '../../errors.ts';
import { type Generator, generators } from '../../generator.ts';
import { writeFileAtomic } from '../../node/write-file.ts';
import { quote } from '../../quote.ts';
import type { AcceleratorName } from '../../study/plans/plan-accelerator.ts';
import { type CommonOptions, nameList, oneName, pathOption, shareList, wholeOption } from '../options.ts';
import type { RunFiles } from '../run-files.ts';

interface EvaluateOptions extends CommonOptions {
  readonly model?: string;
  readonly text?: string;
  readonly calibration?: string;
  readonly accelerator: readonly AcceleratorName[];
  readonly keepRatio?: readonly number[];
  readonly windows?: number;
  readonly device?: string;
  readonly chips?: number;
  readonly seed?: number;
  readonly generator?: Generator;
  readonly config?: string;
  readonly tune?: boolean;
  readonly json?: string;
  readonly report?: string;
  readonly saveCodebooks?: string;
}

/** `evaluate`: a model's loss with dense attention and with each accelerator, and what that costs. */
export function evaluateCommand(): Command {
  // Named here and not imported: the study is loaded when it is needed, so that --help is quick.
  const accelerators = [
    'dense',
    'hardsea',
    'sprint',
    'charge',
    'butterfly',
  ] as const satisfies readonly AcceleratorName[];
  return new Command('evaluate')
    .description("a model's loss, energy and latency with dense attention and with each accelerator")
    .option('--model <dir>', 'checkpoint: config.json, model.safetensors, tokenizer.json', pathOption('--model'))
    .option('--text <file>', 'UTF-8 text to evaluate (default: text.txt in or beside the model)', pathOption('--text'))
    .option('--calibration <file>', 'text to fit on (default: calibration.txt there)', pathOption('--calibration'))
    .option('--accelerator <names>', `any of ${accelerators.join(',')}`, nameList('--accelerator', accelerators), [
      ...accelerators,
    ])
    .option('--keep-ratio <list>', "shares of a row's tokens to keep, such as 0.12,0.33", shareList('--keep-ratio'))
    .option('--windows <n>', 'windows of the context length (default: 4)', wholeOption('--windows', 1, 65536))
    .option('--device <preset>', 'memory cell preset')
    .option('--chips <n>', 'simulated chips (default: 1)', wholeOption('--chips', 1, 1024))
    .option('--seed <s>', 'seed of every random draw (default: 1)', wholeOption('--seed', 0, 2 ** 32 - 1))
    .option(
      '--generator <name>',
      'what shaders draw with: pcg4d or philox (default: pcg4d)',
      oneName('--generator', generators),
    )
    .option('--config <file>', 'JSON settings; see the command schema', pathOption('--config'))
    .option('--tune', 'measure once which shaders are the fastest here')
    .option('--json <file>', 'write the result as JSON', pathOption('--json'))
    .option('--report <file>', 'write an HTML report (default: report.html without --json)', pathOption('--report'))
    .option('--save-codebooks <file>', 'write the fitted codebooks as safetensors', pathOption('--save-codebooks'))
    .action(run);
}

async function run(options: EvaluateOptions): Promise<void> {
  const { checkApart, checkOutputs } = await import('../outputs.ts');
  const { readConfig } = await import('../config-file.ts');
  const { defaultModelFolder, filesRead, findText, openModelFiles } = await import('../model-folder.ts');
  const { openRunFiles, runFilesRead } = await import('../run-files.ts');
  const { planRuns } = await import('../../study/plan-runs.ts');
  const { parseModelConfig } = await import('../../model/config.ts');
  const { readText } = await import('../../model/byte-source.ts');
  const { planAccelerator } = await import('../../study/plans/plan-accelerator.ts');

  const report = options.report ?? (options.json === undefined ? 'report.html' : undefined);
  const { text: textPath, calibration: calibrationPath, config: configPath } = options;
  const outputs = { '--json': options.json, '--report': report, '--save-codebooks': options.saveCodebooks };
  await checkOutputs(outputs, { '--text': textPath, '--calibration': calibrationPath, '--config': configPath });
  const config = await readConfig(configPath, options);
  const folder = options.model ?? defaultModelFolder();
  await checkApart(outputs, { ...runFilesRead(config, folder), ...filesRead(folder) });
  const model = await openModelFiles(folder);
  let files: RunFiles | undefined;
  try {
    const text = await findText(textPath, folder, 'text.txt');
    if (!text) throw fail('TEXT_MISSING', `there is no text.txt in or beside ${quote(folder)}`, 'give --text FILE');
    const calibration = await findText(calibrationPath, folder, 'calibration.txt');
    const { architecture } = parseModelConfig(await readText(model.config), model.config.name);
    files = await openRunFiles(config, architecture === 'gpt2', folder);
    const runs = planRuns(config, options.accelerator, { keepRatios: options.keepRatio, ...files });
    if (!calibration && runs.some((run) => planAccelerator(run).needsSamples)) {
      const what = `there is no calibration.txt in or beside ${quote(folder)}, and codebooks and thresholds are fitted on it`;
      throw fail('CALIBRATION_MISSING', what, 'give --calibration FILE, or codebooks and thresholds in --config');
    }
    if (options.saveCodebooks !== undefined && (files.codebooks || !options.accelerator.includes('hardsea'))) {
      const what = files.codebooks ? 'hardsea.codebooks brings trained ones' : 'no accelerator that needs them runs';
      throw fail('USAGE', `--save-codebooks has nothing to save: ${what}`, 'leave one of the two out');
    }
    const { withGpu } = await import('../with-gpu.ts');
    const { evaluate } = await import('../../study/evaluate.ts');
    const { progressView } = await import('../progress.ts');
    const progress = progressView(options.quiet ?? false);
    let fitted: Codebooks | undefined;
    const input = {
      model,
      text,
      calibration,
      windows: config.windows,
      seed: config.seed,
      runs,
      maps: report !== undefined,
      onCodebooks: (books: Codebooks) => {
        fitted = books;
      },
    };
    const result = await withGpu((gpu) => evaluate(gpu, input, progress.onProgress), {
      generator: config.generator,
      tune: options.tune,
    }).finally(progress.close);
    if (options.json !== undefined) await writeFileAtomic(options.json, `${JSON.stringify(result, null, 2)}\n`);
    if (options.saveCodebooks !== undefined && fitted) {
      const { encodeCodebooks } = await import('../../study/codebook-file.ts');
      await writeFileAtomic(options.saveCodebooks, encodeCodebooks(fitted));
    }
    if (report !== undefined) {
      const { renderReport } = await import('../../study/report/render.ts');
      await writeFileAtomic(report, await renderReport(result));
    }
    // A table after the JSON would spoil it for whoever reads the stream.
    if (options.json !== '/dev/stdout') {
      const { evaluateTable } = await import('../format-table.ts');
      process.stdout.write(evaluateTable(result));
    }
    if (report !== undefined && !options.quiet) process.stderr.write(`report: ${report}\n`);
  } finally {
    await files?.close();
    await model.close();
  }
}
