import { type Codebooks, checkCodebooks } from '../accelerator/codebook.ts';
import { recordExact } from '../accelerator/exact-stage.ts';
import { fitCodebooks } from '../accelerator/fit-codebooks.ts';
import { Hardsea } from '../accelerator/hardsea.ts';
import type { HardseaTrace } from '../accelerator/hardsea-call.ts';
import { keptPerRow, resolveHardsea } from '../accelerator/hardsea-config.ts';
import { hardseaLedger } from '../accelerator/hardsea-ledger.ts';
import { addActivity, foldTraces, type HeadActivity } from '../accelerator/hardsea-trace.ts';
import { mostProducts } from '../accelerator/quality.ts';
import { Workspace } from '../accelerator/workspace.ts';
import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { attendLayout, visibleKeys } from '../kernel/attend-problem.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { decodeCodebooks } from './codebook-file.ts';
import type { AttendInput, AttendOutput, AttendSummary } from './result.ts';

/**
 * One attention call on given tensors. Codebooks come from the input or are fitted on its own q and k. Throws before any
 * GPU work when shapes, values or settings are wrong, and `ATTEND_OVERFLOW` after it when float32 cannot hold the output.
 */
export async function attend(gpu: Gpu, input: AttendInput): Promise<AttendOutput> {
  checkInput(input);
  const output = await (input.accelerator === 'dense' ? attendDense(gpu, input) : attendHardsea(gpu, input));
  const bad = output.out.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return output;
  throw fail('ATTEND_OVERFLOW', `out[${bad}] is ${output.out[bad]}: q, k or v is too large for float32`, 'scale them');
}

async function attendDense(gpu: Gpu, input: AttendInput): Promise<AttendOutput> {
  const { batch: sequences, heads, queries, keys, dim, causal, chips } = input;
  const start = performance.now();
  const operandBits = input.config.operandBits ?? 32;
  const work = new Workspace(gpu);
  const batch = gpu.batch('attend');
  try {
    const operands = upload(gpu, batch, input, 1);
    const out = batch.temporary('f32', [sequences, heads, queries, dim], 'out');
    recordExact(
      batch,
      work,
      { heads: sequences * heads, queries, keys, dim, causal, operandBits },
      { ...operands, out },
    );
    const read = batch.read<Float32Array>(out);
    await batch.submit();
    const all = visibleSelection(input);
    return {
      out: repeated(read.values(), chips),
      selection: repeated(all.selection, chips),
      kept: repeated(all.kept, chips),
      summary: {
        keptShare: 1,
        keepRatio: 1,
        counts: {},
        energy: [],
        figures: [],
        timing: { wallMs: performance.now() - start },
      },
    };
  } finally {
    batch.discard();
    work.destroy();
  }
}

async function attendHardsea(gpu: Gpu, input: AttendInput): Promise<AttendOutput> {
  const { batch: sequences, heads, queries, keys, dim, causal, chips, seed } = input;
  const start = performance.now();
  const config = resolveHardsea(input.config);
  keptPerRow(config, keys);
  const codebooks = await findCodebooks(gpu, input);
  const headRows = sequences * heads * queries;
  const out = new Float32Array(chips * headRows * dim);
  const selection = new Uint32Array(chips * headRows * selectionWords(keys));
  const kept = new Uint32Array(chips * headRows);
  let activity: readonly (readonly HeadActivity[])[] = [];
  let last: Pick<Hardsea, 'config' | 'codebooks' | 'arrays'> | undefined;
  const products = sequences * heads * queries * keys;
  const measureQuality = products <= mostProducts;
  for (let firstChip = 0; firstChip < chips; ) {
    // As many chips at a time as keep one batch's operands moderate.
    const group = Math.min(
      chips - firstChip,
      Math.max(
        1,
        Math.min(
          Math.floor(2 ** 24 / ((headRows + sequences * heads * keys) * dim)),
          measureQuality ? Math.floor(mostProducts / products) : chips,
        ),
      ),
    );
    const machine = await Hardsea.program(gpu, {
      config,
      codebooks,
      chips: group,
      firstChip,
      seed,
      measureQuality,
      keepSelection: () => true,
    });
    const batch = gpu.batch('attend');
    try {
      const operands = upload(gpu, batch, input, group);
      const result = batch.temporary('f32', [group * sequences, heads, queries, dim], 'out');
      machine.recordCall(batch, {
        layer: 0,
        sequences: group * sequences,
        chips: group,
        firstWindow: 0,
        heads,
        queries,
        keys,
        headDim: dim,
        causal,
        ...operands,
        out: result,
      });
      const read = batch.read<Float32Array>(result);
      await batch.submit();
      const traces = machine.takeTraces();
      out.set(read.values(), firstChip * headRows * dim);
      selection.set(traces[0]!.selection!.values(), firstChip * headRows * selectionWords(keys));
      keptCounts(traces[0]!, kept.subarray(firstChip * headRows));
      activity = addActivity(activity, foldTraces(traces, config));
      last = { config: machine.config, codebooks: machine.codebooks, arrays: machine.arrays };
    } finally {
      batch.discard();
      machine.destroy();
    }
    firstChip += group;
  }
  const ledger = hardseaLedger({ ...last!, chips }, activity, sequences, keys);
  return { out, selection, kept, summary: summarise(input, activity, ledger, performance.now() - start) };
}

function summarise(
  input: AttendInput,
  activity: readonly (readonly HeadActivity[])[],
  ledger: ReturnType<typeof hardseaLedger>,
  wallMs: number,
): AttendSummary {
  const config = resolveHardsea(input.config);
  const flat = activity.flat();
  const sum = (pick: (head: HeadActivity) => number) => flat.reduce((total, head) => total + pick(head), 0);
  const measured = flat.every((head) => head.softmaxMass !== undefined);
  return {
    keptShare: sum((head) => head.keptPairs) / sum((head) => head.visiblePairs),
    keepRatio: config.keep === undefined ? config.keepRatio : config.keep / input.keys,
    counts: ledger.counts,
    energy: ledger.energy,
    latency: ledger.latency,
    figures: ledger.figures,
    ...(measured
      ? {
          accuracy: {
            recall: sum((head) => head.hits!) / sum((head) => head.wanted!),
            softmaxMass: sum((head) => head.softmaxMass!) / sum((head) => head.queries),
          },
        }
      : {}),
    timing: { wallMs },
  };
}

async function findCodebooks(gpu: Gpu, input: AttendInput): Promise<Codebooks> {
  const { batch: sets, heads, queries, keys, dim, seed } = input;
  const { subspaces, centroids, iterations } = resolveHardsea(input.config);
  if (input.codebooks) {
    const books = await decodeCodebooks(input.codebooks);
    checkCodebooks(books, { layers: 1, heads, dim, subspaces, centroids });
    return books;
  }
  return fitCodebooks(gpu, [{ q: input.q, k: input.k }], {
    sets,
    heads,
    queries,
    keys,
    dim,
    subspaces,
    centroids,
    iterations,
    seed,
  });
}

function upload(gpu: Gpu, batch: ReturnType<Gpu['batch']>, input: AttendInput, chips: number) {
  const { batch: sequences, heads, queries, keys, dim } = input;
  const put = (data: Float32Array, tokens: number, label: string) => {
    const tensor = batch.temporary('f32', [chips * sequences, heads, tokens, dim], label);
    for (let chip = 0; chip < chips; chip++) gpu.write(tensor, data, chip * data.length);
    return tensor;
  };
  return { q: put(input.q, queries, 'q'), k: put(input.k, keys, 'k'), v: put(input.v, keys, 'v') };
}

function keptCounts(trace: HardseaTrace, kept: Uint32Array): void {
  const stats = trace.select.values();
  for (let row = 0; row < stats.length / 4; row++) kept[row] = stats[4 * row + 3]!;
}

function visibleSelection(input: AttendInput): { selection: Uint32Array; kept: Uint32Array } {
  const { batch, heads, queries, keys } = input;
  const words = selectionWords(keys);
  const kept = Uint32Array.from({ length: batch * heads * queries }, (_, row) => visibleKeys(input, row % queries));
  const selection = new Uint32Array(kept.length * words);
  kept.forEach((visible, row) => {
    for (let j = 0; j < visible; j++) selection[row * words + (j >> 5)]! |= 1 << (j & 31);
  });
  return { selection, kept };
}

function repeated<T extends Float32Array | Uint32Array>(values: T, chips: number): T {
  if (chips === 1) return values;
  const out = new (values.constructor as new (length: number) => T)(values.length * chips);
  for (let chip = 0; chip < chips; chip++) out.set(values as never, chip * values.length);
  return out;
}

function checkInput(input: AttendInput): void {
  const { accelerator, batch, heads, queries, keys, dim, chips, seed } = input;
  if (accelerator !== 'dense' && accelerator !== 'hardsea')
    throw fail('ATTEND_ACCELERATOR', `accelerator is ${JSON.stringify(accelerator)}`, 'use dense or hardsea');
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw fail('ATTEND_SEED', `seed is ${seed}`, 'use a whole number from 0 to 4294967295');
  for (const [name, size] of Object.entries({ batch, heads, queries, keys, dim, chips })) {
    if (!Number.isInteger(size) || size < 1)
      throw fail('ATTEND_SIZE', `${name} is ${size}`, 'use a whole number of at least 1');
  }
  attendLayout({ heads: batch * heads, queries, keys, dim, causal: input.causal, operandBits: 8 });
  const lengths = { q: batch * heads * queries * dim, k: batch * heads * keys * dim, v: batch * heads * keys * dim };
  for (const [name, length] of Object.entries(lengths)) {
    const data = input[name as keyof typeof lengths];
    if (!(data instanceof Float32Array))
      throw fail('ATTEND_VALUE', `${name} is no Float32Array`, 'give a Float32Array');
    if (data.length !== length)
      throw fail(
        'ATTEND_SIZE',
        `${name} holds ${data.length} values, the sizes ask for ${length}`,
        'give batch x heads x tokens x dim values',
      );
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail('ATTEND_VALUE', `${name}[${bad}] is ${data[bad]}`, 'use finite values');
  }
}
