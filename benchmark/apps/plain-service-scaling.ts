import { Names } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** Scales the workers of a queue from none to ten, by policies of CloudFormation: target tracking of the CDK takes no metric math, and its step scaling makes alarms of its own. */
export function addServiceScaling(scope: Construct, queue: sqs.Queue, service: ecs.FargateService): void {
  const scaling = service.autoScaleTaskCount({ minCapacity: 0, maxCapacity: 10 });
  const scalingTargetId = (scaling.node.findChild('Target') as appscaling.ScalableTarget).scalableTargetId;
  const ofQueue = [{ name: 'QueueName', value: queue.queueName }];
  const ofService = [{ name: 'ClusterName', value: service.cluster.clusterName }, { name: 'ServiceName', value: service.serviceName }];
  addPolicy(scope, 'BacklogPolicy', {
    scalingTargetId,
    policyType: 'TargetTrackingScaling',
    targetTrackingScalingPolicyConfiguration: {
      // The one in hand, and those of the ten minutes that a message may wait.
      targetValue: 1 + 600 / 3600,
      scaleOutCooldown: 60,
      customizedMetricSpecification: {
        metrics: [
          {
            id: 'backlogPerTask',
            label: 'Messages waiting or in flight, for each task',
            expression: '(visible + FILL(inFlight, 0)) / IF(FILL(running, 1) > 1, running, 1)',
            returnData: true,
          },
          average('visible', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', ofQueue),
          average('inFlight', 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', ofQueue),
          average('running', 'ECS/ContainerInsights', 'RunningTaskCount', ofService),
        ],
      },
    },
  });
  const idlePolicy = addPolicy(scope, 'IdlePolicy', {
    scalingTargetId,
    policyType: 'StepScaling',
    stepScalingPolicyConfiguration: {
      metricAggregationType: 'Maximum', adjustmentType: 'ExactCapacity', stepAdjustments: [{ metricIntervalUpperBound: 0, scalingAdjustment: 0 }],
    },
  });
  const wakePolicy = addPolicy(scope, 'WakePolicy', {
    scalingTargetId,
    policyType: 'StepScaling',
    stepScalingPolicyConfiguration: {
      metricAggregationType: 'Maximum', adjustmentType: 'ChangeInCapacity', cooldown: 300, stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
    },
  });

  const usingMetrics = { visible: queue.metricApproximateNumberOfMessagesVisible(), inFlight: queue.metricApproximateNumberOfMessagesNotVisible() };
  const wake = new cloudwatch.Alarm(scope, 'WakeAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: 'IF(visible > 0 AND FILL(inFlight, 0) == 0, visible, 0)', label: 'Messages that nobody works on', period: MINUTE, usingMetrics,
    }),
    alarmDescription: `Messages of ${scope.node.path} wait for a task, which is started. Runbook: ${RUNBOOKS}/queue-fed-service.md#scaling`,
  });
  const idle = new cloudwatch.Alarm(scope, 'IdleAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({ expression: 'visible + FILL(inFlight, 0)', label: 'Messages waiting or in flight', period: MINUTE, usingMetrics }),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 15,
    alarmDescription: `${scope.node.path} has nothing to do: its tasks are stopped. Runbook: ${RUNBOOKS}/queue-fed-service.md#scaling`,
  });
  wake.addAlarmAction({ bind: () => ({ alarmActionArn: wakePolicy.ref }) });
  idle.addAlarmAction({ bind: () => ({ alarmActionArn: idlePolicy.ref }) });
}

type PolicyProps = Omit<appscaling.CfnScalingPolicyProps, 'policyName'>;

/** Names a policy after its place. */
function addPolicy(scope: Construct, id: string, props: PolicyProps): appscaling.CfnScalingPolicy {
  const policy = new appscaling.CfnScalingPolicy(scope, id, { policyName: id, ...props });
  policy.policyName = Names.nodeUniqueId(policy.node);
  return policy;
}

function average(id: string, namespace: string, metricName: string, dimensions: appscaling.CfnScalingPolicy.TargetTrackingMetricDimensionProperty[]) {
  return { id, returnData: false, metricStat: { stat: 'Average', metric: { namespace, metricName, dimensions } } };
}
