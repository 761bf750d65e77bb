import { DenseAttention } from '../accelerator/dense.ts';
import type { LayerSamples } from '../accelerator/fit-codebooks.ts';
import { fail } from '../errors.ts';
import type { Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Attention } from '../model/attention.ts';
import type { TextWindow } from '../model/windows.ts';
import { runLoss } from './loss-run.ts';
import type { Calibration } from './plans/plan.ts';
import type { EvaluateInput, OnProgress } from './result.ts';
import type { TextModel } from './text-model.ts';

/** Windows of the calibration text that codebooks are fitted on. */
export const calibrationWindows = 4;

/** The queries and keys of every layer over some windows, `[windows, heads, tokens, dim]` each, under an attention. */
export async function collectSamples(
  gpu: Gpu,
  text: TextModel,
  windows: readonly TextWindow[],
  attention: Attention,
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
  return samples;
}

/** What accelerators may be fitted on in an evaluation: the calibration text under dense attention, collected once. */
export function textCalibration(
  gpu: Gpu,
  text: TextModel,
  input: Pick<EvaluateInput, 'calibration' | 'text' | 'seed' | 'onCodebooks'>,
  onProgress: OnProgress,
): Calibration {
  const { layers, heads, headDim, context } = text.facts;
  const made = new Map<string, unknown>();
  let samples: Promise<LayerSamples[]> | undefined;
  let sets = 0;
  const collect = async (attention: Attention) => {
    const { calibration } = input;
    if (!calibration)
      throw fail(
        'CALIBRATION_MISSING',
        'codebooks and thresholds are fitted on a calibration text and there is none',
        'give one, or trained codebooks and thresholds',
      );
    if (calibration.text === input.text.text) {
      throw fail(
        'CALIBRATION_IS_TEXT',
        `'${calibration.name}' is the evaluated text itself`,
        'fit on another text than the evaluated one',
      );
    }
    const { windows } = text.windows(calibration, calibrationWindows, input.seed);
    sets = windows.length;
    const report = (done: number) => onProgress({ stage: 'calibrate', done, total: windows.length });
    report(0);
    return collectSamples(gpu, text, windows, attention, report);
  };
  const collectDense = async () => {
    const attention = new DenseAttention(gpu);
    try {
      return await collect(attention);
    } finally {
      attention.destroy();
    }
  };
  return {
    gpu,
    seed: input.seed,
    linears: text.model.linears,
    get sizes() {
      return { layers, sets, heads, queries: context, keys: context, dim: headDim, causal: text.causal };
    },
    samples: () => {
      samples ??= collectDense();
      return samples;
    },
    samplesUnder: collect,
    async once<T>(key: string, make: () => Promise<T>): Promise<T> {
      if (!made.has(key)) {
        onProgress({ stage: key, done: 0, total: 1 });
        made.set(key, await make());
        onProgress({ stage: key, done: 1, total: 1 });
      }
      return made.get(key) as T;
    },
    ...(input.onCodebooks ? { onCodebooks: input.onCodebooks } : {}),
  };
}
