import { z } from 'zod';
import { nearNames } from '../near-names.ts';
import { quote } from '../quote.ts';

/** Bounds of a number in the schema; `unit` is named in messages and in the published schema. */
export interface Bounds {
  readonly low?: number;
  readonly high?: number;
  /** `low` itself is not allowed. */
  readonly above?: boolean;
  readonly unit?: string;
  readonly default?: number;
}

/** A number of the schema. Every complaint about it is the same sentence: what is allowed. */
export function real(description: string, bounds: Bounds = {}) {
  return limit(z.number({ error: `give ${numberWords('a number', bounds)}` }), 'a number', description, bounds);
}

/** A whole number of the schema. */
export function whole(description: string, bounds: Bounds = {}) {
  const words = 'a whole number';
  return limit(z.int({ error: `give ${numberWords(words, bounds)}` }), words, description, bounds);
}

/** A switch. */
export function flag(description: string, otherwise?: boolean) {
  const meta = { description, ...(otherwise === undefined ? {} : { default: otherwise }) };
  return z.boolean({ error: 'use true or false' }).meta(meta);
}

/** One of some names. */
export function oneOf<const Name extends string>(description: string, names: readonly Name[], otherwise?: Name) {
  const error = (issue: { readonly input?: unknown }) =>
    `use one of ${names.join(', ')}${suggestion(issue.input, names)}`;
  return z.enum(names, { error }).meta({ description, ...(otherwise === undefined ? {} : { default: otherwise }) });
}

/** An object with these keys and no others. */
export function section<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  const names = Object.keys(shape);
  const error = (issue: { readonly code?: string; readonly keys?: readonly string[] }) => {
    const near = issue.code === 'unrecognized_keys' ? suggestion(issue.keys?.[0], names) : '';
    return `use an object with any of ${names.join(', ')}${near}`;
  };
  return z.strictObject(shape, { error }).meta({ description });
}

/** A preset's name, or an object that changes a preset. */
export function presetOr<Name extends string, Fields extends z.ZodType>(
  description: string,
  names: readonly Name[],
  fields: Fields,
) {
  const error = `use one of ${names.join(', ')}, or an object with "preset" and changes`;
  return z.union([z.enum(names), fields], { error }).meta({ description });
}

function limit<Type extends z.ZodNumber>(base: Type, words: string, description: string, bounds: Bounds): Type {
  const error = `give ${numberWords(words, bounds)}`;
  let schema: z.ZodNumber = base;
  if (bounds.low !== undefined)
    schema = bounds.above ? schema.gt(bounds.low, { error }) : schema.gte(bounds.low, { error });
  if (bounds.high !== undefined) schema = schema.lte(bounds.high, { error });
  const unit = bounds.unit === undefined ? '' : ` (${bounds.unit})`;
  const otherwise = bounds.default === undefined ? {} : { default: bounds.default };
  return schema.meta({ description: description + unit, ...otherwise }) as Type;
}

function numberWords(words: string, { low, high, above, unit }: Bounds): string {
  const named = unit === undefined ? words : `${words} of ${unit}`;
  if (low !== undefined && high !== undefined) {
    return above ? `${named} above ${low}, at most ${high}` : `${named} from ${low} to ${high}`;
  }
  if (low !== undefined) return above ? `${named} above ${low}` : `${named}, ${low} or more`;
  return high === undefined ? named : `${named}, at most ${high}`;
}

function suggestion(given: unknown, names: readonly string[]): string {
  const [near] = typeof given === 'string' ? nearNames(given, names, 1) : [];
  return near === undefined ? '' : `; did you mean ${quote(near)}?`;
}
