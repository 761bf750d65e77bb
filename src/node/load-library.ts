/**
 * Loads a shared library into this process for good, by file name (searched for) or path.
 * Returns undefined when it is in, else the loader's reason.
 */
export function loadLibrary(file: string): string | undefined {
  const now = 0x2;
  const neverUnload = 0x1000;
  try {
    process.dlopen({ exports: {} }, file, now | neverUnload);
    return undefined;
  } catch (error) {
    // Node takes every library for an add-on and rejects it only after loading; the flag keeps it in the process.
    const message = (error as Error).message;
    return message.includes('did not self-register') ? undefined : message;
  }
}
