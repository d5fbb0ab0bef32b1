import type { CfnResource } from 'aws-cdk-lib';
import type { EventRules } from './private/event-rules';
import { failedDeployments, failedTasks } from './private/event-rules';
import type { ServiceScaling } from './private/scaling';
import type { RenderedContainers } from './private/task';
import { renderedContainers } from './private/task';
import type { QueueFedService, QueueFedServiceProps } from './queue-fed-service';
import { CONSUMER_RULES, serviceFacts, strategiesOf, workersOf } from './queue-fed-service.rules';
import { DEFAULT_STOP_SECONDS, LONGEST_STOP_SECONDS, QUEUE_SERVICE_RULES } from '../delivery/rules/queue-service';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, hasAll, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { valuesOfEventRule } from '../private/events/event-promises';

/** What a service is made of besides its public parts. */
export interface ServiceParts extends ServiceScaling, EventRules {
  readonly environment: { readonly [name: string]: string };
}

const stated = byProp('QueueFedService');

/** What breaks the promises of a queue-fed service, now that the app is complete. */
export function checkAtSynthesis(pattern: QueueFedService, props: QueueFedServiceProps, parts: ServiceParts): string[] {
  const given = props.taskDefinition && renderedContainers(props.taskDefinition);
  const changed = changedValues([
    ...taskValues(pattern, props, parts, given?.worker ?? 0),
    ...serviceValues(pattern, props),
    ...parts.promised,
    ...ruleValues(pattern, parts),
  ]);
  if (changed.length > 0) {
    return changed;
  }
  // For what somebody changed of the cluster, or of a queue that was given.
  const { consumer, service } = serviceFacts(pattern, props);
  const stopTimeoutSeconds = given && stopTimeoutOf(given);
  return [...reportFindings(pattern, CONSUMER_RULES, consumer), ...reportFindings(pattern, QUEUE_SERVICE_RULES, { ...service, stopTimeoutSeconds })];
}

/** How long the worker of a task definition that was given has to end. Read only now: what is rendered earlier keeps what is added to it later out of the template. */
function stopTimeoutOf({ containers, worker }: RenderedContainers): number | undefined {
  const seconds = containers[worker]?.StopTimeout ?? DEFAULT_STOP_SECONDS;
  return typeof seconds === 'number' ? seconds : undefined;
}

/** @param index which of the containers the worker is */
function taskValues(
  { taskDefinition }: QueueFedService, props: QueueFedServiceProps, { environment }: ServiceParts, index: number,
): DerivedValue[] {
  const { cpu, memoryLimitMiB } = workersOf(props);
  const told = Object.entries(environment).map(([Name, Value]) => ({ Name, Value }));
  const worker = `Properties.ContainerDefinitions.${index}`;
  return valuesIn(taskDefinition.node.defaultChild as CfnResource, {
    ...!props.taskDefinition && {
      'Properties.Cpu': [`${cpu}`, stated('cpu')],
      'Properties.Memory': [`${memoryLimitMiB}`, stated('memoryLimitMiB')],
      [`${worker}.StopTimeout`]: [LONGEST_STOP_SECONDS, 'a worker that is stopped has this time to finish its message'],
    },
    [`${worker}.Environment`]: [told, 'the worker is told of its queue and its times by them', hasAll],
  });
}

function serviceValues({ service, taskDefinition }: QueueFedService, props: QueueFedServiceProps): DerivedValue[] {
  const deployment = 'Properties.DeploymentConfiguration';
  return valuesIn(service.node.defaultChild as CfnResource, {
    'Properties.DesiredCount': [undefined, 'each deployment would set it again; state minCapacity of the QueueFedService'],
    'Properties.TaskDefinition': [taskDefinition.taskDefinitionArn, 'these are the tasks that work through the queue'],
    'Properties.CapacityProviderStrategy': [renderedStrategies(props), stated('spot')],
    [`${deployment}.DeploymentCircuitBreaker`]: [{ Enable: true, Rollback: true }, 'a deployment whose tasks fail must end, with the tasks before it'],
    [`${deployment}.MinimumHealthyPercent`]: [100, 'the queue is worked on during a deployment'],
    [`${deployment}.MaximumPercent`]: [200, 'new tasks stand beside old ones that are protected'],
  });
}

function renderedStrategies(props: QueueFedServiceProps): unknown {
  return strategiesOf(props)?.map(({ base, capacityProvider, weight }) => (
    { ...base !== undefined && { Base: base }, CapacityProvider: capacityProvider, Weight: weight }
  ));
}

function ruleValues({ service }: QueueFedService, { taskRule, deploymentRule }: ServiceParts): DerivedValue[] {
  const instead = { pattern: 'an alarm counts these events', state: 'an alarm counts its events', eventBus: 'ECS sends its events to the default event bus' };
  return [
    ...valuesOfEventRule({ rule: taskRule, eventPattern: failedTasks(service) }, instead),
    ...valuesOfEventRule({ rule: deploymentRule, eventPattern: failedDeployments(service) }, instead),
  ];
}
