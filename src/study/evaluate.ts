import type { Codebooks } from '../accelerator/codebook.ts';
import { DenseAttention } from '../accelerator/dense.ts';
import type { LayerSamples } from '../accelerator/fit-codebooks.ts';
import { resolveHardsea } from '../accelerator/hardsea-config.ts';
import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { measuredFigure } from '../ledger/figure.ts';
import { publishedFigures } from '../ledger/published.ts';
import type { TextWindow } from '../model/windows.ts';
import { version } from '../version.ts';
import { calibrationWindows, collectSamples, fitForModel } from './calibrate.ts';
import { decodeCodebooks } from './codebook-file.ts';
import { runHardsea } from './hardsea-run.ts';
import { runLoss } from './loss-run.ts';
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
  for (const request of input.runs) resolveHardsea(request.config);
  onProgress({ stage: 'load model', done: 0, total: 1 });
  const text = await loadTextModel(gpu, input.model);
  try {
    const { windows } = text.windows(input.text, input.windows, input.seed);
    const dense = await evaluateDense(gpu, text, windows, onProgress);
    const library = new CodebookLibrary(gpu, text, input, onProgress);
    const runs: AcceleratorRun[] = [];
    let maps: AttentionMaps | undefined;
    for (const request of input.runs) {
      const codebooks = await library.find(request);
      const total = windows.length * request.chips;
      let done = 0;
      onProgress({ stage: request.label, done, total });
      const result = await runHardsea(gpu, text, {
        request,
        codebooks,
        windows,
        dense: dense.run,
        seed: input.seed,
        ...(input.maps && !maps ? { map: { layer: Math.floor(text.facts.layers / 2), head: 0 } } : {}),
        onStep: (steps) => {
          done += steps;
          onProgress({ stage: request.label, done, total });
        },
      });
      runs.push(result.run);
      maps ??= result.maps;
    }
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
      adapter: gpu.adapter,
      dense: dense.run,
      runs,
      ...(maps ? { maps } : {}),
      published: runs.length > 0 ? (publishedFigures['hardsea'] ?? []) : [],
      timing: { wallMs: performance.now() - start },
    };
  } finally {
    text.model.destroy();
  }
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
      onBatch: (part) => {
        done += part.length;
        onProgress({ stage: 'dense', done, total: windows.length });
      },
    });
    const lossPerWindow = losses[0]!;
    const loss = lossPerWindow.reduce((sum, value) => sum + value, 0) / lossPerWindow.length;
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

/** Codebooks by shape: fitted when first needed, on samples that are collected once. */
class CodebookLibrary {
  private readonly fitted = new Map<string, Codebooks>();
  private samples: LayerSamples[] | undefined;
  private readonly gpu: Gpu;
  private readonly text: TextModel;
  private readonly input: EvaluateInput;
  private readonly onProgress: OnProgress;

  constructor(gpu: Gpu, text: TextModel, input: EvaluateInput, onProgress: OnProgress) {
    this.gpu = gpu;
    this.text = text;
    this.input = input;
    this.onProgress = onProgress;
  }

  async find(request: EvaluateInput['runs'][number]): Promise<Codebooks> {
    if (request.codebooks) return decodeCodebooks(request.codebooks);
    const config = resolveHardsea(request.config);
    const key = `${config.subspaces} x ${config.centroids}, ${config.iterations} rounds`;
    let books = this.fitted.get(key);
    if (!books) {
      this.samples ??= await this.collect();
      this.onProgress({ stage: `fit codebooks ${key}`, done: 0, total: 1 });
      books = await fitForModel(this.gpu, this.text, this.samples, config, this.input.seed);
      this.onProgress({ stage: `fit codebooks ${key}`, done: 1, total: 1 });
      this.fitted.set(key, books);
      this.input.onCodebooks?.(books);
    }
    return books;
  }

  private collect(): Promise<LayerSamples[]> {
    const { calibration, text } = this.input;
    if (!calibration)
      throw fail(
        'CALIBRATION_MISSING',
        'codebooks are fitted on a calibration text and there is none',
        'give one, or trained codebooks',
      );
    if (calibration.text === text.text) {
      throw fail(
        'CALIBRATION_IS_TEXT',
        `'${calibration.name}' is the evaluated text itself`,
        'fit on another text than the evaluated one',
      );
    }
    const { windows } = this.text.windows(calibration, calibrationWindows, this.input.seed);
    this.onProgress({ stage: 'calibrate', done: 0, total: windows.length });
    return collectSamples(this.gpu, this.text, windows, (done) =>
      this.onProgress({ stage: 'calibrate', done, total: windows.length }),
    );
  }
}
