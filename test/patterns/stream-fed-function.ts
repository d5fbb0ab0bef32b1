import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { COUNT_ALARM, DURATION_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { FailureBucket, FailureStore, StreamFedFunction } from '../../src';
import { STREAM_FED_FUNCTION_BOUNDS } from '../../src/streaming/stream-fed-function.rules';

const { threshold: _, ...TIMING } = COUNT_ALARM;

/** The options of all alarms on a reader of a stream, each different from its default. */
export const READER_ALARMS = {
  iteratorAge: DURATION_ALARM,
  iteratorAgeCritical: DURATION_ALARM,
  droppedRecords: COUNT_ALARM,
  failuresNotStored: COUNT_ALARM,
  storedFailures: COUNT_ALARM,
  readingStopped: TIMING,
  handlerErrors: COUNT_ALARM,
  handlerThrottles: COUNT_ALARM,
  handlerDuration: DURATION_ALARM,
};
export const READER_ALARMS_OFF = {
  iteratorAge: OFF,
  iteratorAgeCritical: OFF,
  droppedRecords: OFF,
  failuresNotStored: OFF,
  storedFailures: OFF,
  readingStopped: OFF,
  handlerErrors: OFF,
  handlerThrottles: OFF,
  handlerDuration: OFF,
};

export const streamFedFunction = pattern(StreamFedFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs) }) },
  'own stream': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      handlerTimeout: Duration.seconds(20),
      streamRetentionPeriod: Duration.days(3),
      batchSize: 50,
      maxBatchingWindow: Duration.seconds(5),
      parallelizationFactor: 4,
      startingPosition: lambda.StartingPosition.AT_TIMESTAMP,
      startingPositionTimestamp: 1_800_000_000,
      retryAttempts: 3,
      maxRecordAge: Duration.hours(6),
      filters: [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('click') } })],
      filterEncryption: new kms.Key(inputs, 'FilterKey', { enableKeyRotation: true }),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      enabled: true,
      alarms: { ...READER_ALARMS, readThrottles: COUNT_ALARM, writeThrottles: COUNT_ALARM },
      removalPolicy: RemovalPolicy.RETAIN,
    }),
  },
  'enhanced fan-out of a shared stream': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      stream: new kinesis.Stream(inputs, 'Stream', { streamMode: kinesis.StreamMode.ON_DEMAND, retentionPeriod: Duration.days(2) }),
      enhancedFanOut: true,
      tumblingWindow: Duration.minutes(1),
      failureStore: new FailureBucket(inputs, 'Failures'),
    }),
  },
  'alias and a bucket that exists': {
    props: (inputs) => {
      const version = new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs) });
      return {
        handler: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version }),
        stream: new kinesis.Stream(inputs, 'Stream', { encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) }),
        failureStore: FailureStore.of(new s3.Bucket(inputs, 'Bucket', { enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN })),
      };
    },
  },
  'imported handler and stream': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function share its alarms, so the names follow the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
      stream: kinesis.Stream.fromStreamArn(inputs, 'Stream', `arn:aws:kinesis:us-east-1:111122223333:stream/${inputs.node.scope?.node.id}`),
    }),
    warnings: ['handlerRoleUnknown', 'adoptedStreamUnchecked'],
  },
  'alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      failureStore: FailureStore.of(new s3.Bucket(inputs, 'Bucket', { enforceSSL: true })),
      alarms: { ...READER_ALARMS_OFF, readThrottles: OFF, writeThrottles: OFF },
    }),
    silent: true,
  },
}, { ofProps: STREAM_FED_FUNCTION_BOUNDS });
