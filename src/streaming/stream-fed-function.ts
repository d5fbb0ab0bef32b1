import type { Duration } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { failuresOf, newEventSource } from './private/event-source';
import { newConsumer, newStream } from './private/own-stream';
import { grantToHandler } from './private/reader-grants';
import type { StreamFedFunctionAlarmOptions, StreamFedFunctionAlarms } from './stream-fed-function.alarms';
import { READ_ALARMS, READER_ALARMS, WRITE_ALARMS } from './stream-fed-function.alarms';
import { checkAtSynthesis } from './stream-fed-function.late-rules';
import { CONSUMER_ACTIONS, isElsewhere, planOf, READ_ACTIONS, readStreamOf, retentionOf, WRITE_ACTIONS } from './stream-fed-function.rules';
import type { StreamFedProps } from './stream-fed-props';
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';
import { differ } from '../private/app/environments';
import { RoleGrants } from '../private/iam/role-grants';
import { handlerAlarms } from '../private/lambda/handler-alarms';
import { FailureBucket } from '../storage/failure-bucket';
import type { IFailureStore } from '../storage/failure-store';

/**
 * Properties of a `StreamFedFunction`.
 */
export interface StreamFedFunctionProps extends StreamFedProps {
  /**
   * Existing stream to read. It is not changed; several functions can read one stream, each with failures of its own.
   *
   * A stream of another account must allow the role of the handler in its policy, and be encrypted with a customer-managed key.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
   *
   * @default - a new stream in on-demand mode
   */
  readonly stream?: kinesis.IStream;

  /**
   * Time for which the stream keeps records, from 24 hours to 365 days, in whole hours: that of the new stream, or the one that an imported stream has.
   *
   * @default - 7 days for a new stream; read from a given one, or 24 hours where it cannot be read
   */
  readonly streamRetentionPeriod?: Duration;

  /**
   * Whether to read with enhanced fan-out: 2 MB per second of each shard for this function alone, at a charge. Worth it from the third function on that reads the stream.
   *
   * The consumer that is registered for it has no tags, because CloudFormation replaces a consumer whose tags change.
   * https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
   *
   * @default false
   */
  readonly enhancedFanOut?: boolean;

  /**
   * The time to start at, in seconds since 1970, for the `startingPosition` `AT_TIMESTAMP`.
   *
   * @default - none
   */
  readonly startingPositionTimestamp?: number;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: StreamFedFunctionAlarmOptions;
}

/**
 * A Lambda function that processes the records of a Kinesis data stream in order and loses none: a record that it cannot process is retried, separated from the others, and kept whole
 * in a bucket that an alarm watches, and the records behind it go on.
 *
 * Creates the stream, the event source, the failure bucket, the handler's permissions and the alarms, with values that fit each other.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 *
 * @example
 * new StreamFedFunction(this, 'Clicks', { handler });
 *
 * // Once in the app: who is notified of the alarms of all patterns.
 * Alarms.of(this).notify(new SnsAction(new sns.Topic(this, 'OnCall')));
 */
@propertyInjectable
export class StreamFedFunction extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.streaming.StreamFedFunction';

  /**
   * The function that processes the records.
   */
  public readonly handler: lambda.IFunction;

  /**
   * The stream that feeds the handler.
   */
  public readonly stream: kinesis.IStream;

  /**
   * The consumer that is registered with the stream. Undefined without `enhancedFanOut`.
   */
  public readonly consumer?: kinesis.StreamConsumer;

  /**
   * The event source mapping that reads the stream and invokes the handler.
   */
  public readonly eventSource: lambda.EventSourceMapping;

  /**
   * Where the batches are that could not be processed.
   */
  public readonly failureStore: IFailureStore;

  /**
   * The alarms on the event source, the stream and the handler, by their names.
   */
  public readonly alarms: StreamFedFunctionAlarms;

  constructor(scope: Construct, id: string, props: StreamFedFunctionProps) {
    super(scope, id);
    const plan = planOf(this, props);

    this.handler = props.handler;
    const { encryptionKey, removalPolicy } = props;
    this.stream = props.stream ?? newStream(this, 'Stream', { retentionPeriod: retentionOf(props), encryptionKey, removalPolicy });
    this.consumer = props.enhancedFanOut ? newConsumer(this, 'Consumer', this.stream) : undefined;
    const { bucket: failures } = props.failureStore ?? new FailureBucket(this, 'Failures', { encryptionKey, removalPolicy });

    const permissions = grantToHandler(this, this.handler, this.readings(), this.stream.encryptionKey, failures);
    const parts = {
      eventSourceArn: this.consumer?.streamConsumerArn ?? this.stream.streamArn,
      stream: readStreamOf(this, props),
      failures,
      startingPositionTimestamp: props.startingPositionTimestamp,
    };
    this.eventSource = newEventSource(this, 'EventSource', props, parts);
    this.eventSource.node.addDependency(...permissions);
    this.failureStore = failuresOf(this.eventSource, failures);

    const { handler, eventSource, stream } = this;
    const subject = { path: this.node.path, handler, eventSource, stream, maxAgeSeconds: plan.maxAgeSeconds };
    this.alarms = {
      ...READER_ALARMS.add(this, subject, props.alarms),
      ...(props.enhancedFanOut || isElsewhere(this, props) ? {} : READ_ALARMS.add(this, subject, props.alarms)),
      ...(props.stream ? {} : WRITE_ALARMS.add(this, subject, props.alarms)),
      ...handlerAlarms(this, handler, plan.spread, props.alarms),
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, parts, plan) });
  }

  /**
   * The alarms on the event source, the stream and the handler, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows a producer to write to the stream: `kinesis:PutRecord`, `kinesis:PutRecords`, `kinesis:ListShards`, `kinesis:DescribeStreamSummary`, and the use of its key.
   *
   * A producer of another account is let in by the policy of the stream, and needs a stream with an `encryptionKey`.
   *
   * @param grantee who writes: a role, a function
   */
  public grantWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grantStream(grantee, WRITE_ACTIONS, ['kms:GenerateDataKey']);
  }

  /**
   * Allows somebody else to read the stream: `kinesis:DescribeStream`, `kinesis:DescribeStreamSummary`, `kinesis:GetRecords`, `kinesis:GetShardIterator`, `kinesis:ListShards`, and to decrypt with
   * its key. The handler is allowed it already.
   *
   * A reader of another account is let in by the policy of the stream, and needs a stream with an `encryptionKey`.
   * https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html
   *
   * @param grantee who reads: a role, a function
   */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantStream(grantee, READ_ACTIONS, ['kms:Decrypt']);
  }

  private grantStream(grantTo: iam.IGrantable, actions: string[], keyActions: string[]): iam.Grant {
    const grantee = new RoleGrants(this).to(grantTo);
    const { encryptionKey } = this.stream;
    if (!encryptionKey && grantee.principalAccount !== undefined && differ(grantee.principalAccount, Stack.of(this).account)) {
      Annotations.of(this).addWarningV2(
        'cdk-serverless-patterns:streamKeyNotShared',
        `stream '${this.stream.node.path}' is encrypted with a key that AWS manages for this account only, so account ${grantee.principalAccount} can use the stream only with another key: ` +
        'set encryptionKey of the StreamFedFunction',
      );
    }
    const toStream = this.stream.grant(grantee, ...actions);
    return encryptionKey ? toStream.combine(encryptionKey.grant(grantee, ...keyActions)) : toStream;
  }

  /** What the handler must be allowed, on which resource. */
  private readings() {
    const { stream, consumer } = this;
    return [
      { actions: READ_ACTIONS, on: stream.streamArn, called: `stream '${stream.node.path}'` },
      ...consumer ? [{ actions: CONSUMER_ACTIONS, on: consumer.streamConsumerArn, called: `its consumer '${consumer.node.path}'` }] : [],
    ];
  }
}
