import type { CfnResource } from 'aws-cdk-lib';
import { Names } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { propertiesOf } from '../../private/app/rendered-resource';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp, hasAll, valuesIn } from '../../private/checks/derived-values';
import type { ScaledSubject } from '../queue-fed-service.alarms';
import { runningTasks, SCALING_ALARMS } from '../queue-fed-service.alarms';

/** How many tasks there may be. */
export interface Capacity {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly backlogPerTask: number;
}

/** What scales a service, and what it must still be when the app is complete. */
export interface ServiceScaling {
  readonly scaling: ecs.ScalableTaskCount;
  readonly promised: readonly DerivedValue[];
}

/** Longer than a task takes to start: until it works, the alarm stays on, and would start another each minute. */
const WAKE_COOLDOWN_SECONDS = 300;

/** Each task that is started counts at once, so the next may follow. */
const SCALE_OUT_COOLDOWN_SECONDS = 60;

/**
 * Scales a service by its backlog. Three policies, because none of them does it alone: target tracking follows the backlog, but AWS does not say that it starts from nothing at the first
 * message or ends there; the others do that, and nothing else. Of two policies, Application Auto Scaling follows the one that gives more tasks.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-stepscaling.html
 */
export function addScaling(scope: Construct, subject: ScaledSubject, { minCapacity, maxCapacity, backlogPerTask }: Capacity): ServiceScaling {
  const scaling = subject.service.autoScaleTaskCount({ minCapacity, maxCapacity });
  const target = scaling.node.findChild('Target') as appscaling.ScalableTarget;
  const stated = byProp('QueueFedService');
  const backlog = newPolicy(scope, 'BacklogPolicy', target, { policyType: 'TargetTrackingScaling', targetTrackingScalingPolicyConfiguration: tracking(subject, backlogPerTask) });
  const idle = newPolicy(scope, 'IdlePolicy', target, stepping({ adjustmentType: 'ExactCapacity', stepAdjustments: [{ metricIntervalUpperBound: 0, scalingAdjustment: minCapacity }] }));
  // With tasks that always run, nothing has to be woken.
  const wake = minCapacity === 0 ? newPolicy(scope, 'WakePolicy', target, stepping({
    adjustmentType: 'ChangeInCapacity',
    cooldown: WAKE_COOLDOWN_SECONDS,
    stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
  })) : undefined;
  const alarms = SCALING_ALARMS.add(scope, subject, { wake: { enabled: wake !== undefined } });

  return {
    scaling,
    promised: [
      ...valuesIn(target.node.defaultChild as CfnResource, {
        'Properties.MinCapacity': [minCapacity, stated('minCapacity')],
        'Properties.MaxCapacity': [maxCapacity, stated('maxCapacity')],
      }),
      ...valuesOf(backlog, 'TargetTrackingScalingPolicyConfiguration', stated('acceptableDelay and averageProcessingTime')),
      ...connect(alarms.idle, idle, 'tasks are stopped when nothing is in flight'),
      ...connect(alarms.wake, wake, 'the first message starts a task'),
    ],
  };
}

type PolicyProps = Pick<appscaling.CfnScalingPolicyProps, 'policyType' | 'stepScalingPolicyConfiguration' | 'targetTrackingScalingPolicyConfiguration'>;

/** CloudFormation asks for a name. */
function newPolicy(scope: Construct, id: string, target: appscaling.ScalableTarget, props: PolicyProps): appscaling.CfnScalingPolicy {
  const policy = new appscaling.CfnScalingPolicy(scope, id, { policyName: id, scalingTargetId: target.scalableTargetId, ...props });
  policy.policyName = Names.nodeUniqueId(policy.node);
  return policy;
}

function stepping(configuration: appscaling.CfnScalingPolicy.StepScalingPolicyConfigurationProperty): PolicyProps {
  return { policyType: 'StepScaling', stepScalingPolicyConfiguration: { metricAggregationType: 'Maximum', ...configuration } };
}

/** In an L1, because the L2 takes no metric math. https://github.com/aws/aws-cdk/issues/20659 */
function tracking(subject: ScaledSubject, targetValue: number): appscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty {
  const { queue } = subject;
  return {
    targetValue,
    scaleOutCooldown: SCALE_OUT_COOLDOWN_SECONDS,
    customizedMetricSpecification: {
      metrics: [
        {
          id: 'backlogPerTask',
          label: 'Messages waiting or in flight, for each task',
          // As if there were one task while there is none: a task is asked for then, and nothing is divided by zero.
          expression: '(visible + FILL(inFlight, 0)) / IF(FILL(running, 1) > 1, running, 1)',
          returnData: true,
        },
        queried('visible', queue.metricApproximateNumberOfMessagesVisible()),
        queried('inFlight', queue.metricApproximateNumberOfMessagesNotVisible()),
        queried('running', runningTasks(subject)),
      ],
    },
  };
}

function queried(
  id: string, { namespace, metricName, dimensions = {} }: cloudwatch.Metric,
): appscaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty {
  return {
    id,
    returnData: false,
    metricStat: {
      stat: 'Average',
      metric: { namespace, metricName, dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value: value as string })) },
    },
  };
}

/** Lets an alarm run a step policy. */
function connect(alarm: cloudwatch.Alarm | undefined, policy: appscaling.CfnScalingPolicy | undefined, instead: string): DerivedValue[] {
  if (!alarm || !policy) {
    return [];
  }
  alarm.addAlarmAction({ bind: () => ({ alarmActionArn: policy.ref }) });
  return [
    ...valuesOf(policy, 'StepScalingPolicyConfiguration', instead),
    ...valuesIn(alarm.node.defaultChild as CfnResource, {
      'Properties.AlarmActions': [[policy.ref], instead, hasAll],
      'Properties.ActionsEnabled': [undefined, instead, (found) => found !== false],
    }),
  ];
}

/** What a policy is now. */
function valuesOf(policy: appscaling.CfnScalingPolicy, configuration: string, instead: string): DerivedValue[] {
  return valuesIn(policy, { [`Properties.${configuration}`]: [propertiesOf(policy)[configuration], instead] });
}
