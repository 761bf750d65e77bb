import { Command } from 'commander';
import { fail } from '../../errors.ts';
import { quote } from '../../quote.ts';
import type { EvaluatedRuns } from '../../study/validation/evaluated.ts';
import { type CommonOptions, pathOption } from '../options.ts';

interface ValidateOptions extends CommonOptions {
  readonly json?: string;
  readonly evaluated?: string;
}

/** `validate`: every published headline, what this package gives for it now, and why the two differ. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('every published headline, what the models here give for it, and where that stands')
    .option('--json <file>', 'write every row as JSON', pathOption('--json'))
    .option('--evaluated <file>', 'take measured losses from what evaluate --json wrote', pathOption('--evaluated'))
    .action(run);
}

async function run(options: ValidateOptions): Promise<void> {
  const { checkOutputs } = await import('../outputs.ts');
  await checkOutputs({ '--json': options.json }, { '--evaluated': options.evaluated });
  const evaluated = options.evaluated === undefined ? undefined : await readEvaluated(options.evaluated);
  const { validate } = await import('../../study/validate.ts');
  const result = validate(evaluated);
  if (options.json !== undefined) {
    const { writeFileAtomic } = await import('../../node/write-file.ts');
    await writeFileAtomic(options.json, `${JSON.stringify(result, null, 2)}\n`);
  }
  if (options.json === '/dev/stdout') return;
  const { validationText } = await import('../validation-text.ts');
  process.stdout.write(validationText(result));
}

async function readEvaluated(path: string): Promise<EvaluatedRuns> {
  const { readText } = await import('../../model/byte-source.ts');
  const { openFile } = await import('../../node/file-source.ts');
  const { parseEvaluated } = await import('../../study/validation/evaluated.ts');
  const source = await openFile(path);
  try {
    return parseEvaluated(parseJson(await readText(source), path), path);
  } finally {
    await source.close();
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail('EVALUATED', `${quote(path)} is no JSON`, 'give the file that evaluate --json has written', cause);
  }
}
