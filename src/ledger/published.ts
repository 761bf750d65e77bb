import { source } from '../source.ts';
import { type Figure, publishedFigure } from './figure.ts';
import { butterflyPublished } from './published/butterfly.ts';
import { chargePublished } from './published/charge.ts';
import { sprintPublished } from './published/sprint.ts';

const hardseaAbstract = source('A', 'Liu et al., HARDSEA, IEEE TVLSI 2023, doi 10.1109/TVLSI.2023.3337777', 'abstract');

/** HARDSEA's headline figures: ranges over its BERT and GPT-2 workloads. */
export const hardseaPublished: readonly Figure[] = Object.freeze([
  publishedFigure(
    'hardsea.speedup-over-gpu',
    [13.5, 28.5],
    'x',
    { scope: 'system', note: 'GPU model, batch, sequence lengths and datasets are not public' },
    hardseaAbstract,
  ),
  publishedFigure(
    'hardsea.energy-efficiency-over-gpu',
    [291.6, 1894.3],
    'x',
    { scope: 'system', note: 'GPU model and how its power was taken are not public' },
    hardseaAbstract,
  ),
  publishedFigure(
    'hardsea.energy-efficiency-over-accelerators',
    [1.2, 14.9],
    'x',
    { note: 'at similar throughput; which accelerators, and how they were normalised, is not public' },
    hardseaAbstract,
  ),
  publishedFigure(
    'hardsea.kept-share',
    [0.12, 0.33],
    'share',
    {
      note: 'the paper says sparsity of 12 to 33 %, without loss of accuracy; read here as the share kept, which the speed-up needs',
    },
    hardseaAbstract,
  ),
]);

/** Published figures by accelerator. */
export const publishedFigures: Readonly<Record<string, readonly Figure[]>> = Object.freeze({
  butterfly: butterflyPublished,
  charge: chargePublished,
  hardsea: hardseaPublished,
  sprint: sprintPublished,
});
