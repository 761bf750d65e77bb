import { fail } from '../../errors.ts';
import { measuredFigure } from '../../ledger/figure.ts';
import type { OwnFigure } from '../../ledger/validation.ts';
import { quote } from '../../quote.ts';
import type { EvaluateResult } from '../result.ts';
import { schemaVersion } from '../result.ts';

/** The part of an evaluation that a validation takes losses from. */
export type EvaluatedRuns = Pick<EvaluateResult, 'schemaVersion' | 'command' | 'model' | 'text' | 'runs'>;

/** Checks the JSON that `evaluate --json` writes. Throws the input error `EVALUATED` (`name` for messages). */
export function parseEvaluated(json: unknown, name: string): EvaluatedRuns {
  const result = json as EvaluatedRuns;
  if (result?.command !== 'evaluate' || !Array.isArray(result.runs)) {
    throw fail(
      'EVALUATED',
      `${quote(name)} is no result of evaluate`,
      'give the file that evaluate --json has written',
    );
  }
  if (result.schemaVersion !== schemaVersion) {
    const what = `${quote(name)} has schema version ${result.schemaVersion}, this is ${schemaVersion}`;
    throw fail('EVALUATED', what, 'evaluate again with this version');
  }
  return result;
}

/** What the selections of one accelerator caught: recall of the exact top keys and exact attention; empty without an evaluation. */
export function evaluatedQuality(result: EvaluatedRuns | undefined, accelerator: string): readonly OwnFigure[] {
  const runs = result?.runs.filter((run) => run.accelerator === accelerator) ?? [];
  return runs.flatMap((run) => {
    const note = `${(100 * run.keptShare).toFixed(1)} % of the pairs kept, ${run.device}; ${result!.model.name} on ${result!.text}`;
    const figure = (name: string, value: number) => ({
      figure: measuredFigure(`${name}, ${run.label}`, value, 'share', { note }, 'evaluate, as given'),
    });
    return [
      figure('recall of the exact top keys', run.accuracy.recall),
      figure('exact attention on kept keys', run.accuracy.softmaxMass),
    ];
  });
}

/** What the runs of one accelerator lost, and at what share of kept pairs; empty without an evaluation. */
export function evaluatedLosses(result: EvaluatedRuns | undefined, accelerator: string): readonly OwnFigure[] {
  const runs = result?.runs.filter((run) => run.accelerator === accelerator) ?? [];
  return runs.map((run) => ({
    figure: measuredFigure(
      `loss increase, ${run.label}`,
      run.accuracy.lossIncreasePercent,
      '%',
      {
        sparsity: 1 - run.keptShare,
        note: `${(100 * run.keptShare).toFixed(1)} % of the pairs kept, ${run.device}; ${result!.model.name} on ${result!.text}`,
      },
      'evaluate, as given',
    ),
  }));
}
