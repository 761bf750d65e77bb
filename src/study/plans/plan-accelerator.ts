import type { AcceleratorChoice } from '../result.ts';
import { planButterfly } from './butterfly.ts';
import { planCharge } from './charge.ts';
import { planHardsea } from './hardsea.ts';
import type { AcceleratorPlan } from './plan.ts';
import { planSprint } from './sprint.ts';

/** What can be asked for; `dense`, the yardstick, is always evaluated. */
export const acceleratorNames = ['dense', 'hardsea', 'sprint', 'charge', 'butterfly'] as const;

/** One of {@link acceleratorNames}. */
export type AcceleratorName = (typeof acceleratorNames)[number];

/** Checks a configuration and plans its accelerator. Throws what the accelerator says about its settings. */
export function planAccelerator(choice: AcceleratorChoice): AcceleratorPlan {
  switch (choice.accelerator) {
    case 'hardsea':
      return planHardsea(choice.config, choice.codebooks);
    case 'sprint':
      return planSprint(choice.config);
    case 'charge':
      return planCharge(choice.config);
    case 'butterfly':
      return planButterfly(choice.config);
  }
}
