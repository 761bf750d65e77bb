/** Fails with a message that the runner has to pass on. */
export async function main(): Promise<string> {
  throw new Error('planted failure');
}
