import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { remembered } from './reading';
import { ACTIVITY, BUCKET, DELIVERY_STREAM, EVENT_BUS, FUNCTION, QUEUE, STATE_MACHINE, STREAM, TOPIC, TABLES } from './resource-types';
import type { Resource } from '../template/app';
import { Props } from '../template/props';
import { unknownSymbol } from '../template/symbols';


/** What a task waits for beyond the response to its request: the end of a job, somebody who sends its token back, or a worker that polls for activities. */
export type Waiting = 'job' | 'callback' | 'activity';

/** A state of a definition, wherever it is nested. */
export interface State {
  readonly name: string;
  readonly props: Props;
  /** Whether it runs in an Express workflow. Undefined: not known. */
  readonly express: boolean | undefined;
  /** The Parallel and Map states that it is in. */
  readonly around: readonly Props[];
}

/** A Task state, and what it does. */
export interface Task extends State {
  /** Such as `sqs:sendMessage`, without what it waits for. Undefined: an activity, a function that is called by its ARN, or not known. */
  readonly integration?: string | undefined;
  readonly waiting?: Waiting | undefined;
  readonly invokesFunction: boolean;
}

/** Deeper than any definition that people write; what is deeper is not read. */
const DEEPEST = 50;

/** What a state machine runs, which may be a megabyte. Undefined: not known. */
export const definitionOf = remembered(readDefinition);

/** All states of a state machine. */
export const statesOf = remembered(readStates);

function readDefinition({ props, stack }: Resource): Props | undefined {
  const given = props.value('DefinitionString') ?? props.value('Definition');
  const text = typeof given === 'object' ? JSON.stringify(given) : given;
  const definition = typeof text === 'string' ? parsed(substituted(text, props, stack.name)) : undefined;
  return definition?.names()?.includes('States') ? definition : undefined;
}

/** Each `${name}` that `DefinitionSubstitutions` has a value for is replaced by it. */
function substituted(text: string, props: Props, stack: string): string {
  const given = props.value('DefinitionSubstitutions');
  const values = new Map(Object.entries(typeof given === 'object' ? given as object : {}));
  return text.replace(/\$\{([\w.-]+)\}/g, (whole, name: string) => {
    const value: unknown = typeof given === 'string' ? unknownSymbol(stack, name) : values.get(name);
    return value === undefined ? whole : typeof value === 'object' ? unknownSymbol(stack, name) : String(value);
  });
}

/** A number that only the deployment knows stands in the text without quotes, and is read as a text. */
function parsed(text: string): Props | undefined {
  try {
    return new Props(JSON.parse(text.replace(/"(?:[^"\\]|\\[^])*"?|⟪[^⟫]*⟫/g, (part) => (part.startsWith('⟪') ? `"${part}"` : part))));
  } catch {
    return undefined;
  }
}

/** Undefined: not known. */
export function isExpress({ props }: Resource): boolean | undefined {
  const type = props.literal('StateMachineType', 'STANDARD');
  return type === undefined ? undefined : type === 'EXPRESS';
}

function readStates(machine: Resource): readonly State[] {
  const definition = definitionOf(machine);
  const states: State[] = [];
  const read = (processor: Props, express: boolean | undefined, around: readonly Props[]): void => {
    for (const [name, props] of membersOf(processor, 'States')) {
      states.push({ name, props, express, around });
      const within = [...around, props];
      if (around.length < DEEPEST) {
        props.items('Branches')?.forEach((branch) => read(branch, express, within));
        ['ItemProcessor', 'Iterator'].map((path) => props.part(path)).forEach((inner) => read(inner, isDistributed(inner) ? runsExpress(inner) : express, within));
      }
    }
  };
  if (definition !== undefined) {
    read(definition, isExpress(machine), []);
  }
  return states;
}

/** Whether each item has an execution of its own. */
export function isDistributed(processor: Props): boolean {
  return processor.text('ProcessorConfig.Mode') === 'DISTRIBUTED';
}

function runsExpress(processor: Props): boolean {
  return processor.text('ProcessorConfig.ExecutionType') === 'EXPRESS';
}

/** Names may have dots. */
function membersOf(props: Props, path: string): [string, Props][] {
  const { content } = props.part(path);
  return Object.entries(typeof content === 'object' ? content as object : {}).map(([name, value]) => [name, new Props(value)]);
}

const INTEGRATION = /^arn:[^:]+:states:[^:]*:[^:]*:([^.]+)(?:\.(sync|waitForTaskToken)(?::\d+)?)?$/;

/** All Task states of a state machine. */
export function tasksOf(graph: DeliveryGraph, machine: Resource): readonly Task[] {
  return tasksByMachine(graph).get(machine) ?? [];
}

const tasksByMachine = remembered((graph: DeliveryGraph) => (
  new Map(graph.app.ofType(STATE_MACHINE).map((machine) => [machine, readTasks(graph, machine)]))
));

function readTasks(graph: DeliveryGraph, machine: Resource): readonly Task[] {
  return statesOf(machine).filter(({ props }) => props.text('Type') === 'Task').map((state) => {
    const resource = state.props.text('Resource') ?? '';
    if (/:activity:/.test(resource) || graph.app.find(resource, ACTIVITY) !== undefined) {
      return { ...state, waiting: 'activity', invokesFunction: false };
    }
    const [, integration, pattern] = INTEGRATION.exec(resource) ?? [];
    return {
      ...state,
      integration,
      waiting: pattern === undefined ? undefined : pattern === 'sync' ? 'job' : 'callback',
      invokesFunction: /^arn:[^:]+:lambda:/.test(resource) || integration === 'lambda:invoke' || integration === 'aws-sdk:lambda:invoke',
    };
  });
}

/** What is called by the actions that deliver something: the argument that names it, and its types. What other tasks call, or only read, is nothing of the graph. */
const TARGETS: readonly { readonly action: RegExp; readonly argument: string; readonly types: readonly string[] }[] = [
  { action: /^lambda:invoke$/, argument: 'FunctionName', types: [FUNCTION] },
  { action: /^sqs:sendMessage(Batch)?$/, argument: 'QueueUrl', types: [QUEUE] },
  { action: /^sns:publish(Batch)?$/, argument: 'TopicArn', types: [TOPIC] },
  { action: /^(states|sfn):start(Sync)?Execution$/, argument: 'StateMachineArn', types: [STATE_MACHINE] },
  { action: /^dynamodb:(put|update|delete)Item$/, argument: 'TableName', types: TABLES },
  { action: /^(events|eventbridge):putEvents$/, argument: 'EventBusName', types: [EVENT_BUS] },
  { action: /^s3:putObject$/, argument: 'Bucket', types: [BUCKET] },
  { action: /^kinesis:putRecords?$/, argument: 'StreamName', types: [STREAM] },
  { action: /^firehose:putRecord(Batch)?$/, argument: 'DeliveryStreamName', types: [DELIVERY_STREAM] },
];

/** What a task is called with: by the query language JSONata as arguments. */
export function argumentsOf({ props }: Pick<Task, 'props'>): Props {
  return props.part(props.has('Arguments') === false ? 'Parameters' : 'Arguments');
}

/** What a task calls, as far as that can be told; a path or an expression in its arguments is known only while it runs. */
export function targetOf(graph: DeliveryGraph, { props, integration, invokesFunction }: Task): End {
  const action = integration?.replace(/^aws-sdk:/, '') ?? '';
  const target = TARGETS.find((one) => one.action.test(action));
  const given = argumentsOf({ props });
  const named = target === undefined ? undefined : (given.items('Entries')?.[0] ?? given).text(target.argument);
  const text = named ?? props.text('Resource');
  return invokesFunction ? { text, resource: functionOf(graph, text).function } : { text, resource: target && graph.app.find(text, ...target.types) };
}

/** Step Functions calls a service in each task of a state machine. */
export function* stateMachineHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const machine of graph.app.ofType(STATE_MACHINE)) {
    for (const task of tasksOf(graph, machine)) {
      yield {
        kind: 'task',
        at: machine,
        name: `task '${task.name}' of state machine '${machine.path}'`,
        from: { text: machine.arn, resource: machine },
        to: targetOf(graph, task),
        service: 'states.amazonaws.com',
        role: machine.props.text('RoleArn'),
        retries: retriesOf(task),
      };
    }
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const DEFAULT_RETRIES = 3;

/** How often a retrier tries again. */
export function attemptsOf(retrier: Props): number {
  return retrier.number('MaxAttempts', DEFAULT_RETRIES) ?? DEFAULT_RETRIES;
}

/** Each kind of error has its own number. */
function retriesOf({ props }: Task): string {
  const most = (props.items('Retry') ?? []).map(attemptsOf).reduce((one, other) => Math.max(one, other), 0);
  return most === 0 ? '1 attempt' : `up to ${most + 1} attempts`;
}
