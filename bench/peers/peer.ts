import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail } from '../../src/errors.ts';
import type { Output } from './check.ts';
import type { Inputs, Workload } from './workload.ts';

/** Somebody who can do workloads: this package on one of its devices, or another package. */
export interface Peer {
  readonly name: string;
  /** The ways in which it can do a workload; none where it has no means to. */
  ways(work: Workload): readonly Way[];
}

/** One way to do a workload, named by what is called. */
export interface Way {
  readonly name: string;
  prepare(inputs: Inputs): Promise<Ready>;
}

/** Inputs uploaded, everything compiled that can be. */
export interface Ready {
  /** Does the work so many times, one after the other, and waits for the last; outputs stay on the device. */
  run(times: number): Promise<void>;
  /** Output of the last run. */
  output(): Promise<Output>;
  destroy(): void;
}

/** The packages compared with, as `bench/peers/package.json` pins them. */
export const peerPackages = ['onnxruntime-web', '@tensorflow/tfjs-backend-webgpu', '@jax-js/jax'] as const;

const folder = new URL('.', import.meta.url);

/** Versions of the installed peers. Throws `PEERS_MISSING` with the command that installs them. */
export function peerVersions(root: URL = folder): Readonly<Record<string, string>> {
  const missing = peerPackages.filter((name) => !existsSync(new URL(`node_modules/${name}/package.json`, root)));
  if (missing.length > 0) {
    const fix = 'run: npm ci --prefix bench/peers';
    throw fail('PEERS_MISSING', `--peers needs ${missing.join(', ')}, kept out of the ordinary install`, fix);
  }
  return Object.fromEntries(
    peerPackages.map((name) => {
      const text = readFileSync(new URL(`node_modules/${name}/package.json`, root), 'utf8');
      return [name, JSON.parse(text).version];
    }),
  );
}

/** Path of a file of an installed peer. */
export function peerFile(path: string): string {
  return fileURLToPath(new URL(`node_modules/${path}`, folder));
}
