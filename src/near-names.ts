const LONGEST = 200;
const MOST = 20_000;

/**
 * The `count` names closest to `wanted` by edit distance, nearest first, leaving out what is not similar at all.
 * For "did you mean" in messages. Names over 200 characters and lists over 20 000 names are not searched.
 */
export function nearNames(wanted: string, names: Iterable<string>, count = 3): string[] {
  if (wanted.length > LONGEST) return [];
  const scored: { name: string; distance: number }[] = [];
  let seen = 0;
  for (const name of names) {
    if (++seen > MOST) break;
    if (name.length > LONGEST) continue;
    const contained = name.endsWith(`.${wanted}`) || wanted.endsWith(`.${name}`);
    const distance = contained ? 0 : editDistance(wanted, name);
    if (distance <= Math.max(2, Math.ceil(wanted.length / 3))) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, count).map((entry) => entry.name);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}
