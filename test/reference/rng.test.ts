import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Generator, generators } from '../../src/generator.ts';
import { pcg4d, philox, philoxWords, randomWords, streams, toNormals, toUniform } from '../../src/reference/rng.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';
import { type Draw, drawOnGpu, probeProgram } from './rng-probe.ts';

const load = (path: string) => readFileSync(new URL(`../../shaders/${path}.wgsl`, import.meta.url), 'utf8');
const program = probeProgram(load);

/** Known answers for Philox4x32-10, as published with Random123: counter and key, then the words. */
const known: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [0, 0, 0, 0, 0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

const onHost = (draw: Draw, generator?: Generator) => randomWords(...draw, generator);

/** Draws of every kind: small, at the edges of 16 and 32 bits, and from everywhere in between. */
function manyDraws(): Draw[] {
  const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
  const draws: Draw[] = edges.flatMap((x) => edges.map((y): Draw => [x, y, y, x, y]));
  for (let element = 0; element < 4096; element++) {
    const [a, b, c, d] = philox([element, 1, 2, 3], [4, 5]);
    draws.push([a, b, c, d, (a ^ c) >>> 0]);
  }
  return draws;
}

describe('philox', () => {
  it.each(known)('gives the published words of %j on the host', ([a, b, c, d, k0, k1], words) => {
    expect(philox([a!, b!, c!, d!], [k0!, k1!])).toEqual(words);
  });

  it('takes the key from seed and chip, and the counter from element, event and stream', () => {
    expect(randomWords(11, 22, 33, 44, 55, 'philox')).toEqual(philox([44, 55, 33, 0], [11, 22]));
    expect(philoxWords(11, 22, 33, 44, 55)).toEqual(philox([44, 55, 33, 0], [11, 22]));
  });
});

describe('pcg4d', () => {
  it('is the published arithmetic', () => {
    // Jarzynski and Olano's listing, in big integers.
    const wrap = (x: bigint) => x & 0xffffffffn;
    const published = (input: readonly number[]) => {
      const v = input.map((x) => wrap(BigInt(x) * 1664525n + 1013904223n)) as [bigint, bigint, bigint, bigint];
      const mix = () => {
        v[0] = wrap(v[0] + v[1] * v[3]);
        v[1] = wrap(v[1] + v[2] * v[0]);
        v[2] = wrap(v[2] + v[0] * v[1]);
        v[3] = wrap(v[3] + v[1] * v[2]);
      };
      mix();
      for (let i = 0; i < 4; i++) v[i] = v[i]! ^ (v[i]! >> 16n);
      mix();
      return v.map(Number);
    };
    for (const [a, b, c, d] of manyDraws()) expect(pcg4d([a, b, c, d])).toEqual(published([a, b, c, d]));
  });

  it('keeps the streams of a million chips apart', () => {
    const starts = Array.from({ length: 256 }, (_, stream) => Math.imul(stream, 0x9e3779b1) >>> 0).sort(
      (a, b) => a - b,
    );
    const gaps = starts.map((start, i) => (i === 0 ? start + 2 ** 32 - starts.at(-1)! : start - starts[i - 1]!));
    expect(Math.min(...gaps)).toBeGreaterThan(6e6);
    expect(Math.max(...Object.values(streams))).toBeLessThan(256);
  });

  // Both words of a pair and both neighbours along every counter: 4096 cells of pairs, 2^17 draws.
  it.each([
    ['elements', (i: number): Draw => [1, 0, streams.readNoise, i, 0]],
    ['elements 64 apart', (i: number): Draw => [1, 0, streams.readNoise, 64 * i, 5]],
    ['events', (i: number): Draw => [1, 0, streams.readNoise, 3, i]],
    ['chips', (i: number): Draw => [1, i, streams.readNoise, 3, 7]],
    ['seeds', (i: number): Draw => [i, 0, streams.readNoise, 3, 7]],
    ['streams', (i: number): Draw => [1, 0, i & 127, i >> 7, 7]],
    ['a table of elements and events', (i: number): Draw => [1, 2, streams.readNoise, i & 255, i >> 8]],
  ] as const)('fills pairs evenly along %s', (_, draw) => {
    const count = 2 ** 17;
    const tables = Array.from({ length: 5 }, () => new Float64Array(4096));
    let last = pcgOf(draw(count));
    for (let i = 0; i < count; i++) {
      const words = pcgOf(draw(i));
      for (let k = 0; k < 4; k++) tables[k]![((words[k]! >>> 26) << 6) | (words[(k + 1) % 4]! >>> 26)]!++;
      tables[4]![((last[0]! >>> 26) << 6) | (words[0]! >>> 26)]!++;
      last = words;
    }
    for (const table of tables) {
      const expected = count / 4096;
      const statistic = table.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      expect(Math.abs(statistic - 4095)).toBeLessThan(5 * Math.sqrt(2 * 4095));
    }
  });
});

const pcgOf = (draw: Draw) => randomWords(...draw, 'pcg4d');

describe.each(generators)('random_words by %s', (generator) => {
  it('is the same on the host and in the shaders, bit for bit', async () => {
    const draws = manyDraws();
    const { words } = await drawOnGpu(await nodeGpu(), program, draws, generator);
    expect(words).toEqual(Uint32Array.from(draws.flatMap((draw) => onHost(draw, generator))));
  });
});

describe('randomWords', () => {
  it('draws by pcg4d unless told otherwise, as the shaders of a device do', async () => {
    const draws = manyDraws().slice(0, 64);
    const { words } = await drawOnGpu(await nodeGpu(), program, draws);
    expect(words).toEqual(Uint32Array.from(draws.flatMap((draw) => onHost(draw))));
    expect(onHost(draws[5]!)).toEqual(onHost(draws[5]!, 'pcg4d'));
  });

  it('is drawn from by the encoder and the selector in streams of their own, as the host numbers them', () => {
    const drawn = (name: string) =>
      [...load(name).matchAll(/^const ([A-Z_]+) = (\d+)u;/gm)]
        .map(([, constant, value]) => [camelCase(constant!), Number(value)] as const)
        .filter(([effect]) => effect in streams);
    const [encoder, selector] = [drawn('pq-encode'), drawn('lib/wta-arrival')];
    expect([encoder.length, selector.length]).toEqual([3, 2]);
    expect(streams).toMatchObject(Object.fromEntries([...encoder, ...selector]));
    // Both number elements and events from 0: in one stream a token's code and a query's winners would share their noise.
    expect(encoder.filter(([, stream]) => selector.some(([, other]) => other === stream))).toEqual([]);
  });

  it('gives every effect a stream of its own', () => {
    const numbers = Object.values(streams);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('uniforms', () => {
  const words = Array.from({ length: 25_000 }, (_, element) => randomWords(2024, 1, 99, element, 7)).flat();

  it('never reach 0 or 1', () => {
    expect(toUniform(0)).toBe(2 ** -25);
    expect(toUniform(0xffffffff)).toBe(1 - 2 ** -25);
    expect(toUniform(0x80000000)).toBeCloseTo(0.5, 6);
  });

  // The statistic of b bins has mean b - 1 and variance 2 (b - 1): 4.5 deviations up is passed about once in 1e5.
  it.each([16, 256])('fill %i bins evenly, by chi-square', (bins) => {
    expect(chiSquare(words.map(toUniform), bins)).toBeLessThan(bins - 1 + 4.5 * Math.sqrt(2 * (bins - 1)));
  });

  it('fill pairs of neighbouring elements evenly', () => {
    const pairs = Array.from({ length: words.length / 4 - 1 }, (_, i) => {
      const [one, next] = [toUniform(words[4 * i]!), toUniform(words[4 * i + 4]!)];
      return (Math.floor(16 * one) + next) / 16;
    });
    expect(chiSquare(pairs, 256)).toBeLessThan(255 + 4.5 * Math.sqrt(2 * 255));
  });

  it('are checked by a statistic that sees a bias', () => {
    expect(
      chiSquare(
        words.map((word) => toUniform(word) ** 1.05),
        16,
      ),
    ).toBeGreaterThan(15 + 4.5 * Math.sqrt(30));
  });
});

describe('normals', () => {
  const draws = Array.from({ length: 25_000 }, (_, element): Draw => [2024, 1, 98, element, 3]);
  const host = Float64Array.from(draws.flatMap((draw) => toNormals(onHost(draw))));

  it('follow the normal law on the host', () => {
    expectStandardNormal(host);
  });

  it('follow the normal law in the shaders, and agree with the host to rounding', async () => {
    const { normals } = await drawOnGpu(await nodeGpu(), program, draws);
    expectStandardNormal(normals);
    // WGSL bounds sin and cos at 2^-11 within one turn; radii stay below 6.
    const worst = normals.reduce((most, x, i) => Math.max(most, Math.abs(x - host[i]!)), 0);
    expect(worst).toBeLessThan(6 * 2 ** -11);
  });

  it('of one draw do not go together', () => {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) {
        let sum = 0;
        for (let i = 0; i < draws.length; i++) sum += host[4 * i + a]! * host[4 * i + b]!;
        expect(Math.abs(sum / Math.sqrt(draws.length))).toBeLessThan(4.5);
      }
    }
  });
});

function camelCase(constant: string): string {
  return constant.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function chiSquare(uniforms: readonly number[], bins: number): number {
  const counts = new Float64Array(bins);
  for (const u of uniforms) counts[Math.floor(u * bins)]!++;
  const expected = uniforms.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Mean, deviation, skew and kurtosis within 4.5 standard errors, and the Kolmogorov-Smirnov distance. */
function expectStandardNormal(samples: ArrayLike<number>): void {
  const n = samples.length;
  const { mean, std } = moments(samples);
  const moment = (power: number) => Array.from(samples).reduce((sum, x) => sum + ((x - mean) / std) ** power, 0) / n;
  expect(Math.abs(mean) * Math.sqrt(n)).toBeLessThan(4.5);
  expect(Math.abs(std - 1) * Math.sqrt(2 * n)).toBeLessThan(4.5);
  expect(Math.abs(moment(3)) * Math.sqrt(n / 6)).toBeLessThan(4.5);
  expect(Math.abs(moment(4) - 3) * Math.sqrt(n / 24)).toBeLessThan(4.5);
  expect(ksDistance(samples, normalCdf)).toBeLessThan(ksLimit(n));
}
