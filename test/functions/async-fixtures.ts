import type { Stack } from 'aws-cdk-lib';
import type { AsyncFunctionProps } from '../../src';
import { AsyncFunction } from '../../src';
import { handlerIn, newStack, resourcesOf } from '../messaging/fixtures';

export const SETTINGS = 'AWS::Lambda::EventInvokeConfig';
export const FUNCTION_TYPE = 'AWS::Lambda::Function';
export const POLICY = 'AWS::IAM::Policy';

type Props = Partial<AsyncFunctionProps>;

/** Makes a pattern, 'Mails', in a new stack; the handler's timeout is 10 seconds. */
export function make(props: Props | ((stack: Stack) => Props) = {}): { readonly stack: Stack; readonly mails: AsyncFunction } {
  const stack = newStack();
  const stated = typeof props === 'function' ? props(stack) : props;
  return { stack, mails: new AsyncFunction(stack, 'Mails', { handler: stated.handler ?? handlerIn(stack), ...stated }) };
}

interface Statement {
  readonly Action: string | string[];
}

/** What the policies in a stack allow. */
export function statementsOf(stack: Stack): Statement[] {
  return Object.values(resourcesOf(stack, POLICY)).flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}
