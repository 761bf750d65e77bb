/** Never ends: what a runner does then is what is tested. */
export async function main(): Promise<string> {
  for (;;) await Promise.resolve();
}
