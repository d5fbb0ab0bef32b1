import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ownerOfTasks } from './private/task';
import type { QueueFedServiceProps } from './queue-fed-service';
import { QUEUE_FED_SERVICE_ALARMS } from './queue-fed-service.alarms';
import type { QueueConsumerFacts } from '../delivery/rules/queue-consumer';
import { QUEUE_CONSUMER_RULES } from '../delivery/rules/queue-consumer';
import type { QueueServiceFacts } from '../delivery/rules/queue-service';
import { QUEUE_SERVICE_RULES, SCALING_NEEDS } from '../delivery/rules/queue-service';
import { placeOf } from '../private/app/environments';
import { resourceBehind } from '../private/app/references';
import { renderedProperty } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import {
  checkQueues, consumedQueueFacts, deadLetterQueueFacts, deadLetterQueueOf, DEFAULT_MAX_RECEIVE_COUNT, defaultRetention, QUEUE_BOUNDS,
  SHORTEST_AGE_ALARM_SECONDS, warnOfDeadLetterQueue,
} from '../private/sqs/fed-queues';

const DERIVED = 'scaling, heartbeats and alarms are derived from it';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size */
const SIZES: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};

/** What the tasks are and how many there may be, with the defaults. */
export interface WorkerPlan {
  readonly maxProcessingSeconds: number;
  readonly visibilityTimeout: Duration;
  readonly visibilitySeconds: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly cpu: number;
  readonly memoryLimitMiB: number;
  /** How many messages there may be for each task, those in hand included. */
  readonly backlogPerTask: number;
  /** How old a message may be when it is done, if there are enough tasks. */
  readonly dueSeconds: number;
}

/** The values that are derived from the props and from what the queues settle themselves. */
export interface ServicePlan extends WorkerPlan {
  readonly maxReceiveCount: number;
  readonly deadLetterQueue: sqs.IQueue | undefined;
  readonly ageSeconds: number;
}

export const QUEUE_FED_SERVICE_BOUNDS: PropBounds<QueueFedServiceProps> = {
  maxProcessingTime: { unit: 'seconds', min: 1, max: 43_200, fix: 'state it in whole seconds; SQS hides a message for 12 hours at most', known: DERIVED },
  averageProcessingTime: { unit: 'seconds', min: 1, max: 43_200, fix: 'leave it out for maxProcessingTime', known: DERIVED },
  acceptableDelay: { unit: 'seconds', min: 0, max: 1_209_600, fix: 'leave it out for 10 minutes', known: DERIVED },
  visibilityTimeout: { unit: 'seconds', min: 30, max: 43_200, fix: 'leave it out for 2 minutes', known: DERIVED },
  minCapacity: { unit: 'number', min: 0, max: 5000, fix: 'leave it out for 0', known: DERIVED },
  maxCapacity: { unit: 'number', min: 1, max: 5000, fix: 'leave it out for 10', known: DERIVED },
  cpu: { unit: 'number', min: 256, max: 16_384, fix: 'leave it out for 512', known: 'Fargate has it only with certain sizes of memory' },
  memoryLimitMiB: { unit: 'number', min: 512, max: 122_880, fix: 'leave it out for 1024', known: 'Fargate has it only with certain sizes of cpu' },
  ...QUEUE_BOUNDS,
};

/** What the props say of the workers. */
export function workersOf(props: QueueFedServiceProps): WorkerPlan {
  const maxProcessingSeconds = props.maxProcessingTime.toSeconds();
  const delaySeconds = (props.acceptableDelay ?? Duration.minutes(10)).toSeconds();
  const visibilityTimeout = props.visibilityTimeout ?? Duration.minutes(2);
  return {
    maxProcessingSeconds,
    visibilityTimeout,
    visibilitySeconds: visibilityTimeout.toSeconds(),
    minCapacity: props.minCapacity ?? 0,
    maxCapacity: props.maxCapacity ?? 10,
    cpu: props.cpu ?? 512,
    memoryLimitMiB: props.memoryLimitMiB ?? 1024,
    // The one in hand, and those that may wait behind it.
    backlogPerTask: 1 + delaySeconds / (props.averageProcessingTime ?? props.maxProcessingTime).toSeconds(),
    dueSeconds: delaySeconds + maxProcessingSeconds,
  };
}

/**
 * Spot for four of five tasks, but not for the first: ECS does not turn to on-demand capacity when there is no Spot capacity, and then nobody would work on the queue.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
 */
export function strategiesOf({ spot }: QueueFedServiceProps): ecs.CapacityProviderStrategy[] | undefined {
  return spot ? [{ capacityProvider: 'FARGATE', base: 1, weight: 1 }, { capacityProvider: 'FARGATE_SPOT', weight: 4 }] : undefined;
}

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: QueueFedServiceProps): ServicePlan {
  const problems = new Problems(scope, 'QueueFedService');
  problems.checkBounds(props, QUEUE_FED_SERVICE_BOUNDS);
  // The others are about sums of these.
  problems.throwIfAny();
  const workers = workersOf(props);
  checkCapacity(problems, workers);
  if (props.taskDefinition) {
    checkTaskDefinition(problems, scope, props, props.taskDefinition);
  } else {
    checkSize(problems, workers);
    if (!props.image) {
      problems.add('image is not set, and neither is taskDefinition, but one of the two must be: set image to the image with the worker');
    }
  }
  checkTimes(problems, props);
  checkNetwork(problems, props);
  // What hides a message here is what its worker says with each receive.
  checkQueues(problems, scope, { ...props, visibilityTimeout: undefined }, '');
  const { consumer, service } = serviceFacts(scope, props);
  problems.addFindings(CONSUMER_RULES, consumer);
  problems.addFindings(QUEUE_SERVICE_RULES, service);
  warnOfDeadLetterQueue(scope, deadLetterQueueOf(props));
  warnOfUnknownInsights(scope, service);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for SSE-SQS');
  const { retentionSeconds = defaultRetention().toSeconds() } = service.queue;
  QUEUE_FED_SERVICE_ALARMS.check(problems, { retentionSeconds }, props.alarms);
  problems.throwIfAny();

  return {
    ...workers,
    maxReceiveCount: props.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    deadLetterQueue: deadLetterQueueOf(props),
    // SQS counts the age of a message until it is deleted, so also while it is processed. Half of the retention leaves time to act before messages expire.
    ageSeconds: Math.min(Math.max(SHORTEST_AGE_ALARM_SECONDS, 2 * workers.dueSeconds), retentionSeconds / 2),
  };
}

/** Without the one that has the whole processing in one visibility timeout: here heartbeats extend it, and `processedTooLate` says what is true then. */
export const CONSUMER_RULES = QUEUE_CONSUMER_RULES.filter(({ id }) => id !== 'deadLettersTooLate');

/** What the rules are told: of the queues, and of the service that works through them. */
export function serviceFacts(
  scope: Construct, props: QueueFedServiceProps,
): { readonly consumer: QueueConsumerFacts; readonly service: QueueServiceFacts } {
  const { maxProcessingSeconds, visibilitySeconds } = workersOf(props);
  const here = placeOf(Stack.of(scope));
  const queue = consumedQueueFacts(scope, props, visibilitySeconds);
  return {
    consumer: { queue, deadLetterQueue: deadLetterQueueFacts(scope, props), handler: { path: scope.node.path }, eventSource: here },
    service: {
      ...here,
      queue,
      cluster: { path: props.cluster.node.path, containerInsights: hasContainerInsights(props) },
      maxProcessingSeconds,
      visibilityTimeoutSeconds: visibilitySeconds,
      spot: props.spot,
    },
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html */
function hasContainerInsights({ cluster }: QueueFedServiceProps): boolean | undefined {
  const resource = resourceBehind(cluster.clusterArn, 'AWS::ECS::Cluster');
  const settings = resource && renderedProperty(resource, 'ClusterSettings') as readonly { readonly name?: unknown; readonly value?: unknown }[] | undefined;
  const value = settings?.find(({ name }) => name === 'containerInsights')?.value;
  return typeof value === 'string' ? value !== 'disabled' : undefined;
}

function warnOfUnknownInsights(scope: Construct, { cluster: { path, containerInsights } }: QueueServiceFacts): void {
  if (containerInsights === undefined) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:containerInsightsUnknown',
      `whether cluster '${path}' has Container Insights on cannot be read, but ${SCALING_NEEDS}: ` +
      'set containerInsightsV2: ecs.ContainerInsights.ENABLED where the cluster is made, or make sure that it is on',
    );
  }
}

function checkCapacity(problems: Problems, { minCapacity, maxCapacity }: WorkerPlan): void {
  if (minCapacity > maxCapacity) {
    problems.add(`minCapacity is ${minCapacity}, which is more than maxCapacity (${maxCapacity}): raise maxCapacity or lower minCapacity`);
  }
}

function checkTaskDefinition(problems: Problems, scope: Construct, props: QueueFedServiceProps, taskDefinition: ecs.FargateTaskDefinition): void {
  const { path } = taskDefinition.node;
  const owns = ['image', 'command', 'cpu', 'memoryLimitMiB', 'cpuArchitecture'] as const;
  for (const prop of owns.filter((name) => props[name] !== undefined)) {
    problems.add(`${prop} is set, but it is the task definition's own (taskDefinition '${path}'): leave ${prop} out, or set it where the task definition is made`);
  }
  if (!taskDefinition.defaultContainer) {
    problems.add(`taskDefinition '${path}' has no default container, which is the worker: add the container before the QueueFedService, with essential: true`);
  }
  if (Stack.of(taskDefinition) !== Stack.of(scope)) {
    problems.add(
      `taskDefinition '${path}' is made in another stack (${Stack.of(taskDefinition).node.path}), but is told the URL of the queue by this one, ` +
      'so each stack would wait for the other: make the task definition in the stack of the QueueFedService',
    );
  }
  const owner = ownerOfTasks(taskDefinition);
  if (owner) {
    problems.add(`taskDefinition '${path}' belongs to '${owner.node.path}' already, whose queue it is told of: give each QueueFedService a task definition of its own`);
  }
}

function checkSize(problems: Problems, { cpu, memoryLimitMiB }: WorkerPlan): void {
  const memory = SIZES[cpu];
  if (!memory) {
    problems.add(`cpu is ${cpu}, which is no size that Fargate has: set cpu to one of ${Object.keys(SIZES).join(', ')}`);
    return;
  }
  const [least, most, step] = memory;
  if (memoryLimitMiB < least || memoryLimitMiB > most || memoryLimitMiB % step !== 0) {
    problems.add(`memoryLimitMiB is ${memoryLimitMiB}, which Fargate does not have with ${cpu} units of cpu: set memoryLimitMiB to a multiple of ${step} from ${least} to ${most}, or set cpu`);
  }
}

function checkTimes(problems: Problems, { maxProcessingTime, averageProcessingTime }: QueueFedServiceProps): void {
  const [most, average] = [maxProcessingTime.toSeconds(), averageProcessingTime?.toSeconds()];
  if (average !== undefined && average > most) {
    problems.add(`averageProcessingTime is ${average} seconds, which is more than maxProcessingTime (${most} seconds): raise maxProcessingTime or lower averageProcessingTime`);
  }
}

/** A task in a public subnet reaches nothing without a public address: it cannot even pull its image. */
function checkNetwork(problems: Problems, { cluster, vpcSubnets, assignPublicIp }: QueueFedServiceProps): void {
  if (vpcSubnets && !assignPublicIp && cluster.vpc.selectSubnets(vpcSubnets).hasPublic) {
    problems.add(
      'vpcSubnets selects public subnets, but assignPublicIp is not true, so tasks could not pull their image: set assignPublicIp: true, or select private subnets with a NAT gateway or VPC endpoints',
    );
  }
}
