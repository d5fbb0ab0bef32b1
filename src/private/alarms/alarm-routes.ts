import { Annotations, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { requireAlarmsCanUse } from './alarm-topic';
import type { AlarmSeverity } from '../../alarms/alarms';
import { stageOf } from '../app/stage-of';

interface AlarmRoute {
  readonly scope: IConstruct;
  readonly severity?: AlarmSeverity;
  readonly actions: cloudwatch.IAlarmAction[];
}

interface RoutedAlarm {
  readonly alarm: cloudwatch.Alarm;
  /** The assembly that it is deployed with. */
  readonly stage: IConstruct;
  readonly severity: AlarmSeverity;
  readonly actions: Set<cloudwatch.IAlarmAction>;
  /** What the actions do: two actions may stand for one topic. */
  readonly actionArns: Set<string>;
}

const NOBODY_HEARS = 'cdk-serverless-patterns:alarmsNotifyNobody';

/**
 * The alarms and the routes of one app: whichever comes second finds the first.
 */
export class AlarmRoutes {
  public static of(scope: IConstruct): AlarmRoutes {
    const root = scope.node.root;
    const routes = AlarmRoutes.byApp.get(root) ?? new AlarmRoutes();
    AlarmRoutes.byApp.set(root, routes);
    return routes;
  }

  private static readonly byApp = new WeakMap<IConstruct, AlarmRoutes>();

  private readonly alarms: RoutedAlarm[] = [];
  private readonly routes: AlarmRoute[] = [];
  private readonly watchedStages = new Set<IConstruct>();

  public addAlarm(alarm: cloudwatch.Alarm, severity: AlarmSeverity): void {
    const stage = stageOf(alarm);
    const routed = { alarm, stage, severity, actions: new Set<cloudwatch.IAlarmAction>(), actionArns: new Set<string>() };
    this.alarms.push(routed);
    this.routes.forEach((route) => connect(route, routed));
    this.warnUntilSomebodyHears(alarm, stage);
  }

  public addRoute(route: AlarmRoute): void {
    this.routes.push(route);
    this.alarms.forEach((alarm) => connect(route, alarm));
  }

  /**
   * One warning for each assembly. It is given with the first alarm, because to acknowledge a warning takes away those that are there; and it is taken back when
   * the assembly is complete, because actions may be added until then and by any means.
   */
  private warnUntilSomebodyHears(first: cloudwatch.Alarm, stage: IConstruct): void {
    if (this.watchedStages.has(stage)) {
      return;
    }
    this.watchedStages.add(stage);
    Annotations.of(first).addWarningV2(
      NOBODY_HEARS,
      'this alarm and all others of these patterns notify nobody: ' +
      'route them with Alarms.of(app).notify(new SnsAction(topic)), or acknowledge this warning if they are only looked at',
    );
    stage.node.addValidation({
      validate: () => {
        if (this.alarms.some((routed) => routed.stage === stage && hasAction(routed))) {
          Annotations.of(first).acknowledgeWarning(NOBODY_HEARS);
        }
        return [];
      },
    });
  }
}

function connect(route: AlarmRoute, { alarm, severity, actions, actionArns }: RoutedAlarm): void {
  if (!isWithin(alarm, route.scope) || (route.severity !== undefined && route.severity !== severity)) {
    return;
  }
  // Routes may overlap, as for an app and one of its stacks; an action is still added once.
  for (const action of route.actions.filter((candidate) => !actions.has(candidate))) {
    actions.add(action);
    const bound = action.bind(alarm, alarm);
    if (!actionArns.has(bound.alarmActionArn)) {
      actionArns.add(bound.alarmActionArn);
      requireAlarmsCanUse(bound.alarmActionArn);
      alarm.addAlarmAction({ bind: () => bound });
    }
  }
}

function isWithin(construct: IConstruct, scope: IConstruct): boolean {
  for (let current: IConstruct | undefined = construct; current; current = current.node.scope) {
    if (current === scope) {
      return true;
    }
  }
  return false;
}

/** Whether it has an action, of a route or added by hand. */
function hasAction({ alarm, actionArns }: RoutedAlarm): boolean {
  if (actionArns.size > 0) {
    return true;
  }
  const resource = alarm.node.defaultChild as cloudwatch.CfnAlarm;
  const actions = Stack.of(alarm).resolve(resource.alarmActions) as unknown[] | undefined;
  return (actions ?? []).length > 0;
}
