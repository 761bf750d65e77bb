import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { entryOf, type Launch } from '../gpu/launch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { type Tunable, tunables } from './tunable.ts';

/** Names of shaders by kernel. */
export type Variants = Readonly<Record<string, string>>;

/** How far a shader must be ahead of the usual one to be taken: less may be chance. */
const leastGain = 1.1;
/** What a sample takes at least, so that submitting and waiting do not decide (ms). */
const leastMs = 8;
const rounds = 5;

/**
 * Measures which shader of each kernel is the fastest on this adapter, about a second's work on a GPU and some seconds' on a processor, and has the device use those from
 * now on. Results then repeat bit for bit with the same choice only, which they carry in their adapter's facts: shaders of one
 * kernel add in different orders. A device that can run only one shader of a kernel keeps it unmeasured.
 */
export async function tune(gpu: Gpu, now: () => number = () => performance.now()): Promise<Variants> {
  const chosen: Record<string, string> = {};
  for (const tunable of tunables) {
    const possible = tunable.possible(gpu);
    chosen[tunable.kernel] = possible.length > 1 ? await fastest(gpu, tunable, possible, now) : possible[0]!;
  }
  useVariants(gpu, chosen);
  return chosen;
}

/** Has a device use these shaders, as an earlier `tune` found them. Throws `VARIANT` for a kernel or shader that it does not have. */
export function useVariants(gpu: Gpu, variants: Variants): void {
  for (const [kernel, variant] of Object.entries(variants)) {
    const tunable = tunables.find((one) => one.kernel === kernel);
    if (!tunable) {
      const known = tunables.map((one) => one.kernel).join(', ');
      throw fail('VARIANT', `no kernel with a choice of shaders is called '${kernel}'`, `those with one are ${known}`);
    }
    const possible = tunable.possible(gpu);
    if (!possible.includes(variant)) {
      throw fail('VARIANT', `${kernel} has no shader '${variant}' on this device`, `use ${possible.join(' or ')}`);
    }
  }
  gpu.noteVariants(variants);
}

async function fastest(gpu: Gpu, tunable: Tunable, possible: readonly string[], now: () => number): Promise<string> {
  const share = gpu.adapter.class === 'hardware' ? 1 : 1 / 16;
  const usual = tunable.usual(gpu);
  const trials: Trial[] = [];
  for (const variant of possible) {
    const launch = tunable.trial(variant, share);
    // A driver may fail to compile a shader that the device should run; only the usual one is needed.
    const failure = await gpu.prepare([launch]).catch((cause: unknown) => cause);
    if (failure === undefined) trials.push({ variant, launch, leastMs: Number.POSITIVE_INFINITY });
    else if (variant === usual) throw failure;
  }
  const first = trials.find(({ variant }) => variant === usual)!;
  const tensors = operands(gpu, first.launch);
  try {
    await takeTurns(gpu, trials, first, tensors, now);
  } finally {
    for (const tensor of Object.values(tensors)) tensor.destroy();
  }
  const best = trials.reduce((a, b) => (b.leastMs < a.leastMs ? b : a));
  return best.leastMs * leastGain < first.leastMs ? best.variant : usual;
}

interface Trial {
  readonly variant: string;
  readonly launch: Launch;
  leastMs: number;
}

/** Times all in turn, so that whatever else the machine does meets each of them; the least time is what nothing disturbed. */
async function takeTurns(
  gpu: Gpu,
  trials: readonly Trial[],
  first: Trial,
  tensors: Record<string, Tensor>,
  now: () => number,
): Promise<void> {
  const take = async (launch: Launch, times: number) => {
    const batch = gpu.batch('tune');
    for (let i = 0; i < times; i++) batch.run(launch, tensors);
    const start = now();
    await batch.submit();
    return now() - start;
  };
  await take(first.launch, 1);
  let times = 1;
  while (times < 256 && (await take(first.launch, times)) < leastMs) times *= 2;
  for (let round = 0; round < rounds; round++)
    for (const trial of trials) trial.leastMs = Math.min(trial.leastMs, await take(trial.launch, times));
}

/** Tensors for every storage binding of a launch; numbers between -1 and 1, the same in every call. */
function operands(gpu: Gpu, launch: Launch): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  try {
    for (const { name, element, access } of entryOf(launch).bindings) {
      if (access === 'uniform' || element === 'params') continue;
      const length = Math.max(1, launch.elements[name] ?? 1);
      tensors[name] =
        element === 'f32'
          ? gpu.tensor(Float32Array.from({ length }, (_, i) => ((i * 7919) % 255) / 127 - 1))
          : gpu.empty(element, [length], name);
    }
    return tensors;
  } catch (error) {
    for (const tensor of Object.values(tensors)) tensor.destroy();
    throw error;
  }
}
