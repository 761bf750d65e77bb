#!/usr/bin/env node
import { explainFailure } from './cli/failure.ts';
import { main, stopOnSignals } from './cli/main.ts';
import { broken } from './errors.ts';

stopOnSignals();
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  // The reader, such as `head`, has seen enough.
  if (cause.code === 'EPIPE') process.exit(0);
  const error = broken('OUTPUT_FAILED', `stdout cannot be written (${cause.code})`, 'free some space', cause);
  const { text, code } = explainFailure(error, process.argv.includes('--debug'));
  process.stderr.write(`${text}\n`);
  process.exit(code);
});
// Nobody reads the progress any more: no reason to stop.
process.stderr.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
