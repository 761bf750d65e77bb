import { fail } from '../../src/errors.ts';
import type { AdapterFacts } from '../../src/gpu/adapter.ts';
import { nearNames } from '../../src/near-names.ts';
import type { Workload } from './workload.ts';

/** Adapters that have targets of their own. */
export type AdapterFamily = 'SwiftShader' | 'lavapipe' | 'other';

/** Which of them an adapter is. */
export function adapterFamily({ description, vendor }: Pick<AdapterFacts, 'description' | 'vendor'>): AdapterFamily {
  const text = `${description} ${vendor}`.toLowerCase();
  return /swiftshader/.test(text) ? 'SwiftShader' : /llvmpipe|lavapipe/.test(text) ? 'lavapipe' : 'other';
}

/** Names that `--only` takes. */
export const workloadKinds = ['matmul', 'attention', 'top-k', 'sparse', 'gathered', 'normals', 'noisy-mvm'] as const;

/** One of them. */
export type WorkloadKind = (typeof workloadKinds)[number];

/** Reads `--only matmul,top-k`; without it everything. Throws `PEERS_ONLY`. */
export function kindsOf(only: string | undefined): readonly WorkloadKind[] {
  if (only === undefined) return workloadKinds;
  return only.split(',').map((text) => {
    const name = text.trim();
    const found = workloadKinds.find((kind) => kind === name || kind.replaceAll('-', '') === name);
    if (found) return found;
    const [near] = nearNames(name, workloadKinds, 1);
    const fix = near === undefined ? `use some of ${workloadKinds.join(', ')}` : `did you mean ${near}?`;
    throw fail('PEERS_ONLY', `no workload is called "${name}"`, fix);
  });
}

/** The workloads for an adapter: GPT-2 small's heads, smaller where some peer would take minutes; `quick` for a first look. */
export function workloadsFor(family: AdapterFamily, quick: boolean): readonly Workload[] {
  const slow = family === 'SwiftShader';
  const heads = { heads: 12, dim: 64 };
  const dense = (quick ? [256] : [256, 1024]).flatMap((tokens) =>
    [false, true].map((causal) => ({ kind: 'attention', ...heads, tokens, causal }) as const),
  );
  const few = quick ? { tokens: 128, keep: 16 } : slow ? { tokens: 256, keep: 32 } : { tokens: 512, keep: 64 };
  const share = quick ? 8 : 1;
  return [
    { kind: 'matmul', rows: 256, inner: 1024, columns: 256 },
    ...(quick ? [] : [{ kind: 'matmul', rows: 1024, inner: 1024, columns: 1024 } as const]),
    ...dense,
    { kind: 'top-k', rows: (slow ? 1536 : 6144) / share, columns: 512, keep: 64 },
    { kind: 'top-k', rows: (slow ? 256 : 1024) / share, columns: 4096, keep: 512 },
    { kind: 'sparse', ...heads, ...few },
    { kind: 'gathered', ...heads, ...few },
    { kind: 'normals', count: quick ? 2 ** 18 : 2 ** 20 },
  ];
}

/** How many times as fast as the best right peer the package wants to be, by family; nothing where no target was set. */
export function targetRatio(work: Workload, family: AdapterFamily): number | undefined {
  if (family === 'other') return undefined;
  const which = work.kind === 'attention' && work.causal ? 'causal' : work.kind;
  return targets[which][family === 'SwiftShader' ? 0 : 1];
}

const targets = {
  matmul: [2.5, 3.5],
  attention: [3, 5],
  causal: [5, 7],
  'top-k': [20, 30],
  sparse: [15, 12],
  gathered: [7, 10],
  normals: [5, 5],
} as const;

/** Share of the target that a device without subgroups has to reach. */
export const plainShare = 0.5;
