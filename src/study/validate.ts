import type { Figure } from '../ledger/figure.ts';
import { comparatorsPublished } from '../ledger/published/comparators.ts';
import type { ValidationRow } from '../ledger/validation.ts';
import { version } from '../version.ts';
import { schemaVersion } from './result.ts';
import { butterflyRows } from './validation/butterfly.ts';
import { chargeRows } from './validation/charge.ts';
import { type EvaluatedRuns, evaluatedLosses, evaluatedQuality } from './validation/evaluated.ts';
import { hardseaRows } from './validation/hardsea.ts';
import { nibblePruning } from './validation/nibble-pruning.ts';
import { sprintRows } from './validation/sprint.ts';

/** Every headline of the papers, and where it stands here. */
export interface ValidationResult {
  readonly schemaVersion: typeof schemaVersion;
  readonly command: 'validate';
  readonly version: string;
  readonly rows: readonly ValidationRow[];
  /** What other accelerators are said to reach, on bases of their own: context, compared with nothing. */
  readonly context: readonly Figure[];
}

/**
 * Holds every published headline against what this package gives now: from its own ledgers and models, on the CPU, in seconds.
 * `evaluated` adds losses that an evaluation has measured.
 */
export function validate(evaluated?: EvaluatedRuns): ValidationResult {
  const pruning = nibblePruning();
  return {
    schemaVersion,
    command: 'validate',
    version,
    rows: [
      ...sprintRows([...evaluatedLosses(evaluated, 'sprint'), ...pruning]),
      ...hardseaRows([...evaluatedLosses(evaluated, 'hardsea'), ...evaluatedQuality(evaluated, 'hardsea')]),
      ...chargeRows([...evaluatedLosses(evaluated, 'charge'), ...pruning]),
      ...butterflyRows(),
    ],
    context: comparatorsPublished,
  };
}
