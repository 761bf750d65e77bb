import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CrossbarOutcome } from './programs/crossbar-as-user.ts';
import { chromiumAvailable, denoAvailable, usable } from './runtimes/available.ts';
import { bundleForRuntimes, removeBundle } from './runtimes/bundle.ts';
import { runInChromium } from './runtimes/chromium.ts';
import { runInDeno } from './runtimes/deno.ts';
import { program } from './runtimes/program.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
// The built entry is there after `npm install` and `npm run build`.
const entries = ['src/index.ts', 'dist/index.js'].filter((entry) => existsSync(path(entry)));
const runtimes = [
  { name: 'Deno', run: runInDeno, runs: usable('Deno', await denoAvailable()) },
  { name: 'Chromium', run: runInChromium, runs: usable('Chromium', await chromiumAvailable()) },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cim-entry-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(entries)('%s', (entry) => {
  let bundle: string;
  beforeAll(async () => {
    const main = join(folder, `${entry.replaceAll(/\W/g, '-')}.ts`);
    await writeFile(
      main,
      `import * as entry from ${JSON.stringify(path(entry))};
import { multiplyAsUser } from ${JSON.stringify(program('crossbar-as-user'))};
export const main = (gpu: GPU) => multiplyAsUser(entry as never, gpu);
`,
    );
    bundle = await bundleForRuntimes(main);
  });
  afterAll(() => removeBundle(bundle));

  for (const { name, run, runs } of runtimes) {
    it.runIf(runs)(`multiplies and refuses on ${name}`, async () => {
      const outcome = await run<CrossbarOutcome>(bundle);
      expect(outcome.outputs).toHaveLength(outcome.expected.length);
      outcome.expected.forEach((value, i) => {
        expect(outcome.outputs[i]).toBeCloseTo(value, 5);
      });
      expect(Object.keys(outcome.counts)).not.toEqual([]);
      expect(outcome.refusal).toBe('CROSSBAR_INPUTS');
      expect(outcome.runtime.toLowerCase()).toContain(name === 'Deno' ? 'deno' : 'chrome');
    });
  }
});
