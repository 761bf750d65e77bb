import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { AdapterFacts } from '../src/gpu/adapter.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { version } from '../src/version.ts';
import { type Clock, clockFor } from './clock.ts';
import type { BenchKernel } from './kernel.ts';
import { type Measurement, measureKernel } from './measure.ts';
import { measurePeaks, type Peaks } from './peaks.ts';
import { type Patience, usualPatience } from './slope.ts';

/** A kernel that gave no figures: it threw, or this device can not run it. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
  /** Whether that is an error; a variant that the device does not offer is none. */
  readonly failed: boolean;
}

/** Where, when and by what clock something was measured. */
export interface RunFacts {
  readonly date: string;
  readonly adapter: AdapterFacts;
  readonly clock: Clock['name'];
  readonly processor: { readonly model: string; readonly cores: number };
  /** Of this package, and of the packages that bring the runtime and the bundled adapter. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The facts of a run that measures on this device by this clock, now. */
export function runFacts({ adapter }: Gpu, { name: clock }: Clock): RunFacts {
  return {
    date: new Date().toISOString(),
    adapter,
    clock,
    processor: { model: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() },
    versions: installedVersions(),
  };
}

/** Everything one run of the bench found, as it is written to JSON. */
export interface BenchResult extends RunFacts {
  readonly format: 1;
  readonly peaks: Peaks;
  readonly kernels: readonly Measurement[];
  readonly absent: readonly Absent[];
}

/** Measures the adapter and then the kernels, one after the other. A kernel that fails or is wrong does not stop the others. */
export async function runBench(
  gpu: Gpu,
  kernels: readonly BenchKernel[],
  onStep: (name: string) => void = () => {},
  patience: Patience = usualPatience,
  clock: Clock = clockFor(gpu.adapter),
): Promise<BenchResult> {
  onStep('the adapter itself');
  const peaks = await measurePeaks(gpu, patience, clock);
  const measured: Measurement[] = [];
  const absent: Absent[] = [];
  for (const kernel of kernels) {
    const { name } = kernel;
    if (kernel.available && !kernel.available(gpu)) {
      absent.push({ name, reason: 'this device does not offer what it needs', failed: false });
      continue;
    }
    onStep(name);
    try {
      measured.push(await measureKernel(gpu, kernel, peaks, patience, clock));
    } catch (error) {
      gpu.assertAlive();
      absent.push({ name, reason: (error as Error).message, failed: true });
    }
  }
  return {
    format: 1,
    ...runFacts(gpu, clock),
    peaks,
    kernels: measured,
    absent,
  };
}

/** Whether a kernel was wrong or failed; the bench's exit code is then 1. */
export function isBroken(result: Pick<BenchResult, 'kernels' | 'absent'>): boolean {
  return result.kernels.some(({ wrong }) => wrong !== undefined) || result.absent.some(({ failed }) => failed);
}

/** Versions of this package and of the packages that bring the runtime and the bundled adapter. */
function installedVersions(): Readonly<Record<string, string>> {
  return { 'cim-attention': version, ...installed('webgpu'), ...installed('@sparticuz/chromium') };
}

function installed(name: string): Record<string, string> {
  try {
    const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8');
    return { [name]: JSON.parse(text).version };
  } catch {
    return {};
  }
}
