import { referenceTimeoutNs, resolvableGap, type WtaModel, wtaModel } from '../../src/device/time-domain.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { sharedLanes } from '../../src/kernel/shared-lanes.ts';
import { columnMismatch, isTimed } from '../../src/kernel/wta-params.ts';
import { planWtaSelect, scoreStride } from '../../src/kernel/wta-select.ts';
import { wtaSelectReference } from '../../src/reference/wta-select.ts';
import { assert, assertClose, assertEqual, type KernelCase, normals, phi, unwritten } from '../support/kernel-case.ts';

interface Setup {
  readonly rows: number;
  readonly keys: number;
  readonly keep: number;
  readonly causal?: boolean;
  readonly wta?: Parameters<typeof wtaModel>[0];
  /** Rounds the scores so that ties are common. */
  readonly levels?: number;
  /** Sends two of three scores far down, as masks do. */
  readonly outliers?: boolean;
  readonly chips?: number;
  readonly heads?: number;
  readonly queryFirst?: number;
  readonly queryCount?: number;
}

const setups: Readonly<Record<string, Setup>> = {
  'one key': { rows: 3, keys: 1, keep: 1 },
  'three keys, one kept': { rows: 5, keys: 3, keep: 1 },
  'a row of 31': { rows: 65, keys: 31, keep: 7 },
  'a row of 32, all kept': { rows: 2, keys: 32, keep: 32 },
  'a row of 33': { rows: 64, keys: 33, keep: 32 },
  'causal rows keep all they see while they see few': { rows: 100, keys: 100, keep: 12, causal: true },
  'causal with more keys than queries': { rows: 20, keys: 90, keep: 10, causal: true },
  'ties go to the lower index': { rows: 20, keys: 509, keep: 100, levels: 3 },
  'constant rows keep the first': { rows: 3, keys: 70, keep: 20, levels: 0 },
  '8192 candidates': { rows: 6, keys: 8192, keep: 1000 },
  'a row of 127, most keys far below the others': { rows: 9, keys: 127, keep: 30, outliers: true },
  'a row of 513': { rows: 5, keys: 513, keep: 100 },
  '8195 candidates in time with resolution': { rows: 3, keys: 8195, keep: 983, wta: { resolutionPs: 50 } },
  'static mismatch and offset': { rows: 30, keys: 130, keep: 20, wta: { capacitorMismatch: 0.05, offsetSigmaMv: 10 } },
  'resolution makes ties': { rows: 30, keys: 130, keep: 20, wta: { resolutionPs: 400 } },
  'a timeout drops late columns': { rows: 30, keys: 130, keep: 60, wta: { timeoutNs: 5 } },
  'columns too slow to count in steps': {
    rows: 4,
    keys: 40,
    keep: 30,
    wta: { currentMinUa: 1e-9, currentMaxUa: 2e-9, resolutionPs: 1 },
  },
  'a timeout that nothing meets': { rows: 3, keys: 40, keep: 6, wta: { timeoutNs: 0.001 } },
  'a delay shifts all': { rows: 10, keys: 64, keep: 9, wta: { delayPs: 700, capacitorMismatch: 0.01 } },
  'queries in part': { rows: 50, keys: 50, keep: 9, causal: true, queryFirst: 17, queryCount: 20 },
  'jitter of column and reference, drawn as on the host': {
    rows: 30,
    keys: 130,
    keep: 20,
    wta: { jitter: 'thermal', referenceSigmaPs: 200 },
  },
  'three heads of two chips, each with columns of its own': {
    rows: 20,
    keys: 77,
    keep: 9,
    chips: 2,
    heads: 3,
    wta: { capacitorMismatch: 0.2, jitter: 'thermal' },
  },
  'a ramp without errors': { rows: 20, keys: 70, keep: 9, wta: { form: 'ramp' } },
  'a ramp with offsets, a delay and a resolution': {
    rows: 30,
    keys: 130,
    keep: 20,
    wta: { form: 'ramp', offsetSigmaMv: 10, capacitorMismatch: 0.3, delayPs: 300, resolutionPs: 20 },
  },
  'a ramp of which a reference ends the time': {
    rows: 30,
    keys: 130,
    keep: 90,
    wta: { form: 'ramp', rampNs: 30, timeoutNs: referenceTimeoutNs(wtaModel({ form: 'ramp', rampNs: 30 }), 5.5) },
  },
  'a ramp with jitter of column and reference': {
    rows: 30,
    keys: 130,
    keep: 20,
    wta: { form: 'ramp', jitter: 'thermal', referenceSigmaPs: 200 },
  },
  'two chips': { rows: 20, keys: 77, keep: 9, chips: 2, wta: { capacitorMismatch: 0.2 } },
};

/** The k-winner-take-all against the host's, row by row; and its noise by distribution. */
export const wtaSelectCases: readonly KernelCase[] = [
  ...Object.entries(setups).map(([name, setup]) => ({
    name: `wta-select: ${name}`,
    run: (gpu: Gpu) => compare(gpu, setup),
  })),
  {
    name: 'wta-select: on a ramp jitter flips two columns by the law of its time, whatever their currents',
    async run(gpu) {
      // Two columns a hundredth of the ramp apart; thermal noise of sqrt(kT / C) / Vth of the ramp each.
      const model = wtaModel({ form: 'ramp', jitter: 'thermal', capacitanceFf: 0.5 });
      const rows = 20000;
      const scores = new Float32Array(rows * 4);
      for (let r = 0; r < rows; r++) scores.set([0, 0.01, -1e9, -1e9], r * 4);
      for (const current of [2, 8]) {
        const { bits } = await select(gpu, { rows, keys: 4, keep: 1 }, model, scores, [current, 9]);
        const wrong = bits.filter((word) => word === 1).length;
        const sigma = 5.754e-4 * Math.sqrt(50 / 0.5);
        const expected = rows * phi(-0.01 / (Math.SQRT2 * sigma));
        assert(
          Math.abs(wrong - expected) < 5 * Math.sqrt(expected),
          `${wrong} flips of ${rows} at ${current} uA, expected ${expected.toFixed(0)}`,
        );
      }
    },
  },
  {
    name: 'wta-select: steps of time tell two columns apart as the law of resolution says',
    async run(gpu) {
      // The second column leads by `part` of the gap that one step resolves: it wins where a step begins between the two.
      const rows = 4000;
      for (const form of ['integrate', 'ramp'] as const) {
        const model = wtaModel({ form, resolutionPs: 20 });
        for (const part of [0.25, 0.5, 0.75, 1.01]) {
          const scores = new Float32Array(rows * 4);
          for (let r = 0; r < rows; r++) {
            const current = 3 + (4 * r) / rows;
            scores.set([current * (1 - part * resolvableGap(model, current)), current, -1e9, -1e9], r * 4);
          }
          const { bits } = await select(gpu, { rows, keys: 4, keep: 1 }, model, scores, [0, 1]);
          const apart = bits.filter((word) => word === 2).length / rows;
          // Where steps begin is as good as even over that many currents.
          assert(Math.abs(apart - Math.min(1, part)) < 0.03, `${form}: ${apart} told apart at ${part} of the gap`);
        }
      }
    },
  },
  {
    name: 'wta-select: jitter flips two columns as often as the normal law says',
    async run(gpu) {
      // Two columns, currents 1 % apart: the worse one wins with probability Phi(-gap / (sqrt 2 sigma)).
      const model = wtaModel({ preset: 'ideal', jitter: 'thermal', capacitanceFf: 0.5 });
      const rows = 20000;
      const scores = new Float32Array(rows * 4);
      for (let r = 0; r < rows; r++) scores.set([0, 0.01, -1e9, -1e9], r * 4);
      const { bits } = await select(gpu, { rows, keys: 4, keep: 1 }, model, scores, [5, 5]);
      const wrong = bits.filter((word) => word === 1).length;
      const sigma = 5.754e-4 * Math.sqrt(50 / 0.5);
      const expected = rows * phi(-Math.log(1.01) / (Math.SQRT2 * sigma));
      assert(
        Math.abs(wrong - expected) < 5 * Math.sqrt(expected),
        `${wrong} flips of ${rows}, expected ${expected.toFixed(0)}`,
      );
    },
  },
];

async function compare(gpu: Gpu, setup: Setup): Promise<void> {
  const { rows, keys, keep, causal = false, levels, queryFirst = 0, queryCount = rows - queryFirst } = setup;
  const { chips = 1, heads = 1 } = setup;
  const model = wtaModel({ preset: 'ideal', ...(setup.wta as object) });
  const stride = scoreStride(keys);
  const scores = normals(chips * heads * queryCount * stride, 5);
  if (levels !== undefined) scores.set(scores.map((s) => (levels === 0 ? 0.5 : Math.round(s * levels) / levels)));
  if (setup.outliers) scores.set(scores.map((s, i) => (i % 3 === 0 ? s : s - 1e9)));
  const range: [number, number] = [5, 1];
  const hasJitter = model.jitter !== 'none' || model.referenceSigmaPs > 0;
  const { bits, stats, factors } = await select(gpu, setup, model, scores, range, 0);
  // A subgroup a row finds the same winners, and adds their figures in another order.
  if (sharedLanes(gpu) > 0) {
    const held = await select(gpu, setup, model, scores, range);
    assertEqual(held.bits, bits, 'winners of rows held in registers');
    assertClose(held.stats, [...stats], { absolute: 1e-6, relative: 1e-5 }, 'figures of rows held in registers');
  }
  const words = selectionWords(keys);
  for (let line = 0; line < chips * heads; line++) {
    const own = factors.subarray(line * stride);
    const element = ((line % heads) * stride) / 4;
    for (let i = 0; i < queryCount; i++) {
      const query = queryFirst + i;
      const visible = causal ? query + keys - rows + 1 : keys;
      const at = (line * queryCount + i) * stride;
      const draws = { seed: 3, chip: Math.floor(line / heads), element, event: query };
      const choose = (count: number) =>
        wtaSelectReference(scores.subarray(at, at + visible), count, model, range, own, draws);
      const expected = choose(keep);
      const row = line * rows + query;
      const got = bitsOf(bits.subarray(row * words, (row + 1) * words));
      // With jitter the last winner and the first loser may lie nearer than sin and cos can tell.
      const allowed = hasJitter
        ? choose(keep + 1).kept.filter((j) => !choose(keep - 1).kept.includes(j))
        : isTimed(model)
          ? nearBoundary(scores.subarray(at, at + visible), expected.kept, got, model, range, own)
          : [];
      const differ = [
        ...expected.kept.filter((j) => !got.includes(j)),
        ...got.filter((j) => !expected.kept.includes(j)),
      ];
      assert(
        differ.every((j) => allowed.includes(j)),
        `row ${row}: kept ${got.slice(0, 20)}, expected ${expected.kept.slice(0, 20)}`,
      );
      const [stop, charges, active, kept] = stats.subarray(row * 4, row * 4 + 4);
      assert(
        kept === got.length && active === visible,
        `row ${row}: counts ${kept}, ${active}; expected ${got.length}, ${visible}`,
      );
      // Time in steps may fall to the next step by rounding; sin and cos are good to 2^-11, on normals of up to 5.
      const shaken = hasJitter ? (model.referenceSigmaPs / 1000) * 5 * 2 ** -11 : 0;
      const slack = model.resolutionPs / 1000 + 1e-5 * expected.stopNs + shaken + 1e-9;
      assert(Math.abs(stop! - expected.stopNs) <= slack, `row ${row}: stop ${stop} ns, expected ${expected.stopNs}`);
      assert(
        Math.abs(charges! - expected.charges) <= 1e-4 * expected.charges + keys * slack * 0.2,
        `row ${row}: ${charges} charges, expected ${expected.charges}`,
      );
    }
  }
}

/** Columns whose arrival lies within f32 rounding of a step or of the last winner: there the two may choose differently. */
function nearBoundary(
  scores: Float32Array,
  kept: readonly number[],
  got: readonly number[],
  model: WtaModel,
  range: [number, number],
  factors: Float32Array,
): number[] {
  const time = (j: number) => {
    const current = Math.min(Math.max(range[0] + range[1] * scores[j]!, model.currentMinUa), model.currentMaxUa);
    if (model.form === 'ramp') {
      const fallen = (model.currentMaxUa - current) / (model.currentMaxUa - model.currentMinUa);
      return Math.max(0, model.rampNs * (fallen + factors[j]!) + model.delayPs / 1000);
    }
    return ((model.capacitanceFf * model.thresholdV) / current) * factors[j]! + model.delayPs / 1000;
  };
  // On a ramp times are differences of currents, rounded where those are.
  const floor = model.form === 'ramp' ? model.rampNs : 0;
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-5 * Math.max(a, b, floor);
  const step = model.resolutionPs / 1000;
  const edges = [...kept, ...got].map(time);
  return [...scores.keys()].filter((j) => {
    const t = time(j);
    if (model.timeoutNs > 0 && close(t, model.timeoutNs)) return true;
    if (step > 0)
      return edges.some(
        (edge) =>
          Math.abs(edge - t) <= 1.001 * step &&
          (close(t, Math.round(t / step) * step) || close(edge, Math.round(edge / step) * step)),
      );
    return edges.some((edge) => close(edge, t));
  });
}

async function select(
  gpu: Gpu,
  setup: Setup,
  model: WtaModel,
  scores: Float32Array,
  range: [number, number],
  lanes = sharedLanes(gpu),
) {
  const { rows, keys, keep, causal = false, queryFirst = 0, queryCount = rows - queryFirst } = setup;
  const { chips = 1, heads = 1 } = setup;
  const stride = scoreStride(keys);
  const factors = columnMismatch(model, stride, chips, 0, 3, 1, heads);
  const selection = unwritten(gpu, 'u32', [chips * heads, rows, selectionWords(keys)]);
  const stats = unwritten(gpu, 'f32', [chips * heads, rows, 4]);
  const launch = planWtaSelect({
    headCount: chips * heads,
    heads,
    windows: 1,
    queries: rows,
    queryFirst,
    queryCount,
    keys,
    keep,
    causal,
    model,
    seed: 3,
    lanes,
  });
  const batch = gpu.batch().run(launch, {
    scores: gpu.tensor(scores),
    ranges: gpu.tensor(Float32Array.from({ length: 2 * heads }, (_, i) => range[i % 2]!)),
    mismatch: gpu.tensor(factors),
    arrivals: gpu.empty('i32', [chips * heads, queryCount, stride]),
    selection,
    stats,
  });
  const reads = [batch.read<Uint32Array>(selection), batch.read<Float32Array>(stats)] as const;
  await batch.submit();
  return { bits: reads[0].values(), stats: reads[1].values(), factors };
}

function bitsOf(words: Uint32Array): number[] {
  const bits: number[] = [];
  words.forEach((word, w) => {
    for (let b = 0; b < 32; b++) if ((word >>> b) & 1) bits.push(32 * w + b);
  });
  return bits;
}
