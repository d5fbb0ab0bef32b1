import { CHECKS } from '../../src/delivery/checks';
import { ALARM_CHECKS } from '../../src/delivery/checks/alarms';
import { API_CHECKS } from '../../src/delivery/checks/apis';
import { ASYNCHRONOUS_INVOCATION_CHECKS } from '../../src/delivery/checks/asynchronous-invocations';
import { BUCKET_CHECKS } from '../../src/delivery/checks/buckets';
import type { Check } from '../../src/delivery/checks/check';
import { CROSS_STACK_CHECKS } from '../../src/delivery/checks/cross-stack';
import { CYCLE_CHECKS } from '../../src/delivery/checks/cycles';
import { DELIVERY_STREAM_CHECKS } from '../../src/delivery/checks/delivery-streams';
import { EVENT_RULE_CHECKS } from '../../src/delivery/checks/event-rules';
import { FUNCTION_CHECKS } from '../../src/delivery/checks/functions';
import { KEY_CHECKS } from '../../src/delivery/checks/keys';
import { OPEN_ACCESS_CHECKS } from '../../src/delivery/checks/open-access';
import { PAYLOAD_SIZE_CHECKS } from '../../src/delivery/checks/payload-sizes';
import { PERMISSION_CHECKS } from '../../src/delivery/checks/permissions';
import { PIPE_CHECKS } from '../../src/delivery/checks/pipes';
import { QUEUE_CONSUMER_CHECKS } from '../../src/delivery/checks/queue-consumers';
import { SCHEDULE_CHECKS } from '../../src/delivery/checks/schedules';
import { STATE_MACHINE_CHECKS } from '../../src/delivery/checks/state-machines';
import { STATEFUL_RESOURCE_CHECKS } from '../../src/delivery/checks/stateful-resources';
import { STREAM_CHECKS } from '../../src/delivery/checks/streams';
import { TOPIC_CHECKS } from '../../src/delivery/checks/topics';
import { TRAFFIC_SHIFT_CHECKS } from '../../src/delivery/checks/traffic-shifts';
import { ACKNOWLEDGEMENT_RULES } from '../../src/delivery/rules/acknowledgement';
import type { Rule } from '../../src/delivery/rules/rule';

/** The page with all rules, generated from them. */
export const PAGE = 'docs/delivery-rules.md';

type AnyRule = Pick<Rule<never>, 'id' | 'severity' | 'why' | 'source'>;

/** Rules of tables that are asked of templates too, but of which only a pattern knows the facts. */
export const OF_PATTERNS_ONLY: readonly string[] = [
  'deadLetterQueueShared',
  'deadLetterQueueIsAnother',
  'subscriptionDeadLetterQueueShared',
  'rollbackAlarmsMissing',
  'rollbackAlarmsIgnored',
  'aliasNameTaken',
  'versionMadeElsewhere',
  'codeWithoutVersion',
  'durableVersionsDeleted',
  'asyncSettingsOfOthers',
  'provisionedConcurrencyOfVersions',
  'provisionedManagedInstances',
  'personalAnswersCached',
  'apiLoggingAccountUnknown',
  'apiDeployedElsewhere',
];

function rulesOf(checks: readonly Check[]): readonly AnyRule[] {
  return checks.flatMap(({ rules }) => rules).filter(({ id }) => !OF_PATTERNS_ONLY.includes(id));
}

const SUBJECTS: readonly (readonly [string, readonly AnyRule[]])[] = [
  ['Queues and their consumers', rulesOf(QUEUE_CONSUMER_CHECKS)],
  ['Topics and subscriptions', rulesOf(TOPIC_CHECKS)],
  ['Bucket notifications', rulesOf(BUCKET_CHECKS)],
  ['EventBridge rules and buses', rulesOf(EVENT_RULE_CHECKS)],
  ['Schedules', rulesOf(SCHEDULE_CHECKS)],
  ['Pipes', rulesOf(PIPE_CHECKS)],
  ['Asynchronous invocations', rulesOf(ASYNCHRONOUS_INVOCATION_CHECKS)],
  ['Streams', rulesOf(STREAM_CHECKS)],
  ['Firehose delivery streams', rulesOf(DELIVERY_STREAM_CHECKS)],
  ['State machines', rulesOf(STATE_MACHINE_CHECKS)],
  ['APIs', rulesOf(API_CHECKS)],
  ['Functions', rulesOf(FUNCTION_CHECKS)],
  ['Traffic shifts', rulesOf(TRAFFIC_SHIFT_CHECKS)],
  ['Permissions', rulesOf(PERMISSION_CHECKS)],
  ['Keys', rulesOf(KEY_CHECKS)],
  ['Open access', rulesOf(OPEN_ACCESS_CHECKS)],
  ['Payload sizes', rulesOf(PAYLOAD_SIZE_CHECKS)],
  ['Cycles', rulesOf(CYCLE_CHECKS)],
  ['References between stacks', rulesOf(CROSS_STACK_CHECKS)],
  ['Alarms', rulesOf(ALARM_CHECKS)],
  ['Tables, buckets and logs', rulesOf(STATEFUL_RESOURCE_CHECKS)],
  ['Acknowledgements', ACKNOWLEDGEMENT_RULES],
];

/** The ids that a finding may have. */
export const ALL_IDS: readonly string[] = [...new Set([...rulesOf(CHECKS), ...ACKNOWLEDGEMENT_RULES].map(({ id }) => id))].sort();

/** The ids on the page. */
export const LISTED_IDS: readonly string[] = [...new Set(SUBJECTS.flatMap(([, rules]) => rules.map(({ id }) => id)))].sort();

export function render(): string {
  const seen = new Set<string>();
  const sections = SUBJECTS.map(([title, rules]) => {
    // Some tables are asked in several places; each rule has one row.
    const own = rules.filter(({ id }) => !seen.has(id) && seen.add(id));
    const rows = own.map(({ id, severity, why, source }) => `| \`${id}\` | ${severity} | ${why.replaceAll('|', '\\|')} [AWS](${source}) |`);
    return `## ${title}\n\n| Rule | Severity | Why |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const links = SUBJECTS.map(([title]) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-').replaceAll(',', '')})`);
  return [
    '<!-- Written by npm run rules. -->',
    '# Rules of DeliveryChecks',
    `The ${seen.size} rules that [DeliveryChecks](delivery-checks.md) asks of a template. An \`error\` loses messages or fails the deployment, a \`warning\` can lose messages or hide a failure, a \`note\` is right for some apps and not for others.`,
    links.join(' · '),
    ...sections,
  ].join('\n\n').replace(/\n{3,}/g, '\n\n');
}
