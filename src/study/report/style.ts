/** The report's style sheet: light and dark by the reader's setting, system fonts, one column on narrow screens, print. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --panel: #ffffff; --sunk: #eef0f4; --line: #dfe3ea; --ink: #1b2230; --muted: #5d6779; --faint: #c3cad6;
  --c1: #0b66d8; --c2: #e0641a; --c3: #16906a; --c4: #9a3fc4; --c5: #c22f55; --c6: #7b6a12; --c7: #117d92; --c8: #66708a;
  --good: #16906a; --warn: #b45309;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --panel: #181e28; --sunk: #212936; --line: #2d3747; --ink: #e7ecf4; --muted: #9aa6b8; --faint: #445064;
    --c1: #5aa6ff; --c2: #ff9552; --c3: #3ecb9a; --c4: #c98bf0; --c5: #ff7d9c; --c6: #d8c14a; --c7: #4bc6dc; --c8: #9fabc2;
    --good: #3ecb9a; --warn: #f5b04c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 72px; }
header p { color: var(--muted); margin: 4px 0 0; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.015em; margin: 6px 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 20px; letter-spacing: -0.01em; margin: 48px 0 4px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 2px; }
.kicker { color: var(--c1); font-weight: 600; font-size: 13px; letter-spacing: 0.02em; }
.lead { color: var(--muted); max-width: 78ch; margin: 0 0 16px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 24px 0 8px; }
.card, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; }
.card { padding: 14px 16px; }
.card .label { color: var(--muted); font-size: 13px; }
.card .value { font-size: 26px; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; line-height: 1.3; }
.card .note { color: var(--muted); font-size: 12.5px; line-height: 1.4; }
.panel { padding: 18px 20px; margin: 12px 0; }
.panel > p { color: var(--muted); font-size: 13px; margin: 0 0 10px; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 12px; }
.grid.three { grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); }
.grid .panel { margin: 0; }
.grid + .lead { margin-top: 24px; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
.chart.narrow svg { max-width: 560px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { text-align: left; padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 600; font-size: 12.5px; line-height: 1.3; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
.headline th, .headline td { padding: 7px 7px; }
tbody th { font-weight: 600; white-space: nowrap; }
.badge { display: inline-block; border-radius: 99px; padding: 0 8px; font-size: 12px; background: var(--sunk); color: var(--muted); white-space: nowrap; }
.badge.measured { color: var(--good); } .badge.predicted { color: var(--c1); } .badge.published { color: var(--c4); } .badge.calibrated { color: var(--warn); }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 7px; }
details { border-top: 1px solid var(--line); padding: 10px 0; }
details:first-of-type { border-top: 0; }
summary { cursor: pointer; font-weight: 600; font-size: 14px; }
pre { background: var(--sunk); border-radius: 8px; padding: 12px 14px; overflow-x: auto; font: 12.5px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
ul { padding-left: 20px; margin: 8px 0; } li { margin: 4px 0; max-width: 90ch; }
.small { font-size: 13px; color: var(--muted); }
footer { margin-top: 40px; color: var(--muted); font-size: 13px; }
@media print {
  :root { --page: #fff; --panel: #fff; --sunk: #f1f2f5; --line: #ccd; --ink: #111; --muted: #444; --faint: #bbb; --c1: #0b66d8; --c2: #e0641a; --c3: #16906a; --c4: #9a3fc4; --c5: #c22f55; --c6: #7b6a12; --c7: #117d92; --c8: #66708a; }
  main { max-width: none; padding: 0; } .panel, .card { break-inside: avoid; } h2 { break-after: avoid; }
}
`;
