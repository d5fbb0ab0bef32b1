import type { CfnResource } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ReadStream } from './reader-rules';
import { batchSizeOf, recordAgeSecondsOf, retryAttemptsOf, startingPositionOf, STORED_UNDER } from './reader-rules';
import type { DerivedValue } from '../../private/checks/derived-values';
import { hasAll, valuesIn } from '../../private/checks/derived-values';
import { failureDestination } from '../../private/s3/failure-grants';
import type { IFailureStore } from '../../storage/failure-store';
import { FailureForm } from '../../storage/failure-store';
import type { StreamFedProps } from '../stream-fed-props';

/** What an event source reads, and where Lambda stores what it gives up. */
export interface EventSourceParts {
  /** The ARN of a stream or of a consumer. */
  readonly eventSourceArn: string;
  readonly stream: ReadStream;
  readonly failures: s3.IBucket;
  /** Of a Kinesis stream, with the starting position AT_TIMESTAMP. */
  readonly startingPositionTimestamp?: number | undefined;
}

/** Makes an event source that gives up a record in time, separates it from the good ones, and keeps it. */
export function newEventSource(scope: Construct, id: string, props: StreamFedProps, parts: EventSourceParts): lambda.EventSourceMapping {
  const { eventSourceArn, stream, failures, startingPositionTimestamp } = parts;
  return new lambda.EventSourceMapping(scope, id, {
    target: props.handler,
    eventSourceArn,
    startingPosition: startingPositionOf(props) as lambda.StartingPosition,
    startingPositionTimestamp,
    batchSize: batchSizeOf(props),
    maxBatchingWindow: props.maxBatchingWindow,
    parallelizationFactor: props.parallelizationFactor,
    tumblingWindow: props.tumblingWindow,
    retryAttempts: retryAttemptsOf(props),
    maxRecordAge: Duration.seconds(recordAgeSecondsOf(props, stream)),
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: failureDestination({ bucket: failures }),
    filters: props.filters,
    filterEncryption: props.filterEncryption,
    // The alarms are on these metrics.
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
    enabled: props.enabled,
  });
}

/** Where the batches of an event source are in a failure store. */
export function failuresOf({ eventSourceMappingId }: lambda.EventSourceMapping, bucket: s3.IBucket): IFailureStore {
  return { bucket, prefix: `${STORED_UNDER}${eventSourceMappingId}/`, form: FailureForm.STREAM_BATCH };
}

/** What of an event source must still be as it was derived, when the app is complete. */
export function eventSourceValues(
  eventSource: lambda.EventSourceMapping,
  props: StreamFedProps,
  parts: EventSourceParts,
  stated: (prop: string) => string,
): DerivedValue[] {
  return valuesIn(eventSource.node.defaultChild as CfnResource, {
    'Properties.FunctionName': [props.handler.functionName, 'give another handler'],
    'Properties.EventSourceArn': [parts.eventSourceArn, stated(parts.stream.kind)],
    'Properties.Enabled': [props.enabled, stated('enabled')],
    'Properties.BatchSize': [batchSizeOf(props), stated('batchSize')],
    'Properties.MaximumBatchingWindowInSeconds': [props.maxBatchingWindow?.toSeconds(), stated('maxBatchingWindow')],
    'Properties.ParallelizationFactor': [props.parallelizationFactor, stated('parallelizationFactor')],
    'Properties.TumblingWindowInSeconds': [props.tumblingWindow?.toSeconds(), stated('tumblingWindow')],
    'Properties.StartingPosition': [startingPositionOf(props), stated('startingPosition')],
    'Properties.StartingPositionTimestamp': [parts.startingPositionTimestamp, stated('startingPosition')],
    'Properties.MaximumRetryAttempts': [retryAttemptsOf(props), stated('retryAttempts')],
    'Properties.MaximumRecordAgeInSeconds': [recordAgeSecondsOf(props, parts.stream), stated('maxRecordAge')],
    'Properties.BisectBatchOnFunctionError': [true, 'without it a record on which the handler times out takes all others of its batch with it'],
    'Properties.FunctionResponseTypes': [['ReportBatchItemFailures'], 'without it the good records of a batch are processed again with those that failed', hasAll],
    'Properties.DestinationConfig.OnFailure.Destination': [parts.failures.bucketArn, stated('failureStore')],
    'Properties.MetricsConfig.Metrics': [['EventCount'], 'the alarms are on these metrics', hasAll],
    'Properties.FilterCriteria.Filters': [props.filters?.map(({ pattern }) => ({ Pattern: pattern })), stated('filters')],
    'Properties.KmsKeyArn': [props.filterEncryption?.keyArn, stated('filterEncryption')],
  });
}
