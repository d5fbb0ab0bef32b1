/**
 * What a month of work costs on Lambda and on Fargate, from stated prices: the table and the picture of docs/lambda-or-fargate.md. Run by itself, it writes both.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../rigs/structs';

export const PAGE = join(ROOT, 'docs', 'lambda-or-fargate.md');
export const PICTURE = join(ROOT, 'docs', 'images', 'lambda-or-fargate.svg');

/** USD in us-east-1, arm64, on demand, as commonly stated in 2026. https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/fargate/pricing/ https://aws.amazon.com/vpc/pricing/ */
const PRICES = { lambdaGbSecond: 0.0000133334, fargateVcpuHour: 0.03238, fargateGbHour: 0.00356, natGatewayHour: 0.045 };

/** Memory with which a function has one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MIB_OF_VCPU = 1769;
const HOURS_OF_MONTH = 730;

/** A busy hour of one vCPU with this memory. Lambda gives both together: what has more memory has more CPU, whether it needs it or not. */
export function lambdaHour(gb: number): number {
  return 3600 * PRICES.lambdaGbSecond * Math.max(gb, MIB_OF_VCPU / 1024);
}

export function fargateHour(gb: number): number {
  return PRICES.fargateVcpuHour + gb * PRICES.fargateGbHour;
}

/** The share of its time that a task must be busy, so that it costs less than Lambda. */
export function breakEvenShare(gb: number): number {
  return fargateHour(gb) / lambdaHour(gb);
}

/** How long a task runs that is started for a burst, when the burst is over: until the idle policy stops it, and a minute or two before the first message. */
const IDLE_HOURS_OF_BURST = 17 / 60;

/** How long a burst must keep one task busy, in minutes, so that it costs less than Lambda. */
export function breakEvenBurst(gb: number): number {
  return 60 * IDLE_HOURS_OF_BURST * fargateHour(gb) / (lambdaHour(gb) - fargateHour(gb));
}

/** What the work of a month costs: hours of one busy vCPU. */
interface Way {
  readonly name: string;
  readonly colour: string;
  cost(hours: number): number;
}

const GB = 2;
const BUSY_SHARE = 0.8;
const nat = HOURS_OF_MONTH * PRICES.natGatewayHour;
const fargate = (hours: number) => hours / BUSY_SHARE * fargateHour(GB);

export const WAYS: readonly Way[] = [
  { name: 'Lambda', colour: '#0b6e4f', cost: (hours) => hours * lambdaHour(GB) },
  { name: 'Fargate, in a network that is there', colour: '#b45309', cost: fargate },
  { name: 'Fargate, with a NAT gateway of its own', colour: '#374151', cost: (hours) => fargate(hours) + nat },
];

/** From how many hours a month Fargate costs less, with a NAT gateway that is there for it alone. */
export const breakEvenHours = nat / (lambdaHour(GB) - fargateHour(GB) / BUSY_SHARE);

const HOURS = [1, 10, 100, 300, 1000, 3000, 10_000];

export function table(): string {
  const money = (usd: number) => (usd < 10 ? usd.toFixed(2) : Math.round(usd).toLocaleString('en-US'));
  return [
    `| Busy vCPU hours a month | ${WAYS.map(({ name }) => `${name}, USD`).join(' | ')} |`,
    `|---|${WAYS.map(() => '---|').join('')}`,
    ...HOURS.map((hours) => `| ${hours.toLocaleString('en-US')} | ${WAYS.map(({ cost }) => money(cost(hours))).join(' | ')} |`),
  ].join('\n');
}

const AREA = { left: 80, top: 40, width: 620, height: 320 };
const [FEWEST, MOST, LEAST, DEAREST] = [1, 10_000, 0.05, 1000];
const x = (hours: number) => Math.round(AREA.left + AREA.width * Math.log(hours / FEWEST) / Math.log(MOST / FEWEST));
const y = (usd: number) => Math.round(AREA.top + AREA.height * (1 - Math.log(usd / LEAST) / Math.log(DEAREST / LEAST)));
const LEGEND = [AREA.left, AREA.left + 90, AREA.left + 340];
const points = Array.from({ length: 41 }, (_, index) => FEWEST * (MOST / FEWEST) ** (index / 40));

export function picture(): string {
  const description = WAYS.map(({ name, cost }) => `${name}: ${HOURS.map((hours) => `${hours} hours ${cost(hours).toFixed(0)} USD`).join(', ')}`).join('. ');
  const at = { hours: Math.round(breakEvenHours), usd: breakEvenHours * lambdaHour(GB) };
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 440" font-family="system-ui, -apple-system, \'Segoe UI\', Roboto, \'Helvetica Neue\', Arial, sans-serif" font-size="13" role="img" aria-labelledby="title desc">',
    '<title id="title">What a month of work costs on Lambda and on Fargate</title>',
    `<desc id="desc">${description}</desc>`,
    '<rect width="760" height="440" fill="#ffffff"/>',
    `<text x="${AREA.left}" y="24" font-weight="600" fill="#111827">USD a month, by busy hours of one vCPU with 2 GB, both axes logarithmic</text>`,
    ...[1, 10, 100, 1000, 10_000].map((hours) => axis(x(hours), AREA.top, x(hours), AREA.top + AREA.height) + label(x(hours), AREA.top + AREA.height + 20, hours.toLocaleString('en-US'), 'middle')),
    ...[0.1, 1, 10, 100, 1000].map((usd) => axis(AREA.left, y(usd), AREA.left + AREA.width, y(usd)) + label(AREA.left - 8, y(usd) + 4, String(usd), 'end')),
    ...WAYS.map(({ colour, cost }) => `<polyline fill="none" stroke="${colour}" stroke-width="2.5" points="${points.map((hours) => `${x(hours)},${y(cost(hours))}`).join(' ')}"/>`),
    `<circle cx="${x(at.hours)}" cy="${y(at.usd)}" r="5" fill="#ffffff" stroke="#111827" stroke-width="2"/>`,
    label(x(at.hours) - 10, y(at.usd) - 10, `${at.hours.toLocaleString('en-US')} hours`, 'end'),
    ...WAYS.map(({ name, colour }, index) => `<rect x="${LEGEND[index]!}" y="399" width="14" height="4" fill="${colour}"/>${label(LEGEND[index]! + 20, 404, name, 'start')}`),
    '</svg>',
    '',
  ].join('\n');
}

function axis(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#e5e7eb"/>`;
}

function label(left: number, top: number, text: string, anchor: string): string {
  return `<text x="${left}" y="${top}" text-anchor="${anchor}" fill="#374151">${text}</text>`;
}

const GENERATED = /(<!-- by test\/docs\/compute-costs.ts -->\n)[^]*?(\n<!-- end -->)/;

/** The page with the table as it is computed. */
export function withTable(page: string): string {
  return page.replace(GENERATED, (_, before: string, after: string) => `${before}\n${table()}\n${after}`);
}

if (require.main === module) {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
  writeFileSync(PICTURE, picture());
}
