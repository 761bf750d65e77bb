import type { Gpu } from '../../src/gpu/gpu.ts';
import type { GPU } from '../../src/gpu/webgpu.ts';
import { DenseAttention } from '../../src/index.ts';
import { waitCalmly } from '../calm.ts';
import { clockFor } from '../clock.ts';
import { verdict } from '../peers/check.ts';
import { prepareForPeers } from '../peers/environment.ts';
import { jax } from '../peers/jax.ts';
import { type Contender, ratioInPairs, type TurnPatience, type Turns, takeTurns } from '../peers/turns.ts';
import { type Stage, stagesOf } from './stages.ts';
import { type LayerSizes, type LayerTensors, layerTensors, layerValues, noisyMachines, subjectOf } from './subject.ts';
import { machineVerdict, type Verdict } from './verdict.ts';

/** One machine's whole pipeline, or dense attention. */
export interface MachineRow {
  readonly name: string;
  readonly turns: Turns;
  /** Of machines: time over that of the package's dense attention in float32, and over jax-js's where it took part; in pairs. */
  readonly ofDense?: number;
  readonly ofJax?: number;
  readonly verdict?: Verdict;
  readonly stages?: readonly Stage[];
  /** Tensor memory of the machine and its call, the layer's own operands not counted, in bytes. */
  readonly peakBytes?: number;
}

/** Everything of one number of tokens. */
export interface MachinesResult {
  readonly sizes: LayerSizes;
  readonly rows: readonly MachineRow[];
  /** Why jax-js took no part. */
  readonly noJax?: string;
}

/**
 * Runs every machine's pipeline as `attend` and `evaluate` do, record, submit and count, in turn with dense attention of this
 * package and, where it is installed, of jax-js. Outputs are checked before they are timed.
 */
export async function runMachines(
  gpu: Gpu,
  entry: GPU,
  sizes: LayerSizes,
  patience: TurnPatience,
  names: readonly string[],
  onStep: (text: string) => void = () => {},
): Promise<MachinesResult> {
  const values = layerValues(sizes);
  const tensors = layerTensors(gpu, sizes, values);
  const contenders: (Contender & { readonly name: string })[] = [];
  const details = new Map<string, Pick<MachineRow, 'verdict' | 'peakBytes'>>();
  const clean: (() => void)[] = [];
  const machines = noisyMachines.filter(({ accelerator }) => names.includes(accelerator));
  const subjects = [];
  const timed = async (name: string, run: (times: number) => Promise<void>) => {
    const clock = clockFor(gpu.adapter);
    const start = clock.now();
    await run(1);
    contenders.push({ name, triedMs: clock.now() - start, run });
  };
  for (const choice of machines) {
    onStep(`${choice.accelerator}: ${sizes.tokens} tokens`);
    const before = gpu.memory.bytes;
    gpu.memory.peakBytes = before;
    const subject = await subjectOf(gpu, choice, sizes, values, tensors);
    clean.push(() => subject.machine.destroy());
    subjects.push(subject);
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const batch = gpu.batch(subject.name);
        subject.record(batch);
        await waitCalmly(gpu.adapter, batch.submit());
        subject.machine.takeActivity();
      }
    };
    await timed(subject.name, run);
    const peakBytes = gpu.memory.peakBytes - before;
    details.set(subject.name, { peakBytes, verdict: await verdictOf(gpu, choice, sizes, values, tensors) });
  }
  onStep('dense attention');
  const dense = new DenseAttention(gpu);
  clean.push(() => dense.destroy());
  const { heads, dim, ...rest } = sizes;
  await timed('dense', async (times) => {
    for (let i = 0; i < times; i++) {
      const batch = gpu.batch('dense');
      const call = { layer: 0, sequences: 1, chips: 1, firstWindow: 0, heads, headDim: dim, ...rest, ...tensors };
      dense.record(batch, call);
      await waitCalmly(gpu.adapter, batch.submit());
    }
  });
  const noJax = await addJax(gpu, entry, sizes, timed, clean);
  onStep('in turn');
  const all = await takeTurns(contenders, clockFor(gpu.adapter), patience);
  const at = (name: string) => all[contenders.findIndex((one) => one.name === name)];
  const rows: MachineRow[] = [];
  for (const [i, { name }] of contenders.entries()) {
    const turns = all[i]!;
    const subject = subjects.find((one) => one.name === name);
    if (!subject) rows.push({ name, turns });
    else {
      onStep(`${name}: stages`);
      const jaxTurns = at('jax-js dense');
      const ofJax = jaxTurns && ratioInPairs(turns, jaxTurns);
      const stages = await stagesOf(gpu, subject);
      rows.push({ name, turns, ofDense: ratioInPairs(turns, at('dense')!), ofJax, stages, ...details.get(name) });
    }
  }
  for (const step of clean) step();
  for (const tensor of Object.values(tensors)) tensor.destroy();
  return { sizes, rows, ...(noJax === undefined ? {} : { noJax }) };
}

/** A run with the selection read back beside the output. */
async function verdictOf(
  gpu: Gpu,
  choice: (typeof noisyMachines)[number],
  sizes: LayerSizes,
  values: ReturnType<typeof layerValues>,
  tensors: LayerTensors,
): Promise<Verdict> {
  const subject = await subjectOf(gpu, choice, sizes, values, tensors, { keepSelection: true });
  const batch = gpu.batch('verdict');
  try {
    subject.record(batch);
    const out = batch.read<Float32Array>(tensors.out);
    await waitCalmly(gpu.adapter, batch.submit());
    return machineVerdict(sizes, values, out.values(), subject.machine.takeActivity().selections[0]!);
  } finally {
    batch.discard();
    subject.machine.destroy();
  }
}

async function addJax(
  gpu: Gpu,
  entry: GPU,
  sizes: LayerSizes,
  timed: (name: string, run: (times: number) => Promise<void>) => Promise<void>,
  clean: (() => void)[],
): Promise<string | undefined> {
  try {
    prepareForPeers(entry, gpu.device);
    const peer = await waitCalmly(gpu.adapter, jax());
    const work = { kind: 'attention', ...sizes } as const;
    const inputs = { values: { ...layerValues(sizes) }, lists: new Int32Array(0) };
    const ready = await peer.ways(work)[0]!.prepare(inputs);
    clean.push(() => ready.destroy());
    await waitCalmly(gpu.adapter, ready.run(1));
    // It says nothing where its matrix of probabilities is larger than a binding may be, and is fast and wrong.
    const { wrong } = verdict(work, inputs, await waitCalmly(gpu.adapter, ready.output()));
    if (wrong !== undefined) return `its result is wrong: ${wrong}`;
    await timed('jax-js dense', (times) => waitCalmly(gpu.adapter, ready.run(times)));
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}
