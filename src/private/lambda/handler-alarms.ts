import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { functionBehind } from './handler-facts';
import type { CountAlarmOptions, DurationAlarmOptions, HandlerAlarmOptions } from '../../alarms/alarm-options';
import { AlarmSeverity } from '../../alarms/alarms';
import { lookingBack, periodsFor } from '../alarms/look-back';
import { addPatternAlarm, checkAlarmOptions } from '../alarms/pattern-alarm';
import { runbook } from '../alarms/runbook';
import type { Problems } from '../checks/problems';

interface HandlerAlarms {
  readonly alarms: cloudwatch.Alarm[];
  /** The pattern that came first, and what it stated. */
  readonly madeFor: string;
  readonly stated: string;
  readonly timeoutSeconds: number | undefined;
}

/** How many datapoints fire the alarms on what invocations report at their end. */
const LASTING = 3;

const made = new WeakMap<IConstruct, HandlerAlarms>();

/**
 * The alarms on a handler's function: made by the first pattern that has it as its handler, shared by the others.
 *
 * They stand below the function, whichever pattern came first, so that moving or removing a pattern does not rename them.
 * `timeoutSeconds` is undefined where the timeout cannot be known; then a duration alarm is made only for a stated threshold.
 */
export function handlerAlarms(
  pattern: IConstruct,
  handler: lambda.IFunction,
  timeoutSeconds: number | undefined,
  options: HandlerAlarmOptions = {},
): cloudwatch.Alarm[] {
  const fn = functionBehind(handler);
  const existing = made.get(fn);
  if (existing) {
    return existing.alarms;
  }
  const scope = new Construct(fn, 'HandlerAlarms');
  const threshold = options.handlerDuration?.threshold?.toMilliseconds({ integral: false });
  const durationThreshold = threshold ?? (timeoutSeconds && timeoutSeconds * 1000 * 0.8);
  const alarms = [
    ...addPatternAlarm(scope, 'Errors', {
      metric: (period) => fn.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
      threshold: options.handlerErrors?.threshold ?? 0,
      evaluationPeriods: LASTING,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} fails, and goes on failing.`,
      firstStep: 'read the error in its log; what it could not process is retried and then set aside, not lost.',
      runbook: runbook('handler', 'errors'),
    }, lookingBack(timeoutSeconds, LASTING, options.handlerErrors)),
    ...addPatternAlarm(scope, 'Throttles', {
      metric: (period) => fn.metricThrottles({ period, statistic: cloudwatch.Stats.SUM }),
      threshold: options.handlerThrottles?.threshold ?? 0,
      evaluationPeriods: 5,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} is turned away for lack of concurrency.`,
      firstStep: 'compare its reserved concurrency, and what the account has left, with what all its sources may take.',
      runbook: runbook('handler', 'throttles'),
    }, options.handlerThrottles),
    ...addPatternAlarm(scope, 'Duration', {
      metric: (period) => fn.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
      threshold: durationThreshold,
      evaluationPeriods: LASTING,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} comes near its timeout.`,
      firstStep: 'find what became slow; at the timeout the whole batch is given back and done again.',
      runbook: runbook('handler', 'duration'),
    }, lookingBack(timeoutSeconds, LASTING, options.handlerDuration)),
  ];
  made.set(fn, { alarms, madeFor: pattern.node.path, stated: statement(options), timeoutSeconds });
  return alarms;
}

/**
 * Notes what is wrong with the tuning of these alarms, and with what this pattern states otherwise than the one that made them.
 */
export function checkHandlerAlarms(
  problems: Problems,
  handler: lambda.IFunction,
  timeoutSeconds: number | undefined,
  options: HandlerAlarmOptions = {},
): void {
  checkAlarmOptions(problems, 'alarms.handlerErrors', options.handlerErrors, periodsFor(timeoutSeconds, LASTING, options.handlerErrors?.period));
  checkAlarmOptions(problems, 'alarms.handlerThrottles', options.handlerThrottles, 5);
  checkAlarmOptions(problems, 'alarms.handlerDuration', options.handlerDuration, periodsFor(timeoutSeconds, LASTING, options.handlerDuration?.period));
  const threshold = options.handlerDuration?.threshold;
  if (threshold?.isUnresolved() && threshold.unitLabel() !== 'millis') {
    problems.add(`alarms.handlerDuration.threshold is a token in ${threshold.unitLabel()}, which cannot be converted to milliseconds: state it with Duration.millis`);
  }
  const existing = made.get(functionBehind(handler));
  if (!existing) {
    return;
  }
  const silent = !options.handlerErrors && !options.handlerThrottles && !options.handlerDuration;
  if (!silent && existing.stated !== statement(options)) {
    problems.add(
      `alarms.handlerErrors, handlerThrottles or handlerDuration differ from those of '${existing.madeFor}', which has the same handler, and a function has these alarms once: ` +
      'state the same in both, or only in the one that is made first',
    );
  }
  if (existing.timeoutSeconds !== undefined && timeoutSeconds !== undefined && existing.timeoutSeconds !== timeoutSeconds) {
    problems.add(`handlerTimeout is ${timeoutSeconds} seconds, but it is ${existing.timeoutSeconds} seconds for '${existing.madeFor}', which has the same handler: state the same in both`);
  }
}

/** The options as text, to compare. */
function statement(options: HandlerAlarmOptions): string {
  const plain = (alarm: CountAlarmOptions | DurationAlarmOptions = {}) => [
    alarm.enabled ?? true,
    typeof alarm.threshold === 'object' ? asText(alarm.threshold) : alarm.threshold,
    alarm.period && asText(alarm.period),
    alarm.evaluationPeriods,
    alarm.datapointsToAlarm,
  ];
  return JSON.stringify([plain(options.handlerErrors), plain(options.handlerThrottles), plain(options.handlerDuration)]);
}

function asText(duration: Duration): string {
  return duration.isUnresolved() ? duration.toString() : `${duration.toMilliseconds({ integral: false })}`;
}
