import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { IQueueFed } from '../../src';
import { QueueFed } from '../../src';

export const BUCKET = 'AWS::S3::Bucket';
export const RULE = 'AWS::Events::Rule';
export const QUEUE = 'AWS::SQS::Queue';
export const QUEUE_POLICY = 'AWS::SQS::QueuePolicy';
export const ALARM = 'AWS::CloudWatch::Alarm';
export const POLICY = 'AWS::IAM::Policy';

export const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:orders';

/** A consumer whose queues keep messages for 4 and for 14 days. */
export function consumerIn(scope: Construct, id = 'Orders', props: sqs.QueueProps = {}, deadLetterProps: sqs.QueueProps = {}): IQueueFed {
  const fifo = props.fifo ? { fifo: true } : {};
  const deadLetterQueue = new sqs.Queue(scope, `${id}DeadLetters`, { ...fifo, retentionPeriod: Duration.days(14), ...deadLetterProps });
  return QueueFed.of(new sqs.Queue(scope, `${id}Queue`, { ...props, deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 } }), deadLetterQueue);
}

/** A consumer of which only the ARNs of the queues are known. */
export function importedConsumerIn(scope: Construct, id = 'Orders', arn = QUEUE_ARN): IQueueFed {
  return QueueFed.of(sqs.Queue.fromQueueArn(scope, `${id}Queue`, arn), sqs.Queue.fromQueueArn(scope, `${id}DeadLetters`, `${arn}-dead`));
}

/** The ids of this library's warnings in a stack, those that every pattern gives left out. */
export function warningIds(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-serverless-patterns:(\w+)\]/.exec(entry.data as string)?.[1] ?? (entry.data as string))
    .filter((id) => id !== 'alarmsNotifyNobody');
}

export function warningOf(stack: Stack, id: string): string {
  const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(`\\[ack: cdk-serverless-patterns:${id}\\]`));
  expect(found).toHaveLength(1);
  return (found[0]?.entry.data as string).replace(` [ack: cdk-serverless-patterns:${id}]`, '');
}

/** The problems that an error of a construct lists. */
export function problemsIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toMatch(/^(ClaimCheckBucket|FailureBucket|BucketFedFunction|BucketDelivery)( upload)?( failure)?( consumer)? '.+' cannot be made:$/);
    return problems;
  }
  return [];
}

/** The problems that are found when the app is complete. */
export function problemsAtSynth(stack: Stack): string[] {
  return stack.node.findAll().flatMap((construct) => construct.node.validate());
}
