import { pathToFileURL } from 'node:url';
import { type CimError, fail } from '../errors.ts';
import type { GPU } from '../gpu/webgpu.ts';
import { loadLibrary } from './load-library.ts';
import { lookupPlaces, resolveOptionalPackage } from './optional-package.ts';
import { ensureSoftwareAdapter, usesSoftwareAdapter } from './software-adapter.ts';

/** Which adapter to take: one of the system's GPUs, or the bundled software adapter. */
export type AdapterChoice = 'hardware' | 'software';

/** How `findNodeGpu` looks for an adapter. */
export interface FindNodeGpuOptions {
  /** Takes only this kind; without it, the system's adapter and the bundled software adapter when there is none. */
  readonly force?: AdapterChoice;
  /** Further Dawn settings, `key=value`, for example `enable-dawn-features=allow_unsafe_apis`. */
  readonly toggles?: readonly string[];
  /** Files or URLs from which `webgpu` and `@sparticuz/chromium` are looked up. */
  readonly places?: readonly string[];
}

/** A WebGPU entry point on Node. Keep it referenced as long as its devices; adapters are good for one device each. */
export interface NodeGpu {
  readonly gpu: GPU;
  readonly driver: 'system' | 'bundled-software';
}

interface WebgpuPackage {
  create(options: string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

// Dawn otherwise rounds timestamps to 65536 ns, longer than most of our kernels.
const TOGGLES = ['disable-dawn-features=timestamp_quantization'];

/**
 * A `GPU` on Node, made with the optional package `webgpu` and seen to have an adapter; on Linux without a usable
 * adapter, SwiftShader is unpacked and used. The environment variable `CIM_ATTENTION_ADAPTER` (`hardware` or
 * `software`) goes before `force`. `globalThis.navigator` is left alone; WebGPU's flag and error globals are defined where missing.
 * Throws `ADAPTER_CHOICE`, `WEBGPU_PACKAGE_MISSING`, `WEBGPU_PACKAGE_LOAD`, `ADAPTER_MISSING`, and what `ensureSoftwareAdapter` throws.
 */
export async function findNodeGpu(options: FindNodeGpuOptions = {}): Promise<NodeGpu> {
  const choice = adapterChoice(options.force);
  const places = options.places ?? lookupPlaces();
  const webgpu = await importWebgpu(places);
  defineMissingGlobals(webgpu.globals);
  const settings = joinToggles([...TOGGLES, ...(options.toggles ?? [])]);

  if (choice !== 'software') {
    const { gpu, adapter, cause } = await probe(webgpu, settings);
    if (adapter && !(choice === 'hardware' && adapter.info.isFallbackAdapter)) {
      return { gpu: gpu!, driver: usesSoftwareAdapter() ? 'bundled-software' : 'system' };
    }
    if (choice === 'hardware') {
      throw noAdapter(
        adapter ? `the only adapter is software (${adapter.info.description})` : 'there is no adapter',
        cause,
      );
    }
    if (process.platform !== 'linux') throw noAdapter('there is no adapter', cause);
  }

  await ensureSoftwareAdapter(places);
  // A GPU object keeps the answer of its first look for adapters, so the one that found none stays empty for ever. The
  // import is not the problem: an object created now, from the same import, looks again and finds SwiftShader.
  const { gpu, adapter, cause } = await probe(webgpu, settings);
  if (!adapter) throw noAdapter('the bundled software adapter was loaded and not found', cause);
  return { gpu: gpu!, driver: 'bundled-software' };
}

async function probe(
  webgpu: WebgpuPackage,
  settings: string[],
): Promise<{ gpu?: GPU; adapter: GPUAdapter | null; cause?: unknown }> {
  // Without a loader Dawn finds nothing on Linux and says so on stderr, past every hook; so it is not asked.
  const loaderProblem = process.platform === 'linux' ? loadLibrary('libvulkan.so.1') : undefined;
  if (loaderProblem !== undefined) return { adapter: null, cause: new Error(loaderProblem) };
  try {
    const gpu = webgpu.create(settings);
    return { gpu, adapter: await gpu.requestAdapter() };
  } catch (cause) {
    return { adapter: null, cause };
  }
}

async function importWebgpu(places: readonly string[]): Promise<WebgpuPackage> {
  const path = resolveOptionalPackage('webgpu', places);
  if (path === undefined) {
    throw fail('WEBGPU_PACKAGE_MISSING', 'WebGPU on Node needs the package webgpu', 'run: npm install webgpu');
  }
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as WebgpuPackage;
  } catch (cause) {
    throw fail(
      'WEBGPU_PACKAGE_LOAD',
      `the package webgpu does not load on ${process.platform} ${process.arch}: ${(cause as Error).message}`,
      'it has builds for Linux with glibc, macOS and Windows; reinstall it there: npm install webgpu',
      cause,
    );
  }
}

function adapterChoice(force: AdapterChoice | undefined): AdapterChoice | undefined {
  const variable = process.env['CIM_ATTENTION_ADAPTER'];
  if (!variable) return force;
  if (variable === 'hardware' || variable === 'software') return variable;
  throw fail('ADAPTER_CHOICE', `CIM_ATTENTION_ADAPTER is "${variable}"`, 'set it to hardware or software, or unset it');
}

/** One entry per key: of two settings with the same key Dawn would only keep the last. */
function joinToggles(toggles: readonly string[]): string[] {
  const values = new Map<string, string[]>();
  for (const toggle of toggles) {
    const [key, value = ''] = toggle.split(/=(.*)/s);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return [...values].map(([key, list]) => `${key}=${list.join(',')}`);
}

function defineMissingGlobals(globals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(globals)) {
    if (/(Usage|Mode|Stage|Write|Error)$/.test(name) && !(name in globalThis))
      Object.assign(globalThis, { [name]: value });
  }
}

function noAdapter(what: string, cause: unknown): CimError {
  return fail(
    'ADAPTER_MISSING',
    what + (cause instanceof Error ? `: ${cause.message}` : ''),
    'install or update the GPU driver, or on Linux x64 use the bundled software adapter with CIM_ATTENTION_ADAPTER=software',
    cause,
  );
}
