import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { COUNT_ALARM, DURATION_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { FunctionEngine, PollingStatusApi, QueueEngine, QueueFed, StateMachineEngine } from '../../src';
import { POLLING_STATUS_API_BOUNDS } from '../../src/jobs/polling-status-api.rules';

export const pollingStatusApi = pattern(PollingStatusApi, {
  'default': { props: (inputs) => ({ engine: new FunctionEngine(newFunction(inputs)) }), warnings: ['apiLoggingAccountUnknown'] },
  'queue': {
    props: (inputs) => ({
      engine: new QueueEngine(newConsumer(inputs)),
      bodySchema: { type: apigateway.JsonSchemaType.OBJECT, required: ['city'] },
      maxBodySize: Size.kibibytes(100),
      timeout: Duration.hours(6),
      retentionPeriod: Duration.days(3),
      retryAfter: Duration.seconds(20),
      // One made by the CDK would have to be in the stack of the API.
      authorizer: { authorizerId: 'a1b2c3', authorizationType: apigateway.AuthorizationType.COGNITO },
      authorizationScopes: ['jobs/submit'],
      apiKeyRequired: true,
      corsAllowOrigins: ['https://app.example.com'],
      throttlingRateLimit: 50,
      throttlingBurstLimit: 70,
      accessLogs: false,
      pipeLogs: false,
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      alarms: {
        serverErrors: COUNT_ALARM,
        latency: DURATION_ALARM,
        pipeFailed: COUNT_ALARM,
        pipeThrottled: COUNT_ALARM,
        deadLetters: COUNT_ALARM,
        moreDeadLetters: COUNT_ALARM,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  },
  'state machine with a customer key': {
    props: (inputs) => ({
      engine: new StateMachineEngine(newMachine(inputs), { alarms: { failed: COUNT_ALARM, timedOut: COUNT_ALARM, aborted: COUNT_ALARM } }),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      logRetention: logs.RetentionDays.THREE_MONTHS,
      deletionProtection: true,
    }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'express state machine': {
    props: (inputs) => ({ engine: new StateMachineEngine(newMachine(inputs, sfn.StateMachineType.EXPRESS)) }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'express workflow': {
    props: (inputs) => ({
      engine: new FunctionEngine(newFunction(inputs), {
        workflowType: sfn.StateMachineType.EXPRESS, alarms: { failed: COUNT_ALARM, timedOut: COUNT_ALARM },
      }),
      timeout: Duration.minutes(4),
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
    }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'express workflow around an express state machine': {
    props: (inputs) => ({
      engine: new StateMachineEngine(newMachine(inputs, sfn.StateMachineType.EXPRESS), { workflowType: sfn.StateMachineType.EXPRESS }),
      timeout: Duration.minutes(1),
    }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'imported FIFO queue': {
    props: (inputs) => ({
      engine: new QueueEngine(QueueFed.of(
        sqs.Queue.fromQueueArn(inputs, 'Queue', 'arn:aws:sqs:us-east-1:111122223333:jobs.fifo'),
        sqs.Queue.fromQueueArn(inputs, 'DeadLetters', 'arn:aws:sqs:us-east-1:111122223333:jobs-dead.fifo'),
      )),
    }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'private, behind a proxy': {
    props: (inputs) => ({
      engine: new FunctionEngine(newFunction(inputs)),
      resourcePath: 'v1/reports',
      publicUrl: 'https://www.example.com/api',
      endpointConfiguration: { types: [apigateway.EndpointType.PRIVATE] },
      policy: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({
          principals: [new iam.AnyPrincipal()],
          actions: ['execute-api:Invoke'],
          resources: ['execute-api:/*'],
          conditions: { StringEquals: { 'aws:SourceVpce': 'vpce-0a1b2c3d' } },
        })],
      }),
      corsAllowOrigins: ['https://a.example.com', 'https://b.example.com'],
      corsAllowHeaders: ['X-Request-Id'],
    }),
    warnings: ['apiLoggingAccountUnknown'],
  },
  'an API that is given': {
    props: (inputs) => ({
      engine: new FunctionEngine(newFunction(inputs)),
      restApi: new apigateway.RestApi(inputs, 'Api', { cloudWatchRole: false }),
    }),
    oneStack: true,
  },
  'alarms off': {
    props: (inputs) => ({
      engine: new FunctionEngine(newFunction(inputs), { alarms: { failed: OFF, timedOut: OFF, aborted: OFF } }),
      alarms: { serverErrors: OFF, latency: OFF, pipeFailed: OFF, pipeThrottled: OFF, deadLetters: OFF, moreDeadLetters: OFF },
    }),
    silent: true,
    warnings: ['apiLoggingAccountUnknown'],
  },
}, { ofProps: POLLING_STATUS_API_BOUNDS });

function newConsumer(inputs: Construct) {
  const deadLetters = new sqs.Queue(inputs, 'DeadLetters', { enforceSSL: true });
  return QueueFed.of(new sqs.Queue(inputs, 'Queue', { enforceSSL: true, deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 } }), deadLetters);
}

function newMachine(inputs: Construct, stateMachineType?: sfn.StateMachineType) {
  return new sfn.StateMachine(inputs, 'Machine', { ...(stateMachineType ? { stateMachineType } : {}), definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(inputs, 'Work')) });
}
