/** Middle of the samples: the mean of the two middle ones of an even number. Throws without samples. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Distance between the quartiles as a share of the median: half of the samples lie in a band that wide. */
export function spread(samples: readonly number[]): number {
  return (quantile(samples, 0.75) - quantile(samples, 0.25)) / median(samples);
}

/** Value below which a share of the samples lies, between neighbours in proportion. Throws without samples. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const rest = at - below;
  const lower = sorted[below]!;
  // From the lower neighbour up: two equal neighbours give exactly their value, however small it is.
  return rest === 0 ? lower : lower + (sorted[below + 1]! - lower) * rest;
}
