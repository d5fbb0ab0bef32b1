import * as path from 'node:path';
import type { DeskOutputs } from './desk-client';
import { neighboursText } from './findings';
import type { Story } from './story';
import { checksOf, missingOrders } from './story';
import type { Style, Terminal } from './terminal';
import { formatCount, plural, styled } from './terminal';

/** What is printed at the end. Fits on a screen of 24 lines. */
export function summaryLines(story: Story, terminal: Terminal): string[] {
  const { beforeRepair: { books: before }, afterRedrive: { books: after }, findings, plan } = story;
  const style = (name: Style, text: string) => styled(terminal, name, text);
  const row = (title: string, one: number, two: number) => `  ${title.padEnd(28)}${formatCount(one).padStart(16)}${formatCount(two).padStart(20)}`;
  const bad = (title: string, one: number, two: number) => (one + two > 0 ? style('red', row(title, one, two)) : row(title, one, two));
  const rule = style('dim', `  ${terminal.symbols.rule.repeat(64)}`);
  return [
    '',
    style('bold', `  ${'The books'.padEnd(28)}${'before repair'.padStart(16)}${'after redrive'.padStart(20)}`),
    row('accepted by SQS', before.accepted, after.accepted),
    rule,
    row('processed', before.effects, after.effects),
    row('set aside (dead letters)', before.setAside.length, after.setAside.length),
    row('in flight', before.inFlight, after.inFlight),
    bad('lost', before.lost, after.lost),
    rule,
    `  ${neighboursText(findings)}`,
    `  ${plural(findings.repeats, 'delivery', 'deliveries')} of orders already done (${formatCount(plan.faults.resend)} were sent twice); each is kept once.`,
    '',
    ...checksOf(story).map(({ title, passed }) => (passed
      ? `  ${style('green', terminal.symbols.done)} ${title}`
      : `  ${style('red', `${terminal.symbols.failed} NOT TRUE: ${title}`)}`)),
    ...missingOrders(story).map((line) => style('red', `    ${line}`)),
    '',
    `  report   ${shortPath(story.reportFile)}`,
    `  again    ${story.command}`,
  ];
}

/** From where we are, or in full where that would lead up and away. */
function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

/** How to use what was left up. */
export function keptLines(env: Readonly<Record<string, string>>, outputs: DeskOutputs): string[] {
  return [
    '',
    '# The emulator and the stack are up until Ctrl-C, which removes both. In another terminal:',
    ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
    `export QUEUE_URL=${outputs.QueueUrl}`,
    `export DEAD_LETTER_QUEUE_URL=${outputs.DeadLetterQueueUrl}`,
    `export ORDERS_TABLE=${outputs.OrdersTable}`,
    `export CATALOGUE_TABLE=${outputs.CatalogueTable}`,
    '# For example: aws sqs get-queue-attributes --queue-url $QUEUE_URL --attribute-names All',
  ];
}
