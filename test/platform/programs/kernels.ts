import { openDevice } from '../../../src/gpu/device.ts';
import { allCases } from '../../kernel/all-cases.ts';

/** How one check of a kernel went on a runtime. */
export interface CaseOutcome {
  readonly kernel: string;
  readonly name: string;
  /** What was wrong; null where the check passed. */
  readonly error: string | null;
  readonly ms: number;
}

/** Every check of every kernel on one device, with the adapter and the runtime they ran on. */
export interface KernelReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly class: string;
  readonly runtime: string;
  readonly outcomes: readonly CaseOutcome[];
}

/** Runs every kernel's checks one after the other; returns a `KernelReport` as JSON. The log says which check is running. */
export async function main(entryPoint: GPU): Promise<string> {
  const gpu = await openDevice({ gpu: entryPoint });
  const outcomes: CaseOutcome[] = [];
  for (const [kernel, cases] of Object.entries(allCases)) {
    for (const { name, run } of cases) {
      console.log(`${kernel}: ${name}`);
      const start = performance.now();
      let error: string | null = null;
      try {
        await run(gpu);
      } catch (cause) {
        error = cause instanceof Error ? cause.message : String(cause);
      }
      outcomes.push({ kernel, name, error, ms: Math.round(performance.now() - start) });
    }
  }
  const { vendor, architecture, description, class: adapterClass, runtime } = gpu.adapter;
  gpu.close();
  const report: KernelReport = { vendor, architecture, description, class: adapterClass, runtime, outcomes };
  return JSON.stringify(report);
}
