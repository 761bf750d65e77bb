import { fail } from '../errors.ts';
import { type Source, source, worstGrade } from '../source.ts';
import { type Quantity, quantity } from './quantity.ts';
import { constantKind, mapConstants, type Technology } from './technology.ts';

/** A process node and its supply. */
export interface Process {
  readonly nodeNm: number;
  readonly supplyV: number;
}

/** What a constant measures, and hence how it moves with the process. */
export type Scaled = 'energy' | 'delay' | 'area';

/** A node of a table, and energy, delay or area there as multiples of those at 65 nm. */
export interface NodeFactor {
  readonly nodeNm: number;
  readonly factor: Quantity;
}

const tables = 'Stillmaker and Baas, Integration 58 (2017)';
const fixedCode = 'hwcomponents @e67d7f1';
const oldCode = 'accelergy-library-plug-in @ba4e9da';

/**
 * Logic between 65 and 20 nm at equal supply. The tables themselves are not used here, only ratios that tools state when they
 * apply them. Two tools go from 65 to 28 nm by a line between the entries at 32 and 20 nm, one of them with the neighbours'
 * weights exchanged, so that the two results give both entries. No ratio of delays is stated: there the rule of
 * constant-field scaling stands, and the upper end is no gain at all.
 */
export const nodeFactors: Readonly<Record<Scaled, readonly NodeFactor[]>> = Object.freeze({
  energy: [
    reference(),
    entry(45, 1 / 1.31, `65 nm over 45 nm is 1.31 at 1.0 V, as ${oldCode} has it`),
    ...solved('energy at 0.8 V', 0.414, 0.296),
  ],
  area: [reference(), ...solved('area', 0.253, 0.197)],
  delay: [
    reference(),
    {
      nodeNm: 20,
      factor: quantity(20 / 65, 'x', source('D', 'this package', 'delay in proportion to the node'), { high: 1 }),
    },
  ],
});

/** Exponents of the supply. Energy is C V^2; the delay was seen in the 65 nm macro of `published/jia.ts`, 0.85 to 1.2 V. */
export const supplyExponents: Readonly<Record<Scaled, number>> = Object.freeze({ energy: 2, delay: -2.66, area: 0 });

/**
 * Factor on an energy, a delay or an area that was given for `from` and is wanted at `to`: a line between the nodes of
 * {@link nodeFactors}, so that it never turns between two nodes, times a power of the supply.
 * Throws `PROCESS_VALUE` for nodes outside 20 to 65 nm and supplies that are not above 0.
 */
export function scalingFactor(kind: Scaled, from: Process, to: Process): Quantity {
  const nodes = [nodeFactor(kind, from.nodeNm), nodeFactor(kind, to.nodeNm)] as const;
  const volts = (supplyV(to) / supplyV(from)) ** supplyExponents[kind];
  const ratio = (part: (factor: Quantity) => number) => (part(nodes[1]) / part(nodes[0])) * volts;
  const value = ratio((factor) => factor.value);
  const ends = [ratio((factor) => factor.low ?? factor.value), ratio((factor) => factor.high ?? factor.value)];
  const where = `${kind} from ${processWords(from)} to ${processWords(to)}`;
  return quantity(value, 'x', source(worstGrade(nodes.map((node) => node.source.grade)), tables, where), {
    low: Math.min(value, ...ends),
    high: Math.max(value, ...ends),
  });
}

/** A constant taken from one process to another, with its span; the source says so and is at best derived. Throws `PROCESS_VALUE`. */
export function scaleConstant(constant: Quantity, kind: Scaled, from: Process, to: Process): Quantity {
  const factor = scalingFactor(kind, from, to);
  if (from.nodeNm === to.nodeNm && from.supplyV === to.supplyV) return constant;
  const { ref, where, grade } = constant.source;
  const { low, high } = constant;
  return quantity(
    constant.value * factor.value,
    constant.unit,
    source(worstGrade([grade, factor.source.grade]), ref, `${where}; ${factor.source.where}`),
    {
      ...(low === undefined ? {} : { low: low * factor.value }),
      ...(high === undefined ? {} : { high: high * factor.value }),
      ...(constant.fittedTo === undefined ? {} : { fittedTo: constant.fittedTo }),
    },
  );
}

/** A whole cost table at another process. Only for digital parts and drivers: cells and analog parts do not follow. Throws `PROCESS_VALUE`. */
export function scaleTechnology(technology: Technology, to: Process): Technology {
  const scaled = mapConstants(technology, (path, constant) => scaleConstant(constant, scaledAs(path), technology, to));
  return { ...scaled, nodeNm: to.nodeNm, supplyV: to.supplyV };
}

function scaledAs(path: string): Scaled {
  const kind = constantKind(path);
  return kind === 'time' ? 'delay' : kind;
}

function nodeFactor(kind: Scaled, nodeNm: number): Quantity {
  const points = nodeFactors[kind];
  const i = points.findIndex((point) => point.nodeNm <= nodeNm);
  if (i < 0 || !(nodeNm <= points[0]!.nodeNm)) {
    const fix = 'use 20 to 65 nm, for which factors are known';
    throw fail('PROCESS_VALUE', `the node is ${nodeNm} nm`, fix);
  }
  const below = points[i]!;
  if (below.nodeNm === nodeNm) return below.factor;
  const above = points[i - 1]!;
  const share = (nodeNm - below.nodeNm) / (above.nodeNm - below.nodeNm);
  const between = (part: (factor: Quantity) => number) =>
    part(below.factor) + share * (part(above.factor) - part(below.factor));
  const from = source(worstGrade([below.factor.source.grade, above.factor.source.grade, 'C']), tables, 'interpolated');
  return quantity(
    between((factor) => factor.value),
    'x',
    from,
    {
      low: between((factor) => factor.low ?? factor.value),
      high: between((factor) => factor.high ?? factor.value),
    },
  );
}

function supplyV({ supplyV: volts }: Process): number {
  if (volts > 0 && Number.isFinite(volts)) return volts;
  throw fail('PROCESS_VALUE', `the supply is ${volts} V`, 'give volts above 0');
}

const processWords = ({ nodeNm, supplyV: volts }: Process) => `${nodeNm} nm, ${volts} V`;

function reference(): NodeFactor {
  return { nodeNm: 65, factor: quantity(1, 'x', source('A', 'this package', 'by definition')) };
}

function entry(nodeNm: number, factor: number, where: string): NodeFactor {
  return { nodeNm, factor: quantity(factor, 'x', derived(where)) };
}

function derived(where: string): Source {
  return source('C', tables, where);
}

/** Entries at 32 and 20 nm from `right` = (2 e32 + e20) / 3 and `exchanged` = (e32 + 2 e20) / 3, both at 28 nm. */
function solved(what: string, right: number, exchanged: number): readonly NodeFactor[] {
  const where = `solved from ${what}, 65 to 28 nm: ${right} in ${fixedCode}, ${exchanged} in ${oldCode}`;
  return [entry(32, 2 * right - exchanged, where), entry(20, 2 * exchanged - right, where)];
}
