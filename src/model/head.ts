import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { type Tensor, view } from '../gpu/tensor.ts';
import { planLayerNorm } from '../kernel/layer-norm.ts';
import { planLinear } from '../kernel/linear.ts';
import { linearVariant } from '../kernel/linear-variant.ts';
import { NOT_COUNTED, planLossFinish, planLossPiece } from '../kernel/token-loss.ts';
import type { ModelConfig } from './config.ts';
import { geluOf, type Head } from './network.ts';

/** Per row of a batch, in the order of its targets. */
export interface TokenLoss {
  /** Cross entropy in nats; 0 where the target is `NOT_COUNTED`. */
  readonly loss: Reading<Float32Array>;
  /** 1 where the most likely id is the target; 0 elsewhere and where the target is `NOT_COUNTED`. */
  readonly hit: Reading<Uint32Array>;
}

/** The most memory that logits take at a time, whatever a piece of the table may be. */
const LOGITS_BYTES = 32 * 2 ** 20;

/**
 * Records the loss of hidden states [rows, width] against one target per row (an id, or `NOT_COUNTED`). Logits exist for a
 * part of the vocabulary at a time. Throws `TARGETS` for a wrong number of them or an id outside the vocabulary.
 */
export function recordLoss(
  gpu: Gpu,
  batch: Batch,
  config: ModelConfig,
  head: Head,
  hidden: Tensor,
  targets: Uint32Array,
  mostBytes: number,
): TokenLoss {
  const { width, vocabulary } = config;
  const rows = targets.length;
  checkTargets(targets, hidden, config);
  const variant = linearVariant(gpu);
  batch.mark('loss');
  const states = transformed(gpu, batch, config, head, hidden, rows);
  const onGpu = batch.temporary('u32', [rows], 'targets');
  gpu.write(onGpu, targets);
  const running = batch.temporary('f32', [rows, 3], 'running sums');
  const best = batch.temporary('u32', [rows], 'best ids');
  // Whole multiples of 64 ids, so that views of table and bias may begin there.
  const most = Math.max(64, Math.floor(Math.min(mostBytes, LOGITS_BYTES) / (Math.max(rows, 1) * 4 * 64)) * 64);
  const logits = batch.temporary('f32', [rows, Math.min(most, vocabulary)], 'logits');
  for (const { firstRow, rowCount, values } of head.table.pieces) {
    for (let start = 0; start < rowCount; start += most) {
      const columns = Math.min(most, rowCount - start);
      const firstId = firstRow + start;
      const w = view(values, start * width, [columns, width]);
      const bias = head.bias ? view(head.bias, firstId, [columns]) : w;
      const launch = planLinear({ rows, columns, inner: width, bias: head.bias !== undefined, variant });
      batch.run(launch, { x: states, w, bias, y: logits });
      batch.run(planLossPiece({ rows, columns, firstId }), { logits, targets: onGpu, running, best });
    }
  }
  const loss = batch.temporary('f32', [rows], 'token losses');
  const hit = batch.temporary('u32', [rows], 'token hits');
  batch.run(planLossFinish(rows), { targets: onGpu, running, best, loss, hit });
  return { loss: batch.read(loss), hit: batch.read(hit) };
}

function transformed(gpu: Gpu, batch: Batch, config: ModelConfig, head: Head, hidden: Tensor, rows: number): Tensor {
  if (!head.transform) return hidden;
  const { width, layerNormEpsilon: epsilon } = config;
  const { dense, norm } = head.transform;
  const [a, b] = ['transformed state', 'head state'].map((label) => batch.temporary('f32', [rows, width], label));
  const sizes = { rows, columns: width, inner: width, variant: linearVariant(gpu) };
  batch.run(planLinear({ ...sizes, activation: geluOf(config) }), {
    x: hidden,
    w: dense.weight,
    bias: dense.bias,
    y: a!,
  });
  batch.run(planLayerNorm({ rows, width, epsilon }), { x: a!, ...norm, y: b! });
  return b!;
}

function checkTargets(targets: Uint32Array, hidden: Tensor, { width, vocabulary }: ModelConfig): void {
  if (targets.length * width !== hidden.length) {
    const rows = hidden.length / width;
    throw fail('TARGETS', `${targets.length} targets for ${rows} hidden states`, 'give one target per token');
  }
  const bad = targets.findIndex((id) => id >= vocabulary && id !== NOT_COUNTED);
  if (bad < 0) return;
  const what = `target ${bad} is the id ${targets[bad]}, and the model has ${vocabulary}`;
  throw fail('TARGETS', what, 'use the tokenizer that belongs to the model');
}
