import { fail } from '../errors.ts';

/** How often each component did each action. Fractions are allowed: a column stopped halfway through its charge counts as 0.5. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The sum of several ledgers, action by action. Throws `COUNTS_VALUE` for a count that is negative or not finite. */
export function addCounts(...ledgers: readonly Counts[]): Counts {
  const sum: Record<string, Record<string, number>> = Object.create(null);
  for (const ledger of ledgers) {
    for (const { component, action, count } of entriesOf(ledger)) {
      sum[component] ??= Object.create(null) as Record<string, number>;
      sum[component][action] = checked(component, action, (sum[component][action] ?? 0) + count);
    }
  }
  return plain(sum);
}

/** Every count times `factor` (0 or more). Throws `COUNTS_VALUE`. */
export function scaleCounts(counts: Counts, factor: number): Counts {
  if (!(factor >= 0 && Number.isFinite(factor))) {
    throw fail('COUNTS_VALUE', `counts cannot be scaled by ${factor}`, 'give a finite factor of 0 or more');
  }
  const scaled: Record<string, Record<string, number>> = Object.create(null);
  for (const { component, action, count } of entriesOf(counts)) {
    scaled[component] ??= Object.create(null) as Record<string, number>;
    scaled[component][action] = checked(component, action, count * factor);
  }
  return plain(scaled);
}

/** The sum over all actions, over one component's, or of one action; 0 for what was not counted. Throws `COUNTS_VALUE`. */
export function totalOf(counts: Counts, component?: string, action?: string): number {
  let total = 0;
  for (const entry of entriesOf(counts)) {
    if (component !== undefined && entry.component !== component) continue;
    if (action !== undefined && entry.action !== action) continue;
    total += entry.count;
  }
  return total;
}

/** Every count as a row, checked. Throws `COUNTS_VALUE` for a count that is negative or not finite. */
export function* entriesOf(counts: Counts): Generator<{ component: string; action: string; count: number }> {
  for (const [component, actions] of Object.entries(counts)) {
    for (const [action, count] of Object.entries(actions))
      yield { component, action, count: checked(component, action, count) };
  }
}

function checked(component: string, action: string, count: number): number {
  if (typeof count === 'number' && count >= 0 && Number.isFinite(count)) return count;
  throw fail('COUNTS_VALUE', `${component}.${action} was counted ${count} times`, 'give a finite count of 0 or more');
}

// Summed without a prototype so that no component name can meet an inherited one; handed out as ordinary frozen objects.
function plain(counts: Record<string, Record<string, number>>): Counts {
  return Object.freeze(
    Object.fromEntries(Object.entries(counts).map(([name, actions]) => [name, Object.freeze({ ...actions })])),
  );
}
