import { RULE_IDS, SUBJECTS } from '../../src/delivery/checks';
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
  'asynchronousSettingsElsewhere',
  'provisionedConcurrencyOfVersions',
  'provisionedManagedInstances',
  'personalAnswersCached',
  'apiLoggingAccountUnknown',
  'apiDeployedElsewhere',
];

/** What stands on the page: the subjects of what is checked, and what is said of acknowledgements. */
const SECTIONS: readonly (readonly [string, readonly AnyRule[]])[] = [
  ...Object.entries(SUBJECTS).map(([title, checks]) => (
    [title, checks.flatMap(({ rules }) => rules).filter(({ id }) => !OF_PATTERNS_ONLY.includes(id))] as const
  )),
  ['Acknowledgements', ACKNOWLEDGEMENT_RULES],
];

/** The ids that a finding may have. */
export const ALL_IDS: readonly string[] = [
  ...[...RULE_IDS].filter((id) => !OF_PATTERNS_ONLY.includes(id)),
  ...ACKNOWLEDGEMENT_RULES.map(({ id }) => id),
].sort();

/** The ids of the rules on the page. */
export const LISTED_IDS: readonly string[] = [...new Set(SECTIONS.flatMap(([, rules]) => rules.map(({ id }) => id)))].sort();

export function render(): string {
  const seen = new Set<string>();
  const sections = SECTIONS.map(([title, rules]) => {
    // Some tables are asked in several places; each rule has one row.
    const own = rules.filter(({ id }) => !seen.has(id) && seen.add(id));
    const rows = own.map(({ id, severity, why, source }) => `| \`${id}\` | ${severity} | ${why.replaceAll('|', '\\|')} [AWS](${source}) |`);
    return `## ${title}\n\n| Rule | Severity | Why |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const links = SECTIONS.map(([title]) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-').replaceAll(',', '')})`);
  return [
    '<!-- Written by npm run rules. -->',
    '# Rules of DeliveryChecks',
    `The ${seen.size} rules that [DeliveryChecks](delivery-checks.md) asks of a template. An \`error\` loses messages or fails the deployment, a \`warning\` can lose messages or hide a failure, a \`note\` is right for some apps and not for others.`,
    links.join(' · '),
    ...sections,
  ].join('\n\n').replace(/\n{3,}/g, '\n\n');
}
