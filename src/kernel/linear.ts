import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** What a linear layer does with its products, whatever multiplies them. */
export interface LinearOptions {
  readonly bias?: boolean;
  readonly activation?: 'none' | 'gelu-tanh' | 'gelu-erf';
  /** Adds the result to what `y` holds, for residual connections. */
  readonly accumulate?: boolean;
  /** Elements from one row of `y` to the next; default `columns`. */
  readonly yStride?: number;
}

/** Sizes and options of one linear layer, `y[rows, columns] = act(x[rows, inner] * w[columns, inner]^T + bias)`. */
export interface LinearProblem extends LinearOptions {
  readonly rows: number;
  readonly columns: number;
  /** Length of the products; a multiple of 4. */
  readonly inner: number;
  /** How many products of these sizes lie behind one another in x, w and y; the bias is shared. Default 1. */
  readonly products?: number;
  /** Shares rows of x between lanes; needs the `subgroups` feature with at least 4 lanes. */
  readonly subgroups?: boolean;
}

const activations = { none: 0, 'gelu-tanh': 1, 'gelu-erf': 2 } as const;

/**
 * Plans a linear layer. Binds `x`, `w`, `bias` (any tensor where there is none) and `y`.
 * Throws when `inner` is not a multiple of 4, the stride is too short, or activation and accumulation are both asked for.
 */
export function planLinear(problem: LinearProblem): Launch {
  const { rows, columns, inner, products = 1, bias = true } = problem;
  if (inner % 4 !== 0 || inner <= 0)
    throw fail('LINEAR_INNER', `the inner size is ${inner}`, 'pad it with zeros to a multiple of 4');
  const yStride = checkLinear(problem, columns);
  const [tileRows, tileColumns] = problem.subgroups ? [16, 256] : [64, 64];
  return {
    program: problem.subgroups ? shaders['linear-subgroup'] : shaders.linear,
    entry: 'main',
    constants: linearConstants(problem),
    params: { rows, columns, inner, y_stride: yStride },
    workgroups: [Math.ceil(rows / tileRows), Math.ceil(columns / tileColumns), products],
    elements: {
      x: products * rows * inner,
      w: products * columns * inner,
      bias: bias ? columns : 0,
      y: rows === 0 || products === 0 ? 0 : (products * rows - 1) * yStride + columns,
    },
  };
}

/** Checks the options of a layer of `columns` outputs and gives its stride. Throws `LINEAR_OPTIONS` and `LINEAR_STRIDE`. */
export function checkLinear(
  { activation = 'none', accumulate = false, yStride }: LinearOptions,
  columns: number,
): number {
  if (accumulate && activation !== 'none') {
    throw fail(
      'LINEAR_OPTIONS',
      `accumulate with the activation ${activation}`,
      'use one of the two: a residual is added to a plain product',
    );
  }
  if (yStride !== undefined && yStride < columns)
    throw fail(
      'LINEAR_STRIDE',
      `y has ${columns} columns but a stride of ${yStride}`,
      'use a stride of at least the columns',
    );
  return yStride ?? columns;
}

/** The options as the shaders' override constants. */
export function linearConstants({ bias = true, activation = 'none', accumulate = false }: LinearOptions) {
  return { BIAS: bias ? 1 : 0, ACTIVATION: activations[activation], ACCUMULATE: accumulate ? 1 : 0 };
}

/** Whether the subgroup variant runs on this device. */
export function hasBroadcast(gpu: Gpu): boolean {
  const info = gpu.device.adapterInfo as (GPUAdapterInfo & { subgroupMinSize?: number }) | undefined;
  return gpu.device.features.has('subgroups' as GPUFeatureName) && (info?.subgroupMinSize ?? 0) >= 4;
}
