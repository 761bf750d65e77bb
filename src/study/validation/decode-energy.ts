import { butterflyTechnologyOf } from '../../accelerator/butterfly-chip.ts';
import { resolveButterfly } from '../../accelerator/butterfly-config.ts';
import type { Counts } from '../../ledger/counts.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import { measuredFigure, predictedFigure } from '../../ledger/figure.ts';
import { type Quantity, quantity } from '../../ledger/quantity.ts';
import { energyByComponent, type Technology } from '../../ledger/technology.ts';
import { type OwnFigure, ownFigures } from '../../ledger/validation.ts';
import { source } from '../../source.ts';

/** Weights of the largest model that the laboratory names, and what one of them takes in memory (bits). */
const weights = 7e9;
const [weightBits, settingBits, keptShare] = [8, 4, 0.25];

const memories: Readonly<Record<string, Quantity>> = {
  'HBM2, the device alone': quantity(3.97, 'pJ', source('B', "O'Connor et al., MICRO 2017", 'HBM2 access per bit')),
  'HBM2 with the path to it': quantity(
    13.1,
    'pJ',
    source('B', 'A100, as listed by others', 'path with controller, per bit'),
  ),
};

/** Energy of a token (J) where every kept weight with its setting is read from memory and multiplied once, by two memories. */
export function decodeEnergy(): readonly OwnFigure[] {
  return Object.entries(memories).flatMap(([name, readBit]) => {
    const figure = `decode energy, ${name}`;
    const system = (change: TechnologyChange) => {
      const technology = change(systemOf(readBit));
      const energyPj = energyByComponent(counts, technology).reduce((sum, row) => sum + row.energyPj, 0);
      const note = `${weights / 1e9} billion weights, ${100 * keptShare} % kept, one token at a time`;
      const own = predictedFigure(figure, energyPj * 1e-12, 'J/token', { scope: 'system', note }, technology);
      return { technology, figures: [own] };
    };
    return ownFigures(system, [figure]);
  });
}

const kept = weights * keptShare;
const config = resolveButterfly();
const counts: Counts = {
  dram: { readBit: kept * (weightBits + settingBits) },
  mac: { mac8: kept },
  skipper: { hop: kept * Math.log2(config.block) },
};

/** What a memory would have to bring (GB/s) for so many tokens a second, every kept weight with its setting read once for each. */
export function decodeBandwidth(tokensPerSecond: number): readonly OwnFigure[] {
  const value = (tokensPerSecond * kept * (weightBits + settingBits)) / 8e9;
  const note = `${weights / 1e9} billion weights, ${100 * keptShare} % kept with ${settingBits} bits of setting each; arithmetic from the published rate`;
  const basis = { scope: 'system', bits: weightBits, note } as const;
  const own = measuredFigure('memory bandwidth that the rate would take', value, 'GB/s', basis, 'counted here');
  return [{ figure: own }];
}

/** The chip's own table with a memory beside it. */
function systemOf(readBit: Quantity): Technology {
  const chip = butterflyTechnologyOf(config);
  const outside = quantity(0, 'um2', source('D', 'this package', 'outside the chips'));
  const dram = {
    label: 'memory outside the chips',
    instances: 1,
    areaUm2: outside,
    actions: { readBit: { energyPj: readBit } },
  };
  return { ...chip, name: 'four chips and memory', components: { ...chip.components, dram } };
}
