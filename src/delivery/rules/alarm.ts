import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What a dimension should name, and what it names instead. */
export interface MisnamedFacts {
  readonly dimension: string;
  /** As in `the ARN of queue 'Shop/Orders'`. */
  readonly is: string;
  /** As in `the name of a queue`. */
  readonly needs: string;
}

/** What is known of a metric that an alarm looks at. */
export interface AlarmMetricFacts {
  /** With its namespace, as in `AWS/SQS NumberOfMessagesSent`. */
  readonly name: string;
  /** The page of AWS that lists the metrics of this namespace. Undefined: the metric is none that AWS lists. */
  readonly page?: string | undefined;
  /** Whether AWS has no such metric. */
  readonly missing?: boolean | undefined;
  /** The metric that is probably meant. */
  readonly meant?: string | undefined;
  /** The names of the dimensions that the alarm states. */
  readonly dimensions?: readonly string[] | undefined;
  /** The sets of dimensions with which CloudWatch keeps it. */
  readonly dimensionSets?: readonly (readonly string[])[] | undefined;
  readonly misnamed?: readonly MisnamedFacts[] | undefined;
  /** What it is a metric of, and where that is. */
  readonly subject?: Place & { readonly path: string } | undefined;
  readonly accountStated?: boolean | undefined;
  readonly periodSeconds?: number | undefined;
  /** Whether it is reported only when there is something to report. */
  readonly onOccurrence?: boolean | undefined;
}

/** What is known of an expression of an alarm. */
export interface ExpressionFacts {
  readonly text: string;
  /** The ids in it that no query has. */
  readonly unknownIds?: readonly string[] | undefined;
  /** Operands that may have no datapoint when others have one. */
  readonly gaps?: readonly string[] | undefined;
}

/** What is known of an alarm. */
export interface AlarmFacts extends Place {
  readonly path: string;
  readonly actionsEnabled?: boolean | undefined;
  /** How many actions it has, of whatever state. */
  readonly actions?: number | undefined;
  /** Whether nothing else listens to its state: no composite alarm, no deployment, no rule. */
  readonly unheard?: boolean | undefined;
  /** The regions of its actions. */
  readonly actionRegions?: readonly (string | undefined)[] | undefined;
  readonly missingDataStated?: boolean | undefined;
  readonly metrics?: readonly AlarmMetricFacts[] | undefined;
  readonly expressions?: readonly ExpressionFacts[] | undefined;
}

const ALARM_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html';
const ACTIONS_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html';
const MATH_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html';
const DIMENSIONS_PAGE = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html';

/** AWS services report their metrics once a minute. */
const RESOLUTION_SECONDS = 60;

const shownSet = (dimensions: readonly string[]) => (dimensions.length === 0 ? 'none' : [...dimensions].sort().join(' and '));
const isSame = (one: readonly string[], other: readonly string[]) => [...one].sort().join(' ') === [...other].sort().join(' ');

/**
 * What is true of an alarm that rings when it should, and is heard.
 */
export const ALARM_RULES: readonly Rule<AlarmFacts>[] = [
  {
    id: 'alarmWithoutAction',
    severity: 'warning',
    why: 'An alarm without an action changes its state, and nobody is told.',
    source: ACTIONS_PAGE,
    finding: ({ path, actions, unheard }) => (
      actions !== 0 || !unheard ? undefined : {
        what: `alarm '${path}' has no action, and neither a composite alarm nor a deployment nor a rule listens to it, so nobody is told when it goes off`,
        fix: 'set AlarmActions to a topic that somebody reads',
      }
    ),
  },
  {
    id: 'alarmActionsDisabled',
    severity: 'warning',
    why: 'CloudWatch performs no action of an alarm whose actions are disabled.',
    source: ALARM_PAGE,
    finding: ({ path, actionsEnabled, actions, unheard }) => (
      actionsEnabled !== false || actions === undefined || actions === 0 || !unheard ? undefined : {
        what: `alarm '${path}' has ActionsEnabled false, so none of its actions (${actions}) is performed and nobody is told when it goes off`,
        fix: 'set ActionsEnabled to true, or leave it out',
      }
    ),
  },
  {
    id: 'alarmActionElsewhere',
    severity: 'error',
    why: 'An alarm performs actions of its own region only.',
    source: ALARM_PAGE,
    finding: ({ path, region, actionRegions }) => {
      const elsewhere = actionRegions?.find((other) => knownToDiffer(other, region));
      return elsewhere === undefined ? undefined : {
        what: `alarm '${path}' is in region ${region}, but one of its actions is in ${elsewhere}, so it cannot be set up or performed`,
        fix: `set AlarmActions to a topic in ${region}`,
      };
    },
  },
  {
    id: 'metricNeverReported',
    severity: 'warning',
    why: 'An alarm on a metric that nobody reports never goes off, and CloudWatch does not refuse it.',
    source: DIMENSIONS_PAGE,
    finding: ofMetrics(({ name, page, missing, meant }, { path }) => (
      !missing || page === undefined ? undefined : {
        what: `alarm '${path}' looks at '${name}', which is not among the metrics that AWS lists (${page}), so it never goes off`,
        fix: meant === undefined ? 'set MetricName to one of them' : `set Namespace and MetricName to those of '${meant}'`,
      }
    )),
  },
  {
    id: 'metricDimensionsNeverReported',
    severity: 'warning',
    why: 'Each combination of dimensions is a metric of its own, and CloudWatch does not refuse an alarm on one that nobody reports.',
    source: DIMENSIONS_PAGE,
    finding: ofMetrics((metric, { path }) => {
      const { name, dimensions, dimensionSets } = metric;
      return !hasForeignDimensions(metric) || dimensions === undefined || dimensionSets === undefined ? undefined : {
        what: `alarm '${path}' looks at '${name}' with the dimensions ${shownSet(dimensions)}, with which it is never reported, so the alarm never goes off`,
        fix: `set Dimensions to ${dimensionSets.map(shownSet).join(', or ')}`,
      };
    }),
  },
  {
    id: 'metricDimensionMisnamed',
    severity: 'warning',
    why: 'A dimension with the value of something else is the metric of nothing, and CloudWatch does not refuse an alarm on it.',
    source: DIMENSIONS_PAGE,
    finding: ofMetrics((metric, { path }) => {
      const [wrong] = hasForeignDimensions(metric) ? [] : metric.misnamed ?? [];
      return wrong && {
        what: `alarm '${path}' looks at '${metric.name}' with the dimension ${wrong.dimension} set to ${wrong.is}, so it never goes off`,
        fix: `set ${wrong.dimension} to ${wrong.needs}`,
      };
    }),
  },
  {
    id: 'metricElsewhere',
    severity: 'warning',
    why: 'An alarm sees the metrics of its own region, and of its own account unless AccountId says otherwise.',
    source: ALARM_PAGE,
    finding: ofMetrics(({ subject, accountStated }, { path, region, account }) => {
      const part = subject && (knownToDiffer(subject.region, region) ? 'region' : !accountStated && knownToDiffer(subject.account, account) ? 'account' : undefined);
      return subject && part && {
        what: `alarm '${path}' looks at a metric of '${subject.path}', which is in ${part} ${subject[part]} rather than ${part === 'region' ? region : account}, so it never goes off`,
        fix: part === 'region' ? 'define the alarm in the region of what it watches' : 'define the alarm in the account of what it watches, or state AccountId in Metrics',
      };
    }),
  },
  {
    id: 'alarmPeriodBelowResolution',
    severity: 'warning',
    why: 'AWS services report once a minute, and an alarm with a shorter period lapses into INSUFFICIENT_DATA between two datapoints.',
    source: ALARM_PAGE,
    finding: ofMetrics(({ name, page, periodSeconds }, { path }) => (
      page === undefined || periodSeconds === undefined || periodSeconds >= RESOLUTION_SECONDS ? undefined : {
        what: `alarm '${path}' has a Period of ${periodSeconds} seconds, but '${name}' is reported once a minute, so the alarm lacks data most of the time`,
        fix: `set Period to ${RESOLUTION_SECONDS} or a multiple of it`,
      }
    )),
  },
  {
    id: 'expressionIdUnknown',
    severity: 'error',
    why: 'An expression may use only the ids of other queries of its alarm.',
    source: MATH_PAGE,
    finding: ofExpressions(({ text, unknownIds }, { path }) => (
      unknownIds === undefined || unknownIds.length === 0 ? undefined : {
        what: `alarm '${path}' has the expression '${text}' with ${unknownIds.map((id) => `'${id}'`).join(', ')}, which none of its Metrics has as its Id, so CloudWatch refuses the alarm`,
        fix: 'use the Id of one of its Metrics',
      }
    )),
  },
  {
    id: 'expressionOperandWithGaps',
    severity: 'warning',
    why: 'An operation on two metrics has a value only where both have one.',
    source: MATH_PAGE,
    finding: ofExpressions(({ text, gaps }, { path }) => (
      gaps === undefined || gaps.length === 0 ? undefined : {
        what: `alarm '${path}' has the expression '${text}', in which ${gaps.map((id) => `'${id}'`).join(', ')} may have no datapoint when another operand has one, so the alarm misses that one too`,
        fix: `write ${gaps.map((id) => `FILL(${id}, 0)`).join(', ')} in it`,
      }
    )),
  },
  {
    id: 'missingDataUnstated',
    severity: 'note',
    why: 'A metric that is reported only when something happens leaves its alarm in INSUFFICIENT_DATA the rest of the time, unless missing data is treated as good.',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html',
    finding: ({ path, missingDataStated, metrics = [] }) => {
      const rare = metrics.find(({ onOccurrence }) => onOccurrence);
      return missingDataStated !== false || rare === undefined || metrics.length > 1 ? undefined : {
        what: `alarm '${path}' has no TreatMissingData, but '${rare.name}' is reported only when there is something to report, so the alarm does not return to OK by itself`,
        fix: 'set TreatMissingData to notBreaching',
      };
    },
  },
];

function hasForeignDimensions({ dimensions, dimensionSets }: AlarmMetricFacts): boolean {
  return dimensions !== undefined && dimensionSets !== undefined && !dimensionSets.some((known) => isSame(known, dimensions));
}

/** What is found of the first metric of which something is. */
function ofMetrics(finding: (metric: AlarmMetricFacts, alarm: AlarmFacts) => ReturnType<Rule<AlarmFacts>['finding']>): Rule<AlarmFacts>['finding'] {
  return (alarm) => first(alarm.metrics, (metric) => finding(metric, alarm));
}

function ofExpressions(finding: (expression: ExpressionFacts, alarm: AlarmFacts) => ReturnType<Rule<AlarmFacts>['finding']>): Rule<AlarmFacts>['finding'] {
  return (alarm) => first(alarm.expressions, (expression) => finding(expression, alarm));
}

function first<T, R>(items: readonly T[] = [], finding: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = finding(item);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
