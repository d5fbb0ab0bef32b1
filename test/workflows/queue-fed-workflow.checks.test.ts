import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, Size } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Props } from './queue-fed-workflow.fixtures';
import { expressIn, machineIn, stackWith } from './queue-fed-workflow.fixtures';
import { ResilientWorkflow } from '../../src';

type Given = Props | ((stack: Stack) => Props);

function problemsOf(props: Given): string[] {
  try {
    stackWith(props);
  } catch (error) {
    const [title, ...problems] = (error as Error).message.split('\n  - ');
    expect(title).toBe("QueueFedWorkflow 'Stack/Orders' cannot be made:");
    return problems;
  }
  return [];
}

function warningsOf(props: Given): string[] {
  return Annotations.fromStack(stackWith(props)).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data as string)
    .filter((text) => !text.includes('alarmsNotifyNobody'));
}

const imported = (arn: string) => (stack: Stack) => sfn.StateMachine.fromStateMachineArn(stack, 'Imported', arn);
const SHIP = 'arn:aws:states:eu-west-1:111122223333:stateMachine:ship';

test('all problems are reported at once', () => {
  expect(problemsOf({
    batchSize: 2, contentBasedDeduplication: true, workflowTimeout: Duration.minutes(1), maxReceiveCount: 1000, retentionPeriod: Duration.minutes(1),
  })).toEqual([
    "workflowTimeout is 60 seconds, but the pipe does not wait for executions of Standard state machine 'Stack/Machine': leave workflowTimeout out",
    'contentBasedDeduplication is true, but only a FIFO queue deduplicates: set fifo: true, or leave contentBasedDeduplication out',
    expect.stringMatching(/^maxReceiveCount x visibilityTimeout of the queue is 1000 x 180 seconds/),
    "batchSize is 2, but each message has an execution of its own of Standard state machine 'Stack/Machine': leave batchSize out, or make the state machine EXPRESS",
  ]);
});

test('tokens of which others are derived are refused', () => {
  const token = (stack: Stack) => new CfnParameter(stack, 'Value', { type: 'Number' }).valueAsNumber;
  expect(problemsOf((stack) => ({ batchSize: token(stack) }))).toEqual(['batchSize is a token, but must be known, because it decides how large a message may be: state it, or leave it out for 1']);
  expect(problemsOf((stack) => ({ visibilityTimeout: Duration.seconds(token(stack)) }))).toEqual([
    'visibilityTimeout is a token, but must be known, because alarms are derived from it: state it, or leave it out for 6 x the time of a delivery',
  ]);
  expect(problemsOf((stack) => ({ workflowTimeout: Duration.seconds(token(stack)) }))).toEqual([
    'workflowTimeout is a token, but must be known, because the visibility timeout and alarms are derived from it: state it, or leave it out for what the definition says, or 5 minutes',
  ]);
});

describe('the type of the state machine', () => {
  test('must be stated for an imported one', () => {
    expect(problemsOf((stack) => ({ stateMachine: imported(SHIP)(stack) }))).toEqual([
      "stateMachineType is not set, and cannot be read from state machine 'Stack/Imported': set it to StateMachineType.STANDARD or StateMachineType.EXPRESS, whichever the state machine is",
    ]);
    expect(problemsOf((stack) => ({ stateMachine: imported(SHIP)(stack), stateMachineType: sfn.StateMachineType.EXPRESS }))).toEqual([]);
  });

  test('must be the one that it has', () => {
    expect(problemsOf({ stateMachineType: sfn.StateMachineType.EXPRESS })).toEqual([
      "stateMachineType is EXPRESS, but state machine 'Stack/Machine' is STANDARD: leave stateMachineType out, which then is read from the state machine",
    ]);
    expect(problemsOf({ stateMachineType: sfn.StateMachineType.STANDARD })).toEqual([]);
  });

  test.each([
    ['an alias by its preference', (stack: Stack) => new ResilientWorkflow(stack, 'Ship', { definition: new sfn.Pass(stack, 'Pack'), trafficShift: {} }).alias!],
    ['an alias by its routes', (stack: Stack) => aliasIn(stack, false)],
    ['a version', (stack: Stack) => sfn.StateMachine.fromStateMachineArn(stack, 'ByVersion', versionIn(stack).attrArn)],
  ])('is read from the state machine behind %s', (_, make) => {
    expect(problemsOf((stack) => ({ stateMachine: make(stack) }))).toEqual([]);
  });

  test('is not known of an alias with routes that only the deployment knows', () => {
    expect(problemsOf((stack) => ({ stateMachine: aliasIn(stack, true) }))).toEqual([expect.stringMatching(/^stateMachineType is not set/)]);
  });
});

function versionIn(stack: Stack): sfn.CfnStateMachineVersion {
  return new sfn.CfnStateMachineVersion(stack, 'Version', { stateMachineArn: machineIn(stack).stateMachineArn });
}

function aliasIn(stack: Stack, unknown: boolean): sfn.IStateMachine {
  const { attrArn } = versionIn(stack);
  const alias = new sfn.CfnStateMachineAlias(stack, 'Alias', { routingConfiguration: unknown ? [] : [{ stateMachineVersionArn: attrArn, weight: 100 }] });
  return sfn.StateMachine.fromStateMachineArn(stack, 'ByAlias', alias.attrArn);
}

test('an Express execution ends after five minutes', () => {
  expect(problemsOf((stack) => ({ stateMachine: expressIn(stack, { timeout: Duration.minutes(6) }) }))).toContainEqual(expect.stringMatching(/^the timeout of Express state machine/));
});

test('alarms on ends are for a Standard state machine', () => {
  expect(problemsOf((stack) => ({ stateMachine: expressIn(stack), alarms: { executionsFailed: {}, ruleDeadLetters: {} } }))).toEqual([
    'alarms.executionsFailed, alarms.ruleDeadLetters is set, but an Express execution that fails is a delivery of the pipe that fails (alarms.pipeFailed): leave it out',
  ]);
});

test('SQS delivers ten messages at most', () => {
  expect(problemsOf((stack) => ({ stateMachine: expressIn(stack), batchSize: 10 }))).toEqual([]);
  expect(problemsOf((stack) => ({ stateMachine: expressIn(stack), batchSize: 11 }))).toEqual([expect.stringMatching(/^batchSize is 11, but must be a whole number from 1 to 10/)]);
});

test('alarms are checked', () => {
  const alarms = { pipeFailed: { threshold: -1 }, setAsideFailed: { threshold: -1 }, messageAge: { threshold: Duration.days(5) } };
  expect(problemsOf({ alarms })).toEqual([
    expect.stringMatching(/^alarms.messageAge.threshold is 432000 seconds/),
    expect.stringMatching(/^alarms.pipeFailed.threshold is -1/),
    expect.stringMatching(/^alarms.setAsideFailed.threshold is -1/),
  ]);
});

test('the key must be a customer-managed one', () => {
  expect(problemsOf((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/sqs') }))).toEqual([expect.stringMatching(/^encryptionKey is the AWS-managed key/)]);
});

describe('warnings', () => {
  test('there are none by default', () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf((stack) => ({ stateMachine: expressIn(stack) }))).toEqual([]);
  });

  test('of a Standard state machine without end', () => {
    const definitionBody = sfn.DefinitionBody.fromString('{"StartAt":"Work","States":{"Work":{"Type":"Pass","End":true}}}');
    expect(warningsOf((stack) => ({ stateMachine: new sfn.StateMachine(stack, 'Machine', { definitionBody }) }))).toEqual([expect.stringMatching(/^state machine 'Stack\/Machine' has no timeout/)]);
  });

  test('not of one whose definition cannot be read', () => {
    const definitionBody = sfn.DefinitionBody.fromString('no JSON');
    expect(warningsOf((stack) => ({ stateMachine: new sfn.StateMachine(stack, 'Machine', { definitionBody }) }))).toEqual([]);
  });

  test('of messages that may not fit', () => {
    expect(warningsOf({ maximumMessageSize: Size.bytes(45_056) })).toEqual([]);
    expect(warningsOf({ maximumMessageSize: Size.bytes(45_057) })).toEqual([expect.stringMatching(/^maximumMessageSize is 45057 bytes/)]);
  });

  test('of the messages of an adopted queue, and of its visibility timeout', () => {
    expect(warningsOf((stack) => ({ queue: adopted(stack) }))).toEqual([
      expect.stringMatching(/^visibilityTimeout of queue 'Stack\/Adopted' is 60 seconds, less than 6 x the 30 seconds/),
      expect.stringMatching(/^maximumMessageSize of queue 'Stack\/Adopted' is 1048576 bytes/),
    ]);
  });

  test('of an imported queue, whose settings it names', () => {
    const given = (stack: Stack) => ({
      queue: sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:orders'),
      deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead'),
    });
    expect(warningsOf(given)).toContainEqual(expect.stringContaining('its visibility timeout must be at least 30 seconds (better 6 x that), its largest message 45056 bytes, and its redrive policy'));
  });
});

function adopted(stack: Stack): sqs.Queue {
  const queue = new sqs.Queue(stack, 'AdoptedDead', { retentionPeriod: Duration.days(14) });
  return new sqs.Queue(stack, 'Adopted', { visibilityTimeout: Duration.minutes(1), deadLetterQueue: { queue, maxReceiveCount: 5 } });
}
