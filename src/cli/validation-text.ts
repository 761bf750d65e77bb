import { formatNumber } from '../study/report/scale-unit.ts';
import type { ValidationResult } from '../study/validate.ts';

type ValidationRow = ValidationResult['rows'][number];
type OwnValue = ValidationRow['ours'][number];
type Figure = OwnValue['figure'];

const width = 100;
const indent = 13;

/** The rows of a validation for a terminal of 100 columns, with what the outcomes mean. */
export function validationText({ rows, context }: Pick<ValidationResult, 'rows' | 'context'>): string {
  const lines = rows.flatMap((row) => [
    ...entry(row.id, row.claim),
    ...row.published.flatMap((figure) => entry('  published', publishedWords(figure))),
    ...row.ours.flatMap((own) => entry('  ours', ownWords(own))),
    ...entry('', `${outcomeWords[row.outcome]}: ${row.reason}`),
    '',
  ]);
  const legend = wrap(
    'Nothing here is a reproduction: no paper gives all conditions. Percentages are distances from the published value; every figure of ours says what it stands on: predicted from constants, calibrated to come out so, or measured here.',
    width,
  );
  const others = [
    ...wrap(
      'Context: what other accelerators are said to reach. Operations are counted, and nodes and widths chosen, by each of them: one design stands here with two values that are 5 to 9 times apart.',
      width,
    ),
    ...context.flatMap((figure) => entry('', `${figure.name}: ${publishedWords(figure)}, ${figure.source.where}`)),
    '',
  ];
  return `${[...lines, ...others, ...legend].join('\n')}\n`;
}

const outcomeWords: Readonly<Record<ValidationRow['outcome'], string>> = {
  calibrated: 'calibrated, not predicted',
  near: 'near, under conditions of our choice',
  around: 'on either side, by what is not public',
  apart: 'apart',
  'not comparable': 'shown and not compared',
  none: 'not reproducible',
};

function publishedWords(figure: Figure): string {
  return `${valueWords(figure)}${basisWords(figure)}`;
}

function ownWords({ figure, deviation, hangsOn }: OwnValue): string {
  const [most] = hangsOn;
  const distance = deviation === undefined ? '' : ` (${percent(deviation)})`;
  const leverage = most
    ? `; hangs most on ${most.constant}, grade ${most.grade}, elasticity ${most.elasticity.toFixed(2)}`
    : '';
  return `${valueWords(figure)} ${figure.standing}${distance}: ${figure.name}${basisWords(figure)}${leverage}`;
}

function valueWords({ value, unit }: Figure): string {
  return `${typeof value === 'number' ? formatNumber(value) : value.map(formatNumber).join(' to ')} ${unit}`;
}

function basisWords({ basis }: Figure): string {
  const { scope, operations, bits, supplyV, sparsity, note } = basis;
  const words = [
    scope,
    operations,
    bits === undefined ? undefined : `${bits} b`,
    supplyV === undefined ? undefined : `${supplyV} V`,
    sparsity === undefined ? undefined : `${(100 * sparsity).toFixed(0)} % skipped`,
    note,
  ];
  const given = words.filter((word) => word !== undefined);
  return given.length === 0 ? '' : ` [${given.join(', ')}]`;
}

function percent(deviation: number): string {
  const value = 100 * deviation;
  if (Math.abs(value) < 0.05) return '0 %';
  return `${value > 0 ? '+' : '-'}${Math.abs(value).toFixed(Math.abs(value) < 100 ? 1 : 0)} %`;
}

function entry(label: string, text: string): string[] {
  return wrap(text, width - indent).map((line, i) => `${(i === 0 ? label : '').padEnd(indent)}${line}`.trimEnd());
}

/** Text in lines of at most `columns` characters. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
