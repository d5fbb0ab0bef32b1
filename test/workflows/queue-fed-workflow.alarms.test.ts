import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { expressIn, ordersIn, stackWith } from './queue-fed-workflow.fixtures';
import type { QueueFedWorkflowAlarmOptions } from '../../src';
import { attribute, newStack, ref, resourcesOf } from '../messaging/fixtures';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOK = 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v0.0.0/docs/runbooks/queue-fed-workflow.md';

const stat = (Id: string, Namespace: string, MetricName: string, Stat: string, Dimensions: object[]) => (
  { Id, ReturnData: false, MetricStat: { Metric: { MetricName, Namespace, Dimensions }, Period: 60, Stat } }
);
const ofQueue = (id: string) => [{ Name: 'QueueName', Value: attribute(id, 'QueueName') }];
const ofPipe = [{ Name: 'PipeName', Value: ref('OrdersPipe') }];
const ofRule = (MetricName: string) => ({ Namespace: 'AWS/Events', MetricName, Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'RuleName', Value: ref('OrdersFailureRule') }] });
const visible = (id: string) => ({ Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum', Period: 60, Dimensions: ofQueue(id) });
const unsuccessful = (machine: string, label: string) => {
  const count = (id: string, metric: string) => stat(id, 'AWS/States', metric, 'Sum', [{ Name: 'StateMachineArn', Value: ref(machine) }]);
  return {
    Metrics: [
      { Id: 'expr_1', Expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)', Label: label, ReturnData: true },
      count('failed', 'ExecutionsFailed'), count('timedOut', 'ExecutionsTimedOut'), count('aborted', 'ExecutionsAborted'),
    ],
  };
};

interface Expected {
  readonly prop: keyof QueueFedWorkflowAlarmOptions;
  readonly id: string;
  readonly metric: object;
  readonly firing: readonly [threshold: number, periods: number, datapoints: number | undefined];
  readonly description: string;
}

const DELIVERY: Expected[] = [
  {
    prop: 'deadLetters',
    id: 'DeadLettersAlarm',
    metric: visible('OrdersDeadLetterQueue'),
    firing: [0, 1, undefined],
    description: 'Messages of Stack/Orders could not be processed and are in its dead-letter queue. ' +
      `First: read one of them and the error of its execution; redrive only after the repair. Runbook: ${RUNBOOK}#dead-letters`,
  },
  {
    prop: 'moreDeadLetters',
    id: 'MoreDeadLettersAlarm',
    metric: {
      Metrics: [
        { Id: 'expr_1', Expression: 'DIFF(visible + FILL(inFlight, 0))', Label: 'Growth of the dead-letter queue', ReturnData: true },
        stat('visible', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', ofQueue('OrdersDeadLetterQueue')),
        stat('inFlight', 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', 'Maximum', ofQueue('OrdersDeadLetterQueue')),
      ],
    },
    firing: [0, 1, undefined],
    description: 'More messages of Stack/Orders went to its dead-letter queue within the last period. ' +
      `First: see whether the cause is the known one; if it is new, stop the pipe before more follow. Runbook: ${RUNBOOK}#more-dead-letters`,
  },
  {
    prop: 'messageAge',
    id: 'MessageAgeAlarm',
    metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Statistic: 'Maximum', Period: 60, Dimensions: ofQueue('OrdersQueue') },
    firing: [1800, 1, undefined],
    description: 'Messages of Stack/Orders wait longer than they should. ' +
      `First: look at CurrentState and StateReason of the pipe, then at the throttles of Step Functions. Runbook: ${RUNBOOK}#message-age`,
  },
  {
    prop: 'pipeFailed',
    id: 'PipeFailedAlarm',
    metric: { Namespace: 'AWS/EventBridge/Pipes', MetricName: 'ExecutionFailed', Statistic: 'Sum', Period: 60, Dimensions: ofPipe },
    firing: [0, 9, 3],
    description: 'The pipe of Stack/Orders cannot have messages processed, again and again; they become dead letters after their last receive. ' +
      `First: read the log of the pipe, and that of the Express state machine that it invokes. Runbook: ${RUNBOOK}#pipe-failed`,
  },
  {
    prop: 'pipeThrottled',
    id: 'PipeThrottledAlarm',
    metric: { Namespace: 'AWS/EventBridge/Pipes', MetricName: 'ExecutionThrottled', Statistic: 'Sum', Period: 60, Dimensions: ofPipe },
    firing: [0, 5, undefined],
    description: 'The pipe of Stack/Orders is throttled, so messages wait. ' +
      `First: compare the quota of concurrent pipe executions with the messages that come in. Runbook: ${RUNBOOK}#pipe-throttled`,
  },
  {
    prop: 'pipeStopped',
    id: 'PipeStoppedAlarm',
    metric: {
      Metrics: [
        {
          Id: 'expr_1', Expression: 'IF(visible > 0 AND FILL(invocations, 0) == 0, visible, 0)', Label: 'Messages that wait while the pipe delivers nothing', ReturnData: true,
        },
        stat('visible', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', ofQueue('OrdersQueue')),
        stat('invocations', 'AWS/EventBridge/Pipes', 'Invocations', 'Sum', ofPipe),
      ],
    },
    firing: [0, 10, undefined],
    description: 'Messages of Stack/Orders wait, but its pipe delivers nothing. ' +
      `First: look at CurrentState and StateReason of the pipe: EventBridge stops one that is refused all the time. Runbook: ${RUNBOOK}#pipe-stopped`,
  },
];

const ENDS: Expected[] = [
  {
    prop: 'executionsFailed',
    id: 'ExecutionsFailedAlarm',
    metric: unsuccessful('Machine', 'Executions that did not succeed'),
    firing: [0, 1, undefined],
    description: 'Executions of the workflow of Stack/Orders failed, reached their timeout or were stopped. ' +
      `First: compare them with the dead letters: the event of each sets its message aside, but Step Functions promises no event. Runbook: ${RUNBOOK}#failed-executions`,
  },
  {
    prop: 'setAsideFailed',
    id: 'SetAsideFailedAlarm',
    metric: unsuccessful('OrdersSetAside', 'Messages that were not set aside'),
    firing: [0, 1, undefined],
    description: 'Messages of executions of Stack/Orders that failed could not be moved to its dead-letter queue. ' +
      `First: read the error of the newest failed execution of the state machine SetAside, repair its cause, and redrive it. Runbook: ${RUNBOOK}#set-aside-failed`,
  },
  {
    prop: 'failedInvocations',
    id: 'FailedInvocationsAlarm',
    metric: ofRule('FailedInvocations'),
    firing: [0, 1, undefined],
    description: 'Ends of executions of Stack/Orders could not be delivered to the state machine that sets their messages aside. First: see whether it exists, and whether the role ' +
      `of the rule may start it; what failed is in the dead-letter queue of the rule. Runbook: ${RUNBOOK}#failed-invocations`,
  },
  {
    prop: 'failedToSendToDlq',
    id: 'FailedToSendToDlqAlarm',
    metric: ofRule('InvocationsFailedToBeSentToDlq'),
    firing: [0, 1, undefined],
    description: 'Ends of executions of Stack/Orders could neither be delivered nor moved to the dead-letter queue: they are lost as messages. First: note the time, repair the policy and ' +
      `the key of the dead-letter queue, and list the executions that failed since then: they keep their input. Runbook: ${RUNBOOK}#failed-to-send-to-dlq`,
  },
  {
    prop: 'ruleDeadLetters',
    id: 'RuleDeadLettersAlarm',
    metric: visible('OrdersRuleDeadLetterQueue'),
    firing: [0, 1, undefined],
    description: 'The messages of executions of Stack/Orders that failed were not set aside; the events of these are in the dead-letter queue of the rule. ' +
      `First: read the attribute ERROR_CODE of one of them; start the state machine SetAside with each event after the repair. Runbook: ${RUNBOOK}#rule-dead-letters`,
  },
];

describe('by default', () => {
  const stack = stackWith();
  const template = Template.fromStack(stack);

  test.each([...DELIVERY, ...ENDS])('$prop', ({ metric, firing: [Threshold, EvaluationPeriods, DatapointsToAlarm], description }) => {
    template.hasResourceProperties(ALARM, {
      ...metric,
      Threshold,
      EvaluationPeriods,
      ...DatapointsToAlarm && { DatapointsToAlarm },
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: description,
    });
  });

  test('there are no others', () => {
    template.resourceCountIs(ALARM, DELIVERY.length + ENDS.length);
  });
});

test('an Express state machine has those on queues and pipe', () => {
  const stack = stackWith((scope: Stack) => ({ stateMachine: expressIn(scope) }));
  expect(Object.keys(resourcesOf(stack, ALARM)).map((id) => id.replace(/^Orders|[0-9A-F]{8}$/g, '')).sort()).toEqual(DELIVERY.map(({ id }) => id).sort());
});

test('the age follows the visibility timeout', () => {
  const stack = stackWith((scope: Stack) => ({ stateMachine: expressIn(scope) }));
  Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 7200 });
});

test('the age is half of a short retention', () => {
  const stack = stackWith({ retentionPeriod: Duration.minutes(40) });
  Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 1200 });
});

test('of an imported queue, six times what a delivery takes is taken for its visibility timeout', () => {
  const stack = stackWith((scope: Stack) => ({
    queue: sqs.Queue.fromQueueArn(scope, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:orders'),
    deadLetterQueue: sqs.Queue.fromQueueArn(scope, 'Dead', 'arn:aws:sqs:eu-west-1:111122223333:dead'),
  }));
  Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 1800 });
  Template.fromStack(stack).hasResourceProperties(ALARM, { MetricName: 'ExecutionFailed', EvaluationPeriods: 9 });
});

test('all are reached by their names, and as a list', () => {
  const orders = ordersIn(newStack());
  const named = [...DELIVERY, ...ENDS].map(({ prop, id }) => [orders.alarms[prop]?.node.id, id]);
  named.forEach(([found, id]) => expect(found).toBe(id));
  expect(orders.allAlarms.map(({ node }) => node.id).sort()).toEqual([...DELIVERY, ...ENDS].map(({ id }) => id).sort());
});

test.each([...DELIVERY, ...ENDS])('$prop can be switched off', ({ prop, id }) => {
  const orders = ordersIn(newStack(), { alarms: { [prop]: { enabled: false } } });
  expect(orders.node.tryFindChild(id)).toBeUndefined();
  expect(orders.alarms[prop]).toBeUndefined();
});
