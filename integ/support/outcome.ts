import type { Stack, StackEvent } from '@aws-sdk/client-cloudformation';
import { CloudFormationClient, DescribeStackResourcesCommand, paginateDescribeStackEvents, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { DeleteEventSourceMappingCommand, GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { allRuns } from './runs';

/** What the assertions of a deployed test found. */
export interface Outcome {
  readonly passed: number;
  /** What failed, for people. */
  readonly failures: string[];
}

/** A test may update its own stack. */
const WELL: readonly (string | undefined)[] = ['CREATE_COMPLETE', 'UPDATE_COMPLETE'];

/** Counts the assertions in the stacks of a test, each of which has said `success` or `fail`. Nested stacks belong to it too. */
export async function outcomeOf(env: NodeJS.ProcessEnv, stackNames: readonly string[]): Promise<Outcome> {
  const client = new CloudFormationClient(clientSettings(env));
  const stacks = await stacksOf(client, stackNames);
  const answers = stacks.flatMap(assertionsOf);
  const failures = [
    ...answers.filter((answer) => answer.status !== 'success').map((answer) => answer.text),
    ...(await Promise.all(stacks.filter((stack) => !WELL.includes(stack.StackStatus)).map((stack) => whyNotMade(client, stack)))).flat(),
  ];
  return { passed: answers.filter((answer) => answer.status === 'success').length, failures };
}

async function stacksOf(client: CloudFormationClient, names: readonly string[]): Promise<Stack[]> {
  const all: Stack[] = [];
  for await (const { Stacks: page = [] } of paginateDescribeStacks({ client }, {})) {
    all.push(...page);
  }
  const roots = all.filter((stack) => names.includes(stack.StackName ?? '')).map((stack) => stack.StackId);
  return all.filter((stack) => roots.includes(stack.RootId ?? stack.StackId));
}

function assertionsOf(stack: Stack): { status: string; text: string }[] {
  return (stack.Outputs ?? [])
    .filter((output) => output.OutputKey?.startsWith('AssertionResults'))
    .map((output) => {
      const { status, message = '' } = JSON.parse((output.OutputValue ?? '{}').replace(/\n/g, '\\n')) as { status: string; message?: string };
      return { status, text: `${output.OutputKey} of ${stack.StackName}: ${message}` };
    });
}

/** An assertion that waited in vain has failed its stack instead of answering. */
async function whyNotMade(client: CloudFormationClient, stack: Stack): Promise<string[]> {
  const events: StackEvent[] = [];
  for await (const { StackEvents: page = [] } of paginateDescribeStackEvents({ client }, { StackName: stack.StackId })) {
    events.push(...page);
  }
  const first = events.reverse().find((event) => event.ResourceStatus?.endsWith('_FAILED'));
  return [`${stack.StackName} ${stack.StackStatus}: ${first ? explain(first.ResourceStatusReason ?? '') : 'no resource says why'}`];
}

/** Takes out of a custom resource's error what was expected and of what; the rest is about the resource. */
function explain(reason: string): string {
  const properties = /"ResourceProperties":(\{.*\})\}$/.exec(reason)?.[1];
  if (!properties) {
    return reason;
  }
  const { expected = '{}', parameters } = JSON.parse(properties) as { expected?: string; parameters?: { Payload?: string } };
  const asked = JSON.parse(JSON.parse(parameters?.Payload ?? '"{}"') as string, (name, value: unknown) => name === 'alarms' ? undefined : value) as unknown;
  return `waited in vain\n  asked:    ${JSON.stringify(asked)}\n  expected: ${JSON.stringify(JSON.parse(expected, withoutMatcher))}`;
}

/** Matchers are encoded as objects with their name as the only key, such as `$ObjectLike`. */
function withoutMatcher(_key: string, value: unknown): unknown {
  const [name, ...others] = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  return name?.startsWith('$') && others.length === 0 ? (value as Record<string, unknown>)[name] : value;
}

/** The books of every run that the ledger of a test follows, and what those on call have heard, in words, by name. */
export async function booksOf(env: NodeJS.ProcessEnv, stackNames: readonly string[]): Promise<Record<string, string>> {
  const client = new LambdaClient(clientSettings(env));
  const books: Record<string, string> = {};
  for (const [logicalId, name] of await resourcesOf(env, stackNames, 'AWS::Lambda::Function')) {
    if (logicalId.startsWith('LedgerAuditor')) {
      const { Environment: environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      for (const run of Object.keys(allRuns(environment?.Variables?.LEDGER_RUNS))) {
        books[run] = await answerOf(client, name, { run });
      }
    } else if (logicalId.startsWith('LedgerWatcher')) {
      books['those on call'] = await answerOf(client, name, { alarms: {}, streams: [] });
    }
  }
  return books;
}

/** Ends what a test would go on doing for nobody when it is done: its event sources would read until the test bed ends, and make the tests behind it late. */
export async function endEventSources(env: NodeJS.ProcessEnv, stackNames: readonly string[]): Promise<void> {
  const client = new LambdaClient(clientSettings(env));
  const ids = await resourcesOf(env, stackNames, 'AWS::Lambda::EventSourceMapping');
  await Promise.all(ids.map(([, UUID]) => client.send(new DeleteEventSourceMappingCommand({ UUID }))));
}

/** The logical and the physical ids of the resources of a type in a test's stacks. */
async function resourcesOf(env: NodeJS.ProcessEnv, stackNames: readonly string[], type: string): Promise<[string, string][]> {
  const client = new CloudFormationClient(clientSettings(env));
  const made = (await stacksOf(client, stackNames)).map(({ StackName }) => client.send(new DescribeStackResourcesCommand({ StackName })));
  return (await Promise.all(made))
    .flatMap(({ StackResources: resources = [] }) => resources)
    .filter(({ ResourceType, PhysicalResourceId }) => ResourceType === type && PhysicalResourceId)
    .map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId!, PhysicalResourceId!]);
}

async function answerOf(client: LambdaClient, functionName: string, question: object): Promise<string> {
  const { Payload: payload } = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(question) }));
  return Buffer.from(payload ?? []).toString();
}

function clientSettings(env: NodeJS.ProcessEnv) {
  return {
    endpoint: env.AWS_ENDPOINT_URL!,
    region: env.AWS_REGION!,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
  };
}
