import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Where optional packages are looked for, in order: beside this package, then in the caller's working folder. */
export function lookupPlaces(): readonly string[] {
  return [import.meta.url, join(process.cwd(), 'package.json')];
}

/**
 * Path of the file that `require(name)` would load, or undefined when no place has the package.
 * The working folder counts because a package run with `npx` or installed globally cannot see a project's own peers.
 */
export function resolveOptionalPackage(name: string, places: readonly string[] = lookupPlaces()): string | undefined {
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
