import type { Story } from './story';
import { formatCount } from './terminal';

/** Text for HTML and SVG. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `30 s`, `3 min`, `4 days` */
export function formatSeconds(seconds: number): string {
  if (seconds % 86_400 === 0) {
    return `${seconds / 86_400} days`;
  }
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** The picture of the stack, with what went along its arrows. */
export function architectureFigure({ facts, sends, beforeRepair, afterRedrive }: Story): string {
  const { queue, deadLetterQueue, eventSource, handler, alarms } = facts;
  return `<svg viewBox="0 26 960 366" role="img" aria-label="Shops send to a queue; a function processes the orders into a table; failed messages go to a dead-letter queue and back after the repair; alarms notify a topic">
<defs>
  ${arrowHead('head-flow', '--ink')}${arrowHead('head-fault', '--aside')}${arrowHead('head-back', '--processed')}${arrowHead('head-watch', '--muted')}
</defs>
${box(10, 84, 120, 76, 'box', 'Shops', ['played by', 'the demo'])}
${box(236, 70, 184, 104, 'pattern', 'Queue', [`keeps messages ${formatSeconds(queue.retentionSeconds)}`, `failed: again after ${formatSeconds(queue.visibilitySeconds)}`, 'encrypted, TLS only'])}
${box(526, 70, 176, 104, 'box', 'ProcessOrders', ['Lambda function', `timeout ${formatSeconds(handler.timeoutSeconds)}`, 'answers with what failed'])}
${box(800, 32, 150, 66, 'box', 'Orders', ['each order once'])}
${box(800, 146, 150, 66, 'box', 'Catalogue', ['prices, delivery'])}
${box(236, 260, 184, 84, 'pattern', 'Dead-letter queue', [`keeps messages ${formatSeconds(deadLetterQueue.retentionSeconds)}`, 'encrypted, TLS only'])}
${box(526, 260, 176, 84, 'pattern', `${alarms.length} alarms`, ['queues and handler', 'each says what to do'])}
${box(800, 268, 150, 66, 'box', 'OnCall', ['SNS topic'])}
<path class="flow" d="M130 122H232" marker-end="url(#head-flow)"/>
${label(183, 112, formatCount(sends.length))}${label(183, 140, 'messages')}
<path class="flow" d="M420 122H522" marker-end="url(#head-flow)"/>
${label(471, 96, 'event source')}${label(471, 112, `batches of ${eventSource.batchSize}`)}${label(471, 140, `at most ${eventSource.maxConcurrency}`)}${label(471, 156, 'at a time')}
<path class="flow" d="M702 104L796 68" marker-end="url(#head-flow)"/>
${label(742, 72, formatCount(afterRedrive.books.effects))}
<path class="watch" d="M702 140L796 176" marker-end="url(#head-watch)"/>
${label(734, 174, 'reads')}
<path class="fault" d="M290 174V256" marker-end="url(#head-fault)"/>
${label(282, 211, `${formatCount(beforeRepair.books.setAside.length)} failed`, 'end')}${label(282, 227, `${queue.maxReceiveCount} times`, 'end')}
<path class="back" d="M366 260V178" marker-end="url(#head-back)"/>
${label(374, 211, 'redrive after', 'start')}${label(374, 227, 'the repair', 'start')}
<path class="watch" d="M614 260V178" marker-end="url(#head-watch)"/>
<path class="watch" d="M526 302H424" marker-end="url(#head-watch)"/>
${label(473, 292, 'watch')}
<path class="flow" d="M702 302H796" marker-end="url(#head-flow)"/>
${label(749, 292, 'notify')}
<rect class="pattern" x="10" y="370" width="14" height="14" rx="3"/><text class="small" x="31" y="382">made by QueueFedFunction</text>
<rect class="box" x="236" y="370" width="14" height="14" rx="3"/><text class="small" x="257" y="382">made by the app</text>
</svg>`;
}

interface Series {
  readonly name: string;
  readonly kind: 'accepted' | 'processed' | 'waiting' | 'aside';
  /** Steps: from each time on, in seconds, the value. */
  readonly points: readonly (readonly [number, number])[];
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  readonly height: number;
}

const WIDTH = 960;
const LEFT = 58;
const RIGHT = 14;

/** Messages over time: three panels above one time axis, each with its own scale. */
export function timelineFigure(story: Story): string {
  const start = story.sends[0]!.at;
  const end = (story.afterRedrive.at - start) / 1000;
  const since = (at: number) => (at - start) / 1000;
  const sampled = (value: (sample: Story['samples'][number]) => number) => story.samples.map((sample) => [Math.max(0, since(sample.at)), value(sample)] as const);
  const firstSends = [...new Map([...story.sends].reverse().map(({ orderId, at }) => [orderId, at])).values()];
  const processedAt = story.afterRedrive.records.flatMap((record) => record.processedAt ?? []);
  const panels: Panel[] = [
    {
      title: 'orders',
      height: 130,
      series: [
        { name: 'accepted', kind: 'accepted', points: cumulative(firstSends.map(since), end) },
        { name: 'processed', kind: 'processed', points: cumulative(processedAt.map(since), end) },
      ],
    },
    { title: 'messages', height: 84, series: [{ name: 'waiting in the queue, in a handler or between attempts', kind: 'waiting', points: sampled(({ waiting }) => waiting) }] },
    { title: 'messages', height: 84, series: [{ name: 'set aside in the dead-letter queue', kind: 'aside', points: sampled(({ setAside }) => setAside) }] },
  ];
  const x = (seconds: number) => LEFT + (WIDTH - LEFT - RIGHT) * seconds / end;
  const repaired = x(since(story.repairedAt));
  let top = 34;
  const drawn = panels.map((panel) => {
    const picture = drawPanel(panel, top, x, end);
    top += panel.height + 44;
    return picture;
  });
  const bottom = top - 44;
  const ticks = niceTicks(end, 8).map((tick) => `<text class="small" x="${round(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`);
  return `<svg viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" aria-label="Orders accepted and processed, messages waiting and set aside, over time">
${drawn.join('\n')}
<path class="mark" d="M${round(repaired)} 22V${bottom}"/><text class="small" x="${round(repaired - 6)}" y="18" text-anchor="end">repair and redrive</text>
${ticks.join('')}<text class="small" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">seconds after the first order was sent</text>
</svg>`;
}

/** How often messages were delivered until they were processed or set aside. */
export function deliveriesFigure({ findings, facts }: Story): string {
  const { deliveriesOfProcessed: processed, deliveriesOfFailed: failed } = findings;
  const most = Math.max(facts.queue.maxReceiveCount, ...processed.keys(), ...failed.keys());
  const rows = Array.from({ length: most }, (_, index) => index + 1)
    .map((deliveries) => ({ deliveries, processed: processed.get(deliveries) ?? 0, failed: failed.get(deliveries) ?? 0 }));
  const largest = Math.max(1, ...rows.flatMap((row) => [row.processed, row.failed]));
  const room = WIDTH - 150 - 190;
  const length = (count: number) => (count === 0 ? 0 : Math.max(3, room * count / largest));
  const bars = rows.map((row, index) => {
    const y = index * 34;
    const [kind, count, what] = row.failed > 0 ? ['aside', row.failed, 'set aside'] as const : ['processed', row.processed, 'processed'] as const;
    const both = row.failed > 0 && row.processed > 0 ? `, ${formatCount(row.processed)} processed` : '';
    return `<text x="132" y="${y + 17}" text-anchor="end">${row.deliveries} ${row.deliveries === 1 ? 'delivery' : 'deliveries'}</text>
<rect class="bar ${kind}" x="150" y="${y + 2}" width="${round(length(count))}" height="22" rx="3"/>
<text x="${round(158 + length(count))}" y="${y + 17}">${formatCount(count)} ${what}${both}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${rows.length * 34}" role="img" aria-label="Number of orders by number of deliveries">\n${bars.join('\n')}\n</svg>`;
}

function drawPanel({ title, series, height }: Panel, top: number, x: (seconds: number) => number, end: number): string {
  const largest = Math.max(1, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const ticks = niceTicks(largest, height > 100 ? 4 : 3).filter(Number.isInteger);
  const y = (value: number) => top + height - height * value / largest;
  const grid = ticks.map((tick) => `<path class="grid" d="M${LEFT} ${round(y(tick))}H${WIDTH - RIGHT}"/>${label(LEFT - 8, round(y(tick)) + 4, formatCount(tick), 'end')}`);
  const lines = series.map(({ kind, points }) => {
    const steps = stepPath(points, x, y, end);
    const area = kind === 'waiting' || kind === 'aside' ? `<path class="area ${kind}" d="${steps}V${round(y(0))}H${round(x(points[0]?.[0] ?? 0))}Z"/>` : '';
    return `${area}<path class="series ${kind}" d="${steps}"/>`;
  });
  let left = LEFT;
  const legend = series.map(({ name, kind }) => {
    const entry = `<path class="series ${kind}" d="M${left} ${top - 14}h24"/><text class="small" x="${left + 31}" y="${top - 10}">${title} ${escape(name)}</text>`;
    left += 150;
    return entry;
  });
  return [...grid, `<path class="axis" d="M${LEFT} ${top + height}H${WIDTH - RIGHT}"/>`, ...lines, ...legend].join('\n');
}

function stepPath(points: Series['points'], x: (seconds: number) => number, y: (value: number) => number, end: number): string {
  const [first, ...rest] = points;
  if (!first) {
    return `M${LEFT} ${round(y(0))}`;
  }
  return `M${round(x(first[0]))} ${round(y(first[1]))}${rest.map(([at, value]) => `H${round(x(Math.min(at, end)))}V${round(y(value))}`).join('')}H${round(x(end))}`;
}

/** How many of the times have come, at no more moments than a chart can show. */
function cumulative(times: readonly number[], end: number): (readonly [number, number])[] {
  const sorted = [...times].sort((a, b) => a - b);
  const moments = 400;
  let count = 0;
  return Array.from({ length: moments + 1 }, (_, index) => {
    const at = end * index / moments;
    while (count < sorted.length && sorted[count]! <= at) {
      count++;
    }
    return [at, count] as const;
  });
}

function niceTicks(largest: number, about: number): number[] {
  const raw = largest / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

function box(x: number, y: number, width: number, height: number, kind: string, name: string, lines: readonly string[]): string {
  const first = y + (height - lines.length * 18) / 2 + 5;
  const middle = x + width / 2;
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`
    + `<text class="name" x="${middle}" y="${first}" text-anchor="middle">${escape(name)}</text>`
    + lines.map((line, index) => `<text class="small" x="${middle}" y="${first + 19 + index * 17}" text-anchor="middle">${escape(line)}</text>`).join('');
}

function label(x: number, y: number, text: string, anchor = 'middle'): string {
  return `<text class="small" x="${x}" y="${y}" text-anchor="${anchor}">${escape(text)}</text>`;
}

function arrowHead(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10Z" fill="var(${colour})"/></marker>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
