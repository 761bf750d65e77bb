/** What kind of machine computes: a GPU, a CPU renderer that the system has, or the one that came with this package's setup. */
export type AdapterClass = 'hardware' | 'software' | 'bundled-software';

/** Facts about the adapter that every result carries. */
export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly class: AdapterClass;
  /** For example `node 20.20.2 (Dawn)`. */
  readonly runtime: string;
  /** Optional features that were asked for and granted. */
  readonly features: readonly string[];
  /** Optional features that were asked for and are not there. */
  readonly missing: readonly string[];
  /** Shaders by kernel where a measurement chose them, see `tune`; absent where the adapter's kind decided. */
  readonly variants?: Readonly<Record<string, string>>;
}

/** Reads an adapter's own description; a CPU renderer is recognised by its fallback flag or its name. */
export function adapterFacts(
  info: GPUAdapterInfo | undefined,
  features: readonly string[],
  missing: readonly string[],
  bundled: boolean,
): AdapterFacts {
  const text =
    `${info?.vendor ?? ''} ${info?.architecture ?? ''} ${info?.device ?? ''} ${info?.description ?? ''}`.toLowerCase();
  const isFallback = (info as { isFallbackAdapter?: boolean } | undefined)?.isFallbackAdapter === true;
  const software = isFallback || /swiftshader|llvmpipe|lavapipe|basic render|software/.test(text);
  return {
    vendor: info?.vendor || 'unknown',
    architecture: info?.architecture || 'unknown',
    description: info?.description || info?.device || 'unknown',
    class: bundled ? 'bundled-software' : software ? 'software' : 'hardware',
    runtime: runtimeName(),
    features,
    missing,
  };
}

function runtimeName(): string {
  const scope = globalThis as {
    Deno?: { version: { deno: string } };
    process?: { versions?: { node?: string } };
    navigator?: { userAgent?: string };
  };
  if (scope.Deno) return `deno ${scope.Deno.version.deno}`;
  if (scope.process?.versions?.node) return `node ${scope.process.versions.node} (Dawn)`;
  const browser = /(Firefox|Edg|Chrome|Version)\/([\d.]+)/.exec(scope.navigator?.userAgent ?? '');
  return browser ? `${browser[1] === 'Version' ? 'Safari' : browser[1]} ${browser[2]}` : 'unknown';
}
