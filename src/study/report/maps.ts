import type { AttentionMaps } from '../result.ts';
import { html, type Markup, trusted } from './markup.ts';
import { opacityPng } from './png.ts';

/** One head's exact attention beside what each accelerator selected: squares with the same axes, query down and key across. */
export function mapsSection(all: readonly AttentionMaps[]): Markup {
  const maps = all[0]!;
  const where = `layer ${maps.layer}, head ${maps.head}, window ${maps.window}`;
  const cells =
    maps.size === maps.tokens ? '' : ` One cell stands for ${Math.round(maps.tokens / maps.size)} tokens each way.`;
  return html`<div class="grid">
    <div class="panel"><h3>Exact attention</h3><p>${where}; the stronger, the higher the probability.${cells}</p>
      ${square(maps, exactOpacity(maps), [236, 112, 36], `Exact attention probabilities of ${where}`)}</div>
    ${all.map(
      (
        one,
      ) => html`<div class="panel"><h3>Selected keys</h3><p>${one.run}: what was let through to the exact stage.${cells}</p>
      ${square(one, one.selection, [46, 128, 240], `Keys that ${one.run} selected in ${where}`)}</div>`,
    )}
  </div>`;
}

/** Probabilities spread over orders of magnitude; the root of the share of the row's largest shows the small ones too. */
function exactOpacity({ exact, size }: AttentionMaps): number[] {
  const largest = Array.from({ length: size }, (_, row) => {
    let most = 0;
    for (let key = 0; key < size; key++) most = Math.max(most, exact[row * size + key] ?? 0);
    return most;
  });
  return Array.from({ length: size * size }, (_, i) => {
    const most = largest[Math.floor(i / size)]!;
    return most > 0 ? Math.sqrt((exact[i] ?? 0) / most) : 0;
  });
}

function square(
  maps: AttentionMaps,
  opacity: ArrayLike<number>,
  colour: readonly [number, number, number],
  label: string,
): Markup {
  const { size, tokens, causal } = maps;
  const picture = opacityPng(size, size, opacity, colour);
  const visible = causal ? '40,10 340,310 40,310' : '40,10 340,10 340,310 40,310';
  const step = niceStep(tokens);
  const ticks = [];
  for (let t = 0; t <= tokens; t += step) {
    const at = (300 * t) / tokens;
    ticks.push(
      html`<path d="M${40 + at} 310v5M40 ${10 + at}h-5" stroke="var(--faint)"/>
      <text x="${40 + at}" y="328" text-anchor="middle">${t}</text><text x="31" y="${14 + at}" text-anchor="end">${t}</text>`,
    );
  }
  return html`<div class="chart narrow"><svg viewBox="-14 0 364 350" role="img" aria-label="${label}">
    <polygon points="${visible}" fill="var(--sunk)"/>
    <image href="${trusted(picture)}" x="40" y="10" width="300" height="300" preserveAspectRatio="none" style="image-rendering:pixelated"/>
    <rect x="40" y="10" width="300" height="300" fill="none" stroke="var(--line)"/>
    <g fill="var(--muted)" font-size="11">${ticks}
      <text x="190" y="346" text-anchor="middle">key</text><text x="-4" y="160" text-anchor="middle" transform="rotate(-90 -4 160)">query</text></g>
  </svg></div>`;
}

function niceStep(tokens: number): number {
  const rough = tokens / 4;
  const power = 2 ** Math.round(Math.log2(Math.max(1, rough)));
  return Math.max(1, power);
}
