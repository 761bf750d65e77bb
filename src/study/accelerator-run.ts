import type { AcceleratorLedger } from '../accelerator/ledger.ts';
import { type Activity, addActivity, type HeadActivity, type Machine } from '../accelerator/machine.ts';
import { mostProducts } from '../accelerator/quality.ts';
import type { Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { type TechnologyChange, unchanged, usedElasticities } from '../ledger/elasticity.ts';
import { calculatedFigure, type Figure } from '../ledger/figure.ts';
import type { TextWindow } from '../model/windows.ts';
import { drawMaps, type MapSubject } from './attention-maps.ts';
import { runLoss } from './loss-run.ts';
import type { AcceleratorPlan, PreparedAccelerator } from './plans/plan.ts';
import type {
  AcceleratorRun,
  Accuracy,
  AttentionMaps,
  ChipSpread,
  DenseRun,
  HeadAccuracy,
  RunRequest,
} from './result.ts';
import type { TextModel } from './text-model.ts';

/** Chips simulated in one batch; a larger population runs in groups. */
const mostChips = 16;

/** What one accelerator run needs. */
export interface AcceleratorRunInput {
  readonly request: RunRequest;
  readonly plan: AcceleratorPlan;
  readonly accelerator: PreparedAccelerator;
  readonly windows: readonly TextWindow[];
  readonly dense: DenseRun;
  readonly seed: number;
  /** Which head's maps to draw, if any. */
  readonly map?: MapSubject;
  readonly onStep: (windows: number) => void;
}

/** Evaluates one configuration of an accelerator over windows and chips: loss, what the selection caught, counts and figures. */
export async function runAccelerator(
  gpu: Gpu,
  text: TextModel,
  input: AcceleratorRunInput,
): Promise<{ run: AcceleratorRun; maps: AttentionMaps | undefined }> {
  const { request, accelerator, windows, seed, map } = input;
  const start = performance.now();
  const losses: number[] = [];
  const keptPairs: number[] = [];
  let activity: Activity = [];
  let machine: Machine | undefined;
  let maps: AttentionMaps | undefined;
  let gpuMs = 0;
  try {
    const { heads, context } = text.facts;
    const chipGroup = Math.min(mostChips, Math.max(1, Math.floor(mostProducts / (heads * context * context))));
    for (let firstChip = 0; firstChip < request.chips; firstChip += chipGroup) {
      machine?.destroy();
      const chips = Math.min(chipGroup, request.chips - firstChip);
      const wantsMap = map !== undefined && firstChip === 0;
      machine = await accelerator.program({
        chips,
        firstChip,
        seed,
        measureQuality: true,
        keepSelection: (call) => wantsMap && call.layer === map.layer && call.firstWindow === windows[0]!.index,
      });
      const current = machine;
      let operands: { q: Reading<Float32Array>; k: Reading<Float32Array> } | undefined;
      const result = await runLoss(gpu, text, {
        windows,
        attention: current,
        chips,
        tap(batch, part, layer, q, k) {
          if (!wantsMap || layer !== map.layer || part[0] !== windows[0]) return;
          operands = { q: batch.snapshot(q), k: batch.snapshot(k) };
        },
        onBatch(part) {
          const done = current.takeActivity();
          activity = addActivity(activity, done.activity);
          done.keptPairs?.forEach((pairs, c) => {
            keptPairs[firstChip + c] = (keptPairs[firstChip + c] ?? 0) + pairs;
          });
          const [selection] = done.selections;
          if (selection && operands && map)
            maps = drawMaps(text, map, request, operands.q.values(), operands.k.values(), selection);
          input.onStep(part.length * chips);
        },
      });
      losses.push(...result.losses.map(mean));
      gpuMs += Object.values(result.gpuMs).reduce((sum, ms) => sum + ms, 0);
    }
    return {
      run: summarise(
        gpu,
        text,
        input,
        machine!,
        { activity, losses, keptPairs },
        { wallMs: performance.now() - start, gpuMs },
      ),
      maps,
    };
  } finally {
    machine?.destroy();
  }
}

function summarise(
  gpu: Gpu,
  text: TextModel,
  { request, plan, windows, dense }: AcceleratorRunInput,
  machine: Machine,
  {
    activity,
    losses,
    keptPairs,
  }: { readonly activity: Activity; readonly losses: readonly number[]; readonly keptPairs: readonly number[] },
  timing: { wallMs: number; gpuMs: number },
): AcceleratorRun {
  const { context } = text.facts;
  const run = { activity, chips: request.chips, windows: windows.length, longestKeys: context };
  const speed = (ledger: AcceleratorLedger) => speedUp(gpu, dense, ledger, windows.length);
  const ledgerAt = (change: TechnologyChange) => {
    const changed = machine.ledger(run, change);
    return { ...changed, figures: [...changed.figures, ...speed(changed)] };
  };
  const ledger = ledgerAt(unchanged);
  const flat = activity.flat();
  const sum = (pick: (head: HeadActivity) => number) => flat.reduce((total, head) => total + pick(head), 0);
  const loss = mean(losses);
  const visible = sum((head) => head.visiblePairs);
  const accuracy: Accuracy = {
    denseLoss: dense.loss,
    loss,
    lossIncreasePercent: 100 * (loss / dense.loss - 1),
    recall: sum((head) => head.hits ?? 0) / sum((head) => head.wanted ?? 0),
    softmaxMass: sum((head) => head.softmaxMass ?? 0) / sum((head) => head.queries),
    ...(request.chips > 1 ? { chips: spreadOf(losses) } : {}),
    perLayer: activity.map((heads, layer) => ({ layer, heads: heads.map(headAccuracy) })),
  };
  const keepRatio = plan.keepRatio(context);
  return {
    accelerator: request.accelerator,
    label: request.label,
    setting: plan.setting,
    device: plan.device,
    config: plan.config,
    chips: request.chips,
    keptShare: sum((head) => head.keptPairs) / visible,
    ...(request.chips > 1 && keptPairs.length > 0
      ? { keptShares: spreadOf(keptPairs.map((pairs) => (pairs * request.chips) / visible)) }
      : {}),
    ...(keepRatio === undefined ? {} : { keepRatio }),
    counts: ledger.counts,
    energy: ledger.energy,
    latency: ledger.latency,
    area: ledger.area,
    figures: ledger.figures,
    elasticities: usedElasticities(ledgerAt),
    costTable: ledger.technology,
    accuracy,
    timing: timing.gpuMs > 0 ? timing : { wallMs: timing.wallMs },
  };
}

/** The predicted latency against dense attention as it was measured here; nothing where it was not. */
function speedUp(gpu: Gpu, dense: DenseRun, { latency, technology }: AcceleratorLedger, windows: number): Figure[] {
  if (dense.attentionMs === undefined) return [];
  const value = (dense.attentionMs * 1e6 * windows) / latency.overlappedNs;
  const note = `predicted latency, stages overlapped, against dense float32 attention measured on ${gpu.adapter.description} (${gpu.adapter.class}, ${gpu.adapter.runtime}); no GPU of the paper`;
  const basis = { scope: 'core', note } as const;
  return [calculatedFigure("speed-up over this adapter's dense attention", value, 'x', basis, technology, ['time'])];
}

function headAccuracy(head: HeadActivity): HeadAccuracy {
  return {
    keptShare: head.keptPairs / head.visiblePairs,
    recall: (head.hits ?? 0) / (head.wanted || 1),
    softmaxMass: (head.softmaxMass ?? 0) / head.queries,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: readonly number[]): ChipSpread {
  return { mean: mean(values), standardDeviation: deviation(values), values };
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1));
}
