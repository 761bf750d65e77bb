import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../errors.ts';
import { lookupPlaces, resolveOptionalPackage } from './optional-package.ts';

const PACKAGE = '@sparticuz/chromium';

/** The npm package whose `bin` folder holds SwiftShader and Chromium as brotli archives. */
export interface ChromiumPackage {
  readonly version: string;
  /** Path of an archive in `bin`. Throws `CHROMIUM_PACKAGE_INCOMPLETE` when the package has no such file. */
  archive(file: string): string;
}

/** Finds the optional package `@sparticuz/chromium`. Throws `CHROMIUM_PACKAGE_MISSING`. */
export function findChromiumPackage(places: readonly string[] = lookupPlaces()): ChromiumPackage {
  const entry = resolveOptionalPackage(PACKAGE, places);
  if (entry === undefined) {
    throw fail(
      'CHROMIUM_PACKAGE_MISSING',
      `the optional package ${PACKAGE}, which holds an adapter for machines without a GPU driver, is not installed`,
      `run: npm install ${PACKAGE}`,
    );
  }
  // The package exports its entry point only, so its root is the nearest folder above with its name on it.
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
    if (name === PACKAGE) return { version: version ?? '0', archive: (file) => archiveIn(folder, file) };
  }
  throw fail(
    'CHROMIUM_PACKAGE_INCOMPLETE',
    `${PACKAGE} was found at ${entry} without its package.json`,
    `reinstall it: npm install ${PACKAGE}`,
  );
}

/** Folder name that changes with the package version and with the bytes of the archives. */
export async function contentName(kind: string, version: string, archives: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const archive of archives) {
    for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  }
  return `${kind}-${version}-${hash.digest('hex').slice(0, 16)}`;
}

function archiveIn(folder: string, file: string): string {
  const path = join(folder, 'bin', file);
  if (existsSync(path)) return path;
  throw fail(
    'CHROMIUM_PACKAGE_INCOMPLETE',
    `${PACKAGE} at ${folder} has no bin/${file}`,
    `install a release that has it: npm install ${PACKAGE}`,
  );
}
