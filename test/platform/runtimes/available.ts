import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { unpackChromium } from './chromium-binary.ts';
import { denoBinary, denoEnvironment } from './deno.ts';

/** Whether `runInDeno` can run here: true, or the reason why not. Starts the program once. */
export function denoAvailable(): Promise<true | string> {
  return reasonOf(async () => {
    await promisify(execFile)(denoBinary(), ['--version'], { env: { ...process.env, ...(await denoEnvironment()) } });
  });
}

/** Whether `runInChromium` can run here: true, or the reason why not. Unpacks the browser and starts it once. */
export function chromiumAvailable(): Promise<true | string> {
  return reasonOf(async () => {
    const { executablePath, libraryPath } = await unpackChromium();
    await promisify(execFile)(executablePath, ['--version'], {
      env: { ...process.env, LD_LIBRARY_PATH: libraryPath },
    });
  });
}

/**
 * True when tests on the runtime should run. A missing runtime prints why they are skipped; it throws instead where
 * every runtime must be there: with `CI=true` or `CIM_ATTENTION_REQUIRE_RUNTIMES=1`.
 */
export function usable(runtime: string, available: true | string, environment = process.env): boolean {
  if (available === true) return true;
  const message = `${runtime} cannot run here: ${available}`;
  if (environment['CI'] === 'true' || environment['CIM_ATTENTION_REQUIRE_RUNTIMES'] === '1') throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

async function reasonOf(trial: () => Promise<void>): Promise<true | string> {
  try {
    await trial();
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}
