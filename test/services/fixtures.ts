import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { QueueFedServiceProps } from '../../src';
import { QueueFedService } from '../../src';
import { newStack } from '../messaging/fixtures';

/** A VPC that exists, with private and public subnets. */
export function vpcIn(scope: Construct): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['eu-west-1a'],
    privateSubnetIds: ['subnet-private'],
    privateSubnetRouteTableIds: ['rtb-private'],
    publicSubnetIds: ['subnet-public'],
    publicSubnetRouteTableIds: ['rtb-public'],
  });
}

export function clusterIn(scope: Construct, containerInsightsV2: ecs.ContainerInsights | undefined = ecs.ContainerInsights.ENABLED): ecs.Cluster {
  return new ecs.Cluster(scope, 'Cluster', { vpc: vpcIn(scope), ...containerInsightsV2 && { containerInsightsV2 } });
}

/** A task definition of somebody's own, with a sidecar before the worker. */
export function tasksIn(scope: Construct, worker: Partial<ecs.ContainerDefinitionOptions> = {}): ecs.FargateTaskDefinition {
  const definition = new ecs.FargateTaskDefinition(scope, 'Tasks', { cpu: 1024, memoryLimitMiB: 2048 });
  definition.addContainer('Router', { image: ecs.ContainerImage.fromRegistry('router:1'), essential: false });
  definition.addContainer('Own', { image: ecs.ContainerImage.fromRegistry('worker:2'), stopTimeout: Duration.seconds(120), ...worker });
  return definition;
}

/** Makes 'Videos', whose messages take an hour at most. */
export function videosIn(stack: Stack, props: Partial<QueueFedServiceProps> = {}): QueueFedService {
  return new QueueFedService(stack, 'Videos', {
    ...!props.taskDefinition && { image: ecs.ContainerImage.fromRegistry('worker:1') },
    cluster: props.cluster ?? clusterIn(stack),
    maxProcessingTime: Duration.hours(1),
    ...props,
  });
}

/** A stack with 'Videos'. */
export function stackWith(props: Partial<QueueFedServiceProps> | ((stack: Stack) => Partial<QueueFedServiceProps>) = {}): Stack {
  const stack = newStack();
  videosIn(stack, typeof props === 'function' ? props(stack) : props);
  return stack;
}
