import { Gpu } from '../src/gpu/gpu.ts';
import type { Launch } from '../src/gpu/launch.ts';
import type { BenchKernel } from './kernel.ts';
import { repeated } from './repeat.ts';
import { columnsOf } from './table.ts';

/** A pipeline that some kernel of the bench needs, and how long it took until its first workgroup was done. */
export interface Compiled {
  /** Shader, entry and override constants. */
  readonly pipeline: string;
  /** The kernel of the bench that asked first. */
  readonly kernel: string;
  readonly wallMs: number;
  /** Processor time of the whole process meanwhile: free of what else the machine does. */
  readonly processorMs: number;
}

/** Longest that any pipeline may take on lavapipe, in ms of processor time. */
export const mostCompileMs = 3000;

/**
 * Compiles every pipeline of the kernels by itself and runs one workgroup of it, and gives them slowest first. A driver that keeps
 * compiled shaders on disk must be told not to (Mesa: `MESA_SHADER_CACHE_DISABLE=true`).
 */
export async function timeCompiles(
  gpu: Gpu,
  kernels: readonly BenchKernel[],
  onStep: (name: string) => void = () => {},
): Promise<readonly Compiled[]> {
  const compiled = new Map<string, Compiled>();
  for (const kernel of kernels) {
    if (kernel.available && !kernel.available(gpu)) continue;
    onStep(kernel.name);
    const run = await kernel.setup(gpu);
    for (const { launch, tensors } of run.dispatches) {
      const pipeline = pipelineName(launch);
      if (compiled.has(pipeline)) continue;
      // A cache of its own: the setup may have compiled it already. Some drivers put work off to the first dispatch.
      const fresh = new Gpu(gpu.device, gpu.adapter, false, gpu.parent);
      const start = performance.now();
      const before = process.cpuUsage();
      const once = await repeated(fresh, [{ launch: { ...launch, workgroups: [1, 1, 1] }, tensors }]);
      await once.run(1);
      const { user, system } = process.cpuUsage(before);
      const wallMs = performance.now() - start;
      once.destroy();
      compiled.set(pipeline, { pipeline, kernel: kernel.name, wallMs, processorMs: (user + system) / 1000 });
    }
    const tensors = new Set(run.dispatches.flatMap(({ tensors }) => Object.values(tensors)));
    for (const tensor of tensors) tensor.destroy();
    run.destroy?.();
  }
  return [...compiled.values()].sort((one, other) => other.processorMs - one.processorMs);
}

/** The slowest pipelines as lines. */
export function compileTable(adapter: string, compiled: readonly Compiled[], most = 20): string {
  const rows = compiled
    .slice(0, most)
    .map(({ pipeline, kernel, wallMs, processorMs }) => [
      pipeline,
      processorMs.toFixed(0),
      wallMs.toFixed(0),
      processorMs > mostCompileMs ? 'TOO LONG' : '',
      kernel,
    ]);
  const total = compiled.reduce((sum, { processorMs }) => sum + processorMs, 0);
  return `${[
    `adapter: ${adapter}; ${compiled.length} pipelines, ${(total / 1000).toFixed(1)} s of processor time together; the slowest:`,
    '',
    ...columnsOf([['pipeline', 'processor ms', 'wall ms', '', 'first used by'], ...rows], [0, 3, 4]),
  ].join('\n')}\n`;
}

function pipelineName({ program, entry, constants }: Launch): string {
  const values = Object.entries(constants).map(([name, value]) => `${name}=${value}`);
  return `${program.name}.${entry}${values.length === 0 ? '' : `(${values.join(', ')})`}`;
}
