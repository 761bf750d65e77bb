import type { Gpu } from '../../src/gpu/gpu.ts';
import { clockFor } from '../clock.ts';
import { type Dispatch, Recorder, repeated } from '../repeat.ts';
import { timeOne } from '../slope.ts';
import type { Subject } from './subject.ts';

/** All launches of one program in a call. */
export interface Stage {
  readonly program: string;
  readonly launches: number;
  readonly ms: number;
}

/** Times each program's launches by themselves, on what a whole run left. */
export async function stagesOf(gpu: Gpu, subject: Subject): Promise<readonly Stage[]> {
  const recorder = new Recorder(gpu, subject.name);
  subject.record(recorder);
  try {
    await once(gpu, recorder.dispatches);
    const byProgram = new Map<string, Dispatch[]>();
    for (const dispatch of recorder.dispatches) {
      const { name } = dispatch.launch.program;
      byProgram.set(name, [...(byProgram.get(name) ?? []), dispatch]);
    }
    const stages: Stage[] = [];
    for (const [program, dispatches] of byProgram) {
      const series = await repeated(gpu, dispatches);
      const { medianMs } = await timeOne(series, clockFor(gpu.adapter), { leastMs: 20, pairs: 3 });
      series.destroy();
      stages.push({ program, launches: dispatches.length, ms: medianMs });
    }
    return stages;
  } finally {
    recorder.discard();
  }
}

async function once(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<void> {
  const series = await repeated(gpu, dispatches);
  await series.run(1);
  series.destroy();
}
