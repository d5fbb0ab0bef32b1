import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { newFunction, newTable } from './inputs';
import { pattern } from './pattern';
import { READER_ALARMS, READER_ALARMS_OFF } from './stream-fed-function';
import { FailureBucket, FailureStore, TableFedFunction, TableFilters } from '../../src';
import { TABLE_FED_FUNCTION_BOUNDS } from '../../src/streaming/table-fed-function.rules';

export const tableFedFunction = pattern(TableFedFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs), table: newTable(inputs) }) },
  'every prop': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      handlerTimeout: Duration.seconds(20),
      table: newTable(inputs),
      batchSize: 50,
      maxBatchingWindow: Duration.seconds(5),
      parallelizationFactor: 4,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      retryAttempts: 3,
      maxRecordAge: Duration.hours(6),
      filters: [TableFilters.withoutTtlDeletes(), TableFilters.deletesOnly(), TableFilters.ttlDeletesOnly()],
      filterEncryption: new kms.Key(inputs, 'FilterKey', { enableKeyRotation: true }),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      enabled: true,
      alarms: READER_ALARMS,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
  },
  'alias, a table with a key, windows': {
    props: (inputs) => {
      const version = new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs) });
      return {
        handler: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version }),
        table: new dynamodb.Table(inputs, 'Table', {
          partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
          stream: dynamodb.StreamViewType.NEW_IMAGE,
          encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
          pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        }),
        tumblingWindow: Duration.minutes(1),
        failureStore: new FailureBucket(inputs, 'Failures'),
      };
    },
  },
  'imported handler and table': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function share its alarms, so the names follow the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
      table: dynamodb.Table.fromTableAttributes(inputs, 'Table', {
        tableArn: `arn:aws:dynamodb:us-east-1:111122223333:table/${inputs.node.scope?.node.id}`,
        tableStreamArn: `arn:aws:dynamodb:us-east-1:111122223333:table/${inputs.node.scope?.node.id}/stream/2026-01-01T00:00:00.000`,
      }),
    }),
    warnings: ['handlerRoleUnknown', 'adoptedTableUnchecked'],
  },
  'alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      table: newTable(inputs),
      failureStore: FailureStore.of(new s3.Bucket(inputs, 'Bucket', { enforceSSL: true })),
      alarms: READER_ALARMS_OFF,
    }),
    silent: true,
  },
}, { ofProps: TABLE_FED_FUNCTION_BOUNDS });
