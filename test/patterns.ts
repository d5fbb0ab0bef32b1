import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { QueueFedFunction } from '../src';

/**
 * Every exported pattern, in the forms that the checks on all patterns look at: `default`, with what is required and nothing else, and as many full forms
 * as it takes for every prop to be set in one of them.
 *
 * To add a pattern, add an entry. Once a form is part of a release (test/releases), it stays as it is, or the upgrade test would compare two different
 * things: a new prop gets a form of its own.
 */
export function patterns(): Pattern[] {
  return [
    pattern(QueueFedFunction, {
      'default': { props: (inputs) => ({ handler: newFunction(inputs) }) },
      'standard': {
        props: (inputs) => ({
          handler: newFunction(inputs),
          handlerTimeout: Duration.seconds(20),
          batchSize: 100,
          maxBatchingWindow: Duration.seconds(5),
          maxConcurrency: 20,
          maxReceiveCount: 8,
          retentionPeriod: Duration.days(2),
          visibilityTimeout: Duration.minutes(3),
          encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
          filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
          metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
          alarms: {
            deadLetters: COUNT_ALARM,
            moreDeadLetters: COUNT_ALARM,
            messageAge: DURATION_ALARM,
            handlerErrors: COUNT_ALARM,
            handlerThrottles: COUNT_ALARM,
            handlerDuration: DURATION_ALARM,
          },
          removalPolicy: RemovalPolicy.RETAIN,
        }),
      },
      'fifo': {
        props: (inputs) => ({
          handler: newFunction(inputs),
          fifo: true,
          contentBasedDeduplication: true,
          deadLetterQueue: new sqs.Queue(inputs, 'DeadLetters', { fifo: true, enforceSSL: true, retentionPeriod: Duration.days(14) }),
        }),
      },
      'provisioned pollers': {
        props: (inputs) => ({ handler: newFunction(inputs), provisionedPollers: { minimum: 3, maximum: 30 } }),
      },
      'alias with reserved concurrency': {
        props: (inputs) => {
          const version = new lambda.Version(inputs, 'Version', { lambda: newFunction(inputs, { reservedConcurrentExecutions: 40 }) });
          return { handler: new lambda.Alias(inputs, 'Alias', { aliasName: 'live', version }) };
        },
      },
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
            functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:orders',
            sameEnvironment: true,
          }),
          handlerTimeout: Duration.seconds(20),
          // No two consumers have one dead-letter queue, so the name follows the place.
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
    }),
  ];
}

/** One form of a pattern. */
export interface Form<P extends object> {
  /** The props. Whatever the pattern is given from outside (a handler, a key, a live queue) is made in `inputs`. */
  readonly props: (inputs: Construct) => P;
  /** The ids of the warnings that belong to this form, without their prefix. */
  readonly warnings?: readonly string[];
  /** Whether the form has no alarms. */
  readonly silent?: boolean;
}

/** A pattern's class, as far as the checks need it. */
export interface PatternType<P extends object> {
  readonly PROPERTY_INJECTION_ID: string;
  readonly name: string;
  new (scope: Construct, id: string, props: P): Construct;
}

/** A form whose props are known to nobody but its pattern. */
export interface PatternForm {
  readonly name: string;
  readonly warnings: readonly string[];
  readonly silent: boolean;
  props(inputs: Construct): object;
}

/** A pattern and its forms. */
export interface Pattern {
  readonly name: string;
  readonly type: unknown;
  readonly injectionId: string;
  readonly forms: readonly PatternForm[];
  /** Makes the pattern below `scope` with the props that one of its forms gave. */
  make(scope: Construct, props: object): Construct;
}

function pattern<P extends object>(type: PatternType<P>, forms: { default: Form<P> } & { [name: string]: Form<P> }): Pattern {
  return {
    name: type.name,
    type,
    injectionId: type.PROPERTY_INJECTION_ID,
    forms: Object.entries(forms).map(([name, form]) => ({ name, warnings: form.warnings ?? [], silent: form.silent ?? false, props: form.props })),
    make: (scope, props) => new type(scope, 'Pattern', props as P),
  };
}

function newFunction(inputs: Construct, props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(inputs, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
    timeout: Duration.seconds(20),
    ...props,
  });
}

/** Differs from every default. */
const COUNT_ALARM = { enabled: true, threshold: 7, period: Duration.minutes(2), evaluationPeriods: 6, datapointsToAlarm: 4 };
const DURATION_ALARM = { ...COUNT_ALARM, threshold: Duration.seconds(13) };
const OFF = { enabled: false };
