import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { COUNT_ALARM, DURATION_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { AsyncFunction, FailureBucket } from '../../src';
import { ASYNC_FUNCTION_BOUNDS } from '../../src/functions/async-function.rules';

const standardQueue = (inputs: Construct, id: string, props: sqs.QueueProps = {}) => (
  new sqs.Queue(inputs, id, { enforceSSL: true, retentionPeriod: Duration.days(14), ...props })
);

export const asyncFunction = pattern(AsyncFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs) }) },
  'failure store': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      retryAttempts: 1,
      maxEventAge: Duration.minutes(30),
      failureStore: new FailureBucket(inputs, 'Failures', { encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) }),
      onSuccess: new destinations.SqsDestination(standardQueue(inputs, 'Results')),
      alarms: {
        eventAge: DURATION_ALARM,
        eventsDropped: COUNT_ALARM,
        recursiveInvocations: COUNT_ALARM,
        destinationDeliveryFailures: COUNT_ALARM,
        handlerErrors: COUNT_ALARM,
        handlerThrottles: COUNT_ALARM,
        handlerDuration: DURATION_ALARM,
      },
    }),
  },
  'dead-letter queue': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      deadLetterQueue: standardQueue(inputs, 'DeadLetters', { encryptionMasterKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }) }),
      alarms: { deadLetterErrors: COUNT_ALARM, deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM },
    }),
  },
  'alias': {
    props: (inputs) => {
      const version = new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs) });
      return { handler: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version }) };
    },
  },
  'version': { props: (inputs) => ({ handler: newFunction(inputs).currentVersion }) },
  'paused handler': { props: (inputs) => ({ handler: newFunction(inputs, { reservedConcurrentExecutions: 0 }) }), warnings: ['asynchronousHandlerPaused'] },
  'imported handler': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function have one set of settings and share its alarms, so the name follows the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
    }),
    warnings: ['handlerRoleUnknown'],
  },
  'alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      failureStore: new FailureBucket(inputs, 'Failures', { alarms: { failuresStored: OFF } }),
      alarms: {
        eventAge: OFF,
        eventsDropped: OFF,
        recursiveInvocations: OFF,
        destinationDeliveryFailures: OFF,
        handlerErrors: OFF,
        handlerThrottles: OFF,
        handlerDuration: OFF,
      },
    }),
    silent: true,
  },
}, { ofProps: ASYNC_FUNCTION_BOUNDS });
