import { describe, expect, it } from 'vitest';
import { compileWeights, denseCodes, type SparseWeights } from '../../../src/kernel/sparse-weights/compile.ts';
import { metadataBits, routeCounts, sparseCounts } from '../../../src/kernel/sparse-weights/counts.ts';
import { encodeMetadata } from '../../../src/kernel/sparse-weights/metadata.ts';
import { routesOf, tileLanes } from '../../../src/kernel/sparse-weights/routes.ts';
import { blocksOf, type SparseShape, sparseShape } from '../../../src/kernel/sparse-weights/shape.ts';
import { replaySettings, routeBlock } from '../../../src/reference/butterfly-route.ts';
import { independentMatrix, prunedMatrix } from './pruned-matrix.ts';

const forks: readonly (Partial<SparseShape> & Pick<SparseShape, 'inputs' | 'outputs' | 'fork'>)[] = [
  { inputs: 64, outputs: 10, fork: 'balanced', macroColumns: 4 },
  { inputs: 75, outputs: 9, fork: 'balanced' },
  { inputs: 64, outputs: 10, fork: 'irregular', macroColumns: 4 },
  { inputs: 75, outputs: 9, fork: 'irregular', lanes: 2, block: 8 },
  { inputs: 75, outputs: 9, fork: 'irregular', packing: 3, macroColumns: 4 },
  { inputs: 150, outputs: 5, fork: 'irregular', packing: 16, lanes: 8, block: 32 },
];

const compiled = (shape: (typeof forks)[number]) =>
  compileWeights(shape, prunedMatrix(shape.inputs, shape.outputs, shape.fork));

describe('compiled weights', () => {
  it('keep what is not zero, output by output, and can be spread out again', () => {
    const weights = compileWeights({ inputs: 3, outputs: 2, block: 4, lanes: 4 }, [0, 127, 127, -127, 64, 0]);
    expect(weights).toMatchObject({
      starts: Uint32Array.of(0, 2, 4),
      positions: Uint32Array.of(1, 2, 0, 1),
      codes: Int8Array.of(127, 64, 127, -127),
      scales: Float32Array.of(1, 1),
      rounds: Uint32Array.of(1),
    });
    expect(denseCodes(weights)).toEqual(Int8Array.of(0, 127, 64, 127, -127, 0));
  });

  it('say which balanced block keeps too many', () => {
    const crowded = new Float32Array(40 * 3);
    for (const input of [16, 17, 20, 30, 31]) crowded[input * 3 + 2] = 1;
    const what = 'output 2 keeps 5 weights of inputs 16 to 31, of which 4 fit';
    expect(() => compileWeights({ inputs: 40, outputs: 3 }, crowded)).toThrow(what);
    expect(compileWeights({ inputs: 40, outputs: 3, fork: 'irregular' }, crowded).rounds).toEqual(
      Uint32Array.of(0, 2, 0),
    );
    crowded.fill(0);
    for (let input = 32; input < 37; input++) crowded[input * 3] = 1;
    expect(() => compileWeights({ inputs: 40, outputs: 3 }, crowded)).toThrow('inputs 32 to 39');
  });

  it('reject shapes that can not be built', () => {
    const shape = (given: Partial<SparseShape>) => () => sparseShape({ inputs: 4, outputs: 4, ...given });
    expect(shape({ block: 12 })).toThrow('a butterfly of 12 wires');
    expect(shape({ lanes: 3 })).toThrow('3 lanes of a block of 16');
    expect(shape({ lanes: 32 })).toThrow('32 lanes of a block of 16');
    expect(shape({ packing: 2 })).toThrow('packing is 2 with balanced blocks');
    expect(shape({ macroColumns: 0 })).toThrow('macroColumns is 0');
    expect(shape({ inputs: 2 ** 24 })).toThrow('16777216 inputs');
  });
});

describe.each(forks)('$fork weights of $inputs inputs, packing $packing', (shape) => {
  const weights = compiled(shape);
  const x = Int32Array.from({ length: shape.inputs }, (_, i) => ((i * 37) % 255) - 127);

  it('give the product of the dense matrix when lanes multiply what reaches them', () => {
    const sums = new Int32Array(shape.outputs);
    let slots = 0;
    for (const { rounds, firstOutput, columns, codes, inputs } of tilesOf(weights)) {
      slots += codes.length;
      expect(codes.length).toBe(rounds * columns * weights.lanes);
      codes.forEach((code, slot) => {
        const output = firstOutput + (Math.floor(slot / weights.lanes) % columns);
        if (inputs[slot]! >= 0) sums[output]! += code * x[inputs[slot]!]!;
        else expect(code).toBe(0);
      });
    }
    const dense = denseCodes(weights);
    sums.forEach((sum, output) => {
      const expected = x.reduce((total, value, i) => total + value * dense[output * shape.inputs + i]!, 0);
      expect(sum).toBe(expected);
    });
    expect(sparseCounts(weights)).toMatchObject({ slots, kept: weights.positions.length });
  });

  it('reach their lanes through butterflies, and again by the encoded settings', () => {
    const { block, lanes, packing } = weights;
    const windows = Math.ceil(blocksOf(weights) / packing);
    const settings = settingsOf(weights);
    let sent = 0;
    for (const route of routesOf(weights)) {
      const { sources, conflicts } = routeBlock({ block }, route.wires, route.offset);
      expect(conflicts).toBe(0);
      const group = Math.floor(route.output / weights.macroColumns);
      const tile = tileLanes(weights, group, Math.floor(route.block / packing));
      const replayed = replaySettings(
        { block },
        settings.next().value!(route),
        Array.from({ length: block }, (_, i) => i),
      );
      route.wires.forEach((wire, rank) => {
        const left = (route.offset + rank) % block;
        // Operands after the first continue on the next lanes, and in the next round.
        const nth = route.round * lanes + (packing === 1 ? 0 : route.offset % lanes) + rank;
        const slot =
          (Math.floor(nth / lanes) * tile.columns + (route.output - tile.firstOutput)) * lanes + (nth % lanes);
        expect(sources[left]).toBe(wire);
        expect(replayed[left]).toBe(wire);
        expect(tile.inputs[slot]).toBe(route.block * block + wire);
        sent++;
      });
    }
    expect(sent).toBe(weights.positions.length);
    expect(weights.rounds.length).toBe(Math.ceil(shape.outputs / weights.macroColumns) * windows);
    const counts = routeCounts(weights);
    expect(counts.hops).toBe(sent * Math.log2(block));
    expect(counts.crossings).toBeLessThan(counts.hops);
    expect(counts.driven).toBeLessThanOrEqual(counts.hops);
  });

  it('can be found again in the bitmap and in the indices', () => {
    expect(fromBitmap(weights)).toEqual(Array.from(weights.positions));
    expect(fromIndices(weights)).toEqual(Array.from(weights.positions));
  });

  it('do not get through butterflies whose highest stage acts first', () => {
    expect(() => routeCounts(weights, 'most-first')).toThrow('two operands for one wire');
    expect(() => encodeMetadata(weights, 'switch', 'most-first')).toThrow('two operands for one wire');
  });
});

describe('settings of the butterflies', () => {
  it('take 4, 4 and 8 bits for each of 4 of 16 weights', () => {
    const weights = compileWeights({ inputs: 256, outputs: 32 }, prunedMatrix(256, 32, 'balanced'));
    const perWeight = (['bitmap', 'index', 'switch'] as const).map(
      (encoding) => metadataBits(weights, encoding) / 2048,
    );
    expect(perWeight).toEqual([4, 4, 8]);
  });

  it('follow the pattern where it is irregular', () => {
    // 3 outputs together; 5 kept of the first block of one of them: two rounds, then one of the others.
    const matrix = new Float32Array(32 * 3);
    for (const input of [0, 1, 2, 3, 4, 16]) matrix[input * 3 + 1] = 1;
    const shape = { inputs: 32, outputs: 3, fork: 'irregular' } as const;
    const alone = compileWeights(shape, matrix);
    expect(alone.rounds).toEqual(Uint32Array.of(2, 1));
    expect(metadataBits(alone, 'bitmap')).toBe(96);
    expect(metadataBits(alone, 'index')).toBe(6 * 5 + 6 * 4);
    expect(metadataBits(alone, 'switch')).toBe(3 * 3 * 32);
    const packed = compileWeights({ ...shape, packing: 2 }, matrix);
    expect(packed.rounds).toEqual(Uint32Array.of(2));
    expect(metadataBits(packed, 'switch')).toBe(6 * 5 + 6 * 32);
    expect([...routesOf(packed)].map(({ offset, round }) => [offset, round])).toEqual([
      [0, 0],
      [5, 1],
    ]);
  });
});

/** Utilisation of independent weights at a density of 25 %, M = 16, N = 4, as computed by a Monte Carlo of our own. */
describe('lanes that irregular weights fill', () => {
  const matrix = independentMatrix(3072, 512, 7);
  const density = matrix.filter((weight) => weight !== 0).length / matrix.length;
  it.each([
    { name: 'block by block', packing: 1, full: [0.49, 0.45, 0.38] },
    { name: 'packed over 16 blocks', packing: 16, full: [0.85, 0.8, 0.76] },
    { name: 'packed over 48 blocks', packing: 48, full: [0.91, 0.88, 0.85] },
  ])('$name: $full of 8, 32 and 128 outputs in lockstep', ({ packing, full }) => {
    expect(Math.abs(density - 0.25)).toBeLessThan(0.002);
    full.forEach((expected, i) => {
      const shape = { inputs: 3072, outputs: 512, fork: 'irregular', packing, macroColumns: [8, 32, 128][i]! } as const;
      const { utilisation, denseRounds, rounds } = sparseCounts(compileWeights(shape, matrix));
      expect(Math.abs(utilisation - expected)).toBeLessThanOrEqual(0.02);
      // Speed-up over lanes for all weights: the ideal 4 at this density, times the share of lanes that are full.
      expect(denseRounds / rounds).toBeCloseTo(utilisation / density, 6);
    });
  });

  it.each([8, 32, 128])('balanced: all, at 4 times the speed, with %i outputs in lockstep', (macroColumns) => {
    const weights = compileWeights({ inputs: 768, outputs: 128, macroColumns }, prunedMatrix(768, 128, 'balanced'));
    expect(sparseCounts(weights)).toMatchObject({ utilisation: 1, kept: (768 * 128) / 4 });
    const { denseRounds, rounds } = sparseCounts(weights);
    expect(denseRounds / rounds).toBe(4);
  });
});

function* tilesOf(weights: SparseWeights) {
  const windows = Math.ceil(blocksOf(weights) / weights.packing);
  for (let tile = 0; tile < weights.rounds.length; tile++)
    yield tileLanes(weights, Math.floor(tile / windows), tile % windows);
}

function bitReader({ words }: { words: Uint32Array }): (width: number) => number {
  let at = 0;
  return (width) => {
    let value = 0;
    for (let i = 0; i < width; i++, at++) value |= ((words[at >> 5]! >>> (at & 31)) & 1) << i;
    return value;
  };
}

function fromBitmap(weights: SparseWeights): number[] {
  const read = bitReader(encodeMetadata(weights, 'bitmap'));
  const found: number[] = [];
  for (let output = 0; output < weights.outputs; output++) {
    for (let input = 0; input < blocksOf(weights) * weights.block; input++) if (read(1)) found.push(input);
  }
  return found;
}

function fromIndices(weights: SparseWeights): number[] {
  const { block, lanes, fork } = weights;
  const read = bitReader(encodeMetadata(weights, 'index'));
  const found: number[] = [];
  for (let output = 0; output < weights.outputs; output++) {
    for (let b = 0; b < blocksOf(weights); b++) {
      const count = fork === 'balanced' ? lanes : read(Math.log2(block) + 1);
      for (let i = 0; i < count; i++) found.push(b * block + read(Math.log2(block)));
    }
  }
  return found;
}

/** For each route in turn, the settings that were stored for it. */
function* settingsOf(weights: SparseWeights): Generator<(route: { output: number; block: number }) => number[]> {
  const { block, packing, macroColumns } = weights;
  const read = bitReader(encodeMetadata(weights, 'switch'));
  const switches = (block / 2) * Math.log2(block);
  let at = { output: 0, block: 0, slot: 0 };
  const slotsOf = (output: number, b: number) =>
    packing > 1 ? 1 : weights.rounds[Math.floor(output / macroColumns) * blocksOf(weights) + b]!;
  for (;;) {
    yield (route) => {
      for (;;) {
        if (at.slot >= slotsOf(at.output, at.block)) {
          at =
            at.block + 1 < blocksOf(weights)
              ? { ...at, block: at.block + 1, slot: 0 }
              : { output: at.output + 1, block: 0, slot: 0 };
          continue;
        }
        if (packing > 1) read(Math.log2(block) + 1);
        const settings = Array.from({ length: switches }, () => read(1));
        const here = at.output === route.output && at.block === route.block;
        at.slot++;
        if (here) return settings;
        if (settings.some(Boolean)) throw new Error('settings for a round in which an output has nothing');
      }
    };
  }
}
