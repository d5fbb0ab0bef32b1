import * as fs from 'node:fs';
import * as path from 'node:path';
import { DEAD_LETTER_ALARMS, DESTINATION_ALARMS, EVENT_ALARMS } from '../../src/functions/async-function.alarms';
import { ALIAS_ALARMS, SHIFT_ALARMS } from '../../src/functions/canary-function.alarms';
import { POLLING_STATUS_API_ALARMS } from '../../src/jobs/polling-status-api.alarms';
import { JOB_WORKFLOW_ALARMS } from '../../src/jobs/private/job-workflow-alarms';
import { BUS_ALARMS as ROUTER_BUS_ALARMS, CONSUMER_ALARMS as ROUTED_ALARMS } from '../../src/messaging/event-router.alarms';
import { CONSUMER_ALARMS, TOPIC_ALARMS } from '../../src/messaging/topic-fan-out.alarms';
import { HANDLER_ALARMS } from '../../src/private/lambda/handler-alarms';
import { QUEUE_ALARMS } from '../../src/private/sqs/queue-alarms';
import { QUEUE_FED_SERVICE_ALARMS } from '../../src/services/queue-fed-service.alarms';
import { UPLOAD_ALARMS } from '../../src/storage/claim-check-bucket.alarms';
import { FAILURE_BUCKET_ALARMS, FAILURE_CONSUMER_ALARMS } from '../../src/storage/failure-bucket.alarms';
import { READ_ALARMS, READER_ALARMS as STREAM_READER_ALARMS, WRITE_ALARMS } from '../../src/streaming/stream-fed-function.alarms';
import { READER_ALARMS as TABLE_READER_ALARMS } from '../../src/streaming/table-fed-function.alarms';
import { COMPENSATION_ALARMS, VERSION_ALARMS, WORKFLOW_ALARMS } from '../../src/workflows/resilient-workflow.alarms';
import { anchorsOf } from '../rigs/docs';
import { ROOT } from '../rigs/structs';

/** What of a table the docs repeat. */
interface Row {
  readonly threshold: unknown;
  readonly datapoints: number;
  readonly severity?: string;
  readonly comparison?: string;
  readonly missingData?: string;
  readonly runbook: { readonly page: string; readonly section: string };
}

const TABLES: readonly (readonly [page: string, rows: { readonly [name: string]: Row }])[] = [
  ['queue-fed-function', QUEUE_ALARMS.rows],
  ['queue-fed-function', HANDLER_ALARMS.rows],
  ['queue-fed-service', QUEUE_FED_SERVICE_ALARMS.rows],
  ['topic-fan-out', TOPIC_ALARMS.rows],
  ['topic-fan-out', CONSUMER_ALARMS.rows],
  ['event-router', ROUTER_BUS_ALARMS.rows],
  ['event-router', ROUTED_ALARMS.rows],
  ['claim-check-bucket', UPLOAD_ALARMS.rows],
  ['failure-bucket', FAILURE_BUCKET_ALARMS.rows],
  ['failure-bucket', FAILURE_CONSUMER_ALARMS.rows],
  ['stream-fed-function', STREAM_READER_ALARMS.rows],
  ['stream-fed-function', READ_ALARMS.rows],
  ['stream-fed-function', WRITE_ALARMS.rows],
  ['stream-fed-function', HANDLER_ALARMS.rows],
  ['table-fed-function', TABLE_READER_ALARMS.rows],
  ['table-fed-function', HANDLER_ALARMS.rows],
  ['async-function', EVENT_ALARMS.rows],
  ['async-function', DESTINATION_ALARMS.rows],
  ['async-function', DEAD_LETTER_ALARMS.rows],
  ['canary-function', SHIFT_ALARMS.rows],
  ['canary-function', ALIAS_ALARMS.rows],
  ['polling-status-api', POLLING_STATUS_API_ALARMS.rows],
  ['polling-status-api', JOB_WORKFLOW_ALARMS.rows],
  ['resilient-workflow', WORKFLOW_ALARMS.rows],
  ['resilient-workflow', COMPENSATION_ALARMS.rows],
  ['resilient-workflow', VERSION_ALARMS.rows],
];

/** The row of an alarm in the table under the heading `Alarms` of a page. */
function rowOf(page: string, name: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, 'docs', `${page}.md`), 'utf8');
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith('## Alarms')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|')).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  return rows.find(([first]) => first?.includes(`\`${name}\``) || first?.includes(`alarms.${name}\``)) ?? [];
}

test.each(TABLES.flatMap(([page, rows]) => Object.entries(rows).map(([name, row]) => ({ page, name, row }))))('$page has the alarm $name as it is made', ({ page, name, row }) => {
  const [, , , firesWhen = '', severity, runbook] = rowOf(page, name);
  expect(firesWhen).toMatch(new RegExp(`\\b${row.datapoints} of `));
  // Thresholds that are shares are fractions in the metric and percentages on the page.
  const threshold = typeof row.threshold === 'number' ? row.threshold < 1 ? row.threshold * 100 : row.threshold >= 1000 ? row.threshold / 1000 : row.threshold : undefined;
  const sign = row.comparison === 'below' ? '<' : '>';
  expect(firesWhen).toContain(threshold === undefined ? sign : `${sign} ${threshold}`);
  expect(firesWhen.includes('missing')).toBe(row.missingData === 'breaching');
  expect(severity).toBe(row.severity?.toLowerCase() ?? 'stops the deployment');
  expect(runbook).toMatch(new RegExp(`\\(runbooks/${row.runbook.page}\\.md#${row.runbook.section}\\)$`));
  expect(anchorsOf(`docs/runbooks/${row.runbook.page}.md`)).toContain(row.runbook.section);
});
