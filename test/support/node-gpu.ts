import { openDevice } from '../../src/gpu/device.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { findNodeGpu } from '../../src/node/find-gpu.ts';

let shared: Promise<Gpu> | undefined;

/** One device for all tests of a file. */
export function nodeGpu(): Promise<Gpu> {
  shared ??= findNodeGpu().then(({ gpu, driver }) =>
    openDevice({ gpu, bundledSoftware: driver === 'bundled-software' }),
  );
  return shared;
}
