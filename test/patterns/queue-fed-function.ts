import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { newFunction, OFF, statedConsumer } from './inputs';
import { pattern } from './pattern';
import { QueueFedFunction } from '../../src';
import { QUEUE_FED_FUNCTION_BOUNDS } from '../../src/messaging/queue-fed-function.rules';

export const queueFedFunction = pattern(QueueFedFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs) }) },
  'standard': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      ...statedConsumer(inputs),
      filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
    }),
  },
  'fifo': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      fifo: true,
      contentBasedDeduplication: true,
      highThroughput: true,
      deadLetterQueue: new sqs.Queue(inputs, 'DeadLetters', { fifo: true, enforceSSL: true, retentionPeriod: Duration.days(14) }),
    }),
  },
  'provisioned pollers': {
    props: (inputs) => ({ handler: newFunction(inputs), provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 30 } }),
  },
  'alias with reserved concurrency': {
    props: (inputs) => {
      const version = new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs, { reservedConcurrentExecutions: 40 }) });
      return { handler: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version }) };
    },
  },
  'durable handler': {
    props: (inputs) => ({ handler: newFunction(inputs, { durableConfig: { executionTimeout: Duration.minutes(10) } }).currentVersion }),
  },
  'paused handler': { props: (inputs) => ({ handler: newFunction(inputs, { reservedConcurrentExecutions: 0 }) }), warnings: ['handlerPaused'] },
  'adopted queue': {
    props: (inputs) => {
      const deadLetterQueue = { queue: new sqs.Queue(inputs, 'DeadLetters', { retentionPeriod: Duration.days(14), enforceSSL: true }), maxReceiveCount: 3 };
      return {
        handler: newFunction(inputs),
        queue: new sqs.Queue(inputs, 'Queue', { visibilityTimeout: Duration.minutes(2), enforceSSL: true, deadLetterQueue }),
      };
    },
  },
  'imported handler and queues': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function share its alarms, and no two consumers have one dead-letter queue, so the names follow the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
      handlerTimeout: Duration.seconds(20),
      queue: sqs.Queue.fromQueueArn(inputs, 'Queue', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}`),
      deadLetterQueue: sqs.Queue.fromQueueArn(inputs, 'DeadLetters', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}-dead`),
    }),
    warnings: ['handlerRoleUnknown', 'adoptedQueueUnchecked', 'deadLetterQueueUnchecked'],
  },
  'alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      alarms: { deadLetters: OFF, moreDeadLetters: OFF, messageAge: OFF, handlerErrors: OFF, handlerThrottles: OFF, handlerDuration: OFF },
    }),
    silent: true,
  },
}, { ofProps: QUEUE_FED_FUNCTION_BOUNDS });
