import { source } from '../../source.ts';
import { type Figure, publishedFigure } from '../figure.ts';

const title = source('A', 'Liu et al., ISSCC 2023 16.2, doi 10.1109/ISSCC42615.2023.10067360', 'title and abstract');
const labPage = source(
  'A',
  "the authors' laboratory, research page on ICARUS",
  'figures of the chip and of a four-chip system',
);
const transcription = source('B', 'KU Leuven carbonspot @0839b49, expr.py', 'row of the chip in a table of macros');

/** Published figures of the 28 nm sparse Transformer macro. Two of its efficiencies disagree: both are shown, neither is averaged. */
export const butterflyPublished: readonly Figure[] = Object.freeze([
  publishedFigure(
    'butterfly.efficiency',
    53.8,
    'TOPS/W',
    { bits: 8, note: 'sparse peak; its sparsity, supply, toggle rate, workload and scope are not public' },
    title,
  ),
  publishedFigure(
    'butterfly.efficiency-in-a-survey',
    2.52,
    'TOPS/W',
    {
      bits: 8,
      note: 'open conflict with the 53.8 of the title: perhaps dense at the highest supply, perhaps a misprint; used for nothing',
    },
    transcription,
  ),
  publishedFigure(
    'butterfly.throughput',
    3.33,
    'TOPS',
    { bits: 8, note: 'as listed in a survey; conditions not public' },
    transcription,
  ),
  publishedFigure(
    'butterfly.area-efficiency',
    0.85,
    'TOPS/mm2',
    { bits: 8, scope: 'chip', note: 'the survey: 3.33 TOPS on a die of 3.93 mm2' },
    transcription,
  ),
  publishedFigure(
    'butterfly.energy-gain-of-both-engines',
    6.8,
    'x',
    {
      scope: 'system',
      note: 'up to, with 75 % of the weights zero; what each engine brings, and over what, is not public',
    },
    labPage,
  ),
  publishedFigure('butterfly.speedup-over-a100', 4.2, 'x', { scope: 'system', note: 'up to, four chips' }, labPage),
  publishedFigure(
    'butterfly.energy-efficiency-over-a100',
    27.6,
    'x',
    { scope: 'system', note: 'up to, four chips' },
    labPage,
  ),
  publishedFigure(
    'butterfly.decode-energy',
    0.21,
    'J/token',
    { scope: 'system', note: 'four chips; the model is not named, memory outside the chips must be part of it' },
    labPage,
  ),
  publishedFigure(
    'butterfly.decode-throughput',
    186.9,
    'token/s',
    { scope: 'system', note: 'four chips; the model is not named' },
    labPage,
  ),
]);
