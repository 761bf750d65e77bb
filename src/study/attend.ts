import { recordExact } from '../accelerator/exact-stage.ts';
import type { AcceleratorLedger } from '../accelerator/ledger.ts';
import { type Activity, addActivity, type LedgerRun, type Machine } from '../accelerator/machine.ts';
import { mostProducts } from '../accelerator/quality.ts';
import { Workspace } from '../accelerator/workspace.ts';
import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { attendLayout, visibleKeys } from '../kernel/attend-problem.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import type { TechnologyChange } from '../ledger/elasticity.ts';
import { keptCounts, repeated, summarise } from './attend-output.ts';
import type { Calibration } from './plans/plan.ts';
import { acceleratorNames, planAccelerator } from './plans/plan-accelerator.ts';
import type { AcceleratorChoice, AttendInput, AttendOutput, DenseChoice } from './result.ts';

/**
 * One attention call on given tensors. Codebooks come from the input or are fitted on its own q and k. Throws before any
 * GPU work when shapes, values or settings are wrong, and `ATTEND_OVERFLOW` after it when float32 cannot hold the output.
 */
export async function attend(gpu: Gpu, input: AttendInput): Promise<AttendOutput> {
  checkInput(input);
  const output = await (input.accelerator === 'dense' ? attendDense(gpu, input) : attendMachine(gpu, input));
  const bad = output.out.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return output;
  throw fail('ATTEND_OVERFLOW', `out[${bad}] is ${output.out[bad]}: q, k or v is too large for float32`, 'scale them');
}

async function attendDense(gpu: Gpu, input: AttendInput & DenseChoice): Promise<AttendOutput> {
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

async function attendMachine(gpu: Gpu, input: AttendInput & AcceleratorChoice): Promise<AttendOutput> {
  const { batch: sequences, heads, queries, keys, dim, causal, chips, seed } = input;
  const start = performance.now();
  const plan = planAccelerator(input);
  plan.check({ layers: 1, heads, keys, causal });
  const accelerator = await plan.prepare(callCalibration(gpu, input));
  const headRows = sequences * heads * queries;
  const out = new Float32Array(chips * headRows * dim);
  const selection = new Uint32Array(chips * headRows * selectionWords(keys));
  let activity: Activity = [];
  let ledgerAt: ((change: TechnologyChange) => AcceleratorLedger) | undefined;
  const products = sequences * heads * queries * keys;
  const measureQuality = products <= mostProducts;
  const before = gpu.memory.bytes;
  gpu.memory.peakBytes = before;
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
    const machine = await accelerator.program({
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
        alone: true,
        ...(input.lengths ? { lengths: repeated(input.lengths, group) } : {}),
        ...operands,
        out: result,
      });
      const read = batch.read<Float32Array>(result);
      await batch.submit();
      const done = machine.takeActivity();
      out.set(read.values(), firstChip * headRows * dim);
      selection.set(done.selections[0]!, firstChip * headRows * selectionWords(keys));
      activity = addActivity(activity, done.activity);
      if (firstChip + group === chips)
        ledgerAt = pricing(machine, { activity, chips, windows: sequences, longestKeys: keys });
    } finally {
      batch.discard();
      machine.destroy();
    }
    firstChip += group;
  }
  const summary = summarise(activity, ledgerAt!, {
    keepRatio: plan.keepRatio(keys),
    peakBytes: gpu.memory.peakBytes - before,
    wallMs: performance.now() - start,
  });
  return { out, selection, kept: keptCounts(selection, keys), summary };
}

const pricing = (machine: Machine, run: LedgerRun) => (change: TechnologyChange) => machine.ledger(run, change);

/** A call's codebooks and thresholds are fitted on its own queries and keys. */
function callCalibration(gpu: Gpu, input: AttendInput): Calibration {
  const { batch: sets, heads, queries, keys, dim, causal, seed, q, k } = input;
  return {
    gpu,
    seed,
    sizes: { layers: 1, sets, heads, queries, keys, dim, causal },
    linears: [],
    samples: async () => [{ q, k }],
    samplesUnder: async () => [{ q, k }],
    once: (_key, make) => make(),
  };
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

function checkLengths({ accelerator, lengths, batch, keys }: AttendInput): void {
  if (!lengths) return;
  if (accelerator !== 'sprint' && accelerator !== 'charge')
    throw fail('ATTEND_LENGTHS', `lengths are given to ${accelerator}`, 'use sprint or charge for padded sequences');
  if (lengths.length !== batch)
    throw fail('ATTEND_LENGTHS', `${lengths.length} lengths for ${batch} sequences`, 'give one for each');
  const bad = lengths.findIndex((length) => length < 1 || length > keys);
  if (bad >= 0) throw fail('ATTEND_LENGTHS', `lengths[${bad}] is ${lengths[bad]}`, `give 1 to ${keys} valid tokens`);
}

function checkInput(input: AttendInput): void {
  const { accelerator, batch, heads, queries, keys, dim, chips, seed } = input;
  if (!acceleratorNames.includes(accelerator))
    throw fail(
      'ATTEND_ACCELERATOR',
      `accelerator is ${JSON.stringify(accelerator)}`,
      `use one of ${acceleratorNames.join(', ')}`,
    );
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw fail('ATTEND_SEED', `seed is ${seed}`, 'use a whole number from 0 to 4294967295');
  for (const [name, size] of Object.entries({ batch, heads, queries, keys, dim, chips })) {
    if (!Number.isInteger(size) || size < 1)
      throw fail('ATTEND_SIZE', `${name} is ${size}`, 'use a whole number of at least 1');
  }
  attendLayout({ heads: batch * heads, queries, keys, dim, causal: input.causal, operandBits: 8 });
  checkLengths(input);
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
