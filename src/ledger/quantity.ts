import { fail } from '../errors.ts';
import type { Source } from '../source.ts';

export type { Grade, Source } from '../source.ts';

/** A constant with its unit, its source and, where known, the span of plausible values. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly source: Source;
  readonly low?: number;
  readonly high?: number;
  /** Names of the figures that this constant was chosen to bring out. None of them may then be called predicted. */
  readonly fittedTo?: readonly string[];
}

/** Builds a frozen {@link Quantity}. Throws `QUANTITY_VALUE` for a value that is not finite, negative, or outside its span. */
export function quantity(
  value: number,
  unit: string,
  source: Source,
  span: { readonly low?: number; readonly high?: number; readonly fittedTo?: readonly string[] } = {},
): Quantity {
  const { low = value, high = value } = span;
  if (!Number.isFinite(value) || value < 0) {
    throw fail('QUANTITY_VALUE', `a constant is ${value} ${unit}`, 'give a finite number of 0 or more');
  }
  if (!(low <= value && value <= high)) {
    throw fail('QUANTITY_VALUE', `${value} ${unit} is not between ${low} and ${high}`, 'give low <= value <= high');
  }
  return Object.freeze({ value, unit, source, ...span });
}
