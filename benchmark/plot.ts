import type { Results } from './results';
import type { SynthCase } from './synth';
import { OURS, PLAIN, PLAIN_AGAIN, SOLUTIONS } from './synth';

const WIDTH = 1080;
const HEIGHT = 700;

const SERIES = [
  { way: OURS, name: 'QueueFedFunction', colour: '#0b6e4f' },
  { way: PLAIN, name: 'plain L2, same template', colour: '#374151' },
  { way: SOLUTIONS, name: 'Solutions Constructs, fewer resources', colour: '#b45309' },
  { way: PLAIN_AGAIN, name: 'plain L2 against itself (noise)', colour: '#9ca3af' },
];

/** Where a panel draws, and how its values become places. */
interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Draws what was measured as one SVG picture. */
export function plot(results: Results): string {
  const cases = results.synth?.cases ?? [];
  const version = cases[0]?.cdkVersion;
  const shown = cases.filter((entry) => entry.cdkVersion === version);
  const parts = [
    ...(shown.length ? [
      cpuPanel(shown, { left: 80, top: 70, width: 420, height: 290 }, `CPU of the whole process, ms (aws-cdk-lib ${version})`),
      ratioPanel(shown, { left: 610, top: 70, width: 420, height: 290 }),
      legend(430),
    ] : []),
    ...(results.emulator ? [deliveriesPanel(results.emulator, { left: 80, top: 500, width: 950, height: 170 })] : []),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>Benchmark of QueueFedFunction</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

function cpuPanel(cases: readonly SynthCase[], panel: Panel, title: string): string {
  const x = patternScale(cases, panel);
  const values = cases.flatMap(({ cpuMs }) => [...cpuMs.quartiles]);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const steps = decades(low, 10 ** Math.ceil(Math.log10(Math.max(...values)))).flatMap((decade) => [1, 2, 5].map((step) => step * decade));
  const high = steps.find((value) => value >= Math.max(...values))!;
  const y = (value: number) => panel.top + panel.height * (1 - Math.log(value / low) / Math.log(high / low));
  const ticks = steps.filter((value) => value <= high);
  return [
    heading(panel, title),
    frame(panel, cases, x, ticks.map((value) => ({ at: y(value), label: String(value) }))),
    ...SERIES.filter(({ way }) => way !== PLAIN_AGAIN).map((series) => line(series, cases, x, (entry) => y(entry.cpuMs.median))),
  ].join('\n');
}

function ratioPanel(cases: readonly SynthCase[], panel: Panel): string {
  const x = patternScale(cases, panel);
  const values = cases.flatMap(({ cpuRatio }) => [...cpuRatio.quartiles]);
  const low = Math.floor(Math.min(...values, 0.95) * 10) / 10;
  const high = Math.ceil(Math.max(...values, 1.05) * 10) / 10;
  const y = (value: number) => panel.top + panel.height * (1 - (value - low) / (high - low));
  const ticks = Array.from({ length: Math.round((high - low) * 10) + 1 }, (_, index) => low + index / 10);
  const shown = SERIES.filter(({ way }) => way !== PLAIN);
  return [
    heading(panel, 'CPU in units of plain L2 code (median, quartiles)'),
    frame(panel, cases, x, ticks.map((value) => ({ at: y(value), label: value.toFixed(1) }))),
    `<line x1="${panel.left}" x2="${panel.left + panel.width}" y1="${y(1)}" y2="${y(1)}" stroke="#374151" stroke-width="1.5"/>`,
    ...shown.map((series, index) => {
      const shift = (index - 1) * 7;
      const bars = cases.filter(({ way }) => way === series.way).map(({ patterns, cpuRatio: { quartiles } }) =>
        `<line x1="${x(patterns) + shift}" x2="${x(patterns) + shift}" y1="${y(quartiles[0])}" y2="${y(quartiles[1])}" stroke="${series.colour}" stroke-width="3"/>`);
      return [line(series, cases, (patterns) => x(patterns) + shift, (entry) => y(entry.cpuRatio.median)), ...bars].join('\n');
    }),
  ].join('\n');
}

function deliveriesPanel({ deliveries }: NonNullable<Results['emulator']>, panel: Panel): string {
  const measures = [
    { name: 'invocations', values: deliveries.map(({ invocations }) => invocations) },
    { name: 'messages set aside', values: deliveries.map(({ setAside }) => setAside) },
    { name: 'good messages harmed', values: deliveries.map(({ goodHarmed }) => goodHarmed) },
  ];
  const highest = Math.max(...measures.flatMap(({ values }) => values));
  const colours = ['#0b6e4f', '#374151', '#b45309'];
  const names = 280;
  const column = (panel.width - names) / measures.length;
  const row = (index: number) => panel.top + 30 + index * 36;
  return [
    heading(panel, `${deliveries[0]!.messages} messages, ${deliveries[0]!.poison} of them poison, on the emulator`),
    ...deliveries.map(({ way }, index) => text(panel.left, row(index) + 17, way)),
    ...measures.map(({ name, values }, group) => {
      const left = panel.left + names + group * column;
      const bars = values.map((value, index) => {
        const width = (column - 60) * value / highest;
        return `<rect x="${left}" y="${row(index)}" width="${width}" height="24" fill="${colours[index]}"/>${text(left + width + 6, row(index) + 17, String(value))}`;
      });
      return [text(left, panel.top + 18, name, 'font-weight="600"'), ...bars].join('\n');
    }),
  ].join('\n');
}

function legend(top: number): string {
  const places = [80, 255, 470, 775];
  return SERIES.map(({ name, colour }, index) =>
    `<circle cx="${places[index]! + 6}" cy="${top - 5}" r="5" fill="${colour}"/>${text(places[index]! + 18, top, name)}`).join('\n');
}

function frame(panel: Panel, cases: readonly SynthCase[], x: (patterns: number) => number, ticks: readonly { at: number; label: string }[]): string {
  const bottom = panel.top + panel.height;
  return [
    ...ticks.map(({ at, label }) =>
      `<line x1="${panel.left}" x2="${panel.left + panel.width}" y1="${at}" y2="${at}" stroke="#e5e7eb"/>${text(panel.left - 8, at + 4, label, 'text-anchor="end"')}`),
    ...[...new Set(cases.map(({ patterns }) => patterns))].map((patterns) =>
      `<line x1="${x(patterns)}" x2="${x(patterns)}" y1="${bottom}" y2="${bottom + 5}" stroke="#6b7280"/>${text(x(patterns), bottom + 20, String(patterns), 'text-anchor="middle"')}`),
    `<rect x="${panel.left}" y="${panel.top}" width="${panel.width}" height="${panel.height}" fill="none" stroke="#6b7280"/>`,
    text(panel.left + panel.width / 2, bottom + 38, 'patterns in one app', 'text-anchor="middle"'),
  ].join('\n');
}

function line(
  series: { readonly way: string; readonly colour: string },
  cases: readonly SynthCase[],
  x: (patterns: number) => number,
  y: (entry: SynthCase) => number,
): string {
  const points = cases.filter(({ way }) => way === series.way).map((entry) => [x(entry.patterns), y(entry)] as const);
  return [
    `<polyline points="${points.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${series.colour}" stroke-width="2"/>`,
    ...points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="4" fill="${series.colour}"/>`),
  ].join('\n');
}

/** Patterns on a logarithmic axis, with some room at both ends. */
function patternScale(cases: readonly SynthCase[], panel: Panel): (patterns: number) => number {
  const highest = Math.max(...cases.map(({ patterns }) => patterns));
  const decadesShown = Math.max(1, Math.log10(highest));
  return (patterns) => panel.left + 30 + (panel.width - 60) * Math.log10(patterns) / decadesShown;
}

function decades(low: number, high: number): number[] {
  const first = Math.round(Math.log10(low));
  return Array.from({ length: Math.round(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
}

function heading(panel: Panel, content: string): string {
  return `<text x="${panel.left}" y="${panel.top - 18}" fill="#111827" font-size="15" font-weight="600">${escape(content)}</text>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" fill="#111827" ${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
