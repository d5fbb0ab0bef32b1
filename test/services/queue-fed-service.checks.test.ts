import type { Stack } from 'aws-cdk-lib';
import { App, CfnParameter, Duration, Fn, Stack as AnyStack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { clusterIn, stackWith, tasksIn, videosIn, vpcIn } from './fixtures';
import type { QueueFedServiceProps } from '../../src';
import { QueueFedService } from '../../src';
import { newStack } from '../messaging/fixtures';

type Props = Partial<QueueFedServiceProps>;

function problemsOf(props: Props | ((stack: Stack) => Props)): string[] {
  try {
    stackWith(props);
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toBe("QueueFedService 'Stack/Videos' cannot be made:");
    return problems;
  }
  return [];
}

function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data as string).filter((text) => !text.includes('alarmsNotifyNobody'));
}

test('all problems are reported at once', () => {
  expect(problemsOf({
    cpu: 300, minCapacity: 11, averageProcessingTime: Duration.hours(2), maxReceiveCount: 97, contentBasedDeduplication: true,
  })).toEqual([
    'minCapacity is 11, which is more than maxCapacity (10): raise maxCapacity or lower minCapacity',
    'cpu is 300, which is no size that Fargate has: set cpu to one of 256, 512, 1024, 2048, 4096, 8192, 16384',
    'averageProcessingTime is 7200 seconds, which is more than maxProcessingTime (3600 seconds): raise maxProcessingTime or lower averageProcessingTime',
    'contentBasedDeduplication is true, but only a FIFO queue deduplicates: set fifo: true, or leave contentBasedDeduplication out',
    expect.stringMatching(/^maxReceiveCount x \(maxProcessingTime \+ visibilityTimeout\) is 97 x \(3600 \+ 120\) seconds/),
  ]);
});

test('tokens of which others are derived are refused, together with what else is out of bounds', () => {
  const token = (stack: Stack) => new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber;
  expect(problemsOf((stack) => ({ maxProcessingTime: Duration.seconds(token(stack)), maxReceiveCount: 0 }))).toEqual([
    'maxProcessingTime is a token, but must be known, because scaling, heartbeats and alarms are derived from it: state it in whole seconds; SQS hides a message for 12 hours at most',
    'maxReceiveCount is 0, but must be a whole number from 1 to 1000: leave it out for 5',
  ]);
});

describe('sizes', () => {
  test.each([
    [256, [512, 1024, 1536, 2048]], [512, [1024, 4096]], [1024, [2048, 8192]], [2048, [4096, 16_384]], [4096, [8192, 30_720]],
    [8192, [16_384, 20_480, 61_440]],
    [16_384, [32_768, 40_960, 122_880]],
  ])('with %d units of CPU, these are sizes: %j', (cpu, sizes) => {
    expect(sizes.flatMap((memoryLimitMiB) => problemsOf({ cpu, memoryLimitMiB }))).toEqual([]);
  });

  test.each([
    [256, 2560, '512 from 512 to 2048'], [512, 512, '1024 from 1024 to 4096'], [512, 1536, '1024 from 1024 to 4096'], [512, 5120, '1024 from 1024 to 4096'],
    [1024, 1024, '1024 from 2048 to 8192'], [1024, 9216, '1024 from 2048 to 8192'], [2048, 3072, '1024 from 4096 to 16384'], [2048, 17_408, '1024 from 4096 to 16384'],
    [4096, 7168, '1024 from 8192 to 30720'], [4096, 31_744, '1024 from 8192 to 30720'], [8192, 12_288, '4096 from 16384 to 61440'], [8192, 17_408, '4096 from 16384 to 61440'],
    [8192, 65_536, '4096 from 16384 to 61440'], [16_384, 24_576, '8192 from 32768 to 122880'], [16_384, 36_864, '8192 from 32768 to 122880'],
  ])('%d units of CPU with %d MiB are none', (cpu, memoryLimitMiB, allowed) => {
    expect(problemsOf({ cpu, memoryLimitMiB })).toEqual([
      `memoryLimitMiB is ${memoryLimitMiB}, which Fargate does not have with ${cpu} units of cpu: set memoryLimitMiB to a multiple of ${allowed}, or set cpu`,
    ]);
  });
});

test('as many tasks at least as at most are possible', () => {
  expect(problemsOf({ minCapacity: 10 })).toEqual([]);
  expect(problemsOf({ minCapacity: 3, maxCapacity: 2 })).toEqual(['minCapacity is 3, which is more than maxCapacity (2): raise maxCapacity or lower minCapacity']);
});

test('the average may be the maximum', () => {
  expect(problemsOf({ averageProcessingTime: Duration.hours(1) })).toEqual([]);
});

describe('subnets', () => {
  const PUBLIC = { subnetType: ec2.SubnetType.PUBLIC };

  test('that are public need public addresses', () => {
    expect(problemsOf({ vpcSubnets: PUBLIC })).toEqual([
      'vpcSubnets selects public subnets, but assignPublicIp is not true, so tasks could not pull their image: ' +
      'set assignPublicIp: true, or select private subnets with a NAT gateway or VPC endpoints',
    ]);
    expect(problemsOf({ vpcSubnets: PUBLIC, assignPublicIp: true })).toEqual([]);
  });

  test('that are private need none', () => {
    expect(problemsOf({ vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } })).toEqual([]);
  });
});

describe('the cluster', () => {
  const insights = (value: ecs.ContainerInsights) => (stack: Stack) => ({ cluster: clusterIn(stack, value) });

  test('must not be without Container Insights', () => {
    expect(problemsOf(insights(ecs.ContainerInsights.DISABLED))).toEqual([expect.stringMatching(/^cluster 'Stack\/Cluster' has Container Insights off/)]);
    expect(problemsOf(insights(ecs.ContainerInsights.ENHANCED))).toEqual([]);
  });

  const UNKNOWN = (path: string) => `whether cluster '${path}' has Container Insights on cannot be read, but the number of running tasks, by which the backlog is divided, is a metric of Container Insights: ` +
    'set containerInsightsV2: ecs.ContainerInsights.ENABLED where the cluster is made, or make sure that it is on [ack: cdk-serverless-patterns:containerInsightsUnknown]';

  test('may be imported, with a warning', () => {
    const stack = stackWith((scope) => ({ cluster: ecs.Cluster.fromClusterAttributes(scope, 'Imported', { clusterName: 'shop', vpc: vpcIn(scope) }) }));
    expect(warningsOf(stack)).toEqual([UNKNOWN('Stack/Imported')]);
  });

  test('may leave Container Insights to the account, with a warning', () => {
    const stack = newStack();
    videosIn(stack, { cluster: new ecs.Cluster(stack, 'Cluster', { vpc: vpcIn(stack) }) });
    expect(warningsOf(stack)).toEqual([UNKNOWN('Stack/Cluster')]);
  });

  test('may have Container Insights by a parameter, with a warning', () => {
    const stack = newStack();
    const cluster = clusterIn(stack);
    (cluster.node.defaultChild as ecs.CfnCluster).clusterSettings = [{ name: 'containerInsights', value: Fn.ref('Setting') }];
    videosIn(stack, { cluster });
    expect(warningsOf(stack)).toEqual([UNKNOWN('Stack/Cluster')]);
  });
});

test('with Spot there is a warning, unless a message takes no longer than a task has', () => {
  expect(warningsOf(stackWith({ spot: true }))).toEqual([expect.stringContaining('[ack: cdk-serverless-patterns:spotInterruptsWork]')]);
  expect(warningsOf(stackWith({ spot: true, maxProcessingTime: Duration.minutes(2) }))).toEqual([]);
});

describe('a task definition of one\'s own', () => {
  const own = (worker: Partial<ecs.ContainerDefinitionOptions> = {}) => (stack: Stack) => ({ taskDefinition: tasksIn(stack, worker) });

  test('may be given', () => {
    expect(problemsOf(own())).toEqual([]);
    expect(warningsOf(stackWith(own()))).toEqual([]);
  });

  test('settles itself what a task is', () => {
    const settled = (prop: string) => `${prop} is set, but it is the task definition's own (taskDefinition 'Stack/Tasks'): leave ${prop} out, or set it where the task definition is made`;
    expect(problemsOf((stack) => ({
      ...own()(stack),
      image: ecs.ContainerImage.fromRegistry('worker:1'),
      command: ['node'],
      cpu: 1,
      memoryLimitMiB: 1,
      cpuArchitecture: ecs.CpuArchitecture.ARM64,
    }))).toEqual([
      'cpu is 1, but must be a whole number from 256 to 16384: leave it out for 512',
      'memoryLimitMiB is 1, but must be a whole number from 512 to 122880: leave it out for 1024',
    ]);
    expect(problemsOf((stack) => ({
      ...own()(stack),
      image: ecs.ContainerImage.fromRegistry('worker:1'),
      command: ['node'],
      cpu: 512,
      memoryLimitMiB: 1024,
      cpuArchitecture: ecs.CpuArchitecture.ARM64,
    }))).toEqual(['image', 'command', 'cpu', 'memoryLimitMiB', 'cpuArchitecture'].map(settled));
  });

  test('is needed where there is no image', () => {
    expect(problemsOf({ image: undefined })).toEqual(['image is not set, and neither is taskDefinition, but one of the two must be: set image to the image with the worker']);
  });

  test('must have a worker', () => {
    expect(problemsOf((stack) => ({ taskDefinition: new ecs.FargateTaskDefinition(stack, 'Tasks') })))
      .toEqual(["taskDefinition 'Stack/Tasks' has no default container, which is the worker: add the container before the QueueFedService, with essential: true"]);
  });

  test('must be in the stack of the service', () => {
    expect(problemsOf((stack) => own()(new AnyStack(stack.node.root as App, 'Other') as Stack))).toEqual([
      "taskDefinition 'Other/Tasks' is made in another stack (Other), but is told the URL of the queue by this one, " +
      'so each stack would wait for the other: make the task definition in the stack of the QueueFedService',
    ]);
  });

  test('must be for one service', () => {
    const stack = newStack();
    const { taskDefinition, service: { cluster } } = videosIn(stack, own()(stack));
    const again = () => new QueueFedService(stack, 'Others', { taskDefinition, cluster, maxProcessingTime: Duration.hours(1) });
    expect(again).toThrow("taskDefinition 'Stack/Tasks' belongs to 'Stack/Videos' already, whose queue it is told of: give each QueueFedService a task definition of its own");
    stack.node.tryRemoveChild('Videos');
    expect(again).not.toThrow();
  });

  test.each<[string, Partial<ecs.ContainerDefinitionOptions>, number | undefined]>([
    ['says nothing', { stopTimeout: undefined }, 30], ['says too little', { stopTimeout: Duration.seconds(60) }, 60], ['leaves it to a parameter', {}, undefined],
  ])('that %s of the time to stop is warned of, where that is known', (_, worker, seconds) => {
    const stack = stackWith(own(worker));
    if (seconds === undefined) {
      const tasks = stack.node.findChild('Tasks').node.defaultChild as ecs.CfnTaskDefinition;
      tasks.addPropertyOverride('ContainerDefinitions.1.StopTimeout', { Ref: 'Seconds' });
    }
    expect(warningsOf(stack)).toEqual(seconds === undefined ? [] : [expect.stringContaining(`the worker is killed ${seconds} seconds after it was told to stop, but a message may take 3600 seconds`)]);
  });

  test('is warned of if an aspect takes its time to stop', () => {
    const stack = stackWith(own());
    (stack.node.findChild('Tasks').node.defaultChild as ecs.CfnTaskDefinition).addPropertyOverride('ContainerDefinitions.1.StopTimeout', 10);
    expect(warningsOf(stack)).toEqual([expect.stringContaining('the worker is killed 10 seconds after it was told to stop')]);
  });
});

describe('an adopted queue', () => {
  const live = (stack: Stack, props: sqs.QueueProps = {}) => new sqs.Queue(stack, 'Live', {
    enforceSSL: true,
    deadLetterQueue: { queue: new sqs.Queue(stack, 'Dead', { enforceSSL: true, retentionPeriod: Duration.days(14) }), maxReceiveCount: 3 },
    ...props,
  });

  test('may hide messages for less long than they take: the worker says for how long', () => {
    const short = (stack: Stack) => live(stack, { visibilityTimeout: Duration.seconds(30) });
    expect(problemsOf((stack) => ({ queue: short(stack), visibilityTimeout: Duration.minutes(3) }))).toEqual([]);
  });

  test('settles the rest itself', () => {
    expect(problemsOf((stack) => ({ queue: live(stack), maxReceiveCount: 3 })))
      .toEqual(["maxReceiveCount is set, but it is the adopted queue's own (queue 'Stack/Live'), which is not changed here: leave maxReceiveCount out, or set it where the queue is made"]);
  });

  test('must keep messages for long enough', () => {
    expect(problemsOf((stack) => ({ queue: live(stack, { retentionPeriod: Duration.hours(3) }) })))
      .toEqual([expect.stringContaining("is 3 x (3600 + 120) seconds, which is not less than the retentionPeriod of queue 'Stack/Live' (10800 seconds)")]);
  });

  test('must have a dead-letter queue', () => {
    expect(problemsOf((stack) => ({ queue: new sqs.Queue(stack, 'Live') }))).toEqual([expect.stringContaining("queue 'Stack/Live' has no dead-letter queue")]);
  });

  test('that is imported is warned of, with what is asked of it', () => {
    const stack = stackWith((scope) => ({
      queue: sqs.Queue.fromQueueArn(scope, 'Live', 'arn:aws:sqs:eu-west-1:111122223333:live'),
      deadLetterQueue: sqs.Queue.fromQueueArn(scope, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead'),
    }));
    expect(warningsOf(stack)).toEqual([
      "queue 'Stack/Live' is not made in this app, so what it settles cannot be checked: " +
      'its redrive policy must be {"deadLetterTargetArn": "<ARN of deadLetterQueue>", "maxReceiveCount": 5} [ack: cdk-serverless-patterns:adoptedQueueUnchecked]',
      expect.stringContaining('[ack: cdk-serverless-patterns:deadLetterQueueUnchecked]'),
    ]);
  });

  test('must be in the account and the region of the service', () => {
    const stack = new AnyStack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const queueIn = (region: string, account: string) => () => videosIn(stack, {
      cluster: stack.node.tryFindChild('Cluster') as ecs.Cluster | undefined ?? clusterIn(stack),
      queue: sqs.Queue.fromQueueArn(stack, `Live-${region}-${account}`, `arn:aws:sqs:${region}:${account}:live`),
      deadLetterQueue: sqs.Queue.fromQueueArn(stack, `Dead-${region}-${account}`, `arn:aws:sqs:${region}:${account}:dead`),
    });
    expect(queueIn('eu-west-1', '999999999999')).toThrow(/cannot be made:\n {2}- queue 'Stack\/Live-eu-west-1-999999999999' is in account 999999999999, but the service is in 111122223333[^\n]*$/);
    expect(queueIn('eu-west-2', '111122223333')).toThrow(/queue 'Stack\/Live-eu-west-2-111122223333' is in region eu-west-2, but this stack is in eu-west-1/);
  });
});

describe('the dead-letter queue', () => {
  test('must be of the type of the queue', () => {
    expect(problemsOf((stack) => ({ fifo: true, deadLetterQueue: new sqs.Queue(stack, 'Dead') }))).toEqual([expect.stringContaining("deadLetterQueue 'Stack/Dead' is a standard queue")]);
  });

  test('must not belong to another consumer', () => {
    const stack = newStack();
    const first = videosIn(stack);
    expect(() => new (first.constructor as typeof import('../../src').QueueFedService)(stack, 'Others', {
      image: ecs.ContainerImage.fromRegistry('worker:1'), cluster: first.service.cluster, maxProcessingTime: Duration.hours(1), deadLetterQueue: first.deadLetterQueue,
    })).toThrow("deadLetterQueue 'Stack/Videos/DeadLetterQueue' belongs to 'Stack/Videos' already");
  });
});

test('keys of AWS are refused', () => {
  expect(problemsOf((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sqs') })))
    .toEqual([expect.stringMatching(/^encryptionKey is the AWS-managed key 'alias\/aws\/sqs'.*: give one, or leave encryptionKey out for SSE-SQS$/)]);
});

test('a key that is imported by its alias is warned of', () => {
  expect(warningsOf(stackWith((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/shop') })))).toEqual([expect.stringContaining('keyByAliasNotGranted')]);
});

test('options of alarms are checked', () => {
  expect(problemsOf({ alarms: { messageAge: { threshold: Duration.days(4) }, workersFail: { datapointsToAlarm: 16 } } })).toEqual([
    expect.stringContaining('alarms.messageAge.threshold is 345600 seconds, but must be less than 345600'),
    expect.stringContaining('alarms.workersFail.datapointsToAlarm is 16, but must be a whole number from 1 to 15'),
  ]);
  expect(problemsOf({ alarms: { messageAge: { threshold: Duration.seconds(345_599) } } })).toEqual([]);
});
