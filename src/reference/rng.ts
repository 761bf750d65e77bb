import type { Generator } from '../generator.ts';

type Words = [number, number, number, number];

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011), the host's mirror of
 * `shaders/lib/rng.wgsl`. The words agree bit for bit; the normals agree to f32 rounding of log, sqrt, sin and cos.
 */
export function philox(counter: readonly [number, number, number, number], key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(0xcd9e8d57, c2);
    const low0 = Math.imul(0xcd9e8d57, c2) >>> 0;
    const high1 = highProduct(0xd2511f53, c0);
    const low1 = Math.imul(0xd2511f53, c0) >>> 0;
    [c0, c1, c2, c3] = [(high0 ^ c1 ^ k0) >>> 0, low0, (high1 ^ c3 ^ k1) >>> 0, low1];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** What a draw belongs to. Persistent effects and per-read effects use different streams. */
export const streams = {
  programming: 1,
  relaxation: 2,
  faults: 3,
  readNoise: 4,
  wtaMismatch: 5,
  wtaJitter: 6,
  kmeans: 7,
  maskedPositions: 9,
  wtaReference: 10,
  selectJitter: 11,
  selectReference: 12,
  comparatorNoise: 13,
  comparatorOffset: 14,
  nibbleReadNoise: 15,
  keyProgramming: 16,
  keyRelaxation: 17,
  keyFaults: 18,
  cellReadNoise: 19,
  capacitorMismatch: 20,
  capacitorNoise: 21,
  correlatedOperands: 22,
  adcMismatch: 23,
  adcComparator: 24,
  driftReadout: 25,
  markovMasks: 30,
  syntheticHeads: 31,
  driftExponent: 33,
  keyDriftExponent: 48,
  slowNoise: 65,
  keySlowNoise: 80,
} as const;

/**
 * pcg4d (Jarzynski, Olano: Hash functions for GPU rendering; Journal of Computer Graphics Techniques 9(3), 2020): four words out
 * of four, a fraction of Philox's cost on a GPU.
 */
export function pcg4d(counter: readonly [number, number, number, number]): Words {
  let [x, y, z, w] = counter.map((word) => (Math.imul(word, 1664525) + 1013904223) | 0) as Words;
  for (let round = 0; round < 2; round++) {
    x = (x + Math.imul(y, w)) | 0;
    y = (y + Math.imul(z, x)) | 0;
    z = (z + Math.imul(x, y)) | 0;
    w = (w + Math.imul(y, z)) | 0;
    if (round === 0) [x, y, z, w] = [x ^ (x >>> 16), y ^ (y >>> 16), z ^ (z >>> 16), w ^ (w >>> 16)];
  }
  return [x >>> 0, y >>> 0, z >>> 0, w >>> 0];
}

/** The four words of the draw (seed, chip, stream, element, event) as the shaders draw them, by the device's generator. */
export function randomWords(
  seed: number,
  chip: number,
  stream: number,
  element: number,
  event: number,
  generator: Generator = 'pcg4d',
): Words {
  if (generator === 'philox') return philoxWords(seed, chip, stream, element, event);
  return pcg4d([element, event, (chip + Math.imul(stream, 0x9e3779b1)) | 0, seed]);
}

/** The same draw by Philox, whatever the device uses: what the host draws once for the life of a chip, and samples of texts. */
export function philoxWords(seed: number, chip: number, stream: number, element: number, event: number): Words {
  return philox([element >>> 0, event >>> 0, stream >>> 0, 0], [seed >>> 0, chip >>> 0]);
}

/** A word as a uniform in (0, 1) with 24 bits. */
export function toUniform(word: number): number {
  return ((word >>> 8) + 0.5) * 2 ** -24;
}

/** Four independent standard normals from four words, by Box-Muller. */
export function toNormals(words: readonly [number, number, number, number]): [number, number, number, number] {
  const pair = (a: number, b: number): [number, number] => {
    const radius = Math.sqrt(-2 * Math.log(toUniform(a)));
    const angle = 2 * Math.PI * toUniform(b);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };
  return [...pair(words[0], words[1]), ...pair(words[2], words[3])];
}

/** Upper 32 bits of a 32 x 32-bit product, by 16-bit halves that doubles hold exactly. */
function highProduct(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + Math.floor((a0 * b0) / 65536);
  const cross = a0 * b1 + (middle % 65536);
  return a1 * b1 + Math.floor(middle / 65536) + Math.floor(cross / 65536);
}
