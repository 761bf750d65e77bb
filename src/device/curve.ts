import { fail } from '../errors.ts';

/**
 * A quantity that depends on a cell's conductance, as data. With x = conductance / `unitUs`, the value is `factor` times
 * what the formula or the points give for x, so that coefficients stand as their source prints them.
 */
export type Curve = FormulaCurve | PointCurve;

/** Formulas side by side along x. */
export interface FormulaCurve {
  readonly unitUs: number;
  readonly factor: number;
  readonly pieces: readonly CurvePiece[];
}

/** Straight lines between points [x, value], level beyond the first and the last. */
export interface PointCurve {
  readonly unitUs: number;
  readonly factor: number;
  readonly points: readonly (readonly [x: number, value: number])[];
}

/** The sum of its terms, kept from `low` to `high`; holds below x = `below`, the last piece everywhere else. */
export interface CurvePiece {
  readonly below?: number;
  /** c0 + c1 x + c2 x^2 ..., lowest power first. */
  readonly polynomial?: readonly number[];
  /** This much of ln x. */
  readonly log?: number;
  /** factor * x^exponent. */
  readonly power?: readonly [factor: number, exponent: number];
  /** height * (1 - exp(-x / scale)). */
  readonly saturating?: readonly [height: number, scale: number];
  readonly low?: number;
  readonly high?: number;
}

/** A curve as users give it, in uS: a constant, coefficients (lowest power first), points, or a function of conductance and age. */
export type CurveInput =
  | number
  | readonly number[]
  | { readonly points: readonly (readonly [conductanceUs: number, value: number])[] }
  | ((conductanceUs: number, ageS: number) => number);

/** The value at a conductance of `g` uS. */
export function evaluateCurve(curve: Curve, g: number): number {
  const x = g / curve.unitUs;
  if ('points' in curve) return curve.factor * interpolate(curve.points, x);
  const piece = curve.pieces.find(({ below }) => below === undefined || x < below) ?? curve.pieces.at(-1)!;
  return curve.factor * evaluatePiece(piece, x);
}

/** Whether the curve is 0 everywhere. */
export function isZero(curve: Curve): boolean {
  if (curve.factor === 0) return true;
  if ('points' in curve) return curve.points.every(([, value]) => value === 0);
  return curve.pieces.every(
    ({ polynomial = [], log = 0, power = [0, 0], saturating = [0, 1], low = 0, high = 0 }) =>
      polynomial.every((c) => c === 0) && log === 0 && power[0] === 0 && saturating[0] === 0 && low <= 0 && high >= 0,
  );
}

/** The five coefficients in uS of a curve that is one polynomial of degree 4 or less throughout; undefined for any other. */
export function quarticOf(curve: Curve): readonly [number, number, number, number, number] | undefined {
  if ('points' in curve || curve.pieces.length !== 1) return undefined;
  const { polynomial: c = [], ...rest } = curve.pieces[0]!;
  if (c.length > 5 || Object.values(rest).some((part) => part !== undefined)) return undefined;
  const at = (power: number) => (curve.factor * (c[power] ?? 0)) / curve.unitUs ** power;
  return [at(0), at(1), at(2), at(3), at(4)];
}

/** The curve for a device whose conductances are all `s` times as large; `withValue` where the value is a conductance too. */
export function stretchCurve(curve: Curve, s: number, withValue: boolean): Curve {
  return { ...curve, unitUs: curve.unitUs * s, factor: withValue ? curve.factor * s : curve.factor };
}

/** `times` as much everywhere. */
export function scaleCurve(curve: Curve, times: number): Curve {
  return { ...curve, factor: curve.factor * times };
}

/** Formulas in shares of `unitUs`. */
export function formula(unitUs: number, ...pieces: readonly CurvePiece[]): FormulaCurve {
  return { unitUs, factor: 1, pieces };
}

/** A polynomial in uS, lowest power first; no coefficient is 0 everywhere. */
export function polynomial(...coefficients: readonly number[]): FormulaCurve {
  return formula(1, { polynomial: coefficients });
}

/** Where a user's curve is defined: the programmable range, and the age that functions get. */
export interface CurveDomain {
  readonly minUs: number;
  readonly maxUs: number;
  readonly ageS: number;
}

/** Turns what a user gave into data; a function becomes 257 points over the range, closer together at its lower end. Throws `CELL_VALUE`. */
export function curveFrom(path: string, input: CurveInput, { minUs, maxUs, ageS }: CurveDomain): Curve {
  if (typeof input === 'number') return polynomial(input);
  if (typeof input === 'function') {
    const xs = Array.from({ length: 257 }, (_, i) => minUs + (maxUs - minUs) * (i / 256) ** 2);
    return checkPoints(path, { unitUs: 1, factor: 1, points: xs.map((x) => [x, input(x, ageS)] as const) });
  }
  if ('points' in input) return checkPoints(path, { unitUs: 1, factor: 1, points: input.points });
  if (input.length === 0 || input.length > 11) {
    throw reject(`${path} has ${input.length} coefficients`, 'give one to eleven, lowest power first');
  }
  const bad = input.findIndex((c) => !Number.isFinite(c));
  if (bad >= 0) throw reject(`${path} has the coefficient ${input[bad]}`, 'give finite numbers');
  return polynomial(...input);
}

function checkPoints(path: string, curve: PointCurve): PointCurve {
  const { points } = curve;
  if (points.length === 0) throw reject(`${path} has no points`, 'give at least one, [conductance in uS, value]');
  points.forEach((point, i) => {
    const [x, value] = point;
    if (point.length !== 2 || !Number.isFinite(x) || !Number.isFinite(value)) {
      throw reject(`${path} has the point [${point.join(', ')}]`, 'give [conductance in uS, value], both finite');
    }
    if (i > 0 && !(x > points[i - 1]![0])) {
      throw reject(`${path} has ${x} uS after ${points[i - 1]![0]} uS`, 'give points in rising order of conductance');
    }
  });
  return curve;
}

// Logarithms and negative powers are held at this share, far below any cell that conducts.
const smallest = 1e-7;

function evaluatePiece(piece: CurvePiece, x: number): number {
  const { polynomial: c = [], log, power, saturating, low = -Infinity, high = Infinity } = piece;
  let sum = c.reduceRight((rest, coefficient) => rest * x + coefficient, 0);
  if (log !== undefined) sum += log * Math.log(Math.max(x, smallest));
  if (power) sum += power[0] * Math.max(x, smallest) ** power[1];
  if (saturating) sum += saturating[0] * (1 - Math.exp(-x / saturating[1]));
  return Math.min(high, Math.max(low, sum));
}

function interpolate(points: PointCurve['points'], x: number): number {
  let [low, high] = [0, points.length - 1];
  if (x <= points[low]![0]) return points[low]![1];
  if (x >= points[high]![0]) return points[high]![1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] <= x) low = middle;
    else high = middle;
  }
  const [x0, y0] = points[low]!;
  const [x1, y1] = points[high]!;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

const reject = (what: string, fix: string) => fail('CELL_VALUE', what, fix);
