import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planQuantizeTokens, tokenWords } from '../kernel/quantize-tokens.ts';
import { planSparseLinear, type SparseOperand, sparseOperand } from '../kernel/sparse-linear.ts';
import { sparseCounts } from '../kernel/sparse-weights/counts.ts';
import type { LinearCall } from '../model/attention.ts';
import type { LinearActivity } from './butterfly-activity.ts';
import type { CompiledLinears, LinearLayer } from './compile-linears.ts';
import type { Workspace } from './workspace.ts';

/** A layer in the machine, and what it did so far. */
interface Held {
  readonly operand: SparseOperand;
  readonly entries: Tensor;
  readonly columns: Tensor;
  readonly keptWeights: number;
  readonly rounds: number;
  rows: number;
  projects: boolean;
}

/** Linear layers by their kept weights in 8 bits, held on the GPU for as long as the machine lives. */
export class ButterflyLinears {
  private readonly layers = new Map<LinearLayer, Held>();
  private last: Held | undefined;

  constructor(gpu: Gpu, compiled: CompiledLinears) {
    for (const [layer, weights] of compiled) {
      const operand = sparseOperand(weights);
      const { kept, rounds } = sparseCounts(weights);
      this.layers.set(layer, {
        operand,
        entries: gpu.tensor(operand.entries, undefined, `${layer.name} kept weights`),
        columns: gpu.tensor(operand.columns, undefined, `${layer.name} outputs`),
        keptWeights: kept,
        rounds,
        rows: 0,
        projects: false,
      });
    }
  }

  /** Records a layer: its inputs to 8 bits with a scale for each row, then the kept weights. False where it is not held. */
  record(batch: Batch, work: Workspace, { layer, rows, x, y, activation, accumulate }: LinearCall): boolean {
    const held = this.layers.get(layer);
    if (!held) return false;
    const { inputs } = layer;
    const codes = work.get('input codes', 'i32', [inputs, tokenWords(rows)]);
    const scales = work.get('input scales', 'f32', [rows]);
    batch.run(planQuantizeTokens({ rows, inner: inputs }), { x, packed: codes, scales });
    const options = { ...(activation ? { activation } : {}), ...(accumulate ? { accumulate } : {}) };
    batch.run(planSparseLinear({ rows, operand: held.operand, ...options }), {
      x: codes,
      row_scales: scales,
      entries: held.entries,
      columns: held.columns,
      bias: layer.bias,
      y,
    });
    held.rows += rows;
    this.last = held;
    return true;
  }

  /** Says that attention follows: the layer recorded last is its projection. */
  attends(): void {
    if (this.last) this.last.projects = true;
    this.last = undefined;
  }

  /** What the layers did that were used, with `share` times the rows that were recorded. */
  activity(share: number): readonly LinearActivity[] {
    return [...this.layers.values()]
      .filter(({ rows }) => rows > 0)
      .map(({ operand, keptWeights, rounds, rows, projects }) => ({
        rows: rows * share,
        inputs: operand.inputs,
        outputs: operand.outputs,
        keptWeights,
        rounds,
        projects,
      }));
  }

  destroy(): void {
    for (const { entries, columns } of this.layers.values()) {
      entries.destroy();
      columns.destroy();
    }
  }
}
