import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import type { ShaderModule } from '../gpu/program.ts';
import { shaders } from '../shader/embedded.ts';
import type { LinearVariant } from './linear-variant.ts';

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
  /** Which shader, see `linearVariant`; default `tile`, which runs anywhere. */
  readonly variant?: LinearVariant;
}

/** Shader of each variant, rows and columns of y that one of its workgroups makes, and lanes that share rows of x. */
const variants: Readonly<
  Record<
    LinearVariant,
    { readonly program: ShaderModule; readonly tile: readonly [number, number]; readonly share?: number }
  >
> = {
  tile: { program: shaders.linear, tile: [64, 64] },
  subgroup: { program: shaders['linear-subgroup'], tile: [16, 256] },
  wide: { program: shaders['linear-wide'], tile: [64, 64] },
  'wide-subgroup4': { program: shaders['linear-wide-subgroup'], tile: [32, 64], share: 4 },
  'wide-subgroup8': { program: shaders['linear-wide-subgroup'], tile: [32, 64], share: 8 },
};

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
  const { program, tile, share } = variants[problem.variant ?? 'tile'];
  return {
    program,
    entry: 'main',
    constants: { ...linearConstants(problem), ...(share === undefined ? {} : { SHARE: share }) },
    params: { rows, columns, inner, y_stride: yStride },
    workgroups: [Math.ceil(rows / tile[0]), Math.ceil(columns / tile[1]), products],
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
