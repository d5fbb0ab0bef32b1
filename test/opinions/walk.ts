import { evaluate, isExpression } from './jsonata';
import { ACCOUNT, REGION, resolve } from './resolve';
import type { Definition, State, StateMachine } from './state-machine';
import { integrationOf } from './state-machine';
import { resourcesOfType } from './templates';

/** An expression, where it stands, and what came of it. */
export interface Evaluation {
  readonly state: string;
  readonly field: string;
  readonly expression: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a task would have been called with. */
export interface Call {
  readonly state: string;
  readonly integration: string;
  readonly arguments: unknown;
}

export interface Walk {
  readonly evaluations: readonly Evaluation[];
  readonly calls: readonly Call[];
  readonly states: ReadonlySet<string>;
}

const SECOND = Date.parse('2026-01-02T03:04:05Z') / 1000;
const ENTERED = '2026-01-02T03:04:05.678Z';
const JOB = { key: `arn:aws:iam::${ACCOUNT}:user/alice/k-YWJj`, id: 'k-YWJj', deadline: SECOND + 900 };

/** What the pipe starts a workflow with. */
const PIPE_INPUT = [{ table: 'Table', job: JOB.key }];

/**
 * What a task gives: `json` is the text that the work gives, and the body of the job. A task that is not known here is an error, so that nobody adds one that
 * is not looked at.
 */
function resultOf(state: State, json: string, definition: Definition, given: unknown): unknown {
  const execution = { ExecutionArn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:Machine:1`, Status: 'SUCCEEDED' };
  switch (integrationOf(state)) {
    case 'lambda:invoke':
      return { ExecutedVersion: '$LATEST', Payload: JSON.parse(json) as unknown, StatusCode: 200 };
    case 'states:startExecution':
      return { ExecutionArn: execution.ExecutionArn, StartDate: ENTERED };
    case 'aws-sdk:lambda:invoke':
      return { ExecutedVersion: '$LATEST', Payload: json, StatusCode: 200 };
    case 'states:startExecution.sync':
    case 'aws-sdk:sfn:startSyncExecution':
      return { ...execution, Output: json };
    case 'aws-sdk:sfn:describeExecution':
      // A QueueFedWorkflow sets aside the message for which it started the execution; a job is found in what its pipe gave.
      return { ...execution, Status: 'FAILED', Input: JSON.stringify(state.Assign === undefined ? PIPE_INPUT : { ...MESSAGE, eventSourceARN: isOthers(given) ? 'other' : queueIn(definition) }) };
    case 'sqs:sendMessage':
      return { MessageId: MESSAGE.messageId, MD5OfMessageBody: '' };
    case 'dynamodb:updateItem':
      return {
        SdkHttpMetadata: { HttpStatusCode: 200 },
        ...(state.Arguments as { ReturnValues?: string }).ReturnValues === 'ALL_NEW' ? { Attributes: jobItem(json) } : {},
      };
    default:
      throw new Error(`the results of ${integrationOf(state)} are not known: add it to resultOf`);
  }
}

/** The name of an execution that was not started for a message of the queue. */
const OTHERS = 'others';

function isOthers(given: unknown): boolean {
  return JSON.stringify(given).includes(`:${OTHERS}"`);
}

/** The queue whose messages a machine sets aside. */
function queueIn(definition: Definition): string | undefined {
  return /eventSourceARN = '([^']+)'/.exec(JSON.stringify(definition))?.[1];
}

/** A message of a queue, as a pipe delivers it. */
const MESSAGE = {
  messageId: '1f0b4c7e-0000-4000-8000-000000000001',
  body: '{"order": 7}',
  attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'shop' },
  messageAttributes: { kind: { dataType: 'String', stringValue: 'order', stringListValues: [], binaryListValues: [] } },
};

/** A job in its table, as the API accepts it. */
function jobItem(body: string): object {
  return {
    jobKey: { S: JOB.key },
    jobId: { S: JOB.id },
    requestBody: { S: body },
    jobStatus: { S: 'RUNNING' },
    acceptedAt: { N: `${SECOND}` },
    deadline: { N: `${JOB.deadline}` },
    expiresAt: { N: `${SECOND + 86_400}` },
  };
}

/**
 * The inputs that a machine may be started with: by a pipe, by a rule on the executions of another machine, or else as the work on a job.
 */
export function inputsOf({ logicalId, judged: { template } }: Pick<StateMachine, 'logicalId' | 'judged'>, json: string): unknown[] {
  const own = resolve({ Ref: logicalId }, template);
  const pipes = resourcesOfType(template, 'AWS::Pipes::Pipe').map(({ properties }) => resolve(properties, template) as Pipe);
  const rules = resourcesOfType(template, 'AWS::Events::Rule').map(({ properties }) => resolve(properties, template) as Rule);
  const byPipe = pipes.filter(({ Target }) => Target === own).map(({ TargetParameters: { InputTemplate } }) => (
    [InputTemplate === undefined ? MESSAGE : JSON.parse(InputTemplate.replaceAll(/<\$\.dynamodb\.Keys\.jobKey\.S>/g, JSON.stringify(JOB.key)))]
  ));
  const byRule = rules.filter(({ Targets }) => Targets?.some(({ Arn }) => Arn === own)).flatMap(({ EventPattern }) => {
    const [stateMachineArn = ''] = EventPattern.detail.stateMachineArn;
    const statuses = [...EventPattern.detail.status ?? [], ...(EventPattern.detail.$or ?? []).flatMap(({ status }) => status)];
    // What an event always has; one of an encrypted machine has no more.
    return [...new Set(statuses)].map((status) => ({
      'source': EventPattern.source[0],
      'detail-type': EventPattern['detail-type'][0],
      'detail': { status, stateMachineArn, executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${status === 'ABORTED' ? OTHERS : 1}`, input: null, output: null },
    }));
  });
  // As a ResilientWorkflow starts its compensation: two steps were completed.
  const isCompensation = JSON.stringify(template.Resources?.[logicalId]).includes('$states.input.undo');
  const undo = { step: 'Pay', output: JSON.parse(json) as unknown, before: { step: 'Reserve', output: JSON.parse(json) as unknown, before: {} } };
  const inputs = [...byPipe, ...byRule, ...isCompensation ? [{ execution: `arn:aws:states:${REGION}:${ACCOUNT}:execution:Machine:1`, Error: 'E', Cause: '', undo }] : []];
  return inputs.length > 0 ? inputs : [{ table: 'Table', job: JOB.key, id: JOB.id, deadline: JOB.deadline, body: JSON.parse(json) as unknown }];
}

interface Pipe {
  readonly Target: unknown;
  readonly TargetParameters: { readonly InputTemplate?: string };
}

interface Rule {
  readonly Targets?: readonly { readonly Arn: unknown }[];
  readonly EventPattern: {
    readonly 'source': readonly string[];
    readonly 'detail-type': readonly string[];
    readonly 'detail': { readonly stateMachineArn: readonly string[]; readonly status?: readonly string[]; readonly $or?: readonly { readonly status: readonly string[] }[] };
  };
}

/**
 * Goes every way through a machine, and evaluates each expression on it: each task gives its result, and then fails in each way that is
 * caught.
 *
 * @param changeResult what makes another result of the one that a task gives
 */
export async function walk(
  definition: Definition,
  input: unknown,
  json: string,
  changeResult: (result: unknown, state: string) => unknown = (result) => result,
): Promise<Walk> {
  const evaluations: Evaluation[] = [];
  const calls: Call[] = [];
  const states = new Set<string>();
  const been = new Set<string>();

  async function evaluateIn(value: unknown, place: Place, bound: object, variables: Variables): Promise<unknown> {
    if (isExpression(value)) {
      try {
        const result = await evaluate(value, bound, variables);
        evaluations.push({ ...place, expression: value, value: result });
        return result;
      } catch (error) {
        evaluations.push({ ...place, expression: value, error: (error as { message?: string }).message ?? String(error) });
        throw new NoWayOn();
      }
    }
    if (Array.isArray(value)) {
      return Promise.all(value.map((item, index) => evaluateIn(item, { ...place, field: `${place.field}[${index}]` }, bound, variables)));
    }
    if (typeof value === 'object' && value !== null) {
      const entries: [string, unknown][] = [];
      for (const [key, item] of Object.entries(value)) {
        entries.push([key, await evaluateIn(item, { ...place, field: `${place.field}.${key}` }, bound, variables)]);
      }
      return Object.fromEntries(entries);
    }
    return value;
  }

  async function leave({ state: name, field }: Place, rule: Leaving, fallback: unknown, bound: object, variables: Variables): Promise<void> {
    const assigned = await evaluateIn(rule.Assign ?? {}, { state: name, field: `${field}Assign` }, bound, variables) as Variables;
    const place = { state: name, field: `${field}Output` };
    const output = rule.Output === undefined ? fallback : await evaluateIn(rule.Output, place, bound, variables);
    if (rule.Next !== undefined) {
      await enter(rule.Next, output, { ...variables, ...assigned });
    }
  }

  /** The first condition that is true is taken; each must be a boolean. */
  async function choose(name: string, { Choices = [], Default }: State, stateInput: unknown, bound: object, variables: Variables): Promise<void> {
    for (const [index, { Condition, Next }] of Choices.entries()) {
      const isMet = await evaluateIn(Condition, { state: name, field: `Choices[${index}].Condition` }, bound, variables);
      if (typeof isMet !== 'boolean') {
        throw new Error(`a condition of ${name} is ${JSON.stringify(isMet)}, which is no boolean`);
      }
      if (isMet) {
        return enter(Next, stateInput, variables);
      }
    }
    return Default === undefined ? undefined : enter(Default, stateInput, variables);
  }

  async function enter(name: string, stateInput: unknown, variables: Variables): Promise<void> {
    const state = definition.States[name];
    const key = JSON.stringify([name, stateInput, variables]);
    if (!state || been.has(key)) {
      return;
    }
    been.add(key);
    states.add(name);
    const Execution = { Id: `arn:aws:states:${REGION}:${ACCOUNT}:execution:Machine:1`, Name: '1', Input: input };
    const bound = { input: stateInput, context: { Execution, State: { Name: name, EnteredTime: ENTERED } } };
    if (state.Type === 'Choice') {
      await walkOn(() => choose(name, state, stateInput, bound, variables));
      return;
    }
    if (state.Type === 'Fail') {
      await walkOn(async () => void await evaluateIn([state.Error, state.Cause], { state: name, field: 'Error and Cause' }, bound, variables));
      return;
    }
    if (state.Type !== 'Task') {
      await walkOn(() => leave({ state: name, field: '' }, state, stateInput, bound, variables));
      return;
    }
    await walkOn(async () => {
      await evaluateIn(state.TimeoutSeconds, { state: name, field: 'TimeoutSeconds' }, bound, variables);
      const given = await evaluateIn(state.Arguments, { state: name, field: 'Arguments' }, bound, variables);
      calls.push({ state: name, integration: integrationOf(state), arguments: given });
      const result = changeResult(resultOf(state, json, definition, given), name);
      await leave({ state: name, field: '' }, state, result, { ...bound, result }, variables);
    });
    for (const [index, rule] of (state.Catch ?? []).entries()) {
      const errorOutput = { Error: rule.ErrorEquals[0], Cause: 'a cause' };
      await walkOn(() => leave({ state: name, field: `Catch[${index}].` }, rule, errorOutput, { ...bound, errorOutput }, variables));
    }
  }

  await enter(definition.StartAt, input, {});
  return { evaluations, calls, states };
}

type Variables = Readonly<Record<string, unknown>>;

interface Place {
  readonly state: string;
  readonly field: string;
}

type Leaving = Pick<State, 'Assign' | 'Output' | 'Next'>;

/** An expression has no value: what comes after it cannot be reached. */
class NoWayOn extends Error {}

async function walkOn(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof NoWayOn)) {
      throw error;
    }
  }
}
