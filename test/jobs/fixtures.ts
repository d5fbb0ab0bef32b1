import type { Stack } from 'aws-cdk-lib';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFedFunction } from '../../src';
import type { PollingStatusApiProps } from '../../src';
import { handlerIn, newStack } from '../messaging/fixtures';

export { attribute, handlerIn, newStack, ref, resourceOf, resourcesOf } from '../messaging/fixtures';

type Props = Partial<PollingStatusApiProps>;

/** An API, 'Jobs', in a new stack, whose engine is the function 'Handler' unless stated otherwise. */
export function make(props: Props | ((stack: Stack) => Props) = {}): { stack: Stack; jobs: PollingStatusApi } {
  const stack = newStack();
  const given = typeof props === 'function' ? props(stack) : props;
  return { stack, jobs: new PollingStatusApi(stack, 'Jobs', { engine: given.engine ?? new FunctionEngine(handlerIn(stack)), ...given }) };
}

/** An API whose engine is the queue of 'Worker'. */
export function makeWithQueue(props: Props | ((stack: Stack) => Props) = {}): { stack: Stack; jobs: PollingStatusApi; worker: QueueFedFunction } {
  const stack = newStack();
  const worker = new QueueFedFunction(stack, 'Worker', { handler: handlerIn(stack) });
  const given = typeof props === 'function' ? props(stack) : props;
  return { stack, worker, jobs: new PollingStatusApi(stack, 'Jobs', { engine: new QueueEngine(worker), ...given }) };
}

/** What the pipe gives the engine. */
export const INPUT_TEMPLATE = { 'Fn::Join': ['', ['{"table": "', { Ref: 'JobsTable10C8EDF6' }, '", "job": <$.dynamodb.Keys.jobKey.S>}']] };

/** The problems that an error lists. */
export function problemsIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toMatch(/^(PollingStatusApi|JobEngine) '.+' cannot be made:$/);
    return problems;
  }
  return [];
}
