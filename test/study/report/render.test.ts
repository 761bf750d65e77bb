import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { evaluateTable } from '../../../src/cli/format-table.ts';
import { escapeHtml, html } from '../../../src/study/report/markup.ts';
import { renderReport } from '../../../src/study/report/render.ts';
import { formatNumber, formatQuantity } from '../../../src/study/report/scale-unit.ts';
import type { EvaluateResult } from '../../../src/study/result.ts';
import { sampleMaps, sampleResult, sampleRun } from './sample-result.ts';

const nasty = `</script><script>alert("1")</script><img src=x onerror='alert(1)'>&amp;`;

const results: Readonly<Record<string, EvaluateResult>> = {
  'several runs with chips': sampleResult(),
  'one run': sampleResult({ runs: [sampleRun(0.25, 'ideal')], maps: undefined }),
  'dense only': sampleResult({ runs: [], maps: undefined, published: [] }),
  'tiny numbers': sampleResult({ runs: [sampleRun(0.12, 'ideal', 1, 1e-12)] }),
  'huge numbers': sampleResult({ runs: [sampleRun(0.12, 'ideal', 3, 1e15)] }),
  'nothing counted': sampleResult({
    runs: [{ ...sampleRun(0.12, 'ideal'), energy: [], latency: { stages: [], sequentialNs: 0, overlappedNs: 0 } }],
  }),
  'no measured time': sampleResult({ dense: { ...sampleResult().dense, attentionMs: undefined } }),
  'hostile names': sampleResult({
    model: { ...sampleResult().model, name: nasty, architecture: nasty },
    text: nasty,
    adapter: { ...sampleResult().adapter, description: nasty, runtime: nasty },
    runs: [
      {
        ...sampleRun(0.12, 'ideal', 4),
        label: nasty,
        accelerator: nasty,
        energy: [{ component: nasty, action: nasty, count: 1, energyPj: 5 }],
      },
    ],
    maps: [sampleMaps(nasty, 16)],
  }),
};

describe.each(Object.entries(results))('a report of %s', (_, result) => {
  it('is well-formed, self-contained and holds the result', async () => {
    const page = await renderReport(result);
    expect(unbalanced(page)).toEqual([]);
    const outside = [...page.matchAll(/(?:src|href|action|data|url)\s*[=(]\s*["']?([^"'\s>)]*)/g)].map(
      ([, target]) => target!,
    );
    expect(outside.filter((target) => !/^(data:|#|x$)/.test(target))).toEqual([]);
    expect(page.match(/@import|https?:\/\/|<link(?! rel="icon" href="data:,")|<iframe|<object|\son\w+="/)).toBeNull();
    expect(page.match(/<script/g)).toHaveLength(1);
    const json = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(page)![1]!;
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(result)));
    expect(page.replace(json, '').match(/.{0,60}(NaN|undefined|Infinity|\[object).{0,40}/)).toBeNull();
  });

  it('is the same every time', async () => {
    expect(await renderReport(result)).toBe(await renderReport(result));
  });

  it('is a table of at most 100 columns on a terminal', () => {
    const lines = evaluateTable(result).split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('renderReport', () => {
  it('leads with the run that keeps least at under one percent', async () => {
    const page = await renderReport(sampleResult());
    expect(page).toContain('<div class="note">hardsea 0.12 ideal: loss 1.5171</div>');
  });

  it('labels what is measured here and what is published', async () => {
    const page = await renderReport(sampleResult());
    expect(page).toContain('hardsea.speedup-over-gpu: 13.5 to 28.5×');
    expect(page).toMatch(/measured<\/span> The last column divides[^.]*measured\s+on this adapter \(SwiftShader/);
    expect(await renderReport(results['no measured time']!)).not.toContain('The last column divides');
  });

  it('draws the selection with one pixel per cell', async () => {
    const maps = sampleMaps('hardsea 0.12 ideal', 4);
    const page = await renderReport(sampleResult({ maps: [maps] }));
    const pictures = [...page.matchAll(/data:image\/png;base64,([^"]*)/g)].map(([, data]) =>
      Buffer.from(data!, 'base64'),
    );
    expect(pictures).toHaveLength(2);
    const png = pictures[1]!;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([4, 4]);
    const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
    const alpha = Array.from({ length: 16 }, (_, i) => rows[Math.floor(i / 4) * 17 + 1 + 4 * (i % 4) + 3]! / 255);
    expect(alpha).toEqual([...maps.selection]);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 pJ'],
    [12_345, '12.3 nJ'],
    [3.2e9, '3.20 mJ'],
    [999, '999 pJ'],
    [1e-9, '1.00e-9 pJ'],
    [5e20, '5.00e5 kJ'.replace('5.00e5', '500000')],
  ])('shows %d pJ as %s', (value, text) => {
    expect(formatQuantity(value, 'pJ')).toBe(text);
  });

  it('keeps three digits', () => {
    expect([0.12345, 123.4, 1894.3, 1e6, 0.0001].map(formatNumber)).toEqual([
      '0.123',
      '123',
      '1894',
      '1.00e6',
      '1.00e-4',
    ]);
  });
});

describe('markup', () => {
  it('escapes everything that was not made by it', () => {
    expect(html`<p title="${'"'}">${'<b>'}${html`<i>${"'"}</i>`}${false}${[1, '&']}</p>`.text).toBe(
      '<p title="&#34;">&#60;b&#62;<i>&#39;</i>1&#38;</p>',
    );
    expect(escapeHtml('a\u0000b')).toBe('a\ufffdb');
  });
});

/** Elements that are opened and not closed, or closed and not opened. */
function unbalanced(page: string): string[] {
  const empty = new Set(['meta', 'link', 'br', 'img', 'hr', 'input']);
  const open: string[] = [];
  const wrong: string[] = [];
  const content = page.replace(/<script[^>]*>.*?<\/script>|<style>.*?<\/style>|<!doctype html>/gs, '');
  for (const [, closing, name, selfClosing] of content.matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (selfClosing || empty.has(name!)) continue;
    if (!closing) open.push(name!);
    else if (open.at(-1) === name) open.pop();
    else wrong.push(name!);
  }
  const stray = content.replace(/<\/?[a-zA-Z][^<>]*>/g, '').match(/[<>]/g) ?? [];
  return [...wrong, ...open, ...stray];
}
