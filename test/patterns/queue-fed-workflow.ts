import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { COUNT_ALARM, DURATION_ALARM, OFF } from './inputs';
import { pattern } from './pattern';
import { QueueFedWorkflow } from '../../src';
import { QUEUE_FED_WORKFLOW_BOUNDS } from '../../src/workflows/queue-fed-workflow.rules';

function newMachine(inputs: Construct, props: Partial<sfn.StateMachineProps> = {}) {
  const definitionBody = sfn.DefinitionBody.fromChainable(new sfn.Pass(inputs, 'Work'));
  return new sfn.StateMachine(inputs, 'Workflow', {
    definitionBody,
    timeout: Duration.minutes(2),
    tracingEnabled: true,
    logs: { destination: new logs.LogGroup(inputs, 'Logs', { retention: logs.RetentionDays.ONE_MONTH }), level: sfn.LogLevel.ALL },
    ...props,
  });
}

export const queueFedWorkflow = pattern(QueueFedWorkflow, {
  'default': { props: (inputs) => ({ stateMachine: newMachine(inputs) }) },
  'everything of a Standard workflow': {
    props: (inputs) => {
      const encryptionKey = new kms.Key(inputs, 'Key', { enableKeyRotation: true });
      return {
        stateMachine: newMachine(inputs),
        enabled: false,
        logRetention: logs.RetentionDays.ONE_WEEK,
        maxReceiveCount: 8,
        retentionPeriod: Duration.days(2),
        visibilityTimeout: Duration.minutes(5),
        deliveryDelay: Duration.seconds(30),
        maximumMessageSize: Size.kibibytes(16),
        encryptionKey,
        removalPolicy: RemovalPolicy.RETAIN,
        alarms: {
          deadLetters: COUNT_ALARM,
          moreDeadLetters: COUNT_ALARM,
          messageAge: DURATION_ALARM,
          pipeFailed: COUNT_ALARM,
          pipeThrottled: COUNT_ALARM,
          pipeStopped: COUNT_ALARM,
          executionsFailed: COUNT_ALARM,
          setAsideFailed: COUNT_ALARM,
          failedInvocations: COUNT_ALARM,
          failedToSendToDlq: COUNT_ALARM,
          ruleDeadLetters: COUNT_ALARM,
        },
      };
    },
  },
  'Express, in batches': {
    props: (inputs) => ({
      stateMachine: newMachine(inputs, { stateMachineType: sfn.StateMachineType.EXPRESS }),
      workflowTimeout: Duration.minutes(3),
      batchSize: 10,
      alarms: { pipeThrottled: OFF },
    }),
  },
  'Express, in order': {
    props: (inputs) => ({
      stateMachine: newMachine(inputs, { stateMachineType: sfn.StateMachineType.EXPRESS }),
      fifo: true,
      contentBasedDeduplication: true,
      highThroughput: true,
      deadLetterQueue: new sqs.Queue(inputs, 'DeadLetters', { fifo: true, enforceSSL: true, retentionPeriod: Duration.days(14) }),
    }),
  },
  'FIFO queue and Standard workflow': {
    props: (inputs) => ({ stateMachine: newMachine(inputs), fifo: true }),
    warnings: ['workflowOrderEnds'],
  },
  'imported alias and queues': {
    props: (inputs) => ({
      stateMachine: sfn.StateMachine.fromStateMachineArn(inputs, 'Workflow', 'arn:aws:states:us-east-1:111122223333:stateMachine:ship:live'),
      stateMachineType: sfn.StateMachineType.STANDARD,
      queue: sqs.Queue.fromQueueArn(inputs, 'Queue', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}`),
      deadLetterQueue: sqs.Queue.fromQueueArn(inputs, 'DeadLetters', `arn:aws:sqs:us-east-1:111122223333:${inputs.node.scope?.node.id}-dead`),
    }),
    warnings: ['adoptedQueueUnchecked', 'deadLetterQueueUnchecked'],
  },
}, { ofProps: QUEUE_FED_WORKFLOW_BOUNDS });
