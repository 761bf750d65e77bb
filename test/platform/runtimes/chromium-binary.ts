import { join } from 'node:path';
import { contentName, findChromiumPackage } from '../../../src/node/chromium-package.ts';
import { extractBrotli, extractTarBrotli, unpackOnce } from '../../../src/node/unpack.ts';

/** A Chromium with its own graphics libraries beside it, and the system libraries it needs. */
export interface ChromiumBinary {
  readonly executablePath: string;
  /** Folder with NSS, NSPR and expat, for `LD_LIBRARY_PATH`. */
  readonly libraryPath: string;
}

/** Unpacks headless Chromium from the npm package `@sparticuz/chromium` into the cache folder, once. Linux x64 only. */
export async function unpackChromium(): Promise<ChromiumBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `@sparticuz/chromium holds Chromium for linux x64, and this is ${process.platform} ${process.arch}`,
    );
  }
  const chromium = findChromiumPackage();
  const [program, graphics, system] = ['chromium.br', 'swiftshader.tar.br', 'al2023.tar.br'].map(chromium.archive);
  const name = await contentName('chromium', chromium.version, [program!, graphics!, system!]);
  const folder = await unpackOnce(name, async (target) => {
    await extractBrotli(program!, join(target, 'chromium'));
    await extractTarBrotli(graphics!, target);
    await extractTarBrotli(system!, target);
  });
  return { executablePath: join(folder, 'chromium'), libraryPath: join(folder, 'lib') };
}
