/**
 * Cross entropy in nats and hits of rows of logits over a whole vocabulary, in float64. A row with the target 0xffffffff
 * does not count and gives 0 for both.
 */
export function tokenLossReference(
  logits: ArrayLike<number>,
  vocabulary: number,
  targets: ArrayLike<number>,
): { loss: Float64Array; hit: Uint32Array } {
  const loss = new Float64Array(targets.length);
  const hit = new Uint32Array(targets.length);
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (target === 0xffffffff) continue;
    const of = (id: number) => logits[row * vocabulary + id]!;
    let best = 0;
    for (let id = 1; id < vocabulary; id++) if (of(id) > of(best)) best = id;
    let sum = 0;
    for (let id = 0; id < vocabulary; id++) sum += Math.exp(of(id) - of(best));
    loss[row] = Math.log(sum) + of(best) - of(target);
    hit[row] = best === target ? 1 : 0;
  }
  return { loss, hit };
}
