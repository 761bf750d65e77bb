import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBindings } from '../../src/gpu/bindings.ts';
import { checkLaunch, foldGrid, packParams } from '../../src/gpu/launch.ts';
import { view } from '../../src/gpu/tensor.ts';
import { paperGpu } from '../support/paper-gpu.ts';
import { affine, affineLaunch } from './sample-launch.ts';

const error = (code: string, what: RegExp) =>
  expect.objectContaining({ code, kind: 'input', what: expect.stringMatching(what) });

describe('foldGrid', () => {
  it('covers every workgroup with few to spare, within the limit of a dimension', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 * 65535 }), (workgroups) => {
        const [x, y] = foldGrid(workgroups);
        expect(x * y).toBeGreaterThanOrEqual(workgroups);
        expect(x * y - workgroups).toBeLessThan(y);
        expect(Math.max(x, y)).toBeLessThanOrEqual(65535);
      }),
    );
  });
});

describe('checkLaunch', () => {
  const { limits } = paperGpu({ maxStorageBufferBindingSize: 1000, maxComputeWorkgroupStorageSize: 256 });

  it('lets pass what just fits', () => {
    // 1000 bytes end within a vec4, so 248 elements are the most that whole ones hold.
    const fits = { elements: { source: 248, result: 248 }, workgroupBytes: 256 };
    checkLaunch(affineLaunch(1, { ...fits, workgroups: [65535, 65535, 0] }), limits);
  });

  it('counts a binding with its padding', () => {
    const launch = affineLaunch(1, { elements: { source: 249, result: 1 } });
    expect(() => checkLaunch(launch, limits)).toThrow(error('BINDING_TOO_LARGE', /affine: 'source' needs 1008 .*1000/));
  });

  it.each([[65536], [-1], [1.5], [Number.NaN]])('refuses a grid of %s workgroups', (size) => {
    const launch = affineLaunch(1, { workgroups: [1, size, 1] });
    expect(() => checkLaunch(launch, limits)).toThrow(error('GRID_TOO_LARGE', /affine: grid 1 x .* at most 65535/));
  });

  it('refuses more workgroup memory than there is', () => {
    const launch = affineLaunch(1, { workgroupBytes: 257 });
    expect(() => checkLaunch(launch, limits)).toThrow(error('WORKGROUP_MEMORY', /257 bytes.*256/));
  });
});

describe('packParams', () => {
  const pack = (values: Record<string, number>) => {
    const data = new DataView(new ArrayBuffer(32));
    packParams(affine, values, data, 16);
    return data;
  };

  it('writes each value at its place in its type', () => {
    const data = pack({ factor: 0.5, shift: -3, count: 4294967295 });
    expect([data.getFloat32(16, true), data.getInt32(20, true), data.getUint32(24, true)]).toEqual([
      0.5,
      -3,
      2 ** 32 - 1,
    ]);
    expect(data.getBigUint64(0, true)).toBe(0n);
  });

  it.each<[string, Record<string, number>, string, RegExp]>([
    ['an unknown name', { factor: 1, shift: 0, count: 1, scale: 2 }, 'UNKNOWN_PARAM', /no parameter 'scale'/],
    ['a missing one', { factor: 1, shift: 0 }, 'MISSING_PARAM', /'count' \(u32\)/],
    ['NaN', { factor: Number.NaN, shift: 0, count: 1 }, 'BAD_PARAM', /'factor' \(f32\) is NaN/],
    ['infinity', { factor: 1, shift: 0, count: Number.POSITIVE_INFINITY }, 'BAD_PARAM', /'count' \(u32\) is Infinity/],
    ['a fraction', { factor: 1, shift: 0, count: 1.5 }, 'BAD_PARAM', /'count' \(u32\) is 1.5/],
    ['a negative count', { factor: 1, shift: 0, count: -1 }, 'BAD_PARAM', /'count' \(u32\) is -1/],
    ['a count past 32 bits', { factor: 1, shift: 0, count: 2 ** 32 }, 'BAD_PARAM', /'count' \(u32\) is 4294967296/],
    ['a shift past 32 bits', { factor: 1, shift: 2 ** 31, count: 1 }, 'BAD_PARAM', /'shift' \(i32\) is 2147483648/],
    ['a factor past f32', { factor: 1e39, shift: 0, count: 1 }, 'BAD_PARAM', /'factor' \(f32\) is 1e\+39/],
  ])('refuses %s', (_, values, code, what) => {
    expect(() => pack(values)).toThrow(error(code, what));
  });
});

describe('checkBindings', () => {
  const { gpu } = paperGpu();
  const [source, result] = [gpu.empty('f32', [8], 'in'), gpu.empty('f32', [8], 'out')];
  const launch = affineLaunch(8);

  it('passes what the shader asks for, and longer tensors', () => {
    checkBindings(launch, { source, result });
    checkBindings(affineLaunch(3), { source, result });
  });

  it('lets one tensor be read under two names', () => {
    const bindings = ['a', 'b'].map((name, binding) => ({ name, binding, access: 'read', element: 'f32' }) as const);
    const reader = { ...affine, entries: { main: { bindings } } };
    checkBindings({ ...launch, program: reader, elements: { a: 8, b: 8 } }, { a: source, b: source });
  });

  it.each<[string, () => void, string, RegExp]>([
    ['a missing tensor', () => checkBindings(launch, { source }), 'MISSING_BINDING', /'result' \(f32\)/],
    ['an unknown name', () => checkBindings(launch, { source, result, y: source }), 'UNKNOWN_BINDING', /binds no 'y'/],
    [
      'the parameters as a tensor',
      () => checkBindings(launch, { source, result, params: source }),
      'UNKNOWN_BINDING',
      /'params'/,
    ],
    [
      'another type',
      () => checkBindings(launch, { source: gpu.empty('u32', [8], 'ids'), result }),
      'BINDING_TYPE',
      /'source' is f32, ids is u32/,
    ],
    [
      'too few elements',
      () => checkBindings(launch, { source: gpu.empty('f32', [7], 'short'), result }),
      'BINDING_SIZE',
      /needs 8 elements, short \[7\] has 7/,
    ],
    [
      'one tensor read and written',
      () => checkBindings(launch, { source: result, result }),
      'BINDING_ALIAS',
      /out is written as 'result'/,
    ],
    [
      'a plan without a size',
      () => checkBindings({ ...launch, elements: { source: 8 } }, { source, result }),
      'UNSIZED_BINDING',
      /no size for 'result'/,
    ],
    [
      'an unknown entry',
      () => checkBindings({ ...launch, entry: 'other' }, { source, result }),
      'UNKNOWN_ENTRY',
      /no entry 'other'/,
    ],
  ])('refuses %s', (_, check, code, what) => {
    expect(check).toThrow(error(code, what));
  });

  it('refuses disjoint parts of one buffer, one of them written: no device allows it', () => {
    const both = gpu.empty('f32', [128], 'both');
    const parts = { source: view(both, 0, [64]), result: view(both, 64, [64]) };
    expect(() => checkBindings(launch, parts)).toThrow(error('BINDING_ALIAS', /both\[64\.\.\]/));
  });
});
