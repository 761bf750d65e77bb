import type { BenchKernel } from './kernel.ts';
import { denseAttendBench, gatherAttendBench } from './kernels/attend.ts';
import { butterflyRouteBench } from './kernels/butterfly.ts';
import { chargeCellsBench, chargeMvmBench, chargeProgramBench, chargeSelectBench } from './kernels/charge.ts';
import { chargedCellsBench } from './kernels/charged-cells.ts';
import { crossbar1024Bench, crossbarMvmBench, crossbarProgramBench } from './kernels/crossbar.ts';
import { linearBench } from './kernels/linear.ts';
import { localityBench, localityCyclesBench } from './kernels/locality.ts';
import { kmeansBench, pqEncodeBench, pqScoreBench } from './kernels/product-codes.ts';
import { embedBench, headsBench, layerNormBench, quantizeBench, tokenLossBench } from './kernels/rows.ts';
import { scoreAttendBench } from './kernels/score-attend.ts';
import { bankCyclesBench, selectionQualityBench, wtaSelectBench } from './kernels/selection.ts';
import { spanAttendBench, spanSelectBench } from './kernels/span.ts';
import { linear8Bench, quantizeTokensBench } from './kernels/sparse-linear.ts';
import {
  nibbleEstimateBench,
  nibbleProgramBench,
  thresholdCellsBench,
  thresholdCompareBench,
  thresholdSelectBench,
} from './kernels/threshold.ts';

/**
 * Every kernel at one size: GPT-2 small's width and heads on a few hundred tokens, some milliseconds each on a software adapter.
 * `scale` multiplies rows, heads, inputs or chips, since a GPU needs more of them to be busy.
 */
export function benchKernels(scale: number): readonly BenchKernel[] {
  const heads = 12 * scale;
  const rows = 256 * scale;
  const attend = { heads, queries: 256, keys: 256, dim: 64, causal: true };
  const gather = { heads, queries: 256, keys: 256, dim: 64, causal: false, keep: 64 };
  const codes = { heads, tokens: 256, dim: 64, subspaces: 8, centroids: 16 };
  const move = { sequences: scale, heads: 12, tokens: 512, dim: 64 };
  const columns = { heads, queries: 128, keys: 512, keep: 64 };
  const traffic = { heads, queries: 512, keys: 512, capacity: 128 };
  const crossbar = { rows: 256, columns: 256, inputs: rows };
  const threshold = { heads, tokens: 512, dim: 64 };
  const charge = { heads: 4 * scale, tokens: 256, dim: 64 };
  return [
    ...(['tile', 'subgroup', 'wide', 'wide-subgroup4', 'wide-subgroup8'] as const).map((variant) =>
      linearBench({ rows, columns: 768, inner: 768, variant }),
    ),
    ...(['pair', 'wide', 'wide-subgroup4', 'wide-subgroup8'] as const).map((variant) =>
      denseAttendBench({ ...attend, operandBits: 32, variant }),
    ),
    denseAttendBench({ ...attend, operandBits: 8 }),
    ...(['gather', 'subgroup8', 'masked4', 'masked8'] as const).map((variant) =>
      gatherAttendBench({ ...gather, operandBits: 32, variant }),
    ),
    gatherAttendBench({ ...gather, operandBits: 8 }),
    ...([32, 8] as const).map((operandBits) => spanAttendBench({ ...attend, span: 64, operandBits })),
    spanSelectBench({ heads, queries: 256, keys: 256, causal: true, span: 64 }),
    ...[false, true].map((noisy) => pqEncodeBench({ ...codes, noisy })),
    pqScoreBench({ ...codes, causal: true }),
    pqScoreBench({ ...codes, causal: true, whole: true }),
    kmeansBench(codes),
    ...[false, true].flatMap((noisy) => [false, true].map((held) => wtaSelectBench({ ...columns, noisy, held }))),
    crossbarProgramBench({ rows: 128, columns: 128, chips: 4 * scale }),
    ...[false, true].map((noisy) => crossbarMvmBench({ ...crossbar, noisy })),
    ...[false, true].map((noisy) => crossbar1024Bench(noisy, scale)),
    ...[false, true].map((noisy) => thresholdSelectBench({ ...threshold, noisy })),
    ...[false, true].map((noisy) => thresholdCellsBench({ ...threshold, noisy })),
    nibbleProgramBench(threshold),
    nibbleEstimateBench(threshold),
    thresholdCompareBench(threshold),
    chargeCellsBench({ heads, dim: 64 }),
    chargeProgramBench(charge),
    chargedCellsBench(charge),
    ...(['ideal', 'passive', 'bitplane', 'unsure'] as const).map((way) => chargeMvmBench(way, charge)),
    ...(['ideal', 'passive', 'bitplane'] as const).map((way) => chargeSelectBench(way, charge)),
    ...(['balanced', 'irregular', 'dense'] as const).map((way) =>
      linear8Bench(way, { rows, columns: 768, inner: 768 }),
    ),
    quantizeTokensBench({ rows, inner: 768 }),
    butterflyRouteBench({ blocks: 16384 * scale, block: 16 }),
    ...([32, 8] as const).map((operandBits) =>
      scoreAttendBench({ heads, queries: 256, keys: 256, dim: 64, operandBits }),
    ),
    quantizeBench({ heads, tokens: 256, dim: 64 }),
    layerNormBench({ rows: 2 * rows, width: 768 }),
    embedBench({ sequences: 2 * scale, tokens: 256, width: 768, vocabulary: 1024 }),
    headsBench('split', move),
    headsBench('merge', move),
    tokenLossBench({ rows, columns: 2048 }),
    selectionQualityBench({ heads, queries: 128, keys: 256, dim: 64 }),
    bankCyclesBench({ rows: heads * 256, keys: 256, banks: 32 }),
    ...(['resident', 'lru'] as const).map((eviction) => localityBench({ ...traffic, eviction })),
    localityCyclesBench({ heads, queries: 512, keys: 512, units: 4, banks: 32 }),
  ];
}
