import { checkThresholds, type ThresholdList } from '../accelerator/thresholds.ts';
import { fail } from '../errors.ts';
import { parseJsonObject } from '../model/json.ts';
import { quote } from '../quote.ts';

/** The unit that thresholds are written in. */
const scoreUnit = 'q.k/sqrt(headDim)';

const keys = ['units', 'granularity', 'thresholds', 'estimate', 'always_keep'];

/**
 * Reads a thresholds file: `{units, granularity: "layer" | "head", thresholds, estimate?, always_keep?}`. The unit must be
 * `q.k/sqrt(headDim)` and what is always kept the diagonal; `estimate` says in words what the thresholds were trained with.
 * Throws `THRESHOLDS_FILE`, or `THRESHOLDS` for a value that is no finite number.
 */
export function parseThresholds(text: string, name: string): ThresholdList {
  const file = parseJsonObject(text, 'THRESHOLDS_FILE', quote(name)) as Readonly<Record<string, unknown>>;
  const reject = (what: string, fix: string) => fail('THRESHOLDS_FILE', `${quote(name)}: ${what}`, fix);
  for (const key of Object.keys(file)) {
    if (!keys.includes(key)) throw reject(`${quote(key)} is not known`, `use ${keys.join(', ')}`);
  }
  const { units, granularity, thresholds, always_keep: kept } = file;
  if (units !== scoreUnit) throw reject(`units is ${JSON.stringify(units)}`, `give thresholds in "${scoreUnit}"`);
  if (kept !== undefined && kept !== 'diagonal')
    throw reject(`always_keep is ${JSON.stringify(kept)}`, 'only "diagonal" is built');
  if (granularity !== 'layer' && granularity !== 'head')
    throw reject(`granularity is ${JSON.stringify(granularity)}`, 'use "layer" or "head"');
  if (!Array.isArray(thresholds)) throw reject('thresholds is no list', 'give one entry per layer');
  for (const [layer, entry] of thresholds.entries()) {
    if (Array.isArray(entry) !== (granularity === 'head'))
      throw reject(
        `thresholds[${layer}] is ${Array.isArray(entry) ? 'a list' : 'a single value'} at granularity "${granularity}"`,
        granularity === 'head' ? 'give a list of numbers per layer' : 'give one number per layer',
      );
  }
  checkThresholds(thresholds as ThresholdList);
  return thresholds as ThresholdList;
}
