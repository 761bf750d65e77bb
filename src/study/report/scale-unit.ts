const ladders: Readonly<Record<string, readonly string[]>> = {
  pJ: ['pJ', 'nJ', 'µJ', 'mJ', 'J', 'kJ'],
  ns: ['ns', 'µs', 'ms', 's', 'ks'],
  um2: ['µm²', 'mm²'],
};
const steps: Readonly<Record<string, number>> = { pJ: 1000, ns: 1000, um2: 1e6 };

/** Factor and unit under which the largest of some values reads well: 12 345 pJ as 12.3 nJ. */
export function scaleFor(
  largest: number,
  unit: 'pJ' | 'ns' | 'um2',
): { readonly factor: number; readonly unit: string } {
  const ladder = ladders[unit]!;
  const step = steps[unit]!;
  let at = 0;
  let value = Math.abs(largest);
  while (value >= step && at < ladder.length - 1) {
    value /= step;
    at++;
  }
  return { factor: step ** -at, unit: ladder[at]! };
}

/** A quantity in the unit that suits it, with three significant digits. */
export function formatQuantity(value: number, unit: 'pJ' | 'ns' | 'um2'): string {
  const scale = scaleFor(value, unit);
  return `${formatNumber(value * scale.factor)} ${scale.unit}`;
}

/** A number with three significant digits; whole numbers below a million in full, the very large and small as powers. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace('e+', 'e');
  if (Number.isInteger(value) || size >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}

/** A share as a percentage. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
