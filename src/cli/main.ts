import { Command, CommanderError } from 'commander';
import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { removePartialFiles } from '../node/write-file.ts';
import { quote } from '../quote.ts';
import { version } from '../version.ts';
import { attendCommand } from './commands/attend.ts';
import { crossbarCommand } from './commands/crossbar.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { schemaCommand } from './commands/schema.ts';
import { validateCommand } from './commands/validate.ts';
import { exitCode, explainFailure } from './failure.ts';

/** Runs the command line with the arguments after the program's name and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const debug = args.includes('--debug');
  try {
    await program().parseAsync([...args], { from: 'user' });
    return exitCode.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.done;
    const { text, code } = explainFailure(error instanceof CommanderError ? usageError(error) : error, debug);
    process.stderr.write(`${text}\n`);
    return code;
  }
}

/** Stops on Ctrl-C: partial files are removed, and the code is 130 (143 for a polite kill). */
export function stopOnSignals(): void {
  for (const [signal, code] of [['SIGINT', exitCode.interrupted] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => {
      removePartialFiles();
      // A progress bar may have hidden the cursor and switched off wrapping.
      if (process.stderr.isTTY) process.stderr.write('\u001b[?25h\u001b[?7h\n');
      process.exit(code);
    });
  }
}

function program(): Command {
  const root = new Command('cim-attention')
    .description('Simulates compute-in-memory accelerators for sparse attention on WebGPU, and counts what they cost.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      '\nStart with: cim-attention doctor, then cim-attention evaluate. Exit codes: 0 done, 1 failed, 2 wrong input.',
    );
  const commands = [
    evaluateCommand(),
    attendCommand(),
    crossbarCommand(),
    validateCommand(),
    doctorCommand(),
    schemaCommand(),
  ];
  for (const command of commands) {
    command
      .option('--quiet', 'no progress on stderr')
      .option('--debug', 'print the stack and the causes of an error')
      .helpOption('--help', 'print this help')
      .allowExcessArguments(false);
    root.addCommand(command);
  }
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      // The error is printed once, by `main`.
      .configureOutput({ outputError: () => {}, ...(command === root ? { writeErr: () => {} } : {}) });
  }
  root.allowExcessArguments(true).action(() => {
    const names = root.commands.map((command) => command.name());
    const [given] = root.args;
    const near = given === undefined ? [] : nearNames(given, names, 1);
    const what = given === undefined ? 'no command is given' : `there is no command ${quote(given)}`;
    const hint = near.length > 0 ? `; did you mean ${near[0]}?` : '';
    throw fail('USAGE', what, `use one of ${names.join(', ')}, or --help${hint}`);
  });
  return root;
}

function usageError(error: CommanderError): Error {
  if (error.code === 'commander.help') {
    return fail('USAGE', 'help is asked for a command that there is not', 'see cim-attention --help', error);
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');
  return fail('USAGE', message, 'see cim-attention --help, or --help after a command', error);
}
