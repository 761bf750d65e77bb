import type { AcceleratorChoice } from '../result.ts';
import { planHardsea } from './hardsea.ts';
import type { AcceleratorPlan } from './plan.ts';

/** What can be asked for; `dense`, the yardstick, is always evaluated. */
export const acceleratorNames = ['dense', 'hardsea'] as const;

/** One of {@link acceleratorNames}. */
export type AcceleratorName = (typeof acceleratorNames)[number];

/** Checks a configuration and plans its accelerator. Throws what the accelerator says about its settings. */
export function planAccelerator(choice: AcceleratorChoice): AcceleratorPlan {
  switch (choice.accelerator) {
    case 'hardsea':
      return planHardsea(choice.config, choice.codebooks);
  }
}
