import { describe, it } from 'vitest';
import { nodeGpu } from '../support/node-gpu.ts';
import { allCases } from './all-cases.ts';

for (const [kernel, cases] of Object.entries(allCases)) {
  describe(kernel, () => {
    for (const check of cases) it(check.name, async () => check.run(await nodeGpu()));
  });
}
