import { fail } from '../../errors.ts';
import { type Source, source } from '../../source.ts';
import { type AdcCost, type AdcCostModel, adcCost, dacEnergyPj } from '../adc-model.ts';
import { type Quantity, quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';
import { type Process, scaleConstant } from '../technology-scaling.ts';

/** How many of each part a crossbar has, and how its periphery is built. */
export interface CrossbarGeometry {
  /** Wordlines, each with a DAC; slices and both sides of a pair share them, tiles of columns do not. */
  readonly rows: number;
  readonly cells: number;
  /** Columns that are converted in a cycle: slices, tiles and reference columns count. */
  readonly convertedColumns: number;
  /** Converters; default one for every `columnsPerAdc` of those columns. */
  readonly converters?: number;
  /** Cells on a line that a converter reads. */
  readonly lineCells: number;
  /** Columns that take turns at one converter. */
  readonly columnsPerAdc: number;
  /** Bits of a converter; 0 = analog read-out, no converter. */
  readonly adcBits: number;
  /** Bits that a wordline drives at a time; 0 = an exact voltage. */
  readonly dacBits: number;
  /** Bits that a cell holds; 0 = an analog weight. */
  readonly cellBits: number;
  readonly readNs: number;
  /** Mean energy of reading a cell (pJ), where the run's own voltages and conductances gave it. */
  readonly cellReadPj?: number;
  /** Node and supply of converters and logic; the node is that of the cells too. */
  readonly nodeNm: number;
  readonly supplyV: number;
  readonly adcModel: AdcCostModel;
  readonly adcCalibration: number;
  readonly adcSamplesPerSecond: number;
}

/** Writes that a cell stands: published assumptions go from a careful 1e6 to an optimistic 1e12. */
export const cellEnduranceWrites = quantity(
  1e8,
  'writes',
  source('B', 'HyFlexPIM, ISCA 2025', 'endurance assumed; lower end X-Former, upper end CPSAA'),
  { low: 1e6, high: 1e12 },
);

/**
 * Cost table of a ReRAM crossbar with its converters, sample-and-hold and shift-and-add; no buffers, routing, control or leakage.
 * Logic is scaled to the node and supply, the survey's converter follows the node, the embedded one the supply, the cell's energy neither.
 * Throws `GEOMETRY_VALUE` for a size that is negative or not finite, `ADC_VALUE` and `PROCESS_VALUE`.
 */
export function crossbarTechnology(geometry: CrossbarGeometry): Technology {
  checkGeometry(geometry);
  const { nodeNm, supplyV, readNs, adcModel, adcBits } = geometry;
  const adc = converterCost(geometry);
  const { converters: given = Math.ceil(geometry.convertedColumns / geometry.columnsPerAdc) } = geometry;
  const converters = adc ? given : 0;
  const priced = adc ? `converters of ${adcBits} bits by the model ${adcModel}` : 'analog read-out';
  return {
    name: `crossbar-${nodeNm}nm`,
    nodeNm,
    supplyV,
    description: `ReRAM crossbar, ${nodeNm} nm, ${priced}; no buffers, routing, control or leakage`,
    components: {
      dac: dac(geometry),
      crossbar: crossbar(geometry),
      'sample-hold': sampleHold(adc ? geometry.convertedColumns : 0, geometry),
      adc: converter(adc, converters),
      adder: adder(converters, geometry),
    },
    timing: {
      readNs: quantity(readNs, 'ns', ours('integration time, as configured')),
      convertNs: adc?.timeNs ?? quantity(0, 'ns', noConverter),
      addNs: scaleConstant(quantity(1, 'ns', ours('an addition a cycle of 1 GHz at 65 nm')), 'delay', at65, geometry),
      cellWriteNs: quantity(
        8500,
        'ns',
        source('B', 'Wan et al., Nature 608 (2022)', 'write-verify average of 8.5 us per cell, 130 nm'),
        { low: 40 },
      ),
    },
  };
}

const at65: Process = { nodeNm: 65, supplyV: 1 };
const at40: Process = { nodeNm: 40, supplyV: 1 };
const at32: Process = { nodeNm: 32, supplyV: 0.9 };
const ours = (where: string): Source => source('D', 'this package', where);
const noConverter = ours('analog read-out: there is no converter');

function converterCost(geometry: CrossbarGeometry): AdcCost | undefined {
  const { adcBits, adcModel, adcSamplesPerSecond, adcCalibration, nodeNm, supplyV, lineCells } = geometry;
  if (adcBits === 0) return undefined;
  return adcCost(adcModel, {
    bits: adcBits,
    samplesPerSecond: adcSamplesPerSecond,
    calibration: adcCalibration,
    nodeNm,
    supplyV,
    lineCells,
  });
}

function dac(geometry: CrossbarGeometry): Component {
  const { rows, dacBits, supplyV } = geometry;
  const bits = dacBits || 8;
  const energy = dacEnergyPj(bits, supplyV);
  const driver = scaleConstant(
    quantity(0.39, 'pJ', source('C', 'ISAAC, ISCA 2016, Table I', 'row driver of one bit')),
    'energy',
    at32,
    geometry,
  );
  const from = dacBits
    ? source('C', energy.source.ref, `${energy.source.where}; upper end the row driver of ISAAC`)
    : ours(`an exact voltage, priced like ${energy.source.where}`);
  return {
    label: 'digital-to-analog converter, per wordline',
    instances: rows,
    areaUm2: scaleConstant(
      quantity(
        240 * 2 ** (bits - 8),
        'um2',
        source('C', 'TIMELY, ISCA 2020 (65 nm)', `8-bit digital-to-time converter times 2^(${bits} - 8)`),
      ),
      'area',
      at65,
      geometry,
    ),
    actions: {
      drive: { energyPj: quantity(energy.value, 'pJ', from, { high: Math.max(energy.value, driver.value) }) },
    },
  };
}

function crossbar({ cells, nodeNm, cellBits, cellReadPj }: CrossbarGeometry): Component {
  const bits = cellBits || 4;
  const held = cellBits ? `${bits} bits` : 'an analog weight, taken as 4 bits';
  return {
    label: '1T1R ReRAM cell',
    instances: cells,
    areaUm2: quantity(
      48 * (nodeNm * 1e-3) ** 2,
      'um2',
      source('C', 'DNN+NeuroSim V1.4 Param.cpp', `cell of 4F x 12F at F = ${nodeNm} nm`),
    ),
    actions: {
      cellRead: { energyPj: readEnergy(cellReadPj) },
      cellWrite: {
        energyPj: quantity(
          24.4 * bits,
          'pJ',
          source('C', 'SPRINT, MICRO 2022, by way of a digest', `24.4 pJ per bit; ${held}`),
          { low: 24.4 },
        ),
      },
    },
  };
}

function readEnergy(cellReadPj: number | undefined): Quantity {
  if (cellReadPj !== undefined) {
    return quantity(cellReadPj, 'pJ', source('C', 'this run', 'mean of V^2 G t over its reads'));
  }
  const from = source('C', 'ISAAC, ISCA 2016, Table I', 'array energy per 1-bit input and 2-bit cell, 32 nm');
  return quantity(0.00183, 'pJ', from, { high: 0.1 });
}

function sampleHold(instances: number, process: Process): Component {
  const held = quantity(0.98e-3, 'pJ', source('C', 'ISAAC, ISCA 2016, Table I', 'sample and hold, per sample'));
  return {
    label: 'sample-and-hold, per converted column',
    instances,
    areaUm2: quantity(
      (1 / 2.3) * (process.nodeNm / 22) ** 2,
      'um2',
      ours('1 fF, which takes that energy at 1 V, at 2.3 fF/um2 at 22 nm, density falling with the square of the node'),
    ),
    actions: { sample: { energyPj: scaleConstant(held, 'energy', at32, process) } },
  };
}

function converter(adc: AdcCost | undefined, instances: number): Component {
  return {
    label: adc ? `analog-to-digital converter, model ${adc.model}` : 'no analog-to-digital converter',
    instances,
    areaUm2: adc?.areaUm2 ?? quantity(0, 'um2', noConverter),
    actions: { conversion: { energyPj: adc?.energyPj ?? quantity(0, 'pJ', noConverter) } },
  };
}

function adder(instances: number, process: Process): Component {
  const energy = quantity(
    0.021,
    'pJ',
    source('B', 'accelergy-library-plug-in @ba4e9da', '16-bit shift-and-add of ISAAC, 32 nm'),
  );
  const area = quantity(
    139,
    'um2',
    source('C', 'accelergy-library-plug-in @ba4e9da', 'half of a 32-bit adder of Aladdin, 40 nm'),
  );
  return {
    label: 'shift-and-add of 16 bits, per converter',
    instances,
    areaUm2: scaleConstant(area, 'area', at40, process),
    actions: { add: { energyPj: scaleConstant(energy, 'energy', at32, process) } },
  };
}

function checkGeometry(geometry: CrossbarGeometry): void {
  for (const [key, value] of Object.entries(geometry)) {
    if (typeof value !== 'number' || (value >= 0 && Number.isFinite(value))) continue;
    throw fail('GEOMETRY_VALUE', `crossbar geometry ${key} is ${value}`, 'give a finite number of 0 or more');
  }
  if (geometry.columnsPerAdc >= 1) return;
  throw fail('GEOMETRY_VALUE', `${geometry.columnsPerAdc} columns share a converter`, 'give 1 or more');
}
