import type { AdcCircuit } from './adc-circuit.ts';

/** One converter as it came out: what a search by comparisons needs, in units of the reference. */
export type DrawnAdc = DrawnRamp | DrawnSar | DrawnStages;

/** The ramp of a tile; the columns' comparators are apart, see {@link rampOffset}. */
export interface DrawnRamp {
  readonly kind: 'ramp';
  /** What an input has to pass for code k, [2^bits]; never falls, as the first step that is not passed ends the count. */
  readonly thresholds: Float64Array;
}

/** A capacitive DAC with its comparator. */
export interface DrawnSar {
  readonly kind: 'sar';
  readonly offset: number;
  /** Share that the amplifier loses, and how much more for each unit of weight that is switched on. */
  readonly loss: number;
  readonly lossPerWeight: number;
  /** Weights of the magnitude's bits, highest first, [bits - 1]. */
  readonly weights: Float64Array;
}

/** Stages that double what is left; a cyclic converter has the same one again and again. */
export interface DrawnStages {
  readonly kind: 'stages';
  /** Upper and lower threshold, gain, and what is taken away, [bits - 1] each; the last stage only compares with `last`. */
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly gain: Float64Array;
  readonly step: Float64Array;
  readonly last: number;
}

/** Draws a converter of `bits`; `normal` gives standard normals, one after the other (all 0 for the nominal converter). */
export function drawAdc(circuit: AdcCircuit, bits: number, normal: () => number): DrawnAdc {
  if (circuit.kind === 'ramp') return drawRamp(circuit, bits, normal);
  return circuit.kind === 'sar' ? drawSar(circuit, bits, normal) : drawStages(circuit, bits, normal);
}

/** Offset of a ramp's comparator. */
export const rampOffset = (circuit: AdcCircuit, normal: () => number): number => circuit.comparatorSigma * normal();

/** Code of an input in units of the reference, clipped to -1 .. 1; `offset` is that of a ramp's comparator. */
export function drawnCode(adc: DrawnAdc, input: number, offset = 0): number {
  const clipped = Math.min(1, Math.max(-1, input));
  if (adc.kind === 'ramp') return rampCode(adc, clipped + offset);
  return adc.kind === 'sar' ? sarCode(adc, clipped) : stagedCode(adc, clipped);
}

function drawRamp(circuit: AdcCircuit, bits: number, normal: () => number): DrawnRamp {
  const dac = drawDac(circuit, bits, normal);
  const slope = 1 + circuit.slopeSigma * normal();
  const bow = circuit.bowSigma * normal();
  const thresholds = new Float64Array(2 ** bits).fill(-1);
  const half = 2 ** (bits - 1);
  for (let code = 1; code < 2 ** bits; code++) {
    const magnitude = Math.abs(code - half);
    let weight = 0;
    for (let bit = 0; bit < bits - 1; bit++) if ((magnitude >> bit) & 1) weight += dac.weights[bits - 2 - bit]!;
    const level = (Math.sign(code - half) * weight) / (1 + dac.loss + dac.lossPerWeight * weight);
    const bent = slope * level + bow * (1 - level ** 2);
    thresholds[code] = code === 1 ? bent : Math.max(bent, thresholds[code - 1]!);
  }
  return { kind: 'ramp', thresholds };
}

function rampCode({ thresholds }: DrawnRamp, input: number): number {
  let code = 0;
  for (let digit = thresholds.length / 2; digit >= 1; digit /= 2) {
    if (input > thresholds[code + digit]!) code += digit;
  }
  return code;
}

function drawSar(circuit: AdcCircuit, bits: number, normal: () => number): DrawnSar {
  const dac = drawDac(circuit, bits, normal);
  return { kind: 'sar', ...dac, offset: circuit.comparatorSigma * normal() };
}

/** The sign first, then the magnitude; below 0 the capacitors pull the other way, so a bit stays where the input is not above. */
function sarCode({ offset, loss, lossPerWeight, weights }: DrawnSar, input: number): number {
  const half = 2 ** weights.length;
  const x = input + offset;
  // The DAC stands half a step up while it is amplified, and comes down again at the comparator.
  const level = (sign: number, weight: number) => {
    const lost = loss + lossPerWeight * weight;
    return (sign * weight - lost / (2 * half)) / (1 + lost);
  };
  const isUp = x > level(1, 0);
  let weight = 0;
  let magnitude = 0;
  for (let bit = 0; bit < weights.length; bit++) {
    const trial = weight + weights[bit]!;
    const passed = x > level(isUp ? 1 : -1, trial);
    if (passed !== isUp) continue;
    weight = trial;
    magnitude += half / 2 ** (bit + 1);
  }
  return isUp ? half + magnitude : half - 1 - magnitude;
}

/** A capacitive DAC of sign and magnitude: the bits' weights as shares of the reference, and what finite gain costs. */
function drawDac(circuit: AdcCircuit, bits: number, normal: () => number): Omit<DrawnSar, 'kind' | 'offset'> {
  const gain = circuit.gainDb === 0 ? Number.POSITIVE_INFINITY : 10 ** (circuit.gainDb / 20);
  const capacitor = (units: number) => units + circuit.capacitorSigma * Math.sqrt(units) * normal();
  if (!circuit.split) {
    const own = Array.from({ length: bits - 1 }, (_, bit) => capacitor(2 ** bit));
    const reference = capacitor(2 ** (bits - 1));
    const feedback = capacitor(2 ** (bits - 1));
    const weights = Float64Array.from(own, (c) => c / reference).reverse();
    return { loss: 1 / gain, lossPerWeight: reference / feedback / gain, weights };
  }
  const lowBits = Math.floor(bits / 2);
  const own = Array.from({ length: bits - 1 }, (_, bit) => capacitor(2 ** (bit < lowBits ? bit : bit - lowBits)));
  const dummy = capacitor(1);
  const bridge = capacitor(2 ** lowBits / (2 ** lowBits - 1));
  const low = dummy + own.slice(0, lowBits).reduce((sum, c) => sum + c, 0);
  const high = own.slice(lowBits).reduce((sum, c) => sum + c, 0);
  const series = (low + bridge) * (high + bridge) - bridge ** 2;
  const weights = Float64Array.from(own, (c, bit) => (c * (bit < lowBits ? bridge : low + bridge)) / series);
  return { loss: 1 / gain, lossPerWeight: 0, weights: weights.reverse() };
}

function drawStages(circuit: AdcCircuit, bits: number, normal: () => number): DrawnStages {
  const { comparatorSigma, capacitorSigma, parasiticSigma } = circuit;
  const openGain = circuit.gainDb === 0 ? Number.POSITIVE_INFINITY : 10 ** (circuit.gainDb / 20);
  const quarter = circuit.stageBits === 1.5 ? 0.25 : 0;
  const stage = () => {
    const one = 1 + capacitorSigma * normal();
    const other = 1 + capacitorSigma * normal();
    const feedback = one / (one + other + parasiticSigma * normal());
    const high = quarter + comparatorSigma * normal();
    const lower = -quarter + comparatorSigma * normal();
    const kept = 1 / (1 + 1 / (openGain * feedback));
    const low = circuit.stageBits === 1.5 ? lower : high;
    return { high, low, gain: (1 + other / one) * kept, step: (other / one) * kept };
  };
  const first = stage();
  const stages = Array.from({ length: bits - 1 }, (_, at) => (at === 0 || circuit.kind === 'cyclic' ? first : stage()));
  return {
    kind: 'stages',
    high: Float64Array.from(stages, (s) => s.high),
    low: Float64Array.from(stages, (s) => s.low),
    gain: Float64Array.from(stages, (s) => s.gain),
    step: Float64Array.from(stages, (s) => s.step),
    last: comparatorSigma * normal(),
  };
}

function stagedCode({ high, low, gain, step, last }: DrawnStages, input: number): number {
  let left = input;
  let code = 0;
  for (let at = 0; at < high.length; at++) {
    const isHigh = left > high[at]!;
    const isMiddle = !isHigh && left > low[at]!;
    const digit = 2 ** (high.length - at);
    code += isHigh ? digit : isMiddle ? digit / 2 : 0;
    left = gain[at]! * left + (isHigh ? -step[at]! : isMiddle ? 0 : step[at]!);
  }
  return left > last ? code + 1 : code;
}
