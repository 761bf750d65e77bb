import { describe, expect, it } from 'vitest';
import { diagnosisText } from '../../src/cli/commands/doctor.ts';
import type { AdapterFacts } from '../../src/gpu/adapter.ts';
import { adviceFor, diagnose } from '../../src/study/doctor.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { spawnCli } from './run-cli.ts';

const hardware: AdapterFacts = {
  vendor: 'v',
  architecture: 'a',
  description: 'GPU',
  class: 'hardware',
  runtime: 'node',
  features: ['subgroups', 'timestamp-query'],
  missing: [],
};

describe('doctor', () => {
  it('prints JSON with a right kernel, and the process ends by itself', async () => {
    const { code, stdout, stderr } = await spawnCli(['doctor', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      command: 'doctor',
      adapter: { class: expect.stringMatching(/^(hardware|software|bundled-software)$/) },
      kernel: { name: 'linear', right: true },
      roundTripMs: expect.any(Number),
    });
  });

  it('sees a kernel that computes wrongly', async () => {
    const gpu = await nodeGpu();
    const { batch } = gpu;
    // A device that loses one value of every readback.
    gpu.batch = (label) => {
      const made = batch.call(gpu, label);
      const read = made.read.bind(made);
      made.read = ((tensor: never) => {
        const reading = read(tensor);
        return { ...reading, values: () => reading.values().fill(0, 0, 1) };
      }) as never;
      return made;
    };
    try {
      const diagnosis = await diagnose(gpu);
      expect(diagnosis.kernel.right).toBe(false);
      expect(diagnosisText(diagnosis)).toContain('linear is WRONG');
    } finally {
      gpu.batch = batch;
    }
  });

  it('advises where something is missing, and not otherwise', () => {
    expect(adviceFor(hardware, 2 ** 31)).toEqual([]);
    expect(adviceFor({ ...hardware, class: 'bundled-software' }, 2 ** 31)[0]).toContain('install its Vulkan driver');
    expect(adviceFor({ ...hardware, class: 'software' }, 2 ** 31)[0]).toContain('driver');
    expect(adviceFor({ ...hardware, missing: ['subgroups', 'timestamp-query'] }, 2 ** 27)).toHaveLength(3);
  });
});
