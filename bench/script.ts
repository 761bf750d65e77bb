import { explainFailure } from '../src/cli/failure.ts';
import { CimError, fail } from '../src/errors.ts';

/** Runs the work of a script. What is wrong with its arguments is one line on stderr and the exit code 2, as with the commands. */
export async function script(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const shown = isUsage(error) ? fail('USAGE', error.message, 'see the head of the script', error) : error;
    const { text, code } = explainFailure(shown, !(shown instanceof CimError));
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
}

/** Whether `parseArgs` refused the arguments. */
function isUsage(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
