import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const run = (name: string, args: readonly string[]) => {
  const script = fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', script, ...args], { encoding: 'utf8', timeout: 60_000 });
};

it.each([
  ['machines.ts', ['--tokens', '-1'], '--tokens'],
  ['machines.ts', ['--tokens', '64,many'], 'give a whole number'],
  ['machines.ts', ['--only', 'hardsae'], 'did you mean "hardsea"?'],
  ['machines.ts', ['--json', '/nowhere/at/all.json'], 'OUTPUT_UNWRITABLE'],
  ['crossover.ts', ['--help'], 'use 32, 64'],
  ['crossover.ts', ['64', '0'], 'give a whole number'],
] as const)('%s %j is refused in a line before anything is measured', (name, args, text) => {
  const { status, stdout, stderr } = run(name, args);
  expect(stderr).toContain(text);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
