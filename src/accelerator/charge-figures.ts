import type { TechnologyChange } from '../ledger/elasticity.ts';
import { type Basis, calculatedFigure, calibratedFigure, type Figure, measuredFigure } from '../ledger/figure.ts';
import { chargePeaks, chargePublished } from '../ledger/published/charge.ts';
import { chargeFitted } from '../ledger/technology/charge.ts';
import {
  chargeReference,
  countedOperations,
  fitCharge,
  type OperationDefinition,
  operationMeaning,
} from '../ledger/technology/charge-fit.ts';
import { areaByComponent, type ConstantKind, type Technology } from '../ledger/technology.ts';
import type { ChargeActivity } from './charge-activity.ts';
import {
  type ChargeSubject,
  chargedCellsOf,
  chargedShare,
  eventsPerPair,
  passTimeNs,
  peakPassNs,
  technologyOf,
} from './charge-chip.ts';
import type { ResolvedCharge } from './charge-config.ts';
import type { AcceleratorLedger } from './ledger.ts';

const definitions: readonly OperationDefinition[] = ['I', 'II', 'III'];

/** Components of the analog core. */
const core = ['array', 'line', 'comparator', 'converter'];

/** The figures of a run, and the chip's peaks with the published ones beside them. */
export function chargeFigures(
  subject: ChargeSubject,
  heads: readonly ChargeActivity[],
  windows: number,
  run: Pick<AcceleratorLedger, 'energy' | 'area' | 'latency' | 'technology'>,
  change: TechnologyChange,
): readonly Figure[] {
  return [...runFigures(subject, heads, windows, run), ...peakFigures(subject.config, change)];
}

function runFigures(
  { config, dim, chips }: ChargeSubject,
  heads: readonly ChargeActivity[],
  windows: number,
  { energy, area, latency, technology }: Pick<AcceleratorLedger, 'energy' | 'area' | 'latency' | 'technology'>,
): Figure[] {
  const sum = (pick: (head: ChargeActivity) => number) => heads.reduce((total, head) => total + pick(head), 0) / chips;
  const work = {
    visiblePairs: sum((head) => head.visiblePairs),
    keptPairs: sum((head) => head.keptPairs),
    dim,
    recompute: config.recompute,
  };
  const totalPj = energy.reduce((total, row) => total + row.energyPj, 0);
  const corePj = energy.filter((row) => core.includes(row.component)).reduce((total, row) => total + row.energyPj, 0);
  const basis: Basis = {
    bits: config.operandBits,
    scope: 'chip',
    supplyV: technology.supplyV,
    sparsity: 1 - work.keptPairs / work.visiblePairs,
  };
  // Of every kind of constant some are fitted to the published peaks: nothing here is a prediction from parts alone.
  const calculated = (kind: ConstantKind, name: string, value: number, unit: string, more: Basis) =>
    calculatedFigure(name, value, unit, { ...basis, ...more }, technology, [kind]);
  const fittedUnder = (definition: OperationDefinition) =>
    `${operationMeaning[definition]}${definition === config.definition ? '; the one that the constants are fitted under' : `; constants fitted under ${config.definition}`}`;
  return [
    calculated('energy', 'energy per window', totalPj / windows, 'pJ', {
      note: `attention of one window, all layers; from constants fitted to the published peaks under definition ${config.definition}`,
    }),
    ...(heads.some((head) => head.chargedCells !== undefined)
      ? [
          measuredFigure(
            'share of cells that charge',
            sum((head) => chargedCellsOf(head, dim)) / (eventsPerPair * dim * work.visiblePairs),
            'share',
            {
              note: 'of all cells and events of visible pairs, bit by bit; the array scores pairs before any is pruned, so that these are not the kept ones alone; random bits would charge a quarter, with which the peaks are fitted',
            },
            'operands of the run',
          ),
        ]
      : []),
    calculated('time', 'latency per window, stages in turn', latency.sequentialNs / windows, 'ns', {}),
    calculated('time', 'latency per window, stages overlapped', latency.overlappedNs / windows, 'ns', {
      note: 'the slower of array and digital core for each head; filling the pipeline left out',
    }),
    calibratedFigure(
      'area',
      area.reduce((total, row) => total + row.areaUm2, 0) / 1e6,
      'mm2',
      { scope: 'chip', note: 'the published die of 3.2 mm2 where heads have 64 dimensions and the array 64 keys' },
      technology,
      'core area fitted to 976.6 GOPS/mm2, the rest of the die is the digital core',
    ),
    ...definitions.map((definition) =>
      calculated(
        'energy',
        `efficiency, definition ${definition}`,
        countedOperations(definition, work) / totalPj,
        'TOPS/W',
        {
          operations: operationsOf(definition),
          note: fittedUnder(definition),
        },
      ),
    ),
    calculated(
      'time',
      `throughput, definition ${config.definition}`,
      countedOperations(config.definition, work) / latency.overlappedNs,
      'GOPS',
      {
        operations: operationsOf(config.definition),
        note: `${operationMeaning[config.definition]}; stages overlapped`,
      },
    ),
    calculated('energy', 'efficiency of the analog core', (2 * dim * work.visiblePairs) / corePj, 'TOPS/W', {
      operations: 'executed',
      scope: 'core',
      bits: chargeReference.nibbleBits.value,
      note: '2 d for every visible pair; writing the keys included',
    }),
  ];
}

/** The chip at its peaks: a full array of keys of 64 dimensions, and 25 % of them kept. */
function peakFigures(config: ResolvedCharge, change: TechnologyChange): Figure[] {
  const dim = chargeReference.dim.value;
  const technology = change(technologyOf({ config, dim }));
  const [queryBits, keyBits] = config.peakBits;
  const peak = peakOf(config, technology);
  const condition = `${queryBits} b x ${keyBits} b, a full array of ${config.array.columns} keys of ${dim} dimensions`;
  const chip = `${condition}, ${100 * chargePeaks.keptShare} % kept`;
  const published = (name: string) => chargePublished.find((figure) => figure.name === `charge.${name}`)!;
  const under = `constant fitted under definition ${config.definition}`;
  const calibrated = (name: string, value: number, unit: string, basis: Basis, where: string) =>
    calibratedFigure(name, value, unit, { supplyV: technology.supplyV, ...basis }, technology, where);
  const coreBasis: Basis = {
    operations: 'executed',
    scope: 'core',
    ...(queryBits === keyBits ? { bits: queryBits } : {}),
    note: `${condition}; 2 operations a product`,
  };
  const chipBasis = (definition: OperationDefinition): Basis => ({
    operations: operationsOf(definition),
    scope: 'chip',
    sparsity: 1 - chargePeaks.keptShare,
    note: `${chip}; ${operationMeaning[definition]}; ${under}`,
  });
  return [
    calibrated(chargeFitted.core, peak.coreTopsPerW, 'TOPS/W', coreBasis, 'line.event set to meet 14.8 TOPS/W'),
    published('core-efficiency'),
    calibrated(
      chargeFitted.coreArea,
      peak.coreGopsPerMm2,
      'GOPS/mm2',
      { ...coreBasis, note: `${coreBasis.note}; ${peakPassNs(config).toFixed(2)} ns per pass` },
      'line area set to meet 976.6 GOPS/mm2',
    ),
    published('core-area-efficiency'),
    ...definitions.map((definition, i) =>
      calibrated(
        chargeFitted.chip[i]!,
        peak.chip(definition).topsPerW,
        'TOPS/W',
        chipBasis(definition),
        `digital.operation8 set to meet 1.65 TOPS/W under definition ${config.definition}`,
      ),
    ),
    published('chip-efficiency'),
    ...definitions.map((definition, i) =>
      calibrated(
        chargeFitted.chipArea[i]!,
        peak.chip(definition).gopsPerMm2,
        'GOPS/mm2',
        chipBasis(definition),
        `${peak.coreIsSlower ? 'held back by the array, although ' : ''}timing.operation8Ns set to meet 79.4 GOPS/mm2 under definition ${config.definition}`,
      ),
    ),
    published('chip-area-efficiency'),
    ...definitions.map((definition) =>
      calibrated(
        `digital energy per 8-bit operation, definition ${definition}`,
        fitCharge({ definition, queryBits, keyBits, passNs: peakPassNs(config) }).operation8Pj,
        'pJ',
        { bits: 8, scope: 'chip', note: `as 1.65 TOPS/W would have it under ${operationMeaning[definition]}` },
        'solved from 1.65 TOPS/W and 14.8 TOPS/W',
      ),
    ),
    published('kept-share'),
  ];
}

/** The peaks as they follow from the constants of the table. */
function peakOf(config: ResolvedCharge, technology: Technology) {
  const { components, timing } = technology;
  const dim = chargeReference.dim.value;
  const keys = config.array.columns;
  const [queryBits, keyBits] = config.peakBits;
  const events = queryBits * keyBits;
  const price = (component: string, action: string) => components[component]!.actions[action]!.energyPj.value;
  const decision =
    config.array.combine === 'bitplane' ? events * price('converter', 'convert') : price('comparator', 'decide');
  const pairPj = events * (price('line', 'event') + dim * chargedShare * price('array', 'product')) + decision;
  const work = { visiblePairs: 1, keptPairs: chargePeaks.keptShare, dim, recompute: true };
  const executed = countedOperations('III', work);
  const chipPj = pairPj + executed * price('digital', 'operation8');
  const passNs = (passTimeNs(technology) * events) / eventsPerPair;
  const digitalNs = executed * timing['operation8Ns']!.value;
  const pairNs = Math.max(passNs / keys, digitalNs);
  const rows = areaByComponent(technology);
  const mm2 = (names?: readonly string[]) =>
    rows.reduce((total, row) => total + (!names || names.includes(row.component) ? row.areaUm2 : 0), 0) / 1e6;
  return {
    coreTopsPerW: (2 * dim) / pairPj,
    coreGopsPerMm2: (2 * dim * keys) / passNs / mm2(core),
    coreIsSlower: passNs / keys > digitalNs,
    chip: (definition: OperationDefinition) => {
      const counted = countedOperations(definition, work);
      return { topsPerW: counted / chipPj, gopsPerMm2: counted / pairNs / mm2() };
    },
  };
}

function operationsOf(definition: OperationDefinition): 'dense-equivalent' | 'executed' {
  return definition === 'I' ? 'dense-equivalent' : 'executed';
}
