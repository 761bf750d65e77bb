import { butterflyTechnology } from '../ledger/technology/butterfly.ts';
import type { Technology } from '../ledger/technology.ts';
import type { HeadlinePoint, ResolvedButterfly } from './butterfly-config.ts';

/** What the ledger needs to know of a machine and its run. */
export interface ButterflySubject {
  readonly config: ResolvedButterfly;
  /** Dimensions of a head. */
  readonly dim: number;
  readonly chips: number;
  readonly windows: number;
  readonly longestKeys: number;
  readonly causal: boolean;
}

/** The cost table of a chip, at its own supply and toggle rate or at another point. */
export function butterflyTechnologyOf(
  config: ResolvedButterfly,
  point: Pick<HeadlinePoint, 'supplyV' | 'toggle'> = config,
): Technology {
  const { macros, macroColumns, treeInputs, block, lanes, skipper, capacityKb, bufferKb, softmaxUnits, clockMhz } =
    config;
  return butterflyTechnology({
    macros,
    macroColumns,
    treeInputs,
    block,
    lanes,
    skipper,
    capacityKb,
    bufferKb,
    softmaxUnits,
    supplyV: point.supplyV,
    toggle: point.toggle,
    clockMhz,
  });
}
