import { Annotations, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { letAlarmUse } from './alarm-topic';
import type { AlarmSeverity } from '../../alarms/alarms';
import { appState, isInTree, isWithin } from '../app/registry';
import { checkStackSizes } from '../app/stack-size';
import { stageOf } from '../app/stage-of';

interface AlarmRoute {
  readonly scope: IConstruct;
  /** Undefined: alarms of every severity. */
  readonly severity?: AlarmSeverity;
  /** Whether the actions are for the return to OK, not for the alarm. */
  readonly ok?: boolean;
  readonly actions: cloudwatch.IAlarmAction[];
}

interface RoutedAlarm {
  readonly alarm: cloudwatch.Alarm;
  readonly severity: AlarmSeverity;
  /** The patterns that it belongs to besides the place where it stands, as a handler's alarms belong to each pattern of the handler. */
  readonly patterns: Set<IConstruct>;
  /** What was connected already: routes may overlap, as for an app and one of its stacks. */
  readonly connected: Set<cloudwatch.IAlarmAction>;
  readonly connectedOk: Set<cloudwatch.IAlarmAction>;
  /** What the actions do: two actions may stand for one topic. */
  readonly actionArns: Set<string>;
  readonly okActionArns: Set<string>;
}

const NOBODY_IS_NOTIFIED = 'cdk-serverless-patterns:alarmsNotifyNobody';
const SOME_NOTIFY_NOBODY = 'cdk-serverless-patterns:someAlarmsNotifyNobody';

/**
 * The alarms and the routes of one app: whichever comes second finds the first.
 */
export class AlarmRoutes {
  public static of(scope: IConstruct): AlarmRoutes {
    return appState(scope, 'alarmRoutes', () => new AlarmRoutes());
  }

  private readonly alarms: RoutedAlarm[] = [];
  private readonly routes: AlarmRoute[] = [];
  private readonly watchedStages = new Set<IConstruct>();

  public addAlarm(alarm: cloudwatch.Alarm, severity: AlarmSeverity): void {
    const routed: RoutedAlarm = {
      alarm, severity, patterns: new Set(), connected: new Set(), connectedOk: new Set(), actionArns: new Set(), okActionArns: new Set(),
    };
    this.alarms.push(routed);
    this.routes.forEach((route) => connect(route, routed));
    this.watch(stageOf(alarm), alarm);
  }

  /** Says that alarms that stand elsewhere belong to a pattern too. */
  public addPattern(pattern: IConstruct, alarms: readonly cloudwatch.Alarm[]): void {
    for (const routed of this.alarms.filter(({ alarm }) => alarms.includes(alarm))) {
      routed.patterns.add(pattern);
      this.routes.forEach((route) => connect(route, routed));
    }
  }

  public addRoute(route: AlarmRoute): void {
    this.routes.push(route);
    this.alarms.forEach((alarm) => connect(route, alarm));
  }

  /**
   * One warning for each assembly. It is given with the first alarm, because to acknowledge a warning takes away those that are there; and it is taken back when
   * the assembly is complete, because actions may be added until then and by any means.
   */
  private watch(stage: IConstruct, first: cloudwatch.Alarm): void {
    if (this.watchedStages.has(stage)) {
      return;
    }
    this.watchedStages.add(stage);
    Annotations.of(first).addWarningV2(
      NOBODY_IS_NOTIFIED,
      'this alarm and all others of these patterns notify nobody: ' +
      'route them with Alarms.of(app).notify(new SnsAction(topic)), or acknowledge this warning if they are only looked at',
    );
    // Alarms are most of what patterns add to a stack, so none that is full of patterns is without.
    stage.node.addValidation({ validate: () => checkStackSizes(stage) });
    stage.node.addValidation({
      validate: () => {
        const alarms = this.alarms.filter(({ alarm }) => isInTree(alarm) && stageOf(alarm) === stage);
        const silent = alarms.filter((routed) => !hasAction(routed));
        if (silent.length < alarms.length) {
          Annotations.of(first).acknowledgeWarning(NOBODY_IS_NOTIFIED);
          warnOfSilent(stage, silent, alarms.length);
        }
        return [];
      },
    });
  }
}

/** Routes that reach some alarms alone leave the others silent, which looks like health. */
function warnOfSilent(stage: IConstruct, silent: readonly RoutedAlarm[], total: number): void {
  const [first] = silent;
  if (first) {
    Annotations.of(first.alarm).addWarningV2(
      SOME_NOTIFY_NOBODY,
      `${silent.length} of ${total} alarms of these patterns${stage.node.path ? ` in ${stage.node.path}` : ''} notify nobody: ${silent.map(({ alarm, severity }) => `${alarm.node.path} (${severity})`).join(', ')}. ` +
      'Route them too, with Alarms.of(app).notify or notifyOf for their severity, or acknowledge this warning if they are only looked at',
    );
  }
}

function connect(route: AlarmRoute, routed: RoutedAlarm): void {
  const { alarm, severity, patterns } = routed;
  if (![alarm, ...patterns].some((construct) => isWithin(construct, route.scope)) || (route.severity !== undefined && route.severity !== severity)) {
    return;
  }
  const [connected, arns] = route.ok ? [routed.connectedOk, routed.okActionArns] : [routed.connected, routed.actionArns];
  for (const action of route.actions.filter((candidate) => !connected.has(candidate))) {
    connected.add(action);
    const bound = action.bind(alarm, alarm);
    if (!arns.has(bound.alarmActionArn) && letAlarmUse(alarm, bound.alarmActionArn)) {
      arns.add(bound.alarmActionArn);
      route.ok ? alarm.addOkAction({ bind: () => bound }) : alarm.addAlarmAction({ bind: () => bound });
    }
  }
}

/** Whether it has an action for when it fires, of a route or added by hand. */
function hasAction({ alarm, actionArns }: RoutedAlarm): boolean {
  if (actionArns.size > 0) {
    return true;
  }
  const resource = alarm.node.defaultChild as cloudwatch.CfnAlarm;
  const actions = Stack.of(alarm).resolve(resource.alarmActions) as unknown[] | undefined;
  return (actions ?? []).length > 0;
}
