import { CfnDeletionPolicy, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { addServiceScaling } from './plain-service-scaling';
import { serviceCluster } from './service-cluster';

const PAGE = `${RUNBOOKS}/queue-fed-service.md`;

/** The template that `QueueFedService` gives for messages that the handler sends, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const cluster = serviceCluster(stack, `${id}Cluster`);
  const scope = new Construct(stack, id);
  const common = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, removalPolicy: RemovalPolicy.DESTROY };
  const deadLetterQueue = new sqs.Queue(scope, 'DeadLetterQueue', { ...common, retentionPeriod: Duration.days(14) });
  const queue = new sqs.Queue(scope, 'Queue', {
    ...common,
    visibilityTimeout: Duration.seconds(120),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
  });
  for (const made of [deadLetterQueue, queue]) {
    (made.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
  const service = newService(scope, cluster, queue);
  addServiceScaling(scope, queue, service);
  addDeadLetterAlarms(scope, deadLetterQueue, 'queue-fed-service');
  addWorkerAlarms(scope, queue, service);
  queue.grantSendMessages(handler);
};

function newService(scope: Construct, cluster: ecs.Cluster, queue: sqs.Queue): ecs.FargateService {
  const logGroup = new logs.LogGroup(scope, 'LogGroup', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
  const taskDefinition = new ecs.FargateTaskDefinition(scope, 'TaskDefinition', {
    cpu: 512,
    memoryLimitMiB: 1024,
    runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
  });
  taskDefinition.addContainer('Worker', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/shop/video-worker:1'),
    environment: { QUEUE_URL: queue.queueUrl, MAX_PROCESSING_SECONDS: '3600', VISIBILITY_TIMEOUT_SECONDS: '120' },
    stopTimeout: Duration.seconds(120),
    logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: 'worker', mode: ecs.AwsLogDriverMode.NON_BLOCKING, maxBufferSize: Size.mebibytes(25) }),
  });
  queue.grantConsumeMessages(taskDefinition.taskRole);
  taskDefinition.addToTaskRolePolicy(new iam.PolicyStatement({
    actions: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
    resources: [cluster.stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` })],
  }));

  const service = new ecs.FargateService(scope, 'Service', { cluster, taskDefinition, minHealthyPercent: 100, circuitBreaker: { rollback: true } });
  // The first tasks need its permissions, to log.
  service.node.addDependency(taskDefinition.obtainExecutionRole());
  // The scaling says how many tasks there are.
  (service.node.defaultChild as ecs.CfnService).desiredCount = undefined;
  return service;
}

function addWorkerAlarms(scope: Construct, queue: sqs.Queue, service: ecs.FargateService): void {
  const { clusterArn, clusterName } = service.cluster;
  const taskRule = new events.Rule(scope, 'TaskRule', {
    eventPattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: {
        clusterArn: [clusterArn],
        group: [`service:${service.serviceName}`],
        lastStatus: ['STOPPED'],
        $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': 0 }] } }],
      },
    },
  });
  const deploymentRule = new events.Rule(scope, 'DeploymentRule', {
    eventPattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Deployment State Change'],
      resources: [service.serviceArn],
      detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
    },
  });
  const triggered = ({ ruleName }: events.Rule) => new cloudwatch.Metric({
    namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: ruleName }, statistic: 'Sum', period: MINUTE,
  });
  new cloudwatch.Alarm(scope, 'MessageAgeAlarm', {
    ...ALARM,
    metric: queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
    // Twice the acceptable delay and the processing.
    threshold: 8400,
    alarmDescription: `Messages of ${scope.node.path} wait longer than they should. First: look whether tasks run at all. Runbook: ${PAGE}#message-age`,
  });
  new cloudwatch.Alarm(scope, 'WorkersFailAlarm', {
    ...ALARM,
    metric: triggered(taskRule),
    evaluationPeriods: 15,
    datapointsToAlarm: 3,
    alarmDescription: `Tasks of ${scope.node.path} fail again and again. First: read the log of a stopped task. Runbook: ${PAGE}#workers-fail`,
  });
  new cloudwatch.Alarm(scope, 'DeploymentFailedAlarm', {
    ...ALARM,
    metric: triggered(deploymentRule),
    alarmDescription: `A deployment of ${scope.node.path} failed. First: read the events of the service. Runbook: ${PAGE}#deployment-failed`,
  });
  new cloudwatch.Alarm(scope, 'AtMaximumAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: 'IF(running >= 10, age, 0)',
      label: 'Age of the oldest message while all tasks run',
      period: MINUTE,
      usingMetrics: {
        running: new cloudwatch.Metric({
          namespace: 'ECS/ContainerInsights', metricName: 'RunningTaskCount', dimensionsMap: { ClusterName: clusterName, ServiceName: service.serviceName },
        }),
        age: queue.metricApproximateAgeOfOldestMessage(),
      },
    }),
    threshold: 4200,
    evaluationPeriods: 5,
    alarmDescription: `Messages of ${scope.node.path} wait although all tasks run. First: raise the maximum. Runbook: ${PAGE}#at-maximum`,
  });
}
