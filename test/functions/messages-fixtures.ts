import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { IQueueFed, ScheduledMessagesProps } from '../../src';
import { QueueFed, ScheduledMessages } from '../../src';
import { newStack } from '../messaging/fixtures';

type Props = Partial<ScheduledMessagesProps>;

/** A consumer with the queue 'Mail'. */
export function consumerIn(scope: Construct, props: sqs.QueueProps = {}): IQueueFed {
  const deadLetters = new sqs.Queue(scope, 'MailDeadLetters', { ...props.fifo && { fifo: true }, retentionPeriod: Duration.days(14) });
  return QueueFed.of(new sqs.Queue(scope, 'Mail', { ...props, deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 } }), deadLetters);
}

export function fifoConsumerIn(scope: Construct): IQueueFed {
  return consumerIn(scope, { fifo: true, contentBasedDeduplication: true });
}

/** Makes a pattern, 'Reminders', in a new stack, for a consumer with a standard queue, 'Mail'. */
export function make(props: Props | ((stack: Stack) => Props) = {}): { readonly stack: Stack; readonly reminders: ScheduledMessages } {
  const stack = newStack();
  const stated = typeof props === 'function' ? props(stack) : props;
  return { stack, reminders: new ScheduledMessages(stack, 'Reminders', { target: stated.target ?? consumerIn(stack), ...stated }) };
}
