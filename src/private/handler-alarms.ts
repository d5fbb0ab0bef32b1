import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { functionBehind } from './handler-facts';
import { addPatternAlarm } from './pattern-alarm';
import { runbook } from './runbook';
import type { CountAlarmOptions, DurationAlarmOptions, HandlerAlarmOptions } from '../alarms/alarm-options';
import { AlarmSeverity } from '../alarms/alarms';

interface HandlerAlarms {
  readonly alarms: cloudwatch.Alarm[];
  /** The pattern that came first, and what it stated. */
  readonly madeFor: string;
  readonly stated: string;
}

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
  const durationThreshold = options.handlerDuration?.threshold?.toMilliseconds() ?? (timeoutSeconds && timeoutSeconds * 800);
  const alarms = [
    ...addPatternAlarm(scope, 'Errors', {
      metric: (period) => fn.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
      threshold: options.handlerErrors?.threshold ?? 0,
      evaluationPeriods: 3,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} fails, and goes on failing.`,
      firstStep: 'read the error in its log; what it could not process is retried and then set aside, not lost.',
      runbook: runbook('handler', 'errors'),
    }, options.handlerErrors),
    ...addPatternAlarm(scope, 'Throttles', {
      metric: (period) => fn.metricThrottles({ period, statistic: cloudwatch.Stats.SUM }),
      threshold: options.handlerThrottles?.threshold ?? 0,
      evaluationPeriods: 5,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} is turned away for lack of concurrency.`,
      firstStep: 'compare its reserved concurrency, and what the account has left, with what all its sources may take.',
      runbook: runbook('handler', 'throttles'),
    }, options.handlerThrottles),
    ...(durationThreshold === undefined ? [] : addPatternAlarm(scope, 'Duration', {
      metric: (period) => fn.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
      threshold: durationThreshold,
      evaluationPeriods: 3,
      severity: AlarmSeverity.LOOK_SOON,
      meaning: `The function ${fn.node.path} comes near its timeout.`,
      firstStep: 'find what became slow; at the timeout the whole batch is given back and done again.',
      runbook: runbook('handler', 'duration'),
    }, options.handlerDuration)),
  ];
  made.set(fn, { alarms, madeFor: pattern.node.path, stated: statement(options, timeoutSeconds) });
  return alarms;
}

/**
 * What is wrong if this pattern states something else about its handler's alarms than the pattern that made them; undefined if nothing is.
 */
export function conflictOfHandlerAlarms(
  handler: lambda.IFunction,
  timeoutSeconds: number | undefined,
  options: HandlerAlarmOptions = {},
): string | undefined {
  const existing = made.get(functionBehind(handler));
  const silent = !options.handlerErrors && !options.handlerThrottles && !options.handlerDuration;
  if (!existing || silent || existing.stated === statement(options, timeoutSeconds)) {
    return undefined;
  }
  return `alarms.handlerErrors, handlerThrottles or handlerDuration differ from those of '${existing.madeFor}', which has the same handler, and a function has these alarms once: ` +
    'state the same in both, or only in the one that is made first';
}

/** The options as text, to compare. */
function statement(options: HandlerAlarmOptions, timeoutSeconds: number | undefined): string {
  const plain = (alarm: CountAlarmOptions | DurationAlarmOptions = {}) => [
    alarm.enabled ?? true,
    typeof alarm.threshold === 'object' ? alarm.threshold.toMilliseconds() : alarm.threshold,
    alarm.period?.toSeconds(),
    alarm.evaluationPeriods,
    alarm.datapointsToAlarm,
  ];
  return JSON.stringify([plain(options.handlerErrors), plain(options.handlerThrottles), plain(options.handlerDuration), timeoutSeconds]);
}
