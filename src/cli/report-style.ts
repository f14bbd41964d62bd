// Style sheet of the evaluation report.

export const REPORT_STYLE = `
:root { --ink: #1b1f24; --soft: #5c6670; --line: #d9dee3; --paper: #ffffff; --wash: #f5f7f9; --wrong: #c0271a; --right: #1d7a46; --accent: #1f5fa8; }
* { box-sizing: border-box; }
html { color-scheme: light; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 996px; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 26px; }
h2 { margin: 44px 0 4px; font-size: 19px; }
h3 { margin: 28px 0 2px; font-size: 16px; }
p { margin: 4px 0 12px; max-width: 80ch; color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 12px; margin: 24px 0 0; padding: 0; }
.tile { padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--wash); }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 24px; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile small { display: block; color: var(--soft); font-size: 12px; font-weight: 400; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 32px; align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; border-bottom: 2px solid var(--line); }
th:first-child { text-align: left; font-weight: 500; }
tr.sum th, tr.sum td { background: var(--wash); font-weight: 600; }
.matrix td { min-width: 54px; padding: 4px 6px; text-align: center; border: 1px solid var(--line); }
.matrix th { text-align: center; border: 0; }
.matrix td.none { background: var(--wash); border-color: var(--wash); }
figure { margin: 10px 0 20px; }
figcaption { margin-bottom: 4px; font-size: 13px; }
figcaption b { font-variant-numeric: tabular-nums; }
svg { display: block; max-width: 100%; height: auto; }
svg text { font-family: system-ui, sans-serif; }
.strip { border: 1px solid #e0b4a9; border-radius: 4px; }
.trace { fill: none; stroke: #16181b; stroke-linejoin: round; }
.label { font-size: 3px; fill: #39424c; text-anchor: middle; }
.small { font-size: 2.4px; fill: #56616c; font-weight: 400; }
.bad { fill: var(--wrong); font-weight: 700; }
.band { fill: #e2493a; opacity: 0.16; }
.axis { stroke: #b9c1c9; stroke-width: 1; fill: none; }
.curve { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round; }
.point { fill: var(--accent); }
.tick { font-size: 12px; fill: #5c6670; }
@media print { body { max-width: none; padding: 0; } figure { break-inside: avoid; } }
`;
