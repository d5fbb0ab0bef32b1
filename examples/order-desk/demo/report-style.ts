/** The style of the report. Colours are variables, for light and dark; figures use the same ones. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --sheet: #ffffff; --ink: #1b2330; --muted: #566173; --line: #dde2ea; --tint: #eef3fb;
  --accepted: #2563b8; --processed: #14795a; --waiting: #a86400; --aside: #b3261e; --good: #14795a; --bad: #b3261e;
  --billing: #2563b8; --production: #8a3ea8; --shipping: #14795a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --sheet: #1a2029; --ink: #e7ebf1; --muted: #9ea9ba; --line: #323b49; --tint: #212c3d;
    --accepted: #79aef5; --processed: #4cc79b; --waiting: #e6ad4c; --aside: #f2867c; --good: #4cc79b; --bad: #f2867c;
    --billing: #79aef5; --production: #cf96ea; --shipping: #4cc79b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 20px 56px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 10px; letter-spacing: -0.01em; }
h2 { font-size: 20px; line-height: 1.3; margin: 0 0 6px; }
p { margin: 0 0 12px; max-width: 76ch; }
.lead { font-size: 18px; }
.muted, figcaption { color: var(--muted); font-size: 14px; }
section { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 22px 24px; margin-top: 18px; }
figure { margin: 14px 0 0; }
.scroll { overflow-x: auto; }
.scroll > svg { display: block; width: 100%; height: auto; }
.wide > svg { min-width: 720px; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 22px 0 0; }
.tile { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 30px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile.wrong b { color: var(--bad); }
.tile span { color: var(--muted); font-size: 14px; }
.checks { list-style: none; margin: 18px 0 0; padding: 0; }
.checks li { padding-left: 26px; position: relative; }
.checks li::before { content: "\\2714"; position: absolute; left: 2px; color: var(--good); }
.checks li.failed { color: var(--bad); font-weight: 600; }
.checks li.failed::before { content: "\\2718"; color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
@media (min-width: 641px) { .stack td:first-child { min-width: 240px; } }
th, td { text-align: left; vertical-align: top; padding: 8px 14px 8px 0; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; font-size: 13px; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.part td { font-weight: 600; padding-top: 16px; color: var(--muted); }
tr.total td { font-weight: 600; }
tr.wrong td { color: var(--bad); font-weight: 600; }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 999px; padding: 0 10px; font-size: 13px; font-weight: 600; white-space: nowrap; }
.fired { color: var(--aside); }
.silent { color: var(--processed); }
.unknown { color: var(--muted); }
.note { background: var(--tint); border-radius: 8px; padding: 10px 14px; font-size: 14px; margin: 10px 0 14px; max-width: none; }
code { white-space: nowrap; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { background: var(--tint); border-radius: 8px; padding: 12px 14px; overflow-x: auto; margin: 10px 0; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--muted); font-size: 14px; }
.ids { columns: 8 96px; font-size: 13px; font-variant-numeric: tabular-nums; margin-top: 8px; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; fill: var(--ink); }
svg .small { font-size: 12px; fill: var(--muted); }
svg .name { font-weight: 600; font-size: 14px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .box { fill: var(--sheet); stroke: var(--muted); stroke-width: 1.2; }
svg .pattern { fill: var(--tint); stroke: var(--accepted); stroke-width: 1.6; }
svg .flow { fill: none; stroke: var(--ink); stroke-width: 1.5; }
svg .fault { fill: none; stroke: var(--aside); stroke-width: 1.5; }
svg .back { fill: none; stroke: var(--processed); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg .watch { fill: none; stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 2 4; }
svg .accepted { stroke: var(--ink); } svg .billing { stroke: var(--billing); } svg .production { stroke: var(--production); } svg .shipping { stroke: var(--shipping); }
svg .waiting { stroke: var(--waiting); } svg .aside { stroke: var(--aside); }
svg .span { fill: var(--aside); opacity: 0.16; stroke: none; }
svg .series { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .series.accepted { stroke-dasharray: 6 3; }
svg .area { stroke: none; opacity: 0.14; }
svg .area.waiting { fill: var(--waiting); } svg .area.aside { fill: var(--aside); }
svg .mark { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 3 3; }
@media (max-width: 640px) {
  main { padding: 24px 12px 40px; }
  h1 { font-size: 24px; }
  section { padding: 16px 14px; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .tile b { font-size: 24px; }
  th { white-space: normal; }
  .stack thead { display: none; }
  .stack tr { display: block; padding: 10px 0; border-bottom: 1px solid var(--line); }
  .stack tr:last-child { border-bottom: 0; }
  .stack td, .stack td.number { display: block; text-align: left; border: 0; padding: 0 0 4px; }
  .stack td.number::before { content: attr(data-label) ": "; color: var(--muted); }
}
@media print { body { background: none; } section, .tile { break-inside: avoid; } }
`;
