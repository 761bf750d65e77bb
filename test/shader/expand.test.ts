// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the shaders' own directives.
import { describe, expect, it } from 'vitest';
import { expandShader } from '../../shaders/expand.ts';

const files: Readonly<Record<string, string>> = {
  'lib/one': 'const ONE = 1u;',
  'lib/two': '//:use lib/one\nconst TWO = ONE + 1u;',
  'lib/loop': '//:for i in 0..2\nfn f${i}() {}\n//:end',
};
const load = (path: string) => {
  const text = files[path];
  if (text === undefined) throw new Error(`no file ${path}`);
  return text;
};
const expand = (...lines: string[]) => expandShader('sample', lines.join('\n'), load).trimEnd().split('\n');

describe('//:use', () => {
  it('puts a library in its place', () => {
    expect(expand('let a = 0u;', '//:use lib/one', 'let b = ONE;')).toEqual([
      'let a = 0u;',
      'const ONE = 1u;',
      'let b = ONE;',
    ]);
  });

  it('takes each library once, even where two ask for it', () => {
    expect(expand('//:use lib/two', '//:use lib/one', '//:use lib/two').join('\n').match(/const/g)).toHaveLength(2);
    expect(expand('//:use lib/one', '//:use lib/two')).toEqual(['const ONE = 1u;', '', 'const TWO = ONE + 1u;']);
  });

  it('fails for a library that is not there', () => {
    expect(() => expand('//:use lib/none')).toThrow('no file lib/none');
  });

  it('unrolls what a library repeats', () => {
    expect(expand('//:use lib/loop')).toEqual(['fn f0() {}', 'fn f1() {}']);
  });
});

describe('//:for', () => {
  it('repeats the lines between with the number in place, also twice in a line', () => {
    expect(expand('//:for r in 1..3', 'let a${r} = b[${r}u];', '//:end')).toEqual([
      'let a1 = b[1u];',
      'let a2 = b[2u];',
    ]);
  });

  it('may repeat nothing', () => {
    expect(expand('a', '//:for r in 2..2', 'b', '//:end', 'c')).toEqual(['a', 'c']);
  });

  it('nests, the inner loop running fastest', () => {
    const lines = expand('//:for r in 0..2', '//:for c in 0..2', 'x${r}${c}', '//:end', 'row ${r}', '//:end');
    expect(lines).toEqual(['x00', 'x01', 'row 0', 'x10', 'x11', 'row 1']);
  });

  it('takes loops beside each other, three deep and indented', () => {
    const lines = expand(
      '  //:for a in 0..2',
      '  //:for b in 0..1',
      '  //:for c in 0..2',
      '  ${a}${b}${c}',
      '  //:end',
      '  //:end',
      '  //:for d in 0..1',
      '  d${a}${d}',
      '  //:end',
      '  //:end',
    );
    expect(lines.map((line) => line.trim())).toEqual(['000', '001', 'd00', '100', '101', 'd10']);
  });

  it('leaves the names of other loops and other text alone', () => {
    expect(expand('//:for r in 0..1', '${rr} $r {r} ${c}', '//:end')).toEqual(['${rr} $r {r} ${c}']);
  });

  it('fails without an end, with the line', () => {
    expect(() => expand('a', '//:for r in 0..2', 'b')).toThrow('sample: //:for in line 2 has no //:end');
    expect(() => expand('//:for r in 0..2', '//:for c in 0..2', '//:end')).toThrow('line 1 has no //:end');
  });

  it('fails for an end without a beginning', () => {
    expect(() => expand('//:for r in 0..2', '//:end', '//:end')).toThrow('sample: //:end without //:for');
  });

  it.each(['//:for r in 0...2', '//:for r of 0..2', '//:for r in 0..n', '//:use', '//:if r', '//: for r in 0..2'])(
    'fails for %s, which would pass as a comment',
    (line) => {
      expect(() => expand(line, 'a', '//:end')).toThrow(`sample: no directive: ${line}`);
    },
  );
});
