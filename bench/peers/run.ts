import { openDevice } from '../../src/gpu/device.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { findNodeGpu } from '../../src/node/find-gpu.ts';
import { waitCalmly } from '../calm.ts';
import { clockFor } from '../clock.ts';
import { measurePeaks, type Peaks } from '../peaks.ts';
import { openWithoutSubgroups } from '../plain-device.ts';
import { type RunFacts, runFacts } from '../run.ts';
import { compareWorkload, type WorkloadResult } from './compare.ts';
import { prepareForPeers } from './environment.ts';
import { jax } from './jax.ts';
import { compareNoise, type NoiseResult } from './noise.ts';
import { onnxruntime } from './onnxruntime.ts';
import { ours } from './ours.ts';
import { type Peer, peerVersions } from './peer.ts';
import { adapterFamily, type WorkloadKind, workloadsFor } from './plan.ts';
import { tfjs } from './tfjs.ts';

/** Everything that one run of `bench --peers` found, as it is written to JSON. */
export interface PeersResult extends RunFacts {
  readonly format: 'peers 1';
  readonly peaks: Peaks;
  readonly workloads: readonly WorkloadResult[];
  readonly noise: readonly NoiseResult[];
}

/** What to compare. */
export interface PeersOptions {
  readonly kinds: readonly WorkloadKind[];
  readonly quick: boolean;
  /** False: only the package's device without subgroups takes part. */
  readonly subgroups: boolean;
}

/**
 * Runs the workloads by this package, with and without subgroups, and by every installed peer, all on the same adapter in this
 * process. `onPart` hears of everything so far after each piece of work. Throws `PEERS_MISSING` before anything starts.
 */
export async function runPeers(
  options: PeersOptions,
  onStep: (text: string) => void = () => {},
  onPart: (result: PeersResult) => Promise<void> = async () => {},
): Promise<PeersResult> {
  const versions = peerVersions();
  const { gpu: entry, driver } = await findNodeGpu();
  const bundledSoftware = driver === 'bundled-software';
  const gpu = await openDevice({ gpu: entry, bundledSoftware });
  const plain = await openWithoutSubgroups(entry, bundledSoftware);
  try {
    prepareForPeers(entry, gpu.device);
    onStep('the adapter itself');
    const peaks = await measurePeaks(gpu);
    const facts = runFacts(gpu, clockFor(gpu.adapter));
    const result = {
      format: 'peers 1',
      ...facts,
      versions: { ...facts.versions, ...versions },
      peaks,
      workloads: [] as WorkloadResult[],
      noise: [] as NoiseResult[],
    } as const;
    for await (const part of compareAll(gpu, plain, peaks, options, onStep)) {
      if ('workload' in part) result.workloads.push(part);
      else result.noise.push(part);
      await onPart(result);
    }
    return result;
  } finally {
    plain.close();
    plain.device.destroy();
    gpu.close();
  }
}

/** Names of the package's two rows. */
export const ourNames = { subgroups: 'cim-attention', plain: 'cim-attention without subgroups' } as const;

async function* compareAll(
  gpu: Gpu,
  plain: Gpu,
  peaks: Peaks,
  { kinds, quick, subgroups }: PeersOptions,
  onStep: (text: string) => void,
): AsyncGenerator<WorkloadResult | NoiseResult> {
  const own = [...(subgroups ? [ours(gpu, ourNames.subgroups)] : []), ours(plain, ourNames.plain)];
  const family = adapterFamily(gpu.adapter);
  const wanted = workloadsFor(family, quick).filter(({ kind }) => kinds.includes(kind));
  const others: Peer[] = [];
  for (const [name, open] of wanted.length === 0 ? [] : peers) {
    onStep(`starting ${name}`);
    try {
      others.push(await waitCalmly(gpu.adapter, open()));
    } catch (error) {
      others.push({ name, ways: () => [{ name: 'start', prepare: () => Promise.reject(error) }] });
    }
  }
  for (const work of wanted) yield compareWorkload(gpu, work, own, others, peaks, onStep);
  if (kinds.includes('noisy-mvm')) {
    onStep('noisy products');
    yield* await compareNoise(subgroups ? gpu : plain);
  }
}

const peers: readonly (readonly [name: string, open: () => Promise<Peer>])[] = [
  ['onnxruntime-web', onnxruntime],
  ['tfjs', tfjs],
  ['jax-js', jax],
];
