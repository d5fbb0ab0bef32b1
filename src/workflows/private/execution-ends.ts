import type { RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { setAsideDefinition } from './message-set-aside';
import { unsuccessfulEnds } from './unsuccessful-ends';
import { byProps } from '../../private/checks/derived-values';
import { allowRule, RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../../private/sqs/pattern-queue';
import { isFifoQueue } from '../../private/sqs/queue-facts';
import { executionsOf, keyStatements, plainArn, plainName } from '../../private/states/machine-facts';
import { encryptStateMachine, newStateMachine } from '../../private/states/state-machine';

export interface ExecutionEndsProps {
  readonly stateMachine: sfn.IStateMachine;
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
  readonly encryptionKey: kms.IKey | undefined;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy | undefined;
}

/** What sets aside the messages of executions that the pipe does not wait for. */
export interface ExecutionEnds {
  readonly setAside: sfn.StateMachine;
  readonly definition: object;
  readonly rule: events.Rule;
  readonly eventPattern: events.EventPattern;
  readonly role: iam.Role;
  readonly ruleDeadLetterQueue: sqs.Queue;
}

/** Sets aside the message of each execution that failed, reached its timeout or was stopped. */
export function newExecutionEnds(scope: Construct, props: ExecutionEndsProps): ExecutionEnds {
  const { stateMachine, queue, deadLetterQueue, encryptionKey, logRetention, removalPolicy } = props;
  const definition = setAsideDefinition(scope, queue, deadLetterQueue, isFifoQueue(queue));
  // Standard: it may try for a day, and can be redriven after that.
  const setAside = newStateMachine(scope, 'SetAside', sfn.StateMachineType.STANDARD, definition, logRetention);
  const executions = executionsOf(plainName(stateMachine), Stack.of(scope));
  setAside.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] }));
  keyStatements(stateMachine, 'kms:Decrypt').forEach((statement) => setAside.addToRolePolicy(statement));
  deadLetterQueue.grantSendMessages(setAside);
  if (encryptionKey) {
    encryptStateMachine(scope, setAside, encryptionKey, 'what sets messages aside logs nothing');
  }

  const ruleDeadLetterQueue = newPatternQueue(scope, 'RuleDeadLetterQueue', {
    retentionPeriod: DEAD_LETTER_RETENTION,
    encryptionKey,
    removalPolicy,
    instead: byProps('QueueFedWorkflow', ['encryptionKey', 'removalPolicy'], 'ends of executions wait there for people, so leave the queue as it is made'),
  });
  const role = new iam.Role(scope, 'RuleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
  setAside.grantStartExecution(role);
  encryptionKey?.grant(role, 'kms:GenerateDataKey', 'kms:Decrypt');
  const eventPattern = unsuccessfulEnds(['FAILED', 'TIMED_OUT', 'ABORTED'], { stateMachineArn: [plainArn(stateMachine)] });
  const rule = new events.Rule(scope, 'FailureRule', {
    description: 'Has the messages of executions set aside that did not succeed.',
    eventPattern,
    targets: [{
      bind: () => ({ arn: setAside.stateMachineArn, role, deadLetterConfig: { arn: ruleDeadLetterQueue.queueArn }, retryPolicy: RULE_RETRY_POLICY }),
    }],
  });
  // Without the key the dead letter itself would be lost. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  allowRule(scope, rule.ruleArn, ruleDeadLetterQueue);
  return { setAside, definition, rule, eventPattern, role, ruleDeadLetterQueue };
}
