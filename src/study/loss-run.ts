import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { NOT_COUNTED } from '../kernel/token-loss.ts';
import type { Attention } from '../model/attention.ts';
import type { TextWindow } from '../model/windows.ts';
import type { TextModel } from './text-model.ts';

/** Tokens that one batch may hold; more only costs memory. */
const batchTokens = 2048;

/** Loss of some windows under one attention. */
export interface LossRun {
  /** Nats per counted token, `[chip][window]`. */
  readonly losses: readonly (readonly number[])[];
  /** Counted tokens of all windows. */
  readonly tokens: number;
  readonly wallMs: number;
  /** GPU time by section, where the device has timestamps. */
  readonly gpuMs: Readonly<Record<string, number>>;
}

/** What to run, and what to look at on the way. */
export interface LossOptions {
  readonly windows: readonly TextWindow[];
  readonly attention: Attention;
  readonly chips?: number;
  /** Sees each layer's operands while they are recorded; what it returns is read back. */
  readonly tap?: (batch: Batch, windows: readonly TextWindow[], layer: number, q: Tensor, k: Tensor) => void;
  /** Whether the first window goes alone, so that there is a result soon. */
  readonly firstAlone?: boolean;
  /** Called after each batch was submitted, with the losses so far. */
  readonly onBatch?: (windows: readonly TextWindow[], losses: LossRun['losses']) => void;
}

/** Runs windows through the model, as many at a time as fit a batch, and returns their losses. */
export async function runLoss(gpu: Gpu, { model }: TextModel, options: LossOptions): Promise<LossRun> {
  const { windows, attention, chips = 1, firstAlone = false } = options;
  const group = Math.max(1, Math.floor(batchTokens / (chips * model.context)));
  const losses: number[][] = Array.from({ length: chips }, () => []);
  const gpuMs: Record<string, number> = {};
  const start = performance.now();
  let tokens = 0;
  for (let first = 0, next = 0; first < windows.length; first = next) {
    next = first + (first === 0 && firstAlone ? 1 : group);
    const part = windows.slice(first, next);
    const repeat = (pick: (window: TextWindow) => Uint32Array) =>
      concatenate(Array.from({ length: chips }, () => part.map(pick)).flat());
    const targets = repeat((window) => window.targets);
    const batch = gpu.batch('evaluate');
    try {
      const { tap } = options;
      const hidden = model.forward(batch, {
        tokens: repeat((window) => window.tokens),
        sequences: chips * part.length,
        chips,
        firstWindow: part[0]!.index,
        attention,
        ...(tap ? { tap: (layer: number, q: Tensor, k: Tensor) => tap(batch, part, layer, q, k) } : {}),
      });
      const loss: Reading<Float32Array> = model.loss(batch, hidden, targets).loss;
      for (const [section, ms] of Object.entries(await batch.submit())) gpuMs[section] = (gpuMs[section] ?? 0) + ms;
      tokens += collect(loss.values(), targets, chips, part.length, losses);
    } finally {
      batch.discard();
    }
    options.onBatch?.(part, losses);
  }
  return { losses, tokens, wallMs: performance.now() - start, gpuMs };
}

/** Adds each window's mean to its chip's list; returns the counted tokens of one chip. */
function collect(
  values: Float32Array,
  targets: Uint32Array,
  chips: number,
  windows: number,
  losses: number[][],
): number {
  const length = targets.length / (chips * windows);
  let counted = 0;
  for (let s = 0; s < chips * windows; s++) {
    let sum = 0;
    let count = 0;
    for (let i = s * length; i < (s + 1) * length; i++) {
      if (targets[i] === NOT_COUNTED) continue;
      sum += values[i]!;
      count++;
    }
    losses[Math.floor(s / windows)]!.push(sum / count);
    if (s < windows) counted += count;
  }
  return counted;
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
