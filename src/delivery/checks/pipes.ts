import type { Reading } from './check';
import { check } from './check';
import { streamReadFacts } from './streams';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { readSourceOf, streamKindOf } from '../graph/event-sources';
import { streamParametersOf } from '../graph/pipes';
import { queueFacts } from '../graph/queues';
import { documentOf } from '../graph/reading';
import { PIPE, QUEUE, RULE, STATE_MACHINE, TABLES } from '../graph/resource-types';
import { definitionOf, isExpress, statesOf, targetOf as taskTarget, tasksOf } from '../graph/state-machines';
import { targetOf } from '../graph/targets';
import type { PipeFacts, StartedMachineFacts } from '../rules/pipe';
import { PIPE_RULES } from '../rules/pipe';
import type { QueueWorkflowFacts } from '../rules/queue-workflow';
import { LONGEST_EXPRESS_SECONDS, QUEUE_WORKFLOW_RULES } from '../rules/queue-workflow';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isUnknown } from '../template/symbols';

/** What the other rules ask about, the pattern alone knows. */
const READ_RULES = QUEUE_WORKFLOW_RULES.filter(({ id }) => ['workflowVisibilityTooShort', 'workflowVisibilityShort', 'expressWorkflowTooLong'].includes(id));

export const PIPE_CHECKS = [check(PIPE_RULES, readPipes), check(READ_RULES, readQueueWorkflows)];

function* readPipes(graph: DeliveryGraph): Iterable<Reading<PipeFacts>> {
  const watched = watchedMachines(graph);
  for (const pipe of graph.app.ofType(PIPE)) {
    const name = `pipe '${pipe.path}'`;
    const source = readSourceOf(graph, pipe.props.text('Source'));
    const stateMachine = startedMachine(graph, pipe, source.resource, watched);
    const kind = streamKindOf(source);
    if (kind === undefined) {
      yield { at: pipe, facts: { name, stateMachine } };
    } else {
      const settings = streamParametersOf(pipe.props, kind);
      const bisects = settings.literal('OnPartialBatchItemFailure', '');
      yield {
        at: pipe,
        facts: {
          ...streamReadFacts(source, kind, settings),
          name,
          bisects: bisects === undefined ? undefined : bisects === 'AUTOMATIC_BISECT',
          setsAside: settings.has('DeadLetterConfig.Arn'),
          stateMachine,
        },
      };
    }
  }
}

/** Pipes by which a queue feeds an Express workflow for whose end they wait. A Standard one that is only started is the business of the other rules. */
function* readQueueWorkflows(graph: DeliveryGraph): Iterable<Reading<QueueWorkflowFacts>> {
  for (const pipe of graph.app.ofType(PIPE)) {
    const { resource: queue } = readSourceOf(graph, pipe.props.text('Source'));
    const { resource: machine } = targetOf(graph, pipe.props.text('Target'));
    const invocation = pipe.props.literal('TargetParameters.StepFunctionStateMachineParameters.InvocationType', 'REQUEST_RESPONSE');
    if (queue?.type === QUEUE && machine?.type === STATE_MACHINE && isExpress(machine) && invocation === 'REQUEST_RESPONSE') {
      const definition = definitionOf(machine);
      const timeoutSeconds = definition?.number('TimeoutSeconds');
      const { path, visibilityTimeoutSeconds } = queueFacts(queue);
      yield {
        at: pipe,
        facts: {
          queue: { path, visibilityTimeoutSeconds },
          stateMachine: { path: machine.path, express: true, timeoutSeconds },
          // Without one in its definition, or with one that is not known, an execution ends after five minutes at most, but mostly long before.
          deliverySeconds: timeoutSeconds === undefined ? undefined : Math.min(timeoutSeconds, LONGEST_EXPRESS_SECONDS),
        },
      };
    }
  }
}

function startedMachine(
  graph: DeliveryGraph, { props }: Resource, source: Resource | undefined, watched: WatchedMachines,
): StartedMachineFacts | undefined {
  const { resource } = targetOf(graph, props.text('Target'));
  if (resource?.type !== STATE_MACHINE) {
    return undefined;
  }
  const type = resource.props.literal('StateMachineType', 'STANDARD');
  const invocation = props.literal('TargetParameters.StepFunctionStateMachineParameters.InvocationType', 'REQUEST_RESPONSE');
  return {
    path: resource.path,
    express: type === undefined ? undefined : type === 'EXPRESS',
    awaited: invocation === undefined ? undefined : invocation === 'REQUEST_RESPONSE',
    watched: !graph.isComplete ? undefined : watched === 'all' || watched.has(resource) || setsAside(resource),
    recorded: recordsIn(graph, resource, source),
  };
}

const SENDING = /:(sqs:sendMessage|sns:publish|events:putEvents)/;

/** Whether what fails is sent somewhere by the state machine itself. */
function setsAside(machine: Resource): boolean {
  const handlers = handlersOf(machine);
  return statesOf(machine).some(({ name, props }) => handlers.has(name) && SENDING.test(props.text('Resource') ?? ''));
}

/** Whether what fails is recorded by the state machine itself in this table. Undefined: not known. */
function recordsIn(graph: DeliveryGraph, machine: Resource, table: Resource | undefined): boolean | undefined {
  if (table === undefined || !TABLES.includes(table.type)) {
    return false;
  }
  const handlers = handlersOf(machine);
  return definitionOf(machine) && tasksOf(graph, machine).some((task) => (
    handlers.has(task.name) && /dynamodb:updateItem$/.test(task.integration ?? '') && taskTarget(graph, task).resource === table
  ));
}

/** The names of the states that go on with what failed. */
function handlersOf(machine: Resource): ReadonlySet<string | undefined> {
  return new Set(statesOf(machine).flatMap(({ props }) => props.items('Catch') ?? []).map((catcher) => catcher.text('Next')));
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const FAILED_EXECUTION = [['source', 'aws.states'], ['detail-type', 'Step Functions Execution Status Change'], ['detail.status', 'FAILED']] as const;

/** The state machines of which a rule asks for failed executions. `all`: a rule asks for those of every one, or nobody knows of which. */
type WatchedMachines = ReadonlySet<Resource | undefined> | 'all';

function watchedMachines(graph: DeliveryGraph): WatchedMachines {
  const machines = new Set<Resource | undefined>();
  for (const { props } of graph.app.ofType(RULE)) {
    const pattern = documentOf(props, 'EventPattern');
    if (props.has('EventPattern') !== false && FAILED_EXECUTION.every(([path, value]) => mayMatch(pattern, path, value))) {
      const named = pattern.has('detail.stateMachineArn') === false ? undefined : pattern.list('detail.stateMachineArn');
      if (named === undefined || named.some(isMatcher)) {
        return 'all';
      }
      named.forEach((one) => machines.add(graph.app.find(String(one), STATE_MACHINE)));
    }
  }
  return machines;
}

function mayMatch(pattern: Props, path: string, value: string): boolean {
  return pattern.has(path) === false || (pattern.list(path) ?? [value]).some((one) => one === value || isMatcher(one));
}

/** What matches more than one value, or a value that is not known. */
function isMatcher(value: unknown): boolean {
  return typeof value !== 'string' || isUnknown(value);
}
