/** The cycles of one input: slices of bits, lowest first, in one pass or (positive part, then negative part) in two. */
export interface InputCycles {
  /** All cycles, those of both passes. */
  readonly cycles: number;
  readonly passes: 1 | 2;
  /** Bits per cycle. */
  readonly sliceBits: number;
  /** Whether the passes of a column are subtracted before conversion, and whether its slices are summed before it. */
  readonly joinsPasses: boolean;
  readonly joinsSlices: boolean;
}

/** Cycles that are left to convert after what is joined before conversion, and the passes among them. */
export function conversionsOf(input: InputCycles): { readonly cycles: number; readonly passes: 1 | 2 } {
  const passes = input.joinsPasses ? 1 : input.passes;
  return { cycles: input.joinsSlices ? passes : (passes * input.cycles) / input.passes, passes };
}

/**
 * The cycles that make one conversion's current, with their weights. Slices are averaged with binary weights, as charge that
 * is shared does it, so that the sum needs no more range than a cycle.
 */
export function joinedCycles(
  input: InputCycles,
  conversion: number,
): readonly { readonly cycle: number; readonly weight: number }[] {
  const slices = input.cycles / input.passes;
  const perPass = input.joinsSlices ? 1 : slices;
  const ownPass = input.joinsPasses ? 0 : Math.floor(conversion / perPass);
  const passes = input.joinsPasses ? input.passes : 1;
  const { first, radix } = sliceWeights(input);
  return Array.from({ length: (passes * slices) / perPass }, (_, i) => {
    const joined = slices / perPass;
    const slice = input.joinsSlices ? i % joined : conversion % perPass;
    const pass = ownPass + Math.floor(i / joined);
    const sign = input.joinsPasses && pass === 1 ? -1 : 1;
    return { cycle: pass * slices + slice, weight: sign * (input.joinsSlices ? first * radix ** slice : 1) };
  });
}

/** Weight of the lowest slice where slices are joined, and what each further one counts: together they make 1. */
export function sliceWeights(input: InputCycles): { readonly first: number; readonly radix: number } {
  const radix = 2 ** input.sliceBits;
  return { first: (radix - 1) / (radix ** (input.cycles / input.passes) - 1), radix };
}
