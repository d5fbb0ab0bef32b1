import type { Resources } from './check-defects';
import { checkDefects, foundIn, whatOf } from './check-defects';
import { graphOf } from '../../../src/delivery/checks';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const CONSUMING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage'];

const role = (Action: string | string[], Resource: unknown) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } }] },
    Policies: [{ PolicyName: 'Policy', PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } }],
  },
});

const metric = (Namespace: string) => ({ Namespace, MetricName: 'RunningTaskCount', Dimensions: [{ Name: 'ClusterName', Value: { Ref: 'Cluster' } }, { Name: 'ServiceName', Value: { 'Fn::GetAtt': ['Service', 'Name'] } }] });

const scalingBy = (Namespace: string) => ({
  Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
  Properties: { TargetTrackingScalingPolicyConfiguration: { CustomizedMetricSpecification: { Metrics: [{ Id: 'running', MetricStat: { Metric: metric(Namespace), Stat: 'Average' } }] } } },
});

const alarmOn = (Namespace: string) => ({ Type: 'AWS::CloudWatch::Alarm', Properties: { ...metric(Namespace), Period: 60 } });

/** A queue, and a service whose workers use the runtime package. */
const clean = (): Resources => ({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 345600, RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } } },
  Role: role(CONSUMING, arnOf('Queue')),
  Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }] } },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      TaskRoleArn: arnOf('Role'),
      ContainerDefinitions: [{ Name: 'Sidecar' }, {
        Name: 'Worker',
        StopTimeout: 120,
        Environment: [
          { Name: 'QUEUE_URL', Value: { Ref: 'Queue' } }, { Name: 'MAX_PROCESSING_SECONDS', Value: '3600' }, { Name: 'VISIBILITY_TIMEOUT_SECONDS', Value: '120' },
        ],
      }],
    },
  },
  Service: { Type: 'AWS::ECS::Service', Properties: { Cluster: { Ref: 'Cluster' }, TaskDefinition: { Ref: 'Task' } } },
  Scaling: scalingBy('ECS/ContainerInsights'),
});

const settings = (Value: unknown) => (resources: Resources) => { resources.Cluster!.Properties.ClusterSettings = [{ Name: 'containerInsights', Value }]; };
const environment = (index: number, Value: unknown) => ({ Task }: Resources) => {
  Task!.Properties.ContainerDefinitions[1].Environment[index].Value = Value;
};
const spot = (Weight: unknown) => ({ Service }: Resources) => { Service!.Properties.CapacityProviderStrategy = [{ CapacityProvider: 'FARGATE', Weight: 1 }, { CapacityProvider: 'FARGATE_SPOT', Weight }]; };

checkDefects(clean, {
  receiveCountLow: { breaks: { 'messages that are set aside when they were received twice': ({ Queue }) => { Queue!.Properties.RedrivePolicy.maxReceiveCount = 2; } } },
  containerInsightsOff: {
    breaks: {
      'a policy that tracks what is not measured': settings('disabled'),
      'an alarm that watches what is not measured': (resources) => {
        settings('disabled')(resources);
        delete resources.Scaling;
        resources.Alarm = alarmOn('ECS/ContainerInsights');
      },
    },
    keeps: {
      'enhanced ones': settings('enhanced'),
      'those that a parameter says': settings({ Ref: 'Insights' }),
      'those that the account decides': ({ Cluster }) => { delete Cluster!.Properties.ClusterSettings; },
      'a cluster of which another setting is stated': ({ Cluster }) => { Cluster!.Properties.ClusterSettings = [{ Name: 'other', Value: 'disabled' }]; },
      'what nobody asks for': (resources) => {
        settings('disabled')(resources);
        resources.Scaling = scalingBy('AWS/ECS');
        resources.Alarm = alarmOn('AWS/ECS');
      },
    },
  },
  processedTooLate: {
    breaks: { 'a message that expires before it is set aside': ({ Queue }) => { Queue!.Properties.MessageRetentionPeriod = 5 * 3720; } },
    keeps: {
      'one that is set aside just before': ({ Queue }) => { Queue!.Properties.MessageRetentionPeriod = 5 * 3720 + 1; },
      'times that a parameter says': (resources) => {
        resources.Queue!.Properties.MessageRetentionPeriod = 60;
        environment(1, { Ref: 'Seconds' })(resources);
      },
      'what is no number': (resources) => {
        resources.Queue!.Properties.MessageRetentionPeriod = 60;
        environment(2, '2 minutes')(resources);
      },
      'a worker that is told no times': (resources) => {
        resources.Queue!.Properties.MessageRetentionPeriod = 60;
        resources.Task!.Properties.ContainerDefinitions[1].Environment.length = 1;
      },
    },
  },
  spotInterruptsWork: {
    breaks: { 'an hour of work on Spot': spot(4) },
    keeps: {
      'a capacity provider that gets no task': spot(0),
      'two minutes of work': (resources) => {
        spot(4)(resources);
        environment(1, '120')(resources);
      },
    },
  },
  workerStoppedEarly: {
    breaks: {
      'a worker of which nothing is said': ({ Task }) => { delete Task!.Properties.ContainerDefinitions[1].StopTimeout; },
      'a worker that has a minute': ({ Task }) => { Task!.Properties.ContainerDefinitions[1].StopTimeout = 60; },
    },
    keeps: {
      'a time that a parameter says': ({ Task }) => { Task!.Properties.ContainerDefinitions[1].StopTimeout = { Ref: 'Seconds' }; },
      'work that takes no longer': (resources) => {
        resources.Task!.Properties.ContainerDefinitions[1].StopTimeout = 30;
        environment(1, '30')(resources);
      },
      'a sidecar that ends sooner': ({ Task }) => { Task!.Properties.ContainerDefinitions[0].StopTimeout = 2; },
      'a worker that is told no times': (resources) => {
        delete resources.Task!.Properties.ContainerDefinitions[1].StopTimeout;
        resources.Task!.Properties.ContainerDefinitions[1].Environment.length = 1;
      },
    },
  },
  queueSetsNothingAside: { breaks: { 'a queue without a redrive policy': ({ Queue }) => { delete Queue!.Properties.RedrivePolicy; } } },
  competingConsumers: {
    breaks: {
      'a second service with a role of its own': (resources) => {
        resources.Other = { ...resources.Service, Properties: { TaskDefinition: { Ref: 'OtherTask' } } };
        resources.OtherTask = { ...resources.Task, Properties: { ...resources.Task!.Properties, TaskRoleArn: arnOf('OtherRole') } };
        resources.OtherRole = resources.Role!;
      },
    },
    keeps: {
      'the same worker on other capacity': (resources) => { resources.Other = resources.Service!; },
      'a second service without tasks': (resources) => {
        resources.Other = { ...resources.Service, Properties: { TaskDefinition: { Ref: 'OtherTask' }, DesiredCount: 0 } };
        resources.OtherTask = { ...resources.Task, Properties: { ...resources.Task!.Properties, TaskRoleArn: arnOf('OtherRole') } };
        resources.OtherRole = resources.Role!;
      },
    },
  },
  readingKeyNotAllowed: {
    breaks: {
      'a key that the tasks may not use': (resources) => {
        resources.Key = { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } } }] } } };
        resources.Queue!.Properties.KmsMasterKeyId = arnOf('Key');
      },
    },
  },
});

test('the queue and the service must be in one account if the metrics are asked for', () => {
  const { Queue, DeadLetters, ...rest } = clean();
  const inputs = (resources: Resources, queues: Resources) => [
    { stack: 'Queues', template: { Resources: queues }, account: '111122223333', region: 'eu-west-1' },
    { stack: 'Workers', template: { Resources: resources }, account: '444455556666', region: 'eu-west-1' },
  ];
  const name = 'orders';
  const arn = `arn:aws:sqs:eu-west-1:111122223333:${name}`;
  const queues = {
    DeadLetters: DeadLetters!,
    Queue: { Type: 'AWS::SQS::Queue', Properties: { ...Queue!.Properties, QueueName: name } },
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: CONSUMING, Resource: arn }] } } },
  };
  environment(0, `https://sqs.eu-west-1.amazonaws.com/111122223333/${name}`)(rest);
  const workers = { ...rest, Role: role(CONSUMING, arn) };
  expect(foundIn(inputs(workers, queues))).toEqual(['queueAccount at Service']);
  expect(foundIn(inputs({ ...workers, Scaling: scalingBy('AWS/ECS') }, queues))).toEqual([]);
});

test('the rules say it of the queue and the cluster', () => {
  const resources = clean();
  resources.Queue!.Properties.MessageRetentionPeriod = 60;
  settings('disabled')(resources);
  expect(whatOf('processedTooLate', resources)).toEqual([expect.stringContaining("is 5 x (3600 + 120) seconds, which is not less than the retentionPeriod of queue 'Stack/Queue' (60 seconds)")]);
  expect(whatOf('containerInsightsOff', resources)).toEqual([expect.stringContaining("cluster 'Stack/Cluster' has Container Insights off")]);
});

describe('which queues a service consumes', () => {
  const consumed = (change: (resources: Resources) => void) => {
    const resources = clean();
    change(resources);
    return graphOf([{ stack: 'Stack', template: { Resources: resources } }]).hopsOf('consumer').map(({ name, from, to, service }) => ({ name, from: from.resource?.logicalId, to: to.resource?.logicalId, service }));
  };
  const HOP = { name: "service 'Stack/Service'", from: 'Queue', to: 'Service', service: 'ecs-tasks.amazonaws.com' };

  test.each<[string, (resources: Resources) => void]>([
    ['the policy and the environment name', () => undefined],
    ['only the policy names', ({ Task }) => { delete Task!.Properties.ContainerDefinitions[1].Environment; }],
    ['only the environment names', (resources) => { resources.Role = role(CONSUMING, '*'); }],
    ['the environment names by its ARN', (resources) => {
      resources.Role = role(CONSUMING, '*');
      environment(0, arnOf('Queue'))(resources);
    }],
    ['the environment names by its name', (resources) => {
      resources.Role = role(CONSUMING, '*');
      environment(0, { 'Fn::GetAtt': ['Queue', 'QueueName'] })(resources);
    }],
    ['a policy in other letters names', (resources) => { resources.Role = role(['SQS:receivemessage', 'sqs:deletemessage', 'sqs:SendMessage'], arnOf('Queue')); }],
  ])('that which %s', (_, change) => {
    expect(consumed(change)).toEqual([HOP]);
  });

  test.each<[string, (resources: Resources) => void]>([
    ['may do anything, which says nothing of what it does', (resources) => { resources.Role = role('sqs:*', arnOf('Queue')); }],
    ['may receive only', (resources) => { resources.Role = role('sqs:ReceiveMessage', arnOf('Queue')); }],
    ['may delete only', (resources) => { resources.Role = role('sqs:DeleteMessage', arnOf('Queue')); }],
    ['may not consume that of its environment', (resources) => { resources.Role = role(CONSUMING, 'arn:aws:sqs:eu-west-1:111122223333:other'); }],
    ['is denied it', ({ Role }) => { Role!.Properties.Policies[0].PolicyDocument.Statement[1] = { Effect: 'Deny', Action: 'sqs:DeleteMessage', Resource: '*' }; }],
    ['has a statement that only denies', ({ Role }) => { Role!.Properties.Policies[0].PolicyDocument.Statement[0].Effect = 'Deny'; }],
    ['may consume all and is told of none', (resources) => {
      resources.Role = role(CONSUMING, '*');
      environment(0, 'none')(resources);
    }],
    ['is of a task that is made elsewhere', ({ Service }) => { Service!.Properties.TaskDefinition = 'worker:3'; }],
    ['has a role that is made elsewhere', ({ Task }) => { Task!.Properties.TaskRoleArn = 'arn:aws:iam::111122223333:role/Worker'; }],
    ['has a role of which only a parameter says what it may', ({ Role }) => { Role!.Properties.Policies = { Ref: 'Policies' }; }],
  ])('none if it %s', (_, change) => {
    expect(consumed(change)).toEqual([]);
  });

  test('each once, however often it is named', () => {
    expect(consumed(({ Task }) => { Task!.Properties.ContainerDefinitions[0].Environment = [{ Name: 'INPUT', Value: { Ref: 'Queue' } }, { Name: 'OUTPUT' }]; })).toEqual([HOP]);
  });
});
