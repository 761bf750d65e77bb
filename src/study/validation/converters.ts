import { type AdcCostModel, adcCost, adcCostModels } from '../../ledger/adc-model.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import { predictedFigure } from '../../ledger/figure.ts';
import { type Quantity, quantity } from '../../ledger/quantity.ts';
import type { Technology } from '../../ledger/technology.ts';
import { type OwnFigure, ownFigures } from '../../ledger/validation.ts';
import { source } from '../../source.ts';

const timely = (where: string) => source('B', 'TIMELY, ISCA 2020 (65 nm)', where);
const charging = {
  energyPj: quantity(0.0417, 'pJ', timely('charging unit and comparator')),
  areaUm2: quantity(40, 'um2', timely('charging unit and comparator')),
};
const isaac = {
  energyPj: quantity(1.6, 'pJ', source('C', 'ISAAC, ISCA 2016, Table I', '8 bits, 2 mW at 1.28 GS/s, 32 nm')),
  areaUm2: quantity(1200, 'um2', source('C', 'ISAAC, ISCA 2016, Table I', '8 bits, 32 nm')),
};

/** A converter of `bits` against a comparator that charges a column, by each model: energy of a decision, and area. */
export function comparatorAgainstConverter(bits: number): readonly OwnFigure[] {
  return adcCostModels.flatMap((model) =>
    ratios(`converter over comparator, ${bits} bits, model ${model}`, priced(model, bits), charging),
  );
}

/** What a column of a predictor saves that ends in a winner-take-all and not in an 8-bit converter, energy only. */
export function winnerAgainstConverter(): readonly OwnFigure[] {
  const converters: Record<string, Price> = {
    ...Object.fromEntries(adcCostModels.map((model) => [`model ${model}, 65 nm`, priced(model, 8)])),
    'that of ISAAC, 32 nm': isaac,
  };
  return Object.entries(converters).flatMap(([label, converter]) =>
    ratios(`converter over winner-take-all column, ${label}`, converter, charging).slice(0, 1),
  );
}

interface Price {
  readonly energyPj: Quantity;
  readonly areaUm2: Quantity;
}

function priced(model: AdcCostModel, bits: number): Price {
  return adcCost(model, { bits, samplesPerSecond: 1e8, nodeNm: 65, supplyV: 1, lineCells: 64 });
}

function ratios(what: string, converter: Price, comparator: Price): readonly OwnFigure[] {
  const component = (label: string, { energyPj, areaUm2 }: Price) => ({
    label,
    instances: 1,
    areaUm2,
    actions: { decide: { energyPj } },
  });
  const pair: Technology = {
    name: 'a converter and a comparator',
    nodeNm: 65,
    supplyV: 1,
    description: what,
    components: { converter: component('converter', converter), comparator: component('comparator', comparator) },
    timing: {},
  };
  const ledger = (change: TechnologyChange) => {
    const technology = change(pair);
    const { converter: large, comparator: small } = technology.components;
    const energy = large!.actions['decide']!.energyPj.value / small!.actions['decide']!.energyPj.value;
    const area = large!.areaUm2.value / small!.areaUm2.value;
    const figure = (name: string, value: number) =>
      predictedFigure(`${name}, ${what}`, value, 'x', { scope: 'array' }, technology);
    return { technology, figures: [figure('energy', energy), figure('area', area)] };
  };
  return ownFigures(ledger, ['energy', 'area']);
}
