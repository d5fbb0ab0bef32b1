import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

/** The cluster of a service, in a VPC that exists, made alike for all ways: neither is part of what is compared. */
export function serviceCluster(scope: Construct, id: string): ecs.Cluster {
  const vpc = ec2.Vpc.fromVpcAttributes(scope, `${id}Vpc`, {
    vpcId: 'vpc-0123456a',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-01234561', 'subnet-01234562'],
    privateSubnetRouteTableIds: ['rtb-01234561', 'rtb-01234562'],
  });
  return new ecs.Cluster(scope, id, { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
}
