import { type Ladder, ladderFactors, solveLadder } from '../device/ladder.ts';
import { columnLadder, rowLadder, type WiresModel } from '../device/wires.ts';
import { fail } from '../errors.ts';

/** One array of linear cells: `conductanceUs` [rows, columns], row by row. */
export interface WiredArray {
  readonly rows: number;
  readonly columns: number;
  readonly conductanceUs: ArrayLike<number>;
}

/** Voltages and currents of an array under one vector of row voltages. */
export interface WiredSolution {
  /** Current (uA) that arrives at the sensing ends of each column, [columns]. */
  readonly currentUa: Float64Array;
  /** Voltages (V) of the row wires at the cells, [rows, columns]. */
  readonly rowV: Float64Array;
  /** Voltages (V) of the column wires at the cells, [rows, columns]. */
  readonly columnV: Float64Array;
}

/**
 * Solves every node of an array with its wires in float64, for the row voltages `volts` [rows]. Exact but for rounding, without
 * iterating: the lines along the longer side are eliminated one after the other, each as a matrix of the shorter side's size, so that it
 * takes about longer x shorter^3 operations. Throws `WIRES_VALUE` or `CROSSBAR_SIZE`.
 */
export function solveWires(array: WiredArray, wires: WiresModel, volts: ArrayLike<number>): WiredSolution {
  check(array, wires);
  if (volts.length !== array.rows) {
    throw fail('CROSSBAR_SIZE', `${volts.length} voltages for ${array.rows} rows`, 'give one voltage per row');
  }
  const [solution] = eliminate(array, wires).solve([volts]);
  return solution!;
}

/**
 * The matrix that an array with its wires amounts to: `effective[i, j]` (uS) is the current of column j per volt on row i, so that any
 * vector's currents are its plain product. Float64, as {@link solveWires}.
 */
export function effectiveMatrix(array: WiredArray, wires: WiresModel): Float64Array {
  check(array, wires);
  const { rows, columns } = array;
  const units = Array.from({ length: rows }, (_, row) => new Float64Array(rows).fill(1, row, row + 1));
  const effective = new Float64Array(rows * columns);
  eliminate(array, wires)
    .solve(units)
    .forEach(({ currentUa }, row) => {
      effective.set(currentUa, row * columns);
    });
  return effective;
}

/**
 * AIHWKit's closed form (`applyIrDrop` of its `rpu_forward_backward_pass.cpp`): with n inputs x and weights w, both as shares of
 * their largest values, a = n R gmax sum |w x| and c = a (0.05 a^2 - 0.2 a + 0.5), output i loses c times the sum of
 * w_j x_j (1 - (1 - j/n)^2). Returns currents (uA) [columns] for `volts` [rows], of which `fullV` counts as 1; signed
 * `conductanceUs` stand for differential pairs.
 */
export function closedFormCurrents(
  { rows, columns, conductanceUs }: WiredArray,
  columnOhm: number,
  volts: ArrayLike<number>,
  fullV: number,
): Float64Array {
  const currents = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    let [sum, magnitude, far] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const current = conductanceUs[row * columns + column]! * volts[row]!;
      sum += current;
      magnitude += Math.abs(current);
      far += current * (1 - (1 - row / rows) ** 2);
    }
    const a = (rows * columnOhm * 1e-6 * magnitude) / fullV;
    currents[column] = sum - a * (a * (0.05 * a - 0.2) + 0.5) * far;
  }
  return currents;
}

// Unknowns are what the wires take away: the drop of each row wire from its driver's voltage, and the rise of each column wire from
// 0 V. The cell at (i, j) then carries G (V_i - drop - rise), and both kinds of wire obey the same equations, so that either may be
// the one that is eliminated line by line.
function eliminate({ rows, columns, conductanceUs }: WiredArray, wires: WiresModel) {
  const byColumn = rows < columns;
  const [outer, inner] = byColumn ? [columns, rows] : [rows, columns];
  const row = rowLadder(wires);
  const column = columnLadder(wires);
  const [along, across] = byColumn ? [column, row] : [row, column];
  // Lines in the order of the wires across them, near end first; so are the cells within a line.
  const place = (line: number, k: number) => {
    const l = across.reversed ? outer - 1 - line : line;
    const i = along.reversed ? inner - 1 - k : k;
    return byColumn ? i * columns + l : l * columns + i;
  };
  const cells = Array.from({ length: outer }, (_, line) =>
    Float64Array.from({ length: inner }, (_unused, k) => conductanceUs[place(line, k)]! * 1e-6),
  );
  const factors = cells.map((g) => ladderFactors(along, g));
  const steps = eliminateAcross(cells, factors, along, across);
  const solveOne = (volts: ArrayLike<number>): WiredSolution => {
    const emf = cells.map((g, line) => {
      const source = g.map((_value, k) => volts[Math.floor(place(line, k) / columns)]!);
      return {
        source,
        own: solveLadder(
          along,
          factors[line]!,
          g.map((value, k) => value * source[k]!),
        ),
      };
    });
    const fed = cells.map((g, line) => g.map((value, k) => value * (emf[line]!.source[k]! - emf[line]!.own[k]!)));
    const acrossV = substitute(fed, steps, across);
    const currentUa = new Float64Array(columns);
    const rowV = new Float64Array(rows * columns);
    const columnV = new Float64Array(rows * columns);
    cells.forEach((g, line) => {
      const { source } = emf[line]!;
      const rise = acrossV[line]!;
      const own = solveLadder(
        along,
        factors[line]!,
        g.map((value, k) => value * (source[k]! - rise[k]!)),
      );
      for (let k = 0; k < inner; k++) {
        const at = place(line, k);
        const [drop, lift] = byColumn ? [rise[k]!, own[k]!] : [own[k]!, rise[k]!];
        rowV[at] = source[k]! - drop;
        columnV[at] = lift;
        currentUa[at % columns]! += conductanceUs[at]! * (source[k]! - drop - lift);
      }
    });
    return { currentUa, rowV, columnV };
  };
  return { solve: (vectors: readonly ArrayLike<number>[]) => vectors.map(solveOne) };
}

// What carries the currents of line k's cells over to line k - 1: the matrix (1 + R Y)^-1, with Y the admittances of all lines behind.
// `undefined` stands for the identity, R = 0; `'grounded'` for lines that are tied to a terminal by 0 ohm.
type Step = Float64Array | undefined | 'grounded';

function eliminateAcross(
  cells: readonly Float64Array[],
  factors: readonly Float64Array[],
  along: Ladder,
  across: Ladder,
): readonly Step[] {
  const size = cells[0]!.length;
  const steps: Step[] = new Array(cells.length);
  let behind: Float64Array | 'grounded' = across.farOhm === 0 ? 'grounded' : identity(size, 1 / across.farOhm);
  for (let line = cells.length - 1; line >= 0; line--) {
    const ohm = line === 0 ? across.nearOhm : across.segmentOhm;
    if (behind === 'grounded') {
      steps[line] = 'grounded';
      if (ohm > 0) behind = identity(size, 1 / ohm);
      continue;
    }
    const admittance: Float64Array = addLine(behind, cells[line]!, factors[line]!, along);
    if (ohm === 0) {
      steps[line] = undefined;
      behind = admittance;
      continue;
    }
    const step = admittance.map((value) => value * ohm);
    for (let k = 0; k < size; k++) step[k * size + k]! += 1;
    invert(step, size);
    steps[line] = step;
    // Y (1 + R Y)^-1 = (1 - (1 + R Y)^-1) / R, which would cancel; so it is multiplied out.
    behind = multiply(admittance, step, size);
  }
  return steps;
}

/** Voltages across, line by line, for the currents that the lines' cells feed. */
function substitute(fed: readonly Float64Array[], steps: readonly Step[], across: Ladder): readonly Float64Array[] {
  const size = fed[0]!.length;
  const arriving = fed.map((currents) => currents.slice());
  for (let line = fed.length - 1; line > 0; line--) {
    const passed = pass(steps[line], arriving[line]!);
    for (let k = 0; k < size; k++) arriving[line - 1]![k]! += passed[k]!;
  }
  let volts: Float64Array = new Float64Array(size);
  return arriving.map((currents, line) => {
    const ohm = line === 0 ? across.nearOhm : across.segmentOhm;
    volts = pass(
      steps[line],
      currents.map((value, k) => volts[k]! + ohm * value),
    );
    return volts;
  });
}

function pass(step: Step, vector: Float64Array): Float64Array {
  if (step === undefined) return vector;
  if (step === 'grounded') return new Float64Array(vector.length);
  const size = vector.length;
  return vector.map((_value, j) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += step[j * size + k]! * vector[k]!;
    return sum;
  });
}

// Admittances behind a line plus those of the line itself: 1 V on the wire across at cell k, all others at 0 V.
function addLine(behind: Float64Array, g: Float64Array, factors: Float64Array, along: Ladder): Float64Array {
  const size = g.length;
  const sum = behind.slice();
  const current = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    current.fill(0);
    current[k] = g[k]!;
    const volts = solveLadder(along, factors, current);
    for (let j = 0; j < size; j++) sum[j * size + k]! += g[j]! * ((j === k ? 1 : 0) - volts[j]!);
  }
  return sum;
}

// Gauss-Jordan in place; 1 + R Y is positive definite up to a scale, so that no pivoting is needed.
function invert(matrix: Float64Array, size: number): void {
  for (let pivot = 0; pivot < size; pivot++) {
    const own = pivot * size;
    const inverse = 1 / matrix[own + pivot]!;
    matrix[own + pivot] = 1;
    for (let k = 0; k < size; k++) matrix[own + k]! *= inverse;
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const at = row * size;
      const factor = matrix[at + pivot]!;
      if (factor === 0) continue;
      matrix[at + pivot] = 0;
      for (let k = 0; k < size; k++) matrix[at + k]! -= factor * matrix[own + k]!;
    }
  }
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const to = row * size;
    for (let k = 0; k < size; k++) {
      const factor = a[to + k]!;
      for (let column = 0; column < size; column++) product[to + column]! += factor * b[k * size + column]!;
    }
  }
  return product;
}

const identity = (size: number, scale: number): Float64Array =>
  Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? scale : 0));

function check({ rows, columns, conductanceUs }: WiredArray, { model }: WiresModel): void {
  if (model !== 'exact') {
    throw fail('WIRES_VALUE', `wires: the model is ${model}, which solves no network`, 'use the model exact');
  }
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw fail('CROSSBAR_SIZE', `the array is [${rows}, ${columns}]`, 'use at least one row and one column');
  }
  if (conductanceUs.length !== rows * columns) {
    const fix = `give ${rows * columns} values, row by row`;
    throw fail('CROSSBAR_SIZE', `${conductanceUs.length} conductances for [${rows}, ${columns}]`, fix);
  }
  for (let at = 0; at < conductanceUs.length; at++) {
    if (conductanceUs[at]! >= 0 && Number.isFinite(conductanceUs[at]!)) continue;
    const where = `[${Math.floor(at / columns)}, ${at % columns}]`;
    throw fail('CROSSBAR_SIZE', `the conductance ${where} is ${conductanceUs[at]}`, 'give finite values of 0 or more');
  }
}
