import { CimError, fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { compileWeights, type SparseWeights } from '../kernel/sparse-weights/compile.ts';
import { pruneBalanced, pruneToDensity } from '../kernel/sparse-weights/prune.ts';
import type { LinearCall } from '../model/attention.ts';
import type { ResolvedButterfly } from './butterfly-config.ts';

/** What of a configuration decides how weights are held. */
export type CompileConfig = Pick<ResolvedButterfly, 'block' | 'lanes' | 'fork' | 'packing' | 'macroColumns' | 'prune'>;

/** A layer of a model, as its calls name it. */
export type LinearLayer = LinearCall['layer'];

/** Compiled weights of some linear layers. */
export type CompiledLinears = ReadonlyMap<LinearLayer, SparseWeights>;

/**
 * Reads the weights of linear layers back from the GPU, one layer at a time, and compiles them for butterflies: pruned first
 * where the configuration asks for it, with a scale for each output. Throws `SPARSE_BLOCK` with the layer's name where `balanced`
 * is asked for and a block keeps too much, and `SPARSE_WEIGHTS` for weights that are not finite.
 */
export async function compileLinears(
  gpu: Gpu,
  linears: readonly LinearLayer[],
  config: CompileConfig,
): Promise<CompiledLinears> {
  const compiled = new Map<LinearLayer, SparseWeights>();
  for (const layer of linears) {
    const batch = gpu.batch(`read ${layer.name}`);
    const weights = batch.read<Float32Array>(layer.weight);
    await batch.submit();
    compiled.set(layer, compileLayer(layer, weights.values(), config));
  }
  return compiled;
}

/** Whether no block of a column keeps more weights than there are lanes; weights are `[outputs, inputs]`. */
export function isBalanced(
  weights: Float32Array,
  inputs: number,
  { block, lanes }: Pick<CompileConfig, 'block' | 'lanes'>,
): boolean {
  for (let row = 0; row < weights.length; row += inputs) {
    for (let first = 0; first < inputs; first += block) {
      let kept = 0;
      for (let i = first; i < Math.min(first + block, inputs); i++) if (weights[row + i] !== 0) kept++;
      if (kept > lanes) return false;
    }
  }
  return true;
}

function compileLayer(
  { name, inputs, outputs }: LinearLayer,
  stored: Float32Array,
  config: CompileConfig,
): SparseWeights {
  const { block, lanes, macroColumns, prune } = config;
  const size = { inputs, outputs, block, lanes };
  let weights = transposed(stored, inputs);
  if (prune === 'balanced') weights = pruneBalanced(size, weights);
  else if (prune !== undefined) weights = pruneToDensity(size, weights, prune);
  const balanced =
    config.fork === 'balanced' || (config.fork === 'auto' && isBalanced(transposed(weights, outputs), inputs, config));
  const shape = balanced
    ? ({ ...size, macroColumns, fork: 'balanced', packing: 1 } as const)
    : ({ ...size, macroColumns, fork: 'irregular', packing: config.packing } as const);
  try {
    return compileWeights(shape, weights);
  } catch (cause) {
    if (cause instanceof CimError) throw fail(cause.code, `${name}: ${cause.what}`, cause.fix, cause);
    throw cause;
  }
}

/** A matrix with rows of `width` elements, rows and columns exchanged. */
function transposed(values: Float32Array, width: number): Float32Array {
  const rows = values.length / width;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) for (let i = 0; i < width; i++) out[i * rows + row] = values[row * width + i]!;
  return out;
}
