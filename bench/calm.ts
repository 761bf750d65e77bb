import type { AdapterFacts } from '../src/gpu/adapter.ts';

/**
 * Waits for a promise of the GPU. Dawn's binding for Node polls in a busy loop while one is open: beside a software adapter that
 * takes a core from the adapter's own threads and shows up as processor time, so there the thread sleeps between polls.
 */
export async function waitCalmly<Value>(adapter: Pick<AdapterFacts, 'class'>, waiting: Promise<Value>): Promise<Value> {
  if (adapter.class === 'hardware') return waiting;
  let done = false;
  const noted = waiting.finally(() => {
    done = true;
  });
  // The caller hears of a failure below; until then it is not unheard.
  noted.catch(() => {});
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!done) {
    Atomics.wait(never, 0, 0, 0.5);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return noted;
}
