import { source } from '../../source.ts';
import { type Figure, publishedFigure } from '../figure.ts';

/** What the authors of the 65 nm charge-domain hybrid state as peaks. */
export const chargePeaks = Object.freeze({
  coreTopsPerW: 14.8,
  chipTopsPerW: 1.65,
  coreGopsPerMm2: 976.6,
  chipGopsPerMm2: 79.4,
  /** Share of the tokens that is left for the digital core. */
  keptShare: 0.25,
});

const paper = source('A', 'Moradifirouzabadi et al., ESSERC 2024, arXiv 2409.04940', 'abstract');
const unknown = 'peak; operand widths, supply and what counts as an operation are not public';

/** Published figures of the charge-domain hybrid. */
export const chargePublished: readonly Figure[] = Object.freeze([
  publishedFigure(
    'charge.core-efficiency',
    chargePeaks.coreTopsPerW,
    'TOPS/W',
    { scope: 'core', note: unknown },
    paper,
  ),
  publishedFigure(
    'charge.core-area-efficiency',
    chargePeaks.coreGopsPerMm2,
    'GOPS/mm2',
    { scope: 'core', note: unknown },
    paper,
  ),
  publishedFigure(
    'charge.chip-efficiency',
    chargePeaks.chipTopsPerW,
    'TOPS/W',
    { scope: 'chip', note: unknown },
    paper,
  ),
  publishedFigure(
    'charge.chip-area-efficiency',
    chargePeaks.chipGopsPerMm2,
    'GOPS/mm2',
    { scope: 'chip', note: unknown },
    paper,
  ),
  publishedFigure(
    'charge.kept-share',
    chargePeaks.keptShare,
    'share',
    {
      note: 'the paper says that about 75 % of the tokens are pruned on average, over tasks that the abstract does not name',
    },
    paper,
  ),
]);
