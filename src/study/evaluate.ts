import { DenseAttention } from '../accelerator/dense.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { measuredFigure } from '../ledger/figure.ts';
import { publishedFigures } from '../ledger/published.ts';
import { readText } from '../model/byte-source.ts';
import { parseModelConfig } from '../model/config.ts';
import type { TextWindow } from '../model/windows.ts';
import { version } from '../version.ts';
import { runAccelerator } from './accelerator-run.ts';
import { textCalibration } from './calibrate.ts';
import { comparatorOffsetStudy } from './comparator-offset.ts';
import { runLoss } from './loss-run.ts';
import type { AcceleratorPlan, ModelSizes, PreparedAccelerator } from './plans/plan.ts';
import { planAccelerator } from './plans/plan-accelerator.ts';
import {
  type AcceleratorRun,
  type AttentionMaps,
  type DenseRun,
  type EvaluateInput,
  type EvaluateResult,
  type OnProgress,
  schemaVersion,
} from './result.ts';
import { loadTextModel, type TextModel } from './text-model.ts';

/**
 * The main job: a model's loss on a text under dense attention and under each accelerator asked for, with what each
 * costs. Codebooks are fitted once per shape on the calibration text. Throws what reading the model throws, before any run.
 */
export async function evaluate(
  gpu: Gpu,
  input: EvaluateInput,
  onProgress: OnProgress = () => {},
): Promise<EvaluateResult> {
  const start = performance.now();
  const plans = input.runs.map((request) => planAccelerator(request));
  const sizes = await sizesOf(input.model);
  for (const plan of plans) plan.check(sizes);
  onProgress({ stage: 'load model', done: 0, total: 1 });
  const text = await loadTextModel(gpu, input.model);
  try {
    const { windows } = text.windows(input.text, input.windows, input.seed);
    const calibration = textCalibration(gpu, text, input, onProgress);
    // What comes from files is checked before the first run; dense attention waits for no fit, so there is a result soon.
    const prepared = new Map<AcceleratorPlan, PreparedAccelerator>();
    const prepare = async (some: readonly AcceleratorPlan[]) => {
      for (const plan of some) prepared.set(plan, await plan.prepare(calibration));
    };
    await prepare(plans.filter(({ needsSamples }) => !needsSamples));
    const dense = await evaluateDense(gpu, text, windows, onProgress);
    await prepare(plans.filter(({ needsSamples }) => needsSamples));
    const runs: AcceleratorRun[] = [];
    const maps: AttentionMaps[] = [];
    for (const [i, request] of input.runs.entries()) {
      const total = windows.length * request.chips;
      let done = 0;
      onProgress({ stage: request.label, done, total });
      const result = await runAccelerator(gpu, text, {
        request,
        plan: plans[i]!,
        accelerator: prepared.get(plans[i]!)!,
        windows,
        dense: dense.run,
        seed: input.seed,
        ...(input.maps && !maps.some((one) => one.accelerator === request.accelerator)
          ? { map: { layer: Math.floor(text.facts.layers / 2), head: 0 } }
          : {}),
        onStep: (steps) => {
          done += steps;
          onProgress({ stage: request.label, done, total });
        },
      });
      runs.push(result.run);
      if (result.maps) maps.push(result.maps);
    }
    const offsets = input.maps && runs.some((run) => run.accelerator === 'charge');
    if (offsets) onProgress({ stage: 'comparator offsets', done: 0, total: 1 });
    const comparatorOffsets = offsets ? await comparatorOffsetStudy(gpu, { seed: input.seed }) : undefined;
    return {
      schemaVersion,
      command: 'evaluate',
      version,
      model: text.facts,
      text: input.text.name,
      ...(input.calibration ? { calibration: input.calibration.name } : {}),
      windows: windows.length,
      tokens: dense.tokens,
      seed: input.seed,
      generator: gpu.generator,
      adapter: gpu.adapter,
      dense: dense.run,
      runs,
      ...(maps.length > 0 ? { maps } : {}),
      ...(comparatorOffsets ? { comparatorOffsets } : {}),
      published: [...new Set(runs.map((run) => run.accelerator))].flatMap((name) => publishedFigures[name] ?? []),
      timing: { wallMs: performance.now() - start },
    };
  } finally {
    text.model.destroy();
  }
}

/** What settings have to fit, from the checkpoint's configuration alone. */
async function sizesOf({ config }: EvaluateInput['model']): Promise<ModelSizes> {
  const { layers, heads, context, architecture } = parseModelConfig(await readText(config), config.name);
  return { layers, heads, keys: context, causal: architecture === 'gpt2' };
}

async function evaluateDense(
  gpu: Gpu,
  text: TextModel,
  windows: readonly TextWindow[],
  onProgress: OnProgress,
): Promise<{ run: DenseRun; tokens: number }> {
  const attention = new DenseAttention(gpu);
  let done = 0;
  onProgress({ stage: 'dense', done, total: windows.length });
  try {
    const { losses, tokens, wallMs, gpuMs } = await runLoss(gpu, text, {
      windows,
      attention,
      firstAlone: true,
      onBatch: (part, [losses]) => {
        done += part.length;
        onProgress({ stage: 'dense', done, total: windows.length, sofar: `loss ${mean(losses!).toFixed(4)}` });
      },
    });
    const lossPerWindow = losses[0]!;
    const loss = mean(lossPerWindow);
    const total = Object.values(gpuMs).reduce((sum, ms) => sum + ms, 0);
    const attentionMs = gpuMs['attention'] ? gpuMs['attention'] / windows.length : undefined;
    const where = `${gpu.adapter.description}, ${gpu.adapter.class}, ${gpu.adapter.runtime}`;
    const figures =
      attentionMs === undefined
        ? []
        : [
            measuredFigure(
              'dense attention per window',
              attentionMs,
              'ms',
              { operations: 'executed', bits: 32, scope: 'system', note: 'all layers, GPU timestamps' },
              where,
            ),
          ];
    return {
      tokens,
      run: {
        loss,
        lossPerWindow,
        ...(attentionMs === undefined ? {} : { attentionMs }),
        figures,
        timing: total > 0 ? { wallMs, gpuMs: total } : { wallMs },
      },
    };
  } finally {
    attention.destroy();
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
