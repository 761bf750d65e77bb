import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** Sizes of one layer normalisation, `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta` over each row. */
export interface LayerNormProblem {
  readonly rows: number;
  /** Elements of a row, at least 1. */
  readonly width: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Plans a layer normalisation. Binds `x` [rows, width], `gamma` and `beta` [width], and `y` [rows, width]; not in place.
 * Throws `LAYER_NORM_WIDTH` for rows without elements.
 */
export function planLayerNorm({ rows, width, epsilon }: LayerNormProblem): Launch {
  if (!(width >= 1)) throw fail('LAYER_NORM_WIDTH', `rows of ${width} elements have no mean`, 'use a width from 1');
  return {
    program: shaders['layer-norm'],
    entry: 'main',
    constants: {},
    params: { rows, width, epsilon },
    workgroups: [...foldGrid(Math.ceil(rows / rowsPerGroup)), 1],
    elements: { x: rows * width, gamma: width, beta: width, y: rows * width },
    workgroupBytes: 512,
  };
}

const rowsPerGroup = 16;
