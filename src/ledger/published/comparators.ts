import { type Grade, source } from '../../source.ts';
import { type Basis, type Figure, publishedFigure } from '../figure.ts';

/**
 * What other attention accelerators print of themselves, or others of them, for context. Most count what sparsity skipped as
 * done, at nodes and with operands of their own: nothing here stands beside a figure of ours as its equal. Where two
 * sources give one design two values, both are listed.
 */
export const comparatorsPublished: readonly Figure[] = Object.freeze([
  ...by('ELSA, ISCA 2021', 'A', 'abstract', [['speed-up over a GPU', 58.1, 'x', 'geometric mean on self-attention']]),
  ...by('SpAtten, HPCA 2021, arXiv 2012.09852', 'A', 'abstract', [
    ['speed-up over a TITAN Xp', 162, 'x', '30 benchmarks'],
    ['energy over a TITAN Xp', 1193, 'x', '30 benchmarks'],
  ]),
  ...by('SpAtten, an eighth of it', 'B', 'table of MECLA, ISCA 2024', [
    ['efficiency', 0.382, 'TOPS/W', '40 nm; what counts as an operation is not said'],
  ]),
  ...by('Sanger, MICRO 2021', 'B', 'table of MECLA, ISCA 2024', [['efficiency', 0.192, 'TOPS/W', '55 nm']]),
  ...by('Sanger, simulated again', 'B', 'CPSAA, TCAD 2023', [
    ['efficiency', 0.0224, 'TOPS/W', 'a ninth of the other value for the same design'],
  ]),
  ...by('LeOPArd, ISCA 2022, arXiv 2204.03227', 'A', 'abstract', [
    ['speed-up over its baseline', 1.9, 'x', '43 tasks, post-layout, less than 0.2 % of accuracy lost'],
    ['energy over its baseline', 3.9, 'x', '43 tasks, post-layout'],
  ]),
  ...by('Energon, TCAD 2022, arXiv 2110.09310', 'A', 'abstract', [
    ['speed-up over a V100', 8.7, 'x', 'language and vision, negligible loss'],
  ]),
  ...by('FACT, ISCA 2023', 'B', 'table of MECLA, ISCA 2024', [['efficiency', 4.388, 'TOPS/W', '28 nm, whole model']]),
  ...by('MECLA, ISCA 2024', 'B', 'its table', [['efficiency', 7.088, 'TOPS/W', '28 nm, whole model']]),
  ...by('ReTransformer, ICCAD 2020', 'B', 'as quoted from its text', [
    ['efficiency', 0.468, 'TOPS/W', 'ReRAM, simulated, 8 bits'],
  ]),
  ...by('ReTransformer, simulated again', 'B', 'CPSAA, TCAD 2023', [
    ['efficiency', 0.0971, 'TOPS/W', 'a fifth of the other value for the same design'],
  ]),
  ...by('CPSAA, TCAD 2023', 'B', 'as quoted from its text', [
    ['efficiency', 0.476, 'TOPS/W', '32 nm ReRAM, 32-bit fixed point, ideal arithmetic'],
    ['throughput', 9.142, 'TOPS', '32 nm ReRAM'],
  ]),
  ...by('X-Former, TVLSI 2023', 'B', 'as quoted from its text', [
    ['efficiency', 6.72, 'TOPS/W', '32 nm, 8 bits; less than 1 to 9.9 % of accuracy lost with variation'],
  ]),
  ...by('TranCIM, ISSCC 2022', 'A', 'abstract', [['energy per token', 15.59, 'uJ/token', '28 nm, BERT-base']]),
  ...by('TranCIM in a survey', 'B', 'KU Leuven carbonspot @0839b49', [['efficiency', 12.5, 'TOPS/W', '8 bits']]),
  ...by('MulTCIM, ISSCC 2023 16.1', 'A', 'abstract', [['energy per token', 2.24, 'uJ/token', '28 nm, ViLBERT-base']]),
  ...by('Topkima-Former, TCAS-I 2025', 'B', 'as quoted from its text', [
    ['efficiency', 16.84, 'TOPS/W', '65 nm circuit and 32 nm system simulation, 4-bit keys; 0.4 to 1.2 % lost'],
  ]),
  ...by('CAMformer, arXiv 2511.19740', 'A', 'abstract', [
    ['queries per energy', 9045, 'query/mJ', 'normalised to 45 nm, binary scores, 1024 keys'],
  ]),
  ...by('ITA, arXiv 2307.03493', 'A', 'abstract', [['efficiency', 16.9, 'TOPS/W', '22 nm, 8 bits, dense attention']]),
  ...by('CIMple, arXiv 2604.15944', 'A', 'abstract', [['efficiency', 26.1, 'TOPS/W', '28 nm digital macro, 8 bits']]),
]);

type Claim = readonly [name: string, value: number, unit: string, note: string];

function by(work: string, grade: Grade, where: string, claims: readonly Claim[]): readonly Figure[] {
  return claims.map(([name, value, unit, note]) => {
    const basis: Basis = { note };
    return publishedFigure(`${work}: ${name}`, value, unit, basis, source(grade, work, where));
  });
}
