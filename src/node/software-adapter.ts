import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { fail } from '../errors.ts';
import { contentName, findChromiumPackage } from './chromium-package.ts';
import { loadLibrary } from './load-library.ts';
import { lookupPlaces } from './optional-package.ts';
import { extractTarBrotli, unpackOnce } from './unpack.ts';

/** SwiftShader, a Vulkan driver that runs on the CPU, unpacked and loaded. */
export interface SoftwareAdapter {
  /** Folder with `libvulkan.so.1` and the driver. */
  readonly directory: string;
  /** The file that tells a Vulkan loader about the driver. */
  readonly icdPath: string;
  /** Variables under which another process (Deno) finds the same loader and driver. */
  readonly environment: Readonly<Record<string, string>>;
}

const FILES = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];
const FOLDER_KIND = 'swiftshader';

/**
 * Unpacks SwiftShader from the optional package `@sparticuz/chromium` into a cache folder (once per machine and package
 * version), points this process's Vulkan variables at it, and loads the Vulkan loader. Linux only. Whatever asks for a
 * Vulkan driver for the first time after this call gets SwiftShader, and only SwiftShader.
 * Throws `SOFTWARE_ADAPTER_PLATFORM`, `SOFTWARE_ADAPTER_THREAD`, `SOFTWARE_ADAPTER_LOAD`, `CHROMIUM_PACKAGE_MISSING`,
 * `CHROMIUM_PACKAGE_INCOMPLETE` or `CACHE_UNUSABLE`.
 */
export async function ensureSoftwareAdapter(places: readonly string[] = lookupPlaces()): Promise<SoftwareAdapter> {
  if (!isMainThread && !usesSoftwareAdapter()) {
    throw fail(
      'SOFTWARE_ADAPTER_THREAD',
      'a worker thread cannot set the environment variables that the Vulkan loader reads',
      'call ensureSoftwareAdapter on the main thread before starting the worker',
    );
  }
  const adapter = await unpackSoftwareAdapter(places);
  process.env['VK_ICD_FILENAMES'] = adapter.icdPath;
  // Newer loaders look at VK_DRIVER_FILES first.
  process.env['VK_DRIVER_FILES'] = adapter.icdPath;
  const reason = loadLibrary(join(adapter.directory, 'libvulkan.so.1'));
  if (reason !== undefined) {
    throw fail(
      'SOFTWARE_ADAPTER_LOAD',
      `the unpacked Vulkan loader does not load: ${reason}`,
      'the software adapter needs glibc and a cache folder that allows execution; set CIM_ATTENTION_CACHE to one',
    );
  }
  return adapter;
}

/** Unpacks SwiftShader as `ensureSoftwareAdapter` does, and leaves this process as it is. Same errors for package and cache. */
export async function unpackSoftwareAdapter(places: readonly string[] = lookupPlaces()): Promise<SoftwareAdapter> {
  if (process.platform !== 'linux') throw wrongPlatform();
  const chromium = findChromiumPackage(places);
  const archive = chromium.archive('swiftshader.tar.br');
  const name = await contentName(FOLDER_KIND, chromium.version, [archive]);
  const directory = await unpackOnce(name, (folder) =>
    extractTarBrotli(archive, folder, (file) => FILES.includes(file)),
  );
  await checkMachine(join(directory, 'libvulkan.so.1'));
  const icdPath = join(directory, 'vk_swiftshader_icd.json');
  const inherited = process.env['LD_LIBRARY_PATH'];
  return {
    directory,
    icdPath,
    environment: {
      LD_LIBRARY_PATH: inherited ? directory + delimiter + inherited : directory,
      VK_ICD_FILENAMES: icdPath,
      VK_DRIVER_FILES: icdPath,
    },
  };
}

/** True when the Vulkan variables of this process, set here or inherited, lead to a SwiftShader that we unpacked. */
export function usesSoftwareAdapter(environment: NodeJS.ProcessEnv = process.env): boolean {
  const path = environment['VK_DRIVER_FILES'] || environment['VK_ICD_FILENAMES'] || '';
  return new RegExp(`[/\\\\]${FOLDER_KIND}-[^/\\\\]+-[0-9a-f]{16}[/\\\\]vk_swiftshader_icd\\.json$`).test(path);
}

async function checkMachine(library: string): Promise<void> {
  const elfMachines: Record<string, number> = { x64: 0x3e, arm64: 0xb7 };
  const file = await open(library);
  try {
    const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
    if (buffer.readUInt16LE(18) !== elfMachines[process.arch]) throw wrongPlatform();
  } finally {
    await file.close();
  }
}

function wrongPlatform(): Error {
  return fail(
    'SOFTWARE_ADAPTER_PLATFORM',
    `the bundled software adapter is not built for ${process.platform} ${process.arch}`,
    'it is for Linux on x64; install a GPU driver, or on Linux the Vulkan software driver of Mesa (lavapipe)',
  );
}
