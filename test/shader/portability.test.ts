// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the shaders' own directives.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ShaderModule } from '../../src/gpu/program.ts';
import { shaders } from '../../src/shader/embedded.ts';

const folder = new URL('../../shaders/', import.meta.url);
const modules = Object.values(shaders) as readonly ShaderModule[];
const sourceOf = (name: string) => readFileSync(new URL(`${name}.wgsl`, folder), 'utf8');

/** The lines of the first comment block, after `enable` and `requires`. */
function headerOf(source: string): readonly string[] {
  const lines = source.split('\n');
  const first = lines.findIndex((line) => line.startsWith('// '));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('// '));
  return lines.slice(first, end);
}

const withoutComments = (code: string) => code.replaceAll(/\/\/.*$/gm, '');

/** What one of the runtimes refuses, gets wrong or runs slowly, as far as the text shows it. */
const rules: readonly {
  readonly why: string;
  readonly pattern: RegExp;
  readonly planted: string;
  /** Shaders that may, since they do so once, after the work. */
  readonly spared?: readonly string[];
}[] = [
  {
    why: 'an array in registers that is indexed at run time lives in memory on most adapters',
    pattern: /(?:\bvar(?:<(?:function|private)>)?|\blet)\s+\w+\s*(?::\s*array\b|=\s*array\b)/,
    planted: 'fn f() {\n  var sums: array<f32, 8>;\n}',
    // Named sums leave through an array at the end: 64 to 256 inlined activations would take seconds to compile.
    // The queries of `dense-attend-wide` enter through one, which the walk over the keys reads at constant places.
    spared: [
      'linear',
      'linear-subgroup',
      'linear-wide',
      'linear-wide-subgroup',
      'dense-attend-wide',
      'dense-attend-wide-subgroup',
      'gather-attend-masked-subgroup',
    ],
  },
  {
    why: 'Deno 2.9 aborts on a pointer to an array element; only atomics take one',
    pattern: /(?<!\batomic\w+)[(,]\s*&\w+(?:\.\w+)*\[/,
    planted: 'g(&values[1]);',
  },
  {
    why: 'Deno refuses arrays of scalars in uniforms',
    pattern: /struct Params \{[^}]*\barray</,
    planted: 'struct Params {\n  sizes: array<u32, 4>,\n}',
  },
  { why: 'these words are reserved', pattern: /\b(?:filter|mod)\b/, planted: 'let filter = 1u;' },
  { why: 'the smallest i32 has no literal', pattern: /2147483648i/, planted: 'let low = -2147483648i;' },
  {
    why: 'Dawn refuses constants that are infinite or not a number',
    pattern: /bitcast<(?:vec\d<)?f32>?>\((?:vec\d<u32>\()?0x[7f]f[89a-f]/i,
    planted: 'let infinity = bitcast<f32>(0x7f800000u);',
  },
  {
    why: 'comparisons with itself do not find NaN on any adapter tried',
    pattern: /\b([a-z_]\w*) (?:!=|==) \1\b(?![.[(])/i,
    planted: 'if (x != x) {}',
  },
  {
    why: 'wgsl_reflect 1.6 does not parse a minus right before a digit after an index',
    pattern: /\]\s*-\d/,
    planted: 'let y = x[0] -1.0;',
  },
  { why: 'wgsl_reflect 1.6 does not parse const_assert', pattern: /\bconst_assert\b/, planted: 'const_assert 1 < 2;' },
  { why: 'wgsl_reflect 1.6 takes one extension a line', pattern: /^enable[^;]*,/m, planted: 'enable f16, subgroups;' },
  { why: 'bindings lie in group 0', pattern: /@group\((?!0\))/, planted: '@group(1) @binding(0) var t: f32;' },
  { why: 'a placeholder was left', pattern: /\$\{|\bundefined\b|\/\/:/, planted: 'let a${r} = 0u;' },
];

describe.each(rules)('$why', ({ pattern, planted, spared = [] }) => {
  it('is seen where it is planted', () => {
    expect(planted).toMatch(pattern);
  });

  it.each(modules.filter(({ name }) => !spared.includes(name)))('and is not in $name', ({ code }) => {
    expect(withoutComments(code)).not.toMatch(pattern);
  });
});

// Masking has no form of its own without subgroups: what it computes, gathering does too.
const formsWithout: Readonly<Record<string, string>> = { 'gather-attend-masked-subgroup': 'gather-attend' };

describe.each(modules)('$name', ({ name, code, entries }) => {
  it('begins by saying what it does, its grid, memory, reads and writes', () => {
    const header = headerOf(sourceOf(name));
    expect(header.length).toBeGreaterThanOrEqual(4);
    expect(header.length).toBeLessThanOrEqual(8);
    for (const word of [/\bGrid: /, /\bMemory: /, /\bReads /, /\bwrites /i]) expect(header.join('\n')).toMatch(word);
  });

  it('asks for no extension but subgroups, and then has a form without', () => {
    const extensions = [...code.matchAll(/^enable (\w+);/gm)].map(([, extension]) => extension);
    expect(extensions).toEqual(name.endsWith('-subgroup') ? ['subgroups'] : []);
    if (name.endsWith('-subgroup'))
      expect(shaders).toHaveProperty([formsWithout[name] ?? name.replace('-subgroup', '')]);
    const required = [...code.matchAll(/^requires (\w+);/gm)].map(([, feature]) => feature);
    expect(required.filter((feature) => feature !== 'packed_4x8_integer_dot_product')).toEqual([]);
  });

  it("stays within every device's limits", () => {
    for (const { bindings } of Object.values(entries)) {
      expect(bindings.filter(({ access }) => access !== 'uniform').length).toBeLessThanOrEqual(8);
    }
    // An override's own value; its planner checks the others.
    const lanesOf = (size: string) =>
      Number((new RegExp(`override ${size}: u32 = (\\d+)u`).exec(code)?.[1] ?? size).replace(/u$/, ''));
    const sizes = [...code.matchAll(/@workgroup_size\(([^)]*)\)/g)].map(([, size]) => size!);
    expect(sizes).toHaveLength(Object.keys(entries).length);
    for (const size of sizes) {
      const lanes = size.split(',').reduce((product, part) => product * lanesOf(part.trim()), 1);
      expect(lanes).toBeLessThanOrEqual(256);
    }
  });
});

describe('names', () => {
  const kernelFolder = new URL('../../src/kernel/', import.meta.url);
  const kernels = readdirSync(kernelFolder).map((file) => file.replace('.ts', ''));
  // Steps of one kernel that are shaders of their own.
  const steps: Readonly<Record<string, string>> = {
    'crossbar-combine': 'crossbar-program',
    'crossbar-drive': 'crossbar-mvm',
    'crossbar-read': 'crossbar-mvm',
    'crossbar-readout': 'crossbar-compensate',
    'dense-attend-wide': 'dense-attend',
    'dense-attend-wide-subgroup': 'dense-attend',
    'gather-attend-masked-subgroup': 'gather-attend',
    'linear-int8': 'linear-int8',
    'linear-wide': 'linear',
    'linear-wide-subgroup': 'linear',
    'locality-cycles': 'locality',
    'locality-lru': 'locality',
    'locality-resident': 'locality',
    'nibble-estimate-cells': 'nibble-estimate',
    'pad-rows': 'quantize-rows',
    'pq-score-whole': 'pq-score',
    'threshold-select-cells': 'threshold-select',
    'wires-effective': 'wires',
    'wires-factor': 'wires',
    'wires-sweep': 'wires',
    'wta-select-subgroup': 'wta-select',
  };

  it.each(modules)('the planner of $name is called like it', ({ name }) => {
    const planner = steps[name] ?? name.replace(/-(?:subgroup|int8)$/, '');
    expect(kernels).toContain(planner);
    const key = name.includes('-') ? `shaders['${name}']` : `shaders.${name}`;
    expect(readFileSync(new URL(`${planner}.ts`, kernelFolder), 'utf8')).toContain(key);
  });
});
