import { beforeAll, describe, expect, it } from 'vitest';
import { allCases } from '../kernel/all-cases.ts';
import type { KernelReport } from './programs/kernels.ts';
import { chromiumAvailable, denoAvailable, usable } from './runtimes/available.ts';
import { bundleForRuntimes, removeBundle } from './runtimes/bundle.ts';
import { runInChromium } from './runtimes/chromium.ts';
import { runInDeno } from './runtimes/deno.ts';
import { program } from './runtimes/program.ts';

// Nearly all of the half minute goes into compiling pipelines on one software adapter; other work may share its cores.
const TIMEOUT_MS = 300_000;

describe.each([
  { name: 'Deno', run: runInDeno, runs: usable('Deno', await denoAvailable()), runtime: /^deno \d/ },
  { name: 'Chromium', run: runInChromium, runs: usable('Chromium', await chromiumAvailable()), runtime: /^Chrome \d/ },
])('on $name', ({ name, run, runs, runtime }) => {
  let report: KernelReport;

  beforeAll(async () => {
    if (!runs) return;
    const bundle = await bundleForRuntimes(program('kernels'));
    const start = performance.now();
    try {
      report = await run<KernelReport>(bundle, { timeoutMs: TIMEOUT_MS - 10_000 });
    } finally {
      await removeBundle(bundle);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.info(
      `${name}: ${report.outcomes.length} kernel checks in ${seconds} s on ${report.runtime}, ` +
        `adapter ${report.vendor} ${report.architecture} (${report.description}), ${report.class}`,
    );
  }, TIMEOUT_MS);

  it.runIf(runs)('runs where it says, on the software adapter', () => {
    expect(report).toMatchObject({ runtime: expect.stringMatching(runtime), class: 'software' });
  });

  for (const [kernel, cases] of Object.entries(allCases)) {
    it.runIf(runs).each(cases.map((check) => check.name))(`${kernel}: %s`, (check) => {
      const outcome = report.outcomes.find((one) => one.kernel === kernel && one.name === check);
      expect(outcome, 'the check did not run').toBeDefined();
      expect(outcome!.error).toBeNull();
    });
  }
});
