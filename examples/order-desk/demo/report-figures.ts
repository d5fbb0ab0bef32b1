import type { Station } from './order-plan';
import { total } from './sampler';
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
export function architectureFigure(story: Story): string {
  const { facts, accepted, jobs, plan, beforeRepair, afterRedrive, release } = story;
  const station = (name: Station, top: number, title: string, what: string): string => {
    const { fifo, batchSize } = facts.stations[name];
    const { effects } = afterRedrive.books.stations[name]!;
    const aside = beforeRepair.books.stations[name]!.setAside.length;
    const canary = name === 'production';
    return `
${box(588, top, 150, 58, 'pattern', fifo ? 'FIFO queue' : 'Queue', [batchSize === 1 ? 'one at a time' : `batches of ${batchSize}`])}
${box(588, top + 82, 150, 38, 'pattern', 'Dead letters', [])}
${box(826, top - 4, 164, 66, canary ? 'pattern' : 'box', title, [what])}
<path class="flow" d="M${TOPIC_RIGHT} ${TOPIC_MIDDLE}L584 ${top + 29}" marker-end="url(#head-flow)"/>
<path class="flow" d="M738 ${top + 29}H822" marker-end="url(#head-flow)"/>
${label(780, top + 21, formatCount(effects))}
<path class="fault" d="M640 ${top + 58}V${top + 78}" marker-end="url(#head-fault)"/><path class="back" d="M686 ${top + 82}V${top + 62}" marker-end="url(#head-back)"/>
${label(748, top + 106, aside === 0 ? 'nothing set aside' : `${formatCount(aside)} set aside, redriven`, 'start')}`;
  };
  const files = jobs.filter(({ job }) => job.status === 'SUCCEEDED').length;
  const pointers = plan.orders.filter(({ order }) => order.artwork !== undefined).length;
  return `<svg viewBox="0 0 1000 500" role="img" aria-label="Shops deposit files in a bucket and submit jobs to an API; a function reads each file and publishes each order to a topic; the topic feeds the queues of billing, production and shipping; each has a dead-letter queue; production is behind a canary">
<defs>
  ${arrowHead('head-flow', '--ink')}${arrowHead('head-fault', '--aside')}${arrowHead('head-back', '--processed')}${arrowHead('head-watch', '--muted')}
</defs>
${box(10, 178, 100, 76, 'box', 'Shops', ['played by', 'the demo'])}
${box(180, 60, 156, 84, 'pattern', 'Jobs API', [`${formatCount(jobs.length)} jobs`, `${formatCount(jobs.length - files)} failed, as planned`])}
${box(180, 330, 156, 84, 'pattern', 'Payloads', ['S3 bucket', `kept ${facts.expirationDays} days`])}
${box(400, 68, 128, 68, 'box', 'ReadFile', ['Lambda function'])}
${box(400, 198, 128, 72, 'pattern', 'OrderPlaced', ['FIFO topic'])}
<path class="flow" d="M78 178L176 112" marker-end="url(#head-flow)"/>${label(66, 138, 'submit,')}${label(66, 154, 'then poll')}
<path class="flow" d="M78 254L176 352" marker-end="url(#head-flow)"/>${label(66, 300, 'deposit')}${label(66, 316, `${formatCount(plan.files.length)} files`)}
<path class="flow" d="M336 102H396" marker-end="url(#head-flow)"/>
<path class="watch" d="M278 330L424 140" marker-start="url(#head-watch)" marker-end="url(#head-watch)"/>${label(330, 232, 'claim files,', 'end')}${label(330, 248, 'deposit large orders', 'end')}
<path class="flow" d="M480 136V194" marker-end="url(#head-flow)"/>${label(490, 170, formatCount(accepted.length), 'start')}
${station('billing', 24, 'Bill', 'in order of customers')}
${station('production', 176, 'Produce', release ? `canary: version ${release.versionAfter}` : 'behind a canary')}
${station('shipping', 328, 'Ship', 'Lambda function')}
<path class="watch" d="M258 414V462H908V396" marker-end="url(#head-watch)"/>${label(410, 454, `each station claims ${formatCount(pointers)} large orders`)}
<rect class="pattern" x="10" y="480" width="14" height="14" rx="3"/><text class="small" x="31" y="492">made by the patterns</text>
<rect class="box" x="236" y="480" width="14" height="14" rx="3"/><text class="small" x="257" y="492">made by the app</text>
</svg>`;
}

const TOPIC_RIGHT = 528;
const TOPIC_MIDDLE = 234;

interface Series {
  readonly name: string;
  readonly kind: 'accepted' | 'waiting' | 'aside' | Station;
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

/** Orders over time: three panels above one time axis, each with its own scale. */
export function timelineFigure(story: Story): string {
  const start = story.jobs.reduce((first, { submittedAt }) => Math.min(first, submittedAt), Infinity);
  const end = (story.afterRedrive.at - start) / 1000;
  const since = (at: number) => (at - start) / 1000;
  const sampled = (value: (sample: Story['samples'][number]) => number) => story.samples.map((sample) => [Math.max(0, since(sample.at)), value(sample)] as const);
  const acceptedAt = [...new Map([...story.accepted].reverse().map(({ orderId, at }) => [orderId, at])).values()];
  const doneAt = (where: Station) => story.afterRedrive.records.flatMap(({ station, doneAt: at }) => (station === where && at ? [at] : []));
  const panels: Panel[] = [
    {
      title: 'orders',
      height: 150,
      series: [
        { name: 'accepted', kind: 'accepted', points: cumulative(acceptedAt.map(since), end) },
        { name: 'billed', kind: 'billing', points: cumulative(doneAt('billing').map(since), end) },
        { name: 'produced', kind: 'production', points: cumulative(doneAt('production').map(since), end) },
        { name: 'shipped', kind: 'shipping', points: cumulative(doneAt('shipping').map(since), end) },
      ],
    },
    { title: 'messages', height: 84, series: [{ name: 'waiting in the three queues, in a handler or between attempts', kind: 'waiting', points: sampled(({ waiting }) => total(waiting)) }] },
    { title: 'messages', height: 84, series: [{ name: 'set aside in the dead-letter queues', kind: 'aside', points: sampled(({ setAside }) => total(setAside)) }] },
  ];
  const x = (seconds: number) => LEFT + (WIDTH - LEFT - RIGHT) * Math.max(0, seconds) / end;
  const repaired = x(since(story.repairedAt));
  let top = 52;
  const drawn = panels.map((panel) => {
    const picture = drawPanel(panel, top, x, end);
    top += panel.height + 44;
    return picture;
  });
  const bottom = top - 44;
  const shift = shiftFigure(story, (at) => x(since(at)), bottom);
  const ticks = niceTicks(end, 8).map((tick) => `<text class="small" x="${round(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`);
  return `<svg viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" aria-label="Orders accepted and done by each station, messages waiting and set aside, over time">
${shift}
${drawn.join('\n')}
<path class="mark" d="M${round(repaired)} 26V${bottom}"/><text class="small" x="${round(Math.min(repaired + 60, WIDTH - RIGHT))}" y="18" text-anchor="end">repair and redrive</text>
${ticks.join('')}<text class="small" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">seconds after the first file was handed in</text>
</svg>`;
}

/** The time in which the broken release had a part of the traffic. */
function shiftFigure({ release }: Story, x: (at: number) => number, bottom: number): string {
  if (!release?.shiftedAt) {
    return '';
  }
  const [from, to] = [x(release.shiftedAt), x(release.takenBackAt ?? release.endedAt)];
  return `<rect class="span" x="${round(from)}" y="26" width="${round(Math.max(2, to - from))}" height="${bottom - 26}"/><text class="small" x="${round(from)}" y="18">broken release</text>`;
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
