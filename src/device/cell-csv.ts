import { fail } from '../errors.ts';
import { quote } from '../quote.ts';
import { source } from '../source.ts';
import type { CellChoice } from './cell.ts';
import type { CurveInput } from './curve.ts';

/** What a table is read with. */
export interface CellCsvOptions {
  /** Names the device, and the table in messages; default `table`. */
  readonly name?: string;
  /** Which of the table's ages; default the first. */
  readonly ageS?: number;
}

/**
 * Reads a device from a table: a header line, then numbers separated by commas, one row for each conductance in rising order;
 * empty lines and lines that begin with # are skipped. `conductance_us` must be there and spans the range; there may be
 * `programming_sigma_us`, `mean_shift_us`, `relaxation_sigma_us`, `drift_exponent`, `drift_exponent_sigma`, `read_sigma_us`, and
 * `age_s`, which tells tables of several ages apart. `conductance` and `sigma` are short for the first two. Between rows
 * quantities lie on straight lines. Throws `CELL_CSV` with the line, or `CELL_AGE`.
 */
export function parseCellCsv(text: string, { name = 'table', ageS }: CellCsvOptions = {}): CellChoice {
  const { columns, rows } = readTable(text, name);
  const ages = columns.includes('age_s') ? [...new Set(rows.map(({ age_s }) => age_s!))] : [];
  if (ages.length > 0 && ageS !== undefined && !ages.includes(ageS)) {
    throw fail('CELL_AGE', `${quote(name)} has no rows of ${ageS} s`, `use an age of ${ages.join(', ')} s`);
  }
  const age = ages.length > 0 ? (ageS ?? ages[0]) : ageS;
  const used = ages.length > 0 ? rows.filter(({ age_s }) => age_s === age) : rows;
  checkRising(used, name);
  const curve = (column: Quantity): CurveInput | undefined =>
    columns.includes(column) ? { points: used.map((row) => [row.conductance_us, row[column]!]) } : undefined;
  return {
    name,
    source: source('D', name, 'a table given by the user'),
    conductanceMinUs: used[0]!.conductance_us,
    conductanceMaxUs: used.at(-1)!.conductance_us,
    ...(age === undefined ? {} : { ageS: age }),
    programming: some({ sigmaUs: curve('programming_sigma_us') }),
    relaxation: some({ meanShiftUs: curve('mean_shift_us'), sigmaUs: curve('relaxation_sigma_us') }),
    drift: some({ exponentMean: curve('drift_exponent'), exponentSigma: curve('drift_exponent_sigma') }),
    readNoise: some({ sigmaUs: curve('read_sigma_us') }),
  };
}

const quantities = [
  'programming_sigma_us',
  'mean_shift_us',
  'relaxation_sigma_us',
  'drift_exponent',
  'drift_exponent_sigma',
  'read_sigma_us',
] as const;
const known = ['conductance_us', ...quantities, 'age_s'] as const;
const short: Readonly<Record<string, string>> = { conductance: 'conductance_us', sigma: 'programming_sigma_us' };

type Quantity = (typeof quantities)[number];
type Row = { conductance_us: number; line: number } & Partial<Record<Quantity | 'age_s', number>>;

function readTable(text: string, name: string): { columns: readonly string[]; rows: readonly Row[] } {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((content, i) => ({ content: content.trim(), line: i + 1 }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'));
  const [header, ...body] = lines;
  if (!header) throw reject(name, 'is empty', 'begin with a line of column names');
  const columns = cells(header.content).map((cell) => short[cell.toLowerCase()] ?? cell.toLowerCase());
  for (const column of columns) {
    if (!(known as readonly string[]).includes(column)) {
      throw reject(name, `has the column ${quote(column, 60)}`, `use ${known.join(', ')}`);
    }
  }
  if (new Set(columns).size < columns.length) throw reject(name, 'names a column twice', 'give each once');
  if (!columns.includes('conductance_us')) throw reject(name, 'has no column conductance_us', 'give one');
  return { columns, rows: body.map(({ content, line }) => readRow(content, line, columns, name)) };
}

function readRow(content: string, line: number, columns: readonly string[], name: string): Row {
  const values = cells(content);
  if (values.length !== columns.length) {
    throw reject(name, `has ${values.length} values in line ${line}`, `give ${columns.length}, one for each column`);
  }
  const row: Record<string, number> = { line };
  columns.forEach((column, i) => {
    const value = values[i] === '' ? Number.NaN : Number(values[i]);
    if (!Number.isFinite(value)) {
      throw reject(name, `has ${quote(values[i]!, 60)} for ${column} in line ${line}`, 'give a finite number');
    }
    row[column] = value;
  });
  return row as Row;
}

function checkRising(rows: readonly Row[], name: string): void {
  if (rows.length < 2) throw reject(name, `has ${rows.length} rows for one age`, 'give two conductances at least');
  rows.forEach((row, i) => {
    if (i === 0 || row.conductance_us > rows[i - 1]!.conductance_us) return;
    const what = `has ${row.conductance_us} uS in line ${row.line} after ${rows[i - 1]!.conductance_us} uS`;
    throw reject(name, what, 'give the rows of an age in rising order of conductance');
  });
}

const cells = (line: string) => line.split(',').map((cell) => cell.trim());
const some = <T extends object>(part: T) =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
const reject = (name: string, what: string, fix: string) => fail('CELL_CSV', `${quote(name)} ${what}`, fix);
