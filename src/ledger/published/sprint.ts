import { source } from '../../source.ts';
import { type Figure, publishedFigure } from '../figure.ts';

const title = 'Yazdanbakhsh et al., SPRINT, MICRO 2022, arXiv 2209.00606';
const abstract = source('A', title, 'abstract');
const digest = (where: string) => source('B', title, `by way of a digest: ${where}`);
const site = source('A', "an author's site, page of the project", 'summary');
const unpruned =
  'mean over models, over the same accelerator without pruning; models, lengths and pruning rates are not public';

/** Published figures of SPRINT. */
export const sprintPublished: readonly Figure[] = Object.freeze([
  publishedFigure('sprint.speedup-s', 7.5, 'x', { scope: 'system', note: `16 KB; ${unpruned}` }, abstract),
  publishedFigure(
    'sprint.speedup-m',
    7.4,
    'x',
    { scope: 'system', note: `32 KB, 2 CORELETs; ${unpruned}` },
    digest('speed-up by configuration'),
  ),
  publishedFigure(
    'sprint.speedup-l',
    7.1,
    'x',
    { scope: 'system', note: `64 KB, 4 CORELETs; ${unpruned}` },
    digest('speed-up by configuration'),
  ),
  publishedFigure('sprint.energy-reduction-s', 19.6, 'x', { scope: 'system', note: `16 KB; ${unpruned}` }, abstract),
  publishedFigure(
    'sprint.accuracy-loss',
    0.36,
    '%',
    { note: 'mean over models and tasks that the abstract does not name' },
    abstract,
  ),
  publishedFigure(
    'sprint.accuracy-loss-elsewhere',
    0.34,
    '%',
    { note: 'disagrees with the 0.36 % of the abstract; used for nothing' },
    site,
  ),
  publishedFigure(
    'sprint.data-movement-reduction',
    0.94,
    'share',
    { scope: 'system', note: 'which data, and against what, is not said' },
    site,
  ),
  publishedFigure(
    'sprint.new-vectors-per-query',
    0.021,
    'share',
    { note: 'of the sequence; kept by a query and not by the one before, mean' },
    digest('spatial locality'),
  ),
  publishedFigure(
    'sprint.area-s',
    0.944,
    'mm2',
    { scope: 'chip', note: '1.18 mm x 0.8 mm with 16 KB' },
    digest('area'),
  ),
  publishedFigure('sprint.area-m', 1.9, 'mm2', { scope: 'chip', note: 'with 32 KB' }, digest('area')),
  publishedFigure(
    'sprint.memory-area-overhead',
    0.06,
    'share',
    { scope: 'array', note: 'what computing in the memory adds to it' },
    digest('area'),
  ),
  publishedFigure(
    'sprint.converter-over-comparator-area',
    20,
    'x',
    { scope: 'array', note: 'a 5-bit converter against a comparator' },
    digest('comparator'),
  ),
  publishedFigure(
    'sprint.converter-over-comparator-power',
    30,
    'x',
    { scope: 'array', note: 'a 5-bit converter against a comparator' },
    digest('comparator'),
  ),
  publishedFigure(
    'sprint.data-movement-share',
    [0.6, 1],
    'share',
    {
      note: 'of the energy of attention without pruning, where the chip holds a fifth of what it needs; more than 0.6',
    },
    digest('motivation'),
  ),
]);
