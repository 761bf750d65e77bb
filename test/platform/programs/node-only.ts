import { readFileSync } from 'node:fs';

/** Needs a module that only Node has: bundling must refuse it. */
export async function main(): Promise<string> {
  return readFileSync('package.json', 'utf8');
}
