import { CimError } from '../errors.ts';

/** Exit codes: 0 done, 1 the run failed, 2 the input or the usage is wrong, 130 stopped by Ctrl-C. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What goes to stderr for an error, and the exit code. With `debug` the stack and the chain of causes follow the one line. */
export function explainFailure(error: unknown, debug: boolean): { readonly text: string; readonly code: number } {
  const known = error instanceof CimError;
  const line = known
    ? `error[${error.code}]: ${oneLine(error.what)}; ${oneLine(error.fix)}`
    : `error[INTERNAL]: ${oneLine(messageOf(error))}; this is a defect: run again with --debug and report what it prints`;
  const code = known && error.kind === 'input' ? exitCode.usage : exitCode.failed;
  return { text: debug ? [line, ...chain(error)].join('\n') : line, code };
}

function* chain(error: unknown): Generator<string> {
  const seen = new Set<unknown>();
  for (let at = error; at !== undefined && !seen.has(at); at = (at as { cause?: unknown })?.cause) {
    yield `${seen.size === 0 ? 'at' : 'caused by'}: ${(at instanceof Error && at.stack) || messageOf(at)}`;
    seen.add(at);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
