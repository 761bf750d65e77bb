import { readFileSync } from 'node:fs';

/** A published network of wires and cells, with what it carries. */
export interface WireCase {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly wires: {
    readonly rowOhm: number;
    readonly columnOhm: number;
    readonly driverOhm: number;
    readonly senseOhm: number;
  };
  readonly conductanceUs: Float64Array;
  readonly volts: readonly number[];
  /** uA. */
  readonly currentUa: readonly number[];
  /** V, row by row, where the file has them. */
  readonly rowV: readonly number[] | undefined;
  readonly columnV: readonly number[] | undefined;
  /** Current of column j per volt on row i, uS, row by row. */
  readonly effectiveUs: readonly number[] | undefined;
}

const names = ['ir-01-ladder-1x8', 'ir-02-8x8-1ohm', 'ir-03-32x32-2ohm', 'ir-04-64x64-1ohm'];

/** Every case of `test/cases` with wires. */
export const wireCases: readonly WireCase[] = names.map((name) => {
  const { params, V_in, expected } = JSON.parse(readFileSync(`test/cases/${name}.json`, 'utf8'));
  const [rows, columns] = [params.N_rows_in, params.M_cols_out];
  const conductanceUs = Float64Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return 1 + (99 * ((37 * i + 61 * j + 17 * i * j + 5) % 257)) / 256;
  });
  const matrix = expected.effective_matrix_S as number[][] | undefined;
  return {
    name,
    rows,
    columns,
    wires: {
      rowOhm: params.r_row_ohm,
      columnOhm: params.r_col_ohm,
      driverOhm: params.r_drv_ohm,
      senseOhm: params.r_sense_ohm,
    },
    conductanceUs,
    volts: V_in,
    currentUa: expected.I_out_A.map((value: number) => value * 1e6),
    rowV: expected.V_row_nodes?.flat(),
    columnV: expected.V_col_nodes?.flat(),
    effectiveUs:
      matrix &&
      Array.from({ length: rows * columns }, (_, at) => matrix[at % columns]![Math.floor(at / columns)]! * 1e6),
  };
});
