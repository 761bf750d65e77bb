import type { Codebooks } from '../accelerator/codebook.ts';
import { DenseAttention } from '../accelerator/dense.ts';
import { fitCodebooks, type LayerSamples } from '../accelerator/fit-codebooks.ts';
import type { ResolvedHardsea } from '../accelerator/hardsea-config.ts';
import type { Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { TextWindow } from '../model/windows.ts';
import { runLoss } from './loss-run.ts';
import type { TextModel } from './text-model.ts';

/** Windows of the calibration text that codebooks are fitted on. */
export const calibrationWindows = 4;

/** The queries and keys of every layer over some windows, `[windows, heads, tokens, dim]` each, under dense attention. */
export async function collectSamples(
  gpu: Gpu,
  text: TextModel,
  windows: readonly TextWindow[],
  onWindow: (done: number) => void,
): Promise<LayerSamples[]> {
  const { layers, heads, headDim, context } = text.facts;
  const size = heads * context * headDim;
  const samples = Array.from({ length: layers }, () => ({
    q: new Float32Array(windows.length * size),
    k: new Float32Array(windows.length * size),
  }));
  let pending: { layer: number; q: Reading<Float32Array>; k: Reading<Float32Array> }[] = [];
  let done = 0;
  const attention = new DenseAttention(gpu);
  try {
    await runLoss(gpu, text, {
      windows,
      attention,
      tap(batch, _windows, layer, q, k) {
        pending.push({ layer, q: batch.snapshot(q), k: batch.snapshot(k) });
      },
      onBatch(part) {
        for (const { layer, q, k } of pending) {
          samples[layer]!.q.set(q.values(), done * size);
          samples[layer]!.k.set(k.values(), done * size);
        }
        pending = [];
        done += part.length;
        onWindow(done);
      },
    });
  } finally {
    attention.destroy();
  }
  return samples;
}

/** Fits the codebooks of one configuration on samples of the model. */
export function fitForModel(
  gpu: Gpu,
  text: TextModel,
  samples: readonly LayerSamples[],
  config: Pick<ResolvedHardsea, 'subspaces' | 'centroids' | 'iterations'>,
  seed: number,
): Promise<Codebooks> {
  const { heads, headDim, context } = text.facts;
  const sets = samples[0]!.q.length / (heads * context * headDim);
  const { subspaces, centroids, iterations } = config;
  return fitCodebooks(gpu, samples, {
    sets,
    heads,
    queries: context,
    keys: context,
    dim: headDim,
    subspaces,
    centroids,
    iterations,
    seed,
  });
}
