import type { Gpu } from '../gpu/gpu.ts';

/** The shader for a kernel on this device: the one that a measurement chose here, if that is possible, or else the usual one. */
export function chosenVariant<Variant extends string>(
  { adapter }: Pick<Gpu, 'adapter'>,
  kernel: string,
  possible: readonly Variant[],
  usual: Variant,
): Variant {
  const chosen = adapter.variants?.[kernel];
  return possible.find((variant) => variant === chosen) ?? usual;
}
