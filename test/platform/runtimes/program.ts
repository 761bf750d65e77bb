import { fileURLToPath } from 'node:url';

/** Path of a program of the folder `programs`, for `bundleForRuntimes`. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
}
