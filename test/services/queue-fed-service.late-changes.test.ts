import type { CfnResource, Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { clusterIn, tasksIn, videosIn } from './fixtures';
import type { QueueFedService } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, problemsAtSynthesis } from '../late-changes';
import { newStack } from '../messaging/fixtures';

const child = (...ids: string[]) => (videos: QueueFedService) => (
  ids.reduce((parent: { node: { findChild(id: string): any } }, id) => parent.node.findChild(id), videos as never) as never as CfnResource
);

const RESOURCES = {
  'queue': child('Queue', 'Resource'),
  'dead-letter queue': child('DeadLetterQueue', 'Resource'),
  'tasks': child('TaskDefinition', 'Resource'),
  'service': child('Service', 'Service'),
  'target': child('Service', 'TaskCount', 'Target', 'Resource'),
  'backlog policy': child('BacklogPolicy'),
  'idle policy': child('IdlePolicy'),
  'wake policy': child('WakePolicy'),
  'idle alarm': child('IdleAlarm', 'Resource'),
  'wake alarm': child('WakeAlarm', 'Resource'),
  'task rule': child('TaskRule', 'Resource'),
  'deployment rule': child('DeploymentRule', 'Resource'),
};

const CHANGES: LateChange<keyof typeof RESOURCES>[] = [
  ['queue', 'Properties.VisibilityTimeout', 600, 'state visibilityTimeout of the QueueFedService'],
  ['queue', 'Properties.RedrivePolicy', undefined, 'state deadLetterQueue of the QueueFedService'],
  ['queue', 'Properties.RedrivePolicy.maxReceiveCount', 1, 'state maxReceiveCount'],
  ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'give a queue of your own as deadLetterQueue of the QueueFedService'],
  ['dead-letter queue', 'Properties.KmsMasterKeyId', 'alias/aws/sqs', 'state encryptionKey of the QueueFedService'],
  ['tasks', 'Properties.Cpu', '256', 'state cpu of the QueueFedService'],
  ['tasks', 'Properties.Memory', '2048', 'state memoryLimitMiB of the QueueFedService'],
  ['tasks', 'Properties.ContainerDefinitions.0.StopTimeout', 30, 'a worker that is stopped has this time to finish its message'],
  ['tasks', 'Properties.ContainerDefinitions.0.Environment', [], 'the worker is told of its queue and its times by them'],
  ['service', 'Properties.DesiredCount', 3, 'each deployment would set it again; state minCapacity of the QueueFedService'],
  ['service', 'Properties.TaskDefinition', 'other', 'these are the tasks that work through the queue'],
  ['service', 'Properties.CapacityProviderStrategy', [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }], 'state spot of the QueueFedService'],
  ['service', 'Properties.DeploymentConfiguration.DeploymentCircuitBreaker', undefined, 'a deployment whose tasks fail must end, with the tasks before it'],
  ['service', 'Properties.DeploymentConfiguration.MinimumHealthyPercent', 0, 'the queue is worked on during a deployment'],
  ['service', 'Properties.DeploymentConfiguration.MaximumPercent', 100, 'new tasks stand beside old ones that are protected'],
  ['target', 'Properties.MinCapacity', 1, 'state minCapacity of the QueueFedService'],
  ['target', 'Properties.MaxCapacity', 1, 'state maxCapacity of the QueueFedService'],
  ['backlog policy', 'Properties.TargetTrackingScalingPolicyConfiguration', { TargetValue: 1000 }, 'state acceptableDelay and averageProcessingTime of the QueueFedService'],
  ['backlog policy', 'Properties.TargetTrackingScalingPolicyConfiguration', { DisableScaleIn: true }, 'state acceptableDelay and averageProcessingTime of the QueueFedService'],
  ['idle policy', 'Properties.StepScalingPolicyConfiguration', { AdjustmentType: 'ChangeInCapacity' }, 'tasks are stopped when nothing is in flight'],
  ['wake policy', 'Properties.StepScalingPolicyConfiguration', { StepAdjustments: [] }, 'the first message starts a task'],
  ['idle alarm', 'Properties.AlarmActions', [], 'tasks are stopped when nothing is in flight'],
  ['wake alarm', 'Properties.AlarmActions', undefined, 'the first message starts a task'],
  ['wake alarm', 'Properties.ActionsEnabled', false, 'the first message starts a task'],
  ['task rule', 'Properties.EventPattern', { source: ['aws.s3'] }, 'an alarm counts these events'],
  ['task rule', 'Properties.State', 'DISABLED', 'an alarm counts its events'],
  ['deployment rule', 'Properties.EventPattern', { source: ['aws.s3'] }, 'an alarm counts these events'],
  ['deployment rule', 'Properties.EventBusName', 'other', 'ECS sends its events to the default event bus'],
];

describeLateChanges((stack) => videosIn(stack), RESOURCES, CHANGES);

test('of a task definition of one\'s own, only what the worker is told is kept', () => {
  const problemsAfter = (change: (tasks: CfnResource) => void) => {
    const stack = newStack();
    change(videosIn(stack, { taskDefinition: tasksIn(stack) }).taskDefinition.node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };
  expect(problemsAfter((tasks) => {
    tasks.addPropertyOverride('Cpu', '2048');
    tasks.addPropertyOverride('Memory', '4096');
    tasks.addPropertyOverride('ContainerDefinitions.1.StopTimeout', 60);
    tasks.addPropertyOverride('ContainerDefinitions.0.Environment', []);
  })).toEqual([]);
  expect(problemsAfter((tasks) => tasks.addPropertyOverride('ContainerDefinitions.1.Environment', [])))
    .toEqual([expect.stringMatching(/ContainerDefinitions\.1\.Environment of 'Stack\/Tasks\/Resource' was changed to \[\], but must have .*: the worker is told of its queue and its times by them$/)]);
});

test('Spot is kept as well', () => {
  const problemsAfter = (change: (service: CfnResource) => void) => {
    const stack = newStack();
    change(videosIn(stack, { spot: true }).service.node.defaultChild as CfnResource);
    return problemsAtSynthesis(stack);
  };
  expect(problemsAfter(() => undefined)).toEqual([]);
  expect(problemsAfter((service) => service.addPropertyOverride('CapacityProviderStrategy', [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }])))
    .toEqual([expect.stringContaining('state spot of the QueueFedService')]);
});

test('what is added does no harm: variables, sidecars, alarms with more actions', () => {
  const stack = newStack();
  const videos = videosIn(stack);
  videos.taskDefinition.defaultContainer?.addEnvironment('BUCKET', 'films');
  videos.taskDefinition.addContainer('Sidecar', { image: ecs.ContainerImage.fromRegistry('sidecar') });
  expect(problemsAtSynthesis(stack)).toEqual([]);
});

describe('what was changed of what is given', () => {
  const problemsAfter = (change: (stack: Stack) => void) => {
    const stack = newStack();
    const deadLetters = new sqs.Queue(stack, 'Dead', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Live', { enforceSSL: true, deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 } });
    videosIn(stack, { cluster: clusterIn(stack), queue });
    change(stack);
    return problemsAtSynthesis(stack);
  };
  const resource = (stack: Stack, id: string) => stack.node.findChild(id).node.defaultChild as CfnResource;

  test('is nothing', () => {
    expect(problemsAfter(() => undefined)).toEqual([]);
  });

  test('is Container Insights', () => {
    expect(problemsAfter((stack) => {
      (resource(stack, 'Cluster') as ecs.CfnCluster).clusterSettings = [{ name: 'containerInsights', value: 'disabled' }];
    })).toEqual([expect.stringContaining("cluster 'Stack/Cluster' has Container Insights off")]);
  });

  test('is the retention of the queue', () => {
    expect(problemsAfter((stack) => resource(stack, 'Live').addPropertyOverride('MessageRetentionPeriod', 3600)))
      .toEqual([expect.stringContaining("the retentionPeriod of queue 'Stack/Live' (3600 seconds)")]);
  });

  test('is the retention of the dead-letter queue', () => {
    expect(problemsAfter((stack) => resource(stack, 'Dead').addPropertyOverride('MessageRetentionPeriod', 3600)))
      .toEqual([expect.stringContaining("retentionPeriod of deadLetterQueue 'Stack/Dead' is 3600 seconds")]);
  });
});
