import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

/** Rules without a target: each is there for the metric that counts its events. */
export interface EventRules {
  readonly taskRule: events.Rule;
  readonly deploymentRule: events.Rule;
}

export function addEventRules(scope: Construct, service: ecs.FargateService): EventRules {
  return {
    taskRule: new events.Rule(scope, 'TaskRule', { eventPattern: failedTasks(service) }),
    deploymentRule: new events.Rule(scope, 'DeploymentRule', { eventPattern: failedDeployments(service) }),
  };
}

/**
 * The events of tasks of a service that could not start, or in which a container ended with an error.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function failedTasks(service: ecs.FargateService): events.EventPattern {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Task State Change'],
    detail: {
      clusterArn: [service.cluster.clusterArn],
      group: [`service:${service.serviceName}`],
      lastStatus: ['STOPPED'],
      $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': 0 }] } }],
    },
  };
}

/**
 * The events of deployments of a service that the circuit breaker ended.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
export function failedDeployments(service: ecs.FargateService): events.EventPattern {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Deployment State Change'],
    resources: [service.serviceArn],
    detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
  };
}
