import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';

export { newTable as tableIn } from '../patterns/inputs';

export const STREAM = 'AWS::Kinesis::Stream';
export const CONSUMER = 'AWS::Kinesis::StreamConsumer';
export const MAPPING = 'AWS::Lambda::EventSourceMapping';
export const POLICY = 'AWS::IAM::Policy';
export const ALARM = 'AWS::CloudWatch::Alarm';
export const STREAM_ARN = 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks';

export function streamIn(scope: Construct, props: kinesis.StreamProps = {}, id = 'Live'): kinesis.Stream {
  return new kinesis.Stream(scope, id, props);
}

/** The ids of the warnings in a stack, without that on alarms that notify nobody. */
export function warningIds(stack: Stack): string[] {
  return warnings(stack).map((text) => /\[ack: cdk-serverless-patterns:(\w+)\]/.exec(text)?.[1] ?? text);
}

/** Their texts. */
export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data as string).filter((text) => !text.includes('alarmsNotifyNobody'));
}
