import * as path from 'node:path';
import type { DeskOutputs } from './desk-client';
import { neighboursText } from './findings';
import { STATIONS } from './order-plan';
import type { Closing, Story } from './story';
import { checksOf, missingOrders } from './story';
import type { Style, Terminal } from './terminal';
import { formatCount, plural, styled } from './terminal';

/** What is printed at the end. Fits on a screen of 24 lines. */
export function summaryLines(story: Story, terminal: Terminal): string[] {
  const { beforeRepair, afterRedrive, findings, release } = story;
  const style = (name: Style, text: string) => styled(terminal, name, text);
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(11)).join('');
  const rows = (title: string, { books }: Closing) => STATIONS.map((station, index) => {
    const { accepted, effects, setAside, inFlight, lost } = books.stations[station]!;
    const line = `  ${(index === 0 ? title : '').padEnd(15)}${station.padEnd(12)}${cells([accepted, effects, setAside.length, inFlight, lost].map(formatCount))}`;
    return lost > 0 ? style('red', line) : line;
  });
  return [
    '',
    style('bold', `  ${'The books'.padEnd(27)}${cells(['accepted', 'done', 'set aside', 'in flight', 'lost'])}`),
    ...rows('before repair', beforeRepair),
    ...rows('after redrive', afterRedrive),
    style('dim', `  ${terminal.symbols.rule.repeat(82)}`),
    `  ${neighboursText(findings)}`,
    ...(release ? [`  ${plural(findings.metBrokenRelease, 'order')} met the broken release of production and came again.`] : []),
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
export function keptLines(env: Readonly<Record<string, string>>, outputs: DeskOutputs, jobsUrl: string): string[] {
  return [
    '',
    '# The emulator and the stack are up until Ctrl-C, which removes both. In another terminal:',
    ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
    `export JOBS_URL=${jobsUrl}`,
    `export PRODUCTION_QUEUE_URL=${outputs.ProductionQueueUrl}`,
    `export PRODUCTION_DEAD_LETTER_QUEUE_URL=${outputs.ProductionDeadLetterQueueUrl}`,
    `export WORK_TABLE=${outputs.WorkTable}`,
    `export CATALOGUE_TABLE=${outputs.CatalogueTable}`,
    '# For example: aws sqs get-queue-attributes --queue-url $PRODUCTION_QUEUE_URL --attribute-names All',
  ];
}
