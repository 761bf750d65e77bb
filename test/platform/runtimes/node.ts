import { pathToFileURL } from 'node:url';
import { findNodeGpu } from '../../../src/node/find-gpu.ts';

/** Runs a bundle's `main(gpu)` in this process, on the adapter that `findNodeGpu` picks, and returns its parsed JSON. */
export async function runInNode<Result>(scriptPath: string): Promise<Result> {
  const { gpu } = await findNodeGpu();
  const script = (await import(/* @vite-ignore */ pathToFileURL(scriptPath).href)) as {
    main(gpu: GPU): Promise<string>;
  };
  return JSON.parse(await script.main(gpu)) as Result;
}
