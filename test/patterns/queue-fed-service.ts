import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { COUNT_ALARM, DURATION_ALARM, OFF } from './inputs';
import { pattern } from './pattern';
import type { QueueFedServiceProps } from '../../src';
import { QueueFedService } from '../../src';
import { QUEUE_FED_SERVICE_BOUNDS } from '../../src/services/queue-fed-service.rules';

const IMAGE = ecs.ContainerImage.fromRegistry('public.ecr.aws/shop/video-worker:1');

function running(cluster: ecs.ICluster): QueueFedServiceProps {
  return { image: IMAGE, cluster, maxProcessingTime: Duration.hours(1) };
}

/** What is required. The VPC is one that exists, as it mostly is, so that no templates are about networks. */
function required(inputs: Construct) {
  return running(new ecs.Cluster(inputs, 'Cluster', { vpc: vpcIn(inputs), containerInsightsV2: ecs.ContainerInsights.ENABLED }));
}

function vpcIn(inputs: Construct): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(inputs, 'Vpc', {
    vpcId: 'vpc-0123456a',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-01234561', 'subnet-01234562'],
    privateSubnetRouteTableIds: ['rtb-01234561', 'rtb-01234562'],
    publicSubnetIds: ['subnet-01234563', 'subnet-01234564'],
    publicSubnetRouteTableIds: ['rtb-01234563', 'rtb-01234564'],
  });
}

export const queueFedService = pattern(QueueFedService, {
  'default': { props: required },
  'standard': {
    props: (inputs) => ({
      ...required(inputs),
      averageProcessingTime: Duration.minutes(2),
      acceptableDelay: Duration.minutes(20),
      minCapacity: 2,
      maxCapacity: 50,
      spot: true,
      cpu: 1024,
      memoryLimitMiB: 4096,
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      command: ['node', 'worker.js'],
      visibilityTimeout: Duration.minutes(5),
      vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
      assignPublicIp: true,
      maxReceiveCount: 8,
      retentionPeriod: Duration.days(2),
      deliveryDelay: Duration.seconds(30),
      maximumMessageSize: Size.kibibytes(256),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      removalPolicy: RemovalPolicy.RETAIN,
      alarms: {
        deadLetters: COUNT_ALARM,
        moreDeadLetters: COUNT_ALARM,
        messageAge: DURATION_ALARM,
        workersFail: COUNT_ALARM,
        deploymentFailed: COUNT_ALARM,
        atMaximum: DURATION_ALARM,
      },
    }),
    warnings: ['spotInterruptsWork'],
  },
  'fifo': {
    props: (inputs) => ({
      ...required(inputs),
      fifo: true,
      contentBasedDeduplication: true,
      highThroughput: true,
      deadLetterQueue: new sqs.Queue(inputs, 'DeadLetters', { fifo: true, enforceSSL: true, retentionPeriod: Duration.days(14) }),
      alarms: { atMaximum: OFF, workersFail: OFF },
    }),
  },
  'task definition': {
    props: (inputs) => {
      const taskDefinition = new ecs.FargateTaskDefinition(inputs, 'Tasks');
      taskDefinition.addContainer('Worker', { image: IMAGE, stopTimeout: Duration.minutes(2) });
      return { ...required(inputs), image: undefined, taskDefinition };
    },
    oneStack: true,
  },
  'imported cluster and queues': {
    props: (inputs) => ({
      ...running(ecs.Cluster.fromClusterAttributes(inputs, 'Cluster', { clusterName: 'shop', vpc: vpcIn(inputs) })),
      queue: sqs.Queue.fromQueueArn(inputs, 'Queue', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}`),
      deadLetterQueue: sqs.Queue.fromQueueArn(inputs, 'DeadLetters', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}-dead`),
    }),
    warnings: ['containerInsightsUnknown', 'adoptedQueueUnchecked', 'deadLetterQueueUnchecked'],
  },
}, { ofProps: QUEUE_FED_SERVICE_BOUNDS, oneOf: ['image', 'taskDefinition'] });
