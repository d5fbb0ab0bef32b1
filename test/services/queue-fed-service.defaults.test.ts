import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { stackWith, tasksIn, videosIn } from './fixtures';
import type { QueueFedService, QueueFedServiceProps } from '../../src';
import { attribute, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

const SERVICE = 'AWS::ECS::Service';
const TASKS = 'AWS::ECS::TaskDefinition';
const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';
const QUEUE = 'AWS::SQS::Queue';

const tasksWith = (props: Partial<QueueFedServiceProps> = {}) => resourceOf(stackWith(props), TASKS).Properties;
const serviceWith = (props: Partial<QueueFedServiceProps> = {}) => resourceOf(stackWith(props), SERVICE).Properties;

describe('with what is required and nothing else, the queue', () => {
  test('hides a message for two minutes, keeps it for four days, and sets it aside at the fifth failure', () => {
    Template.fromStack(stackWith()).hasResourceProperties(QUEUE, {
      VisibilityTimeout: 120,
      MessageRetentionPeriod: 345_600,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: attribute('VideosDeadLetterQueue'), maxReceiveCount: 5 },
    });
  });

  test('has a dead-letter queue that keeps messages for 14 days', () => {
    expect(resourceOf(stackWith(), QUEUE, 'VideosDeadLetterQueue').Properties).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
  });
});

describe('with what is required and nothing else, a task', () => {
  test('has half a vCPU and one GiB, on ARM', () => {
    expect(tasksWith()).toMatchObject({
      Cpu: '512', Memory: '1024', NetworkMode: 'awsvpc', RequiresCompatibilities: ['FARGATE'], RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  test('runs the image, is told of its queue and its times, and has two minutes to end', () => {
    const [container, ...others] = tasksWith().ContainerDefinitions;
    expect(others).toEqual([]);
    expect(container).toMatchObject({
      Name: 'Worker',
      Image: 'worker:1',
      Essential: true,
      StopTimeout: 120,
      Environment: [
        { Name: 'QUEUE_URL', Value: { Ref: expect.stringMatching(/^VideosQueue/) } },
        { Name: 'MAX_PROCESSING_SECONDS', Value: '3600' },
        { Name: 'VISIBILITY_TIMEOUT_SECONDS', Value: '120' },
      ],
    });
    expect(container).not.toHaveProperty('Command');
  });

  test('does not wait for its logs, which are kept for a month and go with the stack', () => {
    expect(tasksWith().ContainerDefinitions[0].LogConfiguration).toMatchObject({
      LogDriver: 'awslogs', Options: { 'awslogs-stream-prefix': 'worker', 'mode': 'non-blocking', 'max-buffer-size': '26214400b' },
    });
    expect(resourceOf(stackWith(), 'AWS::Logs::LogGroup')).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
  });

  test('may work through the queue and protect itself, and nothing else', () => {
    const { PolicyDocument: { Statement } } = resourceOf(stackWith(), 'AWS::IAM::Policy', 'VideosTaskDefinitionTaskRole').Properties;
    expect(Statement).toEqual([
      {
        Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^VideosQueue/), 'Arn'] },
      },
      {
        Action: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
        Effect: 'Allow',
        Resource: {
          'Fn::Join': ['', [
            'arn:', { Ref: 'AWS::Partition' }, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':task/', { Ref: expect.stringMatching(/^Cluster/) }, '/*',
          ]],
        },
      },
    ]);
  });
});

describe('with what is required and nothing else, the service', () => {
  test('runs in private subnets, without public addresses', () => {
    expect(serviceWith().NetworkConfiguration.AwsvpcConfiguration).toMatchObject({ AssignPublicIp: 'DISABLED', Subnets: ['subnet-private'] });
    expect(serviceWith()).toMatchObject({ LaunchType: 'FARGATE' });
    expect(serviceWith()).not.toHaveProperty('CapacityProviderStrategy');
  });

  test('lets nobody in', () => {
    expect(resourceOf(stackWith(), 'AWS::EC2::SecurityGroup').Properties).not.toHaveProperty('SecurityGroupIngress');
  });

  test('is deployed beside itself, and rolled back if its tasks fail', () => {
    expect(serviceWith().DeploymentConfiguration).toMatchObject({
      MinimumHealthyPercent: 100, MaximumPercent: 200, DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    });
  });

  test('leaves the number of its tasks to the scaling', () => {
    expect(serviceWith()).not.toHaveProperty('DesiredCount');
  });

  test('waits for the permissions of its tasks, and of ECS to start them', () => {
    const { DependsOn } = resourceOf(stackWith(), SERVICE);
    expect(DependsOn).toEqual(expect.arrayContaining([
      expect.stringMatching(/^VideosTaskDefinitionTaskRoleDefaultPolicy/), expect.stringMatching(/^VideosTaskDefinitionExecutionRoleDefaultPolicy/),
    ]));
  });
});

describe('the scaling', () => {
  const policyOf = (id: string, props: Partial<QueueFedServiceProps> = {}) => resourceOf(stackWith(props), POLICY, id).Properties;

  test('is from no task to ten', () => {
    expect(resourceOf(stackWith(), TARGET).Properties).toMatchObject({ MinCapacity: 0, MaxCapacity: 10, ScalableDimension: 'ecs:service:DesiredCount' });
    expect(resourceOf(stackWith({ minCapacity: 2, maxCapacity: 2 }), TARGET).Properties).toMatchObject({ MinCapacity: 2, MaxCapacity: 2 });
  });

  test('has these policies, and none on CPU', () => {
    const ids = Object.keys(resourcesOf(stackWith(), POLICY)).map((id) => id.slice(0, -8));
    expect(ids.sort()).toEqual(['VideosBacklogPolicy', 'VideosIdlePolicy', 'VideosWakePolicy']);
  });

  test('follows the messages for each task, those in flight included', () => {
    const stat = (Id: string, Namespace: string, MetricName: string, Dimensions: object[]) => (
      { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat: 'Average' }, ReturnData: false }
    );
    const queue = [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosQueue/), 'QueueName'] } }];
    const { PolicyType, TargetTrackingScalingPolicyConfiguration: tracking } = policyOf('VideosBacklog');
    expect(PolicyType).toBe('TargetTrackingScaling');
    expect(tracking).toEqual({
      TargetValue: 1 + 10 / 60,
      ScaleOutCooldown: 60,
      CustomizedMetricSpecification: {
        Metrics: [
          {
            Id: 'backlogPerTask',
            Label: 'Messages waiting or in flight, for each task',
            Expression: '(visible + FILL(inFlight, 0)) / IF(FILL(running, 1) > 1, running, 1)',
            ReturnData: true,
          },
          stat('visible', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', queue),
          stat('inFlight', 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', queue),
          stat('running', 'ECS/ContainerInsights', 'RunningTaskCount', [
            { Name: 'ClusterName', Value: { Ref: expect.stringMatching(/^Cluster/) } },
            { Name: 'ServiceName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosService/), 'Name'] } },
          ]),
        ],
      },
    });
  });

  test.each<[string, Partial<QueueFedServiceProps>, number]>([
    ['as many as are done in the acceptable delay, and the one in hand', { acceptableDelay: Duration.minutes(30), averageProcessingTime: Duration.minutes(5) }, 7],
    ['by the longest time, where the average is not stated', { acceptableDelay: Duration.hours(2) }, 3],
    ['for ten minutes, where the delay is not stated', { averageProcessingTime: Duration.seconds(10) }, 61],
    ['none, where no delay is acceptable', { acceptableDelay: Duration.seconds(0) }, 1],
  ])('lets %s wait for a task', (_, props, target) => {
    expect(policyOf('VideosBacklog', props).TargetTrackingScalingPolicyConfiguration.TargetValue).toBe(target);
  });

  test('starts a task at the first message that nobody works on, and no second one while it starts', () => {
    const stack = stackWith();
    expect(policyOf('VideosWake')).toMatchObject({
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity', Cooldown: 300, MetricAggregationType: 'Maximum', StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [ref('VideosWakePolicy')],
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test('has nothing to start where tasks always run', () => {
    const stack = stackWith({ minCapacity: 1 });
    expect(Object.keys(resourcesOf(stack, POLICY)).map((id) => id.slice(0, -8)).sort()).toEqual(['VideosBacklogPolicy', 'VideosIdlePolicy']);
    expect(Object.keys(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).filter((id) => id.startsWith('VideosWake'))).toEqual([]);
  });

  test.each([[{}, 0], [{ minCapacity: 3 }, 3]])('stops all tasks but the least (%j) when nothing has waited or been in flight for 15 minutes', (props, least) => {
    expect(policyOf('VideosIdle', props)).toMatchObject({
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ExactCapacity', MetricAggregationType: 'Maximum', StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: least }],
      },
    });
    Template.fromStack(stackWith(props)).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [ref('VideosIdlePolicy')], ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: 15, TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    ['VideosWakeAlarm', 'IF(visible > 0 AND FILL(inFlight, 0) == 0, visible, 0)', 'Messages that nobody works on', 'Messages of Stack/Videos wait, and none is in flight: a task is started.'],
    ['VideosIdleAlarm', 'visible + FILL(inFlight, 0)', 'Messages waiting or in flight', 'Stack/Videos has had nothing to do for 15 minutes: its tasks are stopped, but for minCapacity.'],
  ])('has the alarm %s on the queue', (id, expression, label, meaning) => {
    const { Metrics, AlarmDescription } = resourceOf(stackWith(), 'AWS::CloudWatch::Alarm', id).Properties;
    const stat = (Id: string, MetricName: string) => ({
      Id,
      MetricStat: {
        Metric: { MetricName, Namespace: 'AWS/SQS', Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^VideosQueue/), 'QueueName'] } }] },
        Period: 60,
        Stat: 'Maximum',
      },
      ReturnData: false,
    });
    expect(Metrics).toEqual([
      { Id: 'expr_1', Expression: expression, Label: label, ReturnData: true },
      stat('visible', 'ApproximateNumberOfMessagesVisible'), stat('inFlight', 'ApproximateNumberOfMessagesNotVisible'),
    ]);
    expect(AlarmDescription).toBe(
      `${meaning} First: nothing; this alarm is for Application Auto Scaling. ` +
      'Runbook: https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/queue-fed-service.md#scaling',
    );
  });
});

describe('props', () => {
  test('say what a task is', () => {
    expect(tasksWith({ cpu: 1024, memoryLimitMiB: 4096, cpuArchitecture: ecs.CpuArchitecture.X86_64, command: ['node', 'a.js'], maxProcessingTime: Duration.minutes(5), visibilityTimeout: Duration.minutes(1) }))
      .toMatchObject({
        Cpu: '1024',
        Memory: '4096',
        RuntimePlatform: { CpuArchitecture: 'X86_64' },
        ContainerDefinitions: [{ Command: ['node', 'a.js'], Environment: [{}, { Value: '300' }, { Value: '60' }] }],
      });
  });

  test('put four of five tasks on Spot, but not the first', () => {
    const properties = serviceWith({ spot: true });
    expect(properties.CapacityProviderStrategy).toEqual([{ CapacityProvider: 'FARGATE', Base: 1, Weight: 1 }, { CapacityProvider: 'FARGATE_SPOT', Weight: 4 }]);
    expect(properties).not.toHaveProperty('LaunchType');
    expect(serviceWith({ spot: false })).not.toHaveProperty('CapacityProviderStrategy');
  });

  test('put tasks into other subnets', () => {
    expect(serviceWith({ assignPublicIp: true }).NetworkConfiguration.AwsvpcConfiguration).toMatchObject({ AssignPublicIp: 'ENABLED', Subnets: ['subnet-public'] });
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
    expect(serviceWith({ assignPublicIp: true, vpcSubnets }).NetworkConfiguration.AwsvpcConfiguration)
      .toMatchObject({ Subnets: ['subnet-private'] });
  });

  test('say what the queue is', () => {
    const stack = stackWith((scope) => ({
      maxReceiveCount: 3,
      retentionPeriod: Duration.days(2),
      deliveryDelay: Duration.seconds(5),
      maximumMessageSize: Size.kibibytes(64),
      visibilityTimeout: Duration.minutes(5),
      encryptionKey: new kms.Key(scope, 'Key'),
      removalPolicy: RemovalPolicy.RETAIN,
    }));
    expect(resourceOf(stack, QUEUE, 'VideosQueue')).toMatchObject({
      Properties: {
        MessageRetentionPeriod: 172_800,
        DelaySeconds: 5,
        MaximumMessageSize: 65_536,
        VisibilityTimeout: 300,
        RedrivePolicy: { maxReceiveCount: 3 },
        KmsMasterKeyId: expect.anything(),
      },
      DeletionPolicy: 'Retain',
    });
    expect(resourceOf(stack, QUEUE, 'VideosDeadLetterQueue')).toMatchObject({ Properties: { KmsMasterKeyId: expect.anything() }, DeletionPolicy: 'Retain' });
    expect(JSON.stringify(resourceOf(stack, 'AWS::IAM::Policy', 'VideosTaskDefinitionTaskRole'))).toContain('"kms:Decrypt"');
  });

  test('make FIFO queues', () => {
    const stack = stackWith({ fifo: true, contentBasedDeduplication: true, highThroughput: true });
    expect(resourceOf(stack, QUEUE, 'VideosQueue').Properties)
      .toMatchObject({ FifoQueue: true, ContentBasedDeduplication: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' });
    expect(resourceOf(stack, QUEUE, 'VideosDeadLetterQueue').Properties).toMatchObject({ FifoQueue: true });
    expect(resourceOf(stackWith({ fifo: true }), QUEUE, 'VideosQueue').Properties).not.toHaveProperty('ContentBasedDeduplication');
  });

  test('take queues that exist', () => {
    const stack = newStack();
    const deadLetters = new sqs.Queue(stack, 'Dead', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Live', { enforceSSL: true, deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 } });
    const videos = videosIn(stack, { queue, visibilityTimeout: Duration.minutes(3) });
    expect([videos.queue, videos.deadLetterQueue]).toEqual([queue, deadLetters]);
    expect(Object.keys(resourcesOf(stack, QUEUE))).toHaveLength(2);
    expect(resourceOf(stack, TASKS).Properties.ContainerDefinitions[0].Environment[2]).toEqual({ Name: 'VISIBILITY_TIMEOUT_SECONDS', Value: '180' });
  });
});

describe('a task definition of one\'s own', () => {
  const stack = stackWith((scope) => ({ taskDefinition: tasksIn(scope) }));

  test('runs as it is, but its worker is told of the queue and of its times', () => {
    expect(Object.keys(resourcesOf(stack, TASKS)).map((id) => id.slice(0, -8))).toEqual(['Tasks']);
    expect(resourceOf(stack, TASKS).Properties).toMatchObject({
      Cpu: '1024',
      Memory: '2048',
      ContainerDefinitions: [
        { Name: 'Router', Image: 'router:1' },
        {
          Name: 'Own',
          Image: 'worker:2',
          Environment: [
            { Name: 'QUEUE_URL', Value: { Ref: expect.stringMatching(/^VideosQueue/) } },
            { Name: 'MAX_PROCESSING_SECONDS', Value: '3600' },
            { Name: 'VISIBILITY_TIMEOUT_SECONDS', Value: '120' },
          ],
        },
      ],
    });
    expect(resourceOf(stack, TASKS).Properties.ContainerDefinitions[0]).not.toHaveProperty('Environment');
    expect(resourceOf(stack, SERVICE).Properties.TaskDefinition).toEqual({ Ref: expect.stringMatching(/^Tasks/) });
  });

  test('gets the permissions of the worker, and logs where it says', () => {
    const { PolicyDocument: { Statement } } = resourceOf(stack, 'AWS::IAM::Policy', 'TasksTaskRole').Properties;
    expect((Statement as { Action: string[] }[]).map(({ Action }) => Action[0])).toEqual(['sqs:ReceiveMessage', 'ecs:GetTaskProtection']);
    expect(Object.keys(resourcesOf(stack, 'AWS::Logs::LogGroup'))).toEqual([]);
    expect((stack.node.findChild('Videos') as QueueFedService).logGroup).toBeUndefined();
  });
});

describe('grants', () => {
  const actionsOf = (grant: 'grantSendMessages' | 'grantRedrive') => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    videosIn(stack)[grant](role);
    const { PolicyDocument: { Statement } } = resourceOf(stack, 'AWS::IAM::Policy', 'Operator').Properties;
    return (Statement as { Action: string[]; Resource: { 'Fn::GetAtt': [string] } }[]).map(({ Action, Resource }) => [Resource['Fn::GetAtt'][0].slice(0, -8), ...Action]);
  };

  test('let senders send', () => {
    expect(actionsOf('grantSendMessages')).toEqual([['VideosQueue', 'sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl']]);
  });

  test('let operators redrive', () => {
    expect(actionsOf('grantRedrive')).toEqual([
      ['VideosDeadLetterQueue', 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      ['VideosDeadLetterQueue', 'sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'],
      ['VideosQueue', 'sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    ]);
  });
});
