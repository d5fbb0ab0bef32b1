import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { AddPattern } from './add-pattern';
import { serviceCluster } from './service-cluster';
import { QueueFedService } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for messages that the handler sends. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const cluster = serviceCluster(stack, `${id}Cluster`);
  const image = ecs.ContainerImage.fromRegistry('public.ecr.aws/shop/video-worker:1');
  new QueueFedService(stack, id, { cluster, image, maxProcessingTime: Duration.hours(1) }).grantSendMessages(handler);
};
