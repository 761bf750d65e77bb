/** Whose fault an error is: `input` (nothing was run, nothing written; exit code 2) or `run` (exit code 1). */
export type ErrorKind = 'input' | 'run';

/** Every error this package throws on purpose: a stable code, what is wrong with its numbers, and what to do. */
export class CimError extends Error {
  override readonly name = 'CimError';
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, code: string, what: string, fix: string, cause?: unknown) {
    super(`${what}; ${fix}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.code = code;
    this.what = what;
    this.fix = fix;
  }
}

/** Builds the error for wrong input or usage, found before any work was done. */
export function fail(code: string, what: string, fix: string, cause?: unknown): CimError {
  return new CimError('input', code, what, fix, cause);
}

/** Builds the error for a run that broke: device lost, out of memory, a failed write. */
export function broken(code: string, what: string, fix: string, cause?: unknown): CimError {
  return new CimError('run', code, what, fix, cause);
}
