import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';
import { remembered } from './reading';
import { CLUSTER, QUEUE, SERVICE, TASK_DEFINITION } from './resource-types';
import { identityPolicyOf, roleOf } from './roles';
import { isObject, listOf } from '../policy/conditions';
import { evaluate } from '../policy/evaluator';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

/** What a worker needs to be allowed: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html */
const CONSUMING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage'] as const;

/** A service of ECS whose tasks take messages out of a queue. */
export interface QueueService {
  readonly service: Resource;
  readonly queue: Resource;
  /** The role of the tasks. */
  readonly role: Resource;
  /** Undefined: made elsewhere, or not known which. */
  readonly cluster: Resource | undefined;
  /** The container that is told of the queue, and its variables. Undefined: none is. */
  readonly worker: { readonly container: Props; readonly environment: ReadonlyMap<string, string> } | undefined;
}

/**
 * The services that consume a queue. That a role may do anything with every queue says nothing of what its tasks do: to receive and to delete must be allowed by their names, and the queue must be named,
 * by the policy or by the environment of a container.
 */
export const queueServices = remembered((graph: DeliveryGraph): readonly QueueService[] => graph.app.ofType(SERVICE).flatMap((service) => {
  const task = graph.app.find(service.props.text('TaskDefinition'), TASK_DEFINITION);
  const role = roleOf(graph, task?.props.text('TaskRoleArn'));
  if (task === undefined || role === undefined) {
    return [];
  }
  const allowed = consumingStatements(graph, role);
  const workers = (task.props.items('ContainerDefinitions') ?? []).map((container) => ({ container, environment: environmentOf(container) }));
  const queuesIn = (texts: Iterable<unknown>) => [...texts].flatMap((text) => (typeof text === 'string' ? graph.app.find(text, QUEUE) ?? [] : []));
  const named = allowed.length === 0 ? [] : [...workers.flatMap(({ environment }) => queuesIn(environment.values())), ...queuesIn(allowed)];
  const queues = [...new Set(named)].filter((queue) => CONSUMING.every((action) => allows(graph, role, action, queue)));
  return queues.map((queue): QueueService => ({
    service,
    queue,
    role,
    cluster: graph.app.find(service.props.text('Cluster'), CLUSTER),
    worker: workers.find(({ environment }) => queuesIn(environment.values()).includes(queue)),
  }));
}));

/** Whether the policies of a role certainly allow something. What the queue itself says of it, which matters for one of another account, is left out. */
function allows(graph: DeliveryGraph, role: Resource, action: string, { arn }: Resource): boolean {
  const policies = { identity: identityPolicyOf(graph, role), resource: { statements: [], complete: true }, account: role.arn.split(':')[4] };
  return evaluate({ caller: { arn: role.arn }, action, resource: arn, context: () => undefined }, policies).verdict === 'allowed';
}

/** The resources of the statements that allow a role to receive and to delete by these names. */
function consumingStatements(graph: DeliveryGraph, role: Resource): unknown[] {
  return identityPolicyOf(graph, role).statements.flatMap(({ content }) => {
    const names = isObject(content) && content.Effect === 'Allow' ? listOf(content.Action).map((action) => String(action).toLowerCase()) : [];
    return CONSUMING.every((action) => names.includes(action.toLowerCase())) ? listOf(Object(content).Resource) : [];
  });
}

function environmentOf(container: Props): ReadonlyMap<string, string> {
  return new Map((container.items('Environment') ?? []).flatMap((variable) => {
    const [name, value] = [variable.text('Name'), variable.text('Value')];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  }));
}

/** The tasks of a service receive messages and delete them when they are done. */
export function* serviceHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const { service, queue, role } of queueServices(graph)) {
    yield {
      kind: 'consumer',
      at: service,
      name: `service '${service.path}'`,
      from: { text: queue.arn, resource: queue },
      to: { text: service.arn, resource: service },
      service: 'ecs-tasks.amazonaws.com',
      role: role.arn,
    };
  }
}
