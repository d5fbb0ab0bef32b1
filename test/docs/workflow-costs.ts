/**
 * What the workflows around the work cost, Standard and Express, from stated prices: the table in docs/polling-status-api.md. Run by itself, it writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../rigs/structs';

export const PAGE = join(ROOT, 'docs', 'polling-status-api.md');

/** USD in us-east-1, as commonly stated in 2026. Those of a GB-hour fall with the number of GB-hours in a month. https://aws.amazon.com/step-functions/pricing/ */
const PRICES = {
  transition: 0.000025,
  expressRequest: 0.000001,
  expressGbHours: [{ upTo: 1000, usd: 0.06 }, { upTo: 5000, usd: 0.03 }, { upTo: Infinity, usd: 0.01642 }],
};

/** Each state of a job that is done, and the end. https://aws.amazon.com/step-functions/pricing/ */
export const TRANSITIONS = 4;

/** Memory is 50 MB, the definition and the data, charged in chunks of this; a body of the largest size needs no second one. */
const CHUNK_GB = 64 / 1024;

export const JOBS = 1_000_000;

export const standardCost = (jobs: number) => jobs * TRANSITIONS * PRICES.transition;

/** What so many jobs cost in a month, each of which takes so many seconds. */
export function expressCost(jobs: number, seconds: number): number {
  const gbHours = jobs * seconds * CHUNK_GB / 3600;
  let from = 0;
  let cost = jobs * PRICES.expressRequest;
  for (const { upTo, usd } of PRICES.expressGbHours) {
    cost += Math.max(0, Math.min(gbHours, upTo) - from) * usd;
    from = upTo;
  }
  return cost;
}

/** From how many seconds on an Express workflow costs more, at the price of the first GB-hours of a month. */
export const breakEvenSeconds = (TRANSITIONS * PRICES.transition - PRICES.expressRequest) * 3600 / CHUNK_GB / PRICES.expressGbHours[0]!.usd;

const SECONDS = [1, 10, 30, 60, 120, 240];

export function table(): string {
  return [
    '| Each job takes | Standard, USD | Express, USD |',
    '|---|---|---|',
    ...SECONDS.map((seconds) => `| ${seconds === 1 ? '1 second' : `${seconds} seconds`} | ${standardCost(JOBS).toFixed(2)} | ${expressCost(JOBS, seconds).toFixed(2)} |`),
  ].join('\n');
}

const GENERATED = /(<!-- by test\/docs\/workflow-costs.ts -->\n)[^]*?(\n<!-- end -->)/;

/** The page with the table as it is computed. */
export function withTable(page: string): string {
  return page.replace(GENERATED, (_, before: string, after: string) => `${before}\n${table()}\n${after}`);
}

if (require.main === module) {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
}
