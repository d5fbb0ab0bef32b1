import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import type { ReadStream } from './private/reader-rules';
import { checkReader, recordAgeSecondsOf, startingPositionOf, STREAM_FED_BOUNDS } from './private/reader-rules';
import type { StreamFedFunctionProps } from './stream-fed-function';
import { READ_ALARMS, READER_ALARMS, WRITE_ALARMS } from './stream-fed-function.alarms';
import type { Spread } from '../private/alarms/look-back';
import { differ, placeOf } from '../private/app/environments';
import { resourceBehind } from '../private/app/references';
import { renderedProperty } from '../private/app/rendered-resource';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownSeconds } from '../private/checks/prop-bounds';
import { checkHandlerAlarms } from '../private/lambda/handler-alarms';
import { timeoutSeconds } from '../private/lambda/handler-facts';

const SECONDS_AN_HOUR = 3600;
/** What Kinesis does when nothing is stated, and the least that it does. https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html */
const SHORTEST_RETENTION_HOURS = 24;
const LONGEST_RETENTION_HOURS = 8760;

/** A week, so that the half in which records are retried and the half in which they can be read back both outlast a weekend. */
function defaultRetention(): Duration {
  return Duration.hours(168);
}

// What is derived from the props.

/** The values that are derived from the props and from what the handler and the stream settle themselves. */
export interface StreamFedPlan {
  /** The handler's own timeout, as it was when the alarms were derived from it. */
  readonly handlerTimeout: ReturnType<typeof timeoutSeconds>;
  readonly spread: Spread;
  readonly maxAgeSeconds: number;
}

/** Of a new stream. */
export function retentionOf({ streamRetentionPeriod }: StreamFedFunctionProps): Duration {
  return streamRetentionPeriod ?? defaultRetention();
}

/** What is known of the stream. Of one that is imported, that it keeps records for as long as any does, unless the props know better. */
export function readStreamOf(scope: Construct, props: StreamFedFunctionProps): ReadStream {
  const { stream, streamRetentionPeriod, enhancedFanOut } = props;
  const retention = stream ? ownRetentionSeconds(stream) ?? knownSeconds(streamRetentionPeriod) : knownSeconds(retentionOf(props));
  return {
    kind: 'stream',
    retentionSeconds: retention ?? SHORTEST_RETENTION_HOURS * SECONDS_AN_HOUR,
    place: placeOf(stream ? stream.env : Stack.of(scope)),
    enhancedFanOut,
  };
}

/** Whether its metrics, its policy and the policy of its key are in another account. */
export function isElsewhere(scope: Construct, { stream }: Pick<StreamFedFunctionProps, 'stream'>): boolean {
  return stream !== undefined && differ(stream.env.account, Stack.of(scope).account);
}

/** Of a stream that is made in this app. */
function ownRetentionSeconds({ streamArn }: kinesis.IStream): number | undefined {
  const resource = resourceBehind(streamArn, 'AWS::Kinesis::Stream');
  const hours = resource && (renderedProperty(resource, 'RetentionPeriodHours') ?? SHORTEST_RETENTION_HOURS);
  return typeof hours === 'number' ? hours * SECONDS_AN_HOUR : undefined;
}

// What is wrong with the props, before anything is made.

export const STREAM_FED_FUNCTION_BOUNDS: PropBounds<StreamFedFunctionProps> = {
  ...STREAM_FED_BOUNDS,
  streamRetentionPeriod: {
    unit: 'seconds',
    min: SHORTEST_RETENTION_HOURS * SECONDS_AN_HOUR,
    max: LONGEST_RETENTION_HOURS * SECONDS_AN_HOUR,
    fix: 'leave it out for 7 days, or for what the given stream has',
    known: 'maxRecordAge and the alarms are derived from it',
  },
  startingPositionTimestamp: { unit: 'number', min: 1, fix: 'state it in seconds since 1970, with the startingPosition AT_TIMESTAMP' },
};

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: StreamFedFunctionProps): StreamFedPlan {
  const problems = new Problems(scope, 'StreamFedFunction');
  const stream = readStreamOf(scope, props);
  problems.checkBounds(props, STREAM_FED_FUNCTION_BOUNDS);
  checkReader(problems, scope, props, stream);
  checkStart(problems, props);
  checkStream(problems, scope, props);
  checkUseOfProps(problems, props);
  const own = timeoutSeconds(props.handler);
  const spread = { timeoutSeconds: typeof own === 'number' ? own : knownSeconds(props.handlerTimeout) };
  const maxAgeSeconds = recordAgeSecondsOf(props, stream);
  READER_ALARMS.check(problems, { maxAgeSeconds }, props.alarms);
  READ_ALARMS.check(problems, {}, props.alarms);
  WRITE_ALARMS.check(problems, {}, props.alarms);
  checkAlarmsElsewhere(problems, scope, props);
  checkHandlerAlarms(problems, props.handler, spread, props.alarms);
  problems.throwIfAny();
  warnOfStream(scope, props);
  return { handlerTimeout: own, spread, maxAgeSeconds };
}

function checkStart(problems: Problems, props: StreamFedFunctionProps): void {
  const { startingPositionTimestamp: timestamp } = props;
  const isAtTimestamp = startingPositionOf(props) === 'AT_TIMESTAMP';
  if (isAtTimestamp && timestamp === undefined) {
    problems.add('startingPosition is AT_TIMESTAMP, but startingPositionTimestamp is not set: state the time to start at, in seconds since 1970, or leave startingPosition out for TRIM_HORIZON');
  }
  if (!isAtTimestamp && timestamp !== undefined) {
    problems.add(`startingPositionTimestamp is set, but startingPosition is ${startingPositionOf(props)}: set startingPosition: lambda.StartingPosition.AT_TIMESTAMP, or leave startingPositionTimestamp out`);
  }
}

function checkStream(problems: Problems, scope: Construct, { stream, streamRetentionPeriod, enhancedFanOut }: StreamFedFunctionProps): void {
  const stated = knownSeconds(streamRetentionPeriod);
  if (stated !== undefined && stated % SECONDS_AN_HOUR !== 0) {
    problems.add(`streamRetentionPeriod is ${stated} seconds, but must be in whole hours: state it with Duration.hours`);
  }
  if (!stream) {
    return;
  }
  const { path } = stream.node;
  const own = ownRetentionSeconds(stream);
  if (own !== undefined && stated !== undefined && stated !== own) {
    problems.add(`streamRetentionPeriod is ${stated} seconds, but stream '${path}' keeps records for ${own} seconds: leave streamRetentionPeriod out, or set the retentionPeriod where the stream is made`);
  }
  if (isElsewhere(scope, { stream })) {
    problems.requireCustomerKey(`the encryptionKey of stream '${path}', which is in account ${stream.env.account},`, stream.encryptionKey, 'encrypt the stream with a key whose policy lets this account in');
    if (enhancedFanOut) {
      problems.add(
        `enhancedFanOut is true, but stream '${path}' is in account ${stream.env.account}, and only that account registers consumers of it: leave enhancedFanOut out, or make this in a stack of that account`,
      );
    }
  }
}

/** A prop that nothing would use is a mistake. */
function checkUseOfProps(problems: Problems, props: StreamFedFunctionProps): void {
  for (const prop of ['encryptionKey', 'removalPolicy'] as const) {
    if (props[prop] !== undefined && props.stream && props.failureStore) {
      problems.add(`${prop} is set, but is for the stream and the failure store that are created here, and both are given: leave ${prop} out, or set it where these are made`);
    }
  }
}

function checkAlarmsElsewhere(problems: Problems, scope: Construct, { stream, enhancedFanOut, alarms }: StreamFedFunctionProps): void {
  if (alarms?.readThrottles && enhancedFanOut) {
    problems.add('alarms.readThrottles is set, but with enhancedFanOut no reads are throttled: leave it out');
  }
  if (alarms?.readThrottles && stream && isElsewhere(scope, { stream })) {
    problems.add(`alarms.readThrottles is set, but stream '${stream.node.path}' is in account ${stream.env.account}, where CloudWatch has its metrics, and no alarm on them is made here: leave it out`);
  }
  if (alarms?.writeThrottles && stream) {
    problems.add(`alarms.writeThrottles is set, but stream '${stream.node.path}' is not created here, and its writes are not watched here: leave it out, or make the alarm where the stream is made`);
  }
}

function warnOfStream(scope: Construct, props: StreamFedFunctionProps): void {
  const { stream } = props;
  if (!stream || resourceBehind(stream.streamArn, 'AWS::Kinesis::Stream')) {
    return;
  }
  const { path } = stream.node;
  if (isElsewhere(scope, props)) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:streamPolicyElsewhere',
      `stream '${path}' is in account ${stream.env.account}, whose policies cannot be changed here: the policy of the stream must allow the role of the handler ${READ_ACTIONS.join(', ')}, ` +
      'and the policy of its key kms:Decrypt, which that of an AWS-managed key cannot',
    );
  }
  if (!stream.encryptionKey) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:adoptedStreamUnchecked',
      `stream '${path}' is not made in this app, so what it settles cannot be checked: it must keep records for at least ${readStreamOf(scope, props).retentionSeconds / SECONDS_AN_HOUR} hours ` +
      '(state streamRetentionPeriod if it is longer), and if it is encrypted with a customer-managed key, import it with its encryptionKey (Stream.fromStreamAttributes)',
    );
  }
}

/** What Lambda takes to read a stream. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
export const READ_ACTIONS = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];

/** What it takes in addition to read with enhanced fan-out, on the consumer. https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html */
export const CONSUMER_ACTIONS = ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'];

/** What a producer takes. https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html */
export const WRITE_ACTIONS = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'];
