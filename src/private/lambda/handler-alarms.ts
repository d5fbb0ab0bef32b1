import type { Duration } from 'aws-cdk-lib';
import { Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { functionBehind } from './handler-facts';
import type { AlarmOptions, HandlerAlarmOptions } from '../../alarms/alarm-options';
import { AlarmSeverity } from '../../alarms/alarms';
import type { HandlerAlarms } from '../../alarms/alarms-by-name';
import { AlarmRoutes } from '../alarms/alarm-routes';
import { AlarmTable, listed } from '../alarms/alarm-table';
import type { Spread } from '../alarms/look-back';
import { tunedWindow } from '../alarms/look-back';
import type { AnyAlarmOptions, TuningLimits } from '../alarms/tuning';
import { ThresholdUnit } from '../alarms/tuning';
import { identityOf } from '../app/references';
import { appState, isInTree } from '../app/registry';
import type { Problems } from '../checks/problems';

interface Handler extends Spread {
  readonly fn: lambda.IFunction;
}

/** How many datapoints fire the alarms on what invocations report at their end. */
const LASTING = 3;

/** What holds for an alarm on how long invocations take: they report it at their end, and it is never more than the timeout. */
export const UNTIL_TIMEOUT = {
  spread: ({ timeoutSeconds }: Spread): Spread => ({ timeoutSeconds }),
  ceiling: ({ timeoutSeconds }: Spread): TuningLimits['ceiling'] => (
    timeoutSeconds === undefined ? undefined : { value: timeoutSeconds * 1000, why: 'Lambda ends an invocation at the timeout of the function' }
  ),
};

/** Above this an alarm on how long invocations take fires: 80 % of the timeout, in milliseconds. */
export function nearTimeout({ timeoutSeconds }: Spread): number | undefined {
  // A whole number, which 0.8 times the seconds need not be.
  return timeoutSeconds === undefined ? undefined : timeoutSeconds * 800;
}

/** The alarms on a handler's function. */
export const HANDLER_ALARMS = new AlarmTable<keyof HandlerAlarms, Spread, Handler>({
  handlerErrors: {
    id: 'Errors',
    metric: ({ fn }, period) => fn.metricErrors({ period, statistic: cloudwatch.Stats.SUM }),
    unit: ThresholdUnit.COUNT,
    threshold: 0,
    datapoints: LASTING,
    spread: (facts) => facts,
    severity: AlarmSeverity.WARNING,
    meaning: ({ fn }) => `The function ${fn.node.path} fails repeatedly.`,
    firstStep: 'read the error in its log; what it could not process is retried and then set aside, not lost.',
    runbook: { page: 'handler', section: 'errors' },
  },
  handlerThrottles: {
    id: 'Throttles',
    metric: ({ fn }, period) => fn.metricThrottles({ period, statistic: cloudwatch.Stats.SUM }),
    unit: ThresholdUnit.COUNT,
    threshold: 0,
    datapoints: 5,
    severity: AlarmSeverity.WARNING,
    meaning: ({ fn }) => `The function ${fn.node.path} is throttled.`,
    firstStep: 'compare its reserved concurrency, and what the account has left, with the maximum concurrency of all its sources.',
    runbook: { page: 'handler', section: 'throttles' },
  },
  handlerDuration: {
    ...UNTIL_TIMEOUT,
    id: 'Duration',
    metric: ({ fn }, period) => fn.metricDuration({ period, statistic: cloudwatch.Stats.p(99) }),
    unit: ThresholdUnit.MILLISECONDS,
    threshold: nearTimeout,
    datapoints: LASTING,
    severity: AlarmSeverity.WARNING,
    meaning: ({ fn }) => `Invocations of the function ${fn.node.path} come near its timeout.`,
    firstStep: 'find what became slow; at the timeout all that it was invoked with fails, and is processed again.',
    runbook: { page: 'handler', section: 'duration' },
  },
});

interface MadeHandlerAlarms {
  readonly alarms: HandlerAlarms;
  /** What they stand below. */
  readonly scope: IConstruct;
  /** The pattern that came first, and what it stated. */
  readonly pattern: IConstruct;
  readonly stated: string;
  readonly timeoutSeconds: number | undefined;
  /** How long failed messages wait for their retry, in each of the patterns. */
  readonly retrySeconds: number[];
}

/** By the identity of the function: two imports of one function have its alarms once. */
function madeFor(fn: lambda.IFunction): { readonly made: Map<string, MadeHandlerAlarms>; readonly identity: string } {
  return { made: appState(fn, 'handlerAlarms', () => new Map<string, MadeHandlerAlarms>()), identity: identityOf(fn.functionArn, 'AWS::Lambda::Function', fn) };
}

function existing(fn: lambda.IFunction): MadeHandlerAlarms | undefined {
  const { made, identity } = madeFor(fn);
  const found = made.get(identity);
  // Alarms that left the tree, with a pattern that was taken out again, are no more.
  return found && isInTree(found.scope) ? found : undefined;
}

/**
 * The alarms on a handler's function: made by the first pattern that has it as its handler, shared by the others.
 *
 * They stand below the function, whichever pattern came first, so that moving or removing a pattern does not rename them. Only those on a function of another stack stand below the pattern: there
 * they would make the function's stack depend on that of the topic that they notify, which may depend on it in turn.
 * In `facts`, `timeoutSeconds` is undefined where the timeout cannot be known; then a duration alarm is made only for a stated threshold.
 */
export function handlerAlarms(pattern: Construct, handler: lambda.IFunction, facts: Spread, options: HandlerAlarmOptions = {}): HandlerAlarms {
  const fn = functionBehind(handler);
  const found = existing(fn) ?? make(pattern, fn, facts, options);
  if (facts.retrySeconds !== undefined) {
    found.retrySeconds.push(facts.retrySeconds);
  }
  AlarmRoutes.of(pattern).addPattern(pattern, listed({ ...found.alarms }));
  return found.alarms;
}

function make(pattern: Construct, fn: lambda.IFunction, facts: Spread, options: HandlerAlarmOptions): MadeHandlerAlarms {
  const scope = new Construct(Stack.of(fn) === Stack.of(pattern) ? fn as lambda.IFunction & Construct : pattern, 'HandlerAlarms');
  const alarms = HANDLER_ALARMS.add(scope, { ...facts, fn }, options);
  const entry: MadeHandlerAlarms = { alarms, scope, pattern, stated: statement(options), timeoutSeconds: facts.timeoutSeconds, retrySeconds: [] };
  const { made, identity } = madeFor(fn);
  made.set(identity, entry);
  widenWindow(alarms.handlerErrors, facts, entry.retrySeconds, options.handlerErrors);
  return entry;
}

/** Patterns may be added until the app is complete, and the one whose messages wait longest decides how far the alarm on errors looks back. */
function widenWindow(
  alarm: cloudwatch.Alarm | undefined,
  { timeoutSeconds }: Spread,
  retries: readonly number[],
  options: AlarmOptions | undefined,
): void {
  const resource = alarm?.node.defaultChild as cloudwatch.CfnAlarm | undefined;
  if (!resource || options?.evaluationPeriods !== undefined) {
    return;
  }
  const window = () => tunedWindow(LASTING, { timeoutSeconds, retrySeconds: Math.max(0, ...retries) }, options);
  resource.evaluationPeriods = Lazy.number({ produce: () => window().evaluationPeriods });
  resource.datapointsToAlarm = Lazy.number({ produce: () => window().datapointsToAlarm });
}

/**
 * Notes what is wrong with the tuning of these alarms, and with what this pattern states otherwise than the one that made them.
 */
export function checkHandlerAlarms(problems: Problems, handler: lambda.IFunction, facts: Spread, options: HandlerAlarmOptions = {}): void {
  HANDLER_ALARMS.check(problems, facts, options);
  const found = existing(functionBehind(handler));
  if (!found) {
    return;
  }
  const silent = !options.handlerErrors && !options.handlerThrottles && !options.handlerDuration;
  const first = found.pattern.node.path;
  if (!silent && found.stated !== statement(options)) {
    problems.add(
      `alarms.handlerErrors, handlerThrottles or handlerDuration differ from those of '${first}', which has the same handler, and a function has these alarms once: ` +
      'state the same in both, or only in the one that is made first',
    );
  }
  const { timeoutSeconds } = facts;
  if (found.timeoutSeconds !== undefined && timeoutSeconds !== undefined && found.timeoutSeconds !== timeoutSeconds) {
    problems.add(`handlerTimeout is ${timeoutSeconds} seconds, but it is ${found.timeoutSeconds} seconds for '${first}', which has the same handler: state the same in both`);
  }
}

/** The options as text, to compare. */
function statement(options: HandlerAlarmOptions): string {
  const plain = (alarm: AnyAlarmOptions = {}) => [
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
