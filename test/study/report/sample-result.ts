import { resolveHardsea } from '../../../src/accelerator/hardsea-config.ts';
import { usedElasticities } from '../../../src/ledger/elasticity.ts';
import { measuredFigure, predictedFigure } from '../../../src/ledger/figure.ts';
import { hardseaPublished } from '../../../src/ledger/published.ts';
import { hardseaTechnology } from '../../../src/ledger/technology/hardsea.ts';
import { areaByComponent } from '../../../src/ledger/technology.ts';
import type { AcceleratorRun, AttentionMaps, EvaluateResult } from '../../../src/study/result.ts';

const technology = hardseaTechnology({
  arrays: 32,
  rows: 8,
  columns: 32,
  wtaSelectColumns: 512,
  sramBits: 2 ** 20,
  macLanes: 2048,
  softmaxUnits: 32,
  dacs: 256,
});

/** A made-up run whose numbers are plausible; `scale` multiplies energy and time. */
export function sampleRun(keepRatio: number, device: string, chips = 1, scale = 1): AcceleratorRun {
  const increase = (device === 'ideal' ? 0.06 : 0.25) / keepRatio ** 1.1 / 10;
  const loss = 1.5162 * (1 + increase / 100);
  const values = Array.from({ length: chips }, (_, c) => loss * (1 + 0.002 * Math.sin(7 * c + 1)));
  const rate = { drive: 2e7, cellRead: 3e8, column: 9e6, charge: 4e6, lookup: 8e7 * keepRatio, mac: 4e9 * keepRatio };
  const energy = Object.entries(technology.components).flatMap(([component, { actions }], i) =>
    Object.entries(actions).map(([action, { energyPj }]) => {
      const count = scale * ((rate as Record<string, number>)[action] ?? 3e7 * (i + 1) * keepRatio);
      return { component, action, count, energyPj: count * energyPj.value };
    }),
  );
  const stages = [
    { stage: 'encode', timeNs: 4 * 163840 * scale },
    { stage: 'score', timeNs: 4 * 32768 * scale },
    { stage: 'select', timeNs: 4 * 180000 * scale },
    { stage: 'exact', timeNs: 4 * 900000 * keepRatio * scale },
  ];
  const kept = 1 - (1 - keepRatio) ** 2;
  const elasticities = usedElasticities((change) => {
    const table = change(technology);
    const totalPj = energy.reduce(
      (sum, { component, action, count }) => sum + count * table.components[component]!.actions[action]!.energyPj.value,
      0,
    );
    const mm2 = areaByComponent(table).reduce((sum, row) => sum + row.areaUm2, 0) / 1e6;
    const figures = [
      predictedFigure('energy', totalPj, 'pJ', {}, table),
      predictedFigure('efficiency', 1e12 / totalPj, 'TOPS/W', {}, table),
      predictedFigure('area', mm2, 'mm2', {}, table),
    ];
    return { figures, technology: table };
  });
  return {
    accelerator: 'hardsea',
    label: `hardsea ${keepRatio} ${device}`,
    setting: String(keepRatio),
    device,
    config: resolveHardsea({ keepRatio, device }),
    chips,
    keptShare: kept,
    keepRatio,
    counts: { dac: { drive: 100 } },
    energy,
    latency: {
      stages,
      sequentialNs: stages.reduce((sum, row) => sum + row.timeNs, 0),
      overlappedNs: stages[3]!.timeNs * 1.3,
    },
    area: areaByComponent(technology),
    figures: [
      predictedFigure('energy', 3.2e6 * scale, 'pJ', { scope: 'core', operations: 'executed', bits: 8 }, technology),
      predictedFigure('latency', 1.4e5 * scale, 'ns', { scope: 'core', note: 'stages overlapped' }, technology),
      predictedFigure('area', 3.1, 'mm2', { scope: 'core' }, technology),
    ],
    elasticities,
    costTable: technology,
    accuracy: {
      denseLoss: 1.5162,
      loss,
      lossIncreasePercent: increase,
      recall: 0.8 + 0.15 * keepRatio,
      softmaxMass: 0.9 + 0.2 * keepRatio,
      ...(chips > 1 ? { chips: { mean: loss, standardDeviation: 0.0021, values } } : {}),
      perLayer: Array.from({ length: 4 }, (_, layer) => ({
        layer,
        heads: Array.from({ length: 4 }, (_, head) => ({
          keptShare: kept,
          recall: 0.6 + 0.09 * ((layer * 3 + head * 5) % 4) + 0.1 * keepRatio,
          softmaxMass: 0.88 + 0.03 * ((layer + 2 * head) % 4),
        })),
      })),
    },
    timing: { wallMs: 4200, gpuMs: 3900 },
  };
}

/** A causal map with a strong diagonal, a first column and a few vertical stripes, as trained heads have. */
export function sampleMaps(run: string, size = 128): AttentionMaps {
  const exact: number[] = [];
  const selection: number[] = [];
  for (let q = 0; q < size; q++) {
    const row = Array.from({ length: size }, (_, k) =>
      k > q
        ? 0
        : Math.exp(-(q - k) / 6) + (k === 0 ? 0.6 : 0) + (k % 19 === 7 ? 0.25 : 0) + 0.02 * Math.abs(Math.sin(q * k)),
    );
    const sum = row.reduce((a, b) => a + b, 0);
    const cut = [...row].sort((a, b) => b - a)[Math.min(size - 1, Math.ceil(0.2 * size))]!;
    for (let k = 0; k < size; k++) {
      exact.push(Number((row[k]! / sum).toPrecision(3)));
      selection.push(k <= q && row[k]! > cut ? 1 : 0);
    }
  }
  return {
    layer: 1,
    head: 2,
    window: 0,
    run,
    accelerator: 'hardsea',
    tokens: 512,
    size,
    causal: true,
    exact,
    selection,
  };
}

/** A made-up evaluation with any part replaced. */
export function sampleResult(change: Partial<EvaluateResult> = {}): EvaluateResult {
  const runs = change.runs ?? [
    ...[0.12, 0.2, 0.33].map((keep) => sampleRun(keep, 'ideal')),
    ...[0.12, 0.2, 0.33].map((keep) => sampleRun(keep, 'hfox-milo', 16)),
  ];
  return {
    schemaVersion: 1,
    command: 'evaluate',
    version: '0.1.0',
    model: {
      name: 'gpt2-bytes',
      architecture: 'gpt2',
      layers: 4,
      heads: 4,
      headDim: 64,
      context: 512,
      parameters: 3_358_464,
    },
    text: 'text.txt',
    calibration: 'calibration.txt',
    windows: 4,
    tokens: 2048,
    seed: 1,
    generator: 'pcg4d',
    adapter: {
      vendor: 'google',
      architecture: 'swiftshader',
      description: 'SwiftShader Device (LLVM 16.0.0)',
      class: 'bundled-software',
      runtime: 'node 20.20.2 (Dawn)',
      features: ['timestamp-query'],
      missing: ['subgroups'],
    },
    dense: {
      loss: 1.5162,
      lossPerWindow: [1.51, 1.52, 1.5, 1.53],
      attentionMs: 212.4,
      figures: [measuredFigure('dense attention', 212.4, 'ms', { note: 'one window' }, 'SwiftShader')],
      timing: { wallMs: 2100 },
    },
    maps: runs[0] && [sampleMaps(runs[0].label)],
    published: hardseaPublished,
    timing: { wallMs: 31_400 },
    ...change,
    runs,
  };
}
