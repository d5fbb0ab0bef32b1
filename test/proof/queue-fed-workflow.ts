import { ALARM_METRICS, DEFINITIONS_VALID, ERROR_NAMES, IAM_ACTIONS, PLAIN_HTTP_REFUSED, RESOURCE_SCHEMAS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/workflows/queue-fed-workflow.alarms.test.ts');
const checks = testsIn('test/workflows/queue-fed-workflow.checks.test.ts');
const defaults = testsIn('test/workflows/queue-fed-workflow.defaults.test.ts');
const late = testsIn('test/workflows/queue-fed-workflow.late-changes.test.ts');
const rules = testsIn('test/delivery/rules/queue-workflow.test.ts');
const drill = testsIn('integ/integ.queue-fed-workflow.ts');
const alarmDrill = testsIn('integ/integ.queue-fed-workflow-alarms.ts');
const permissionDrill = testsIn('integ/integ.queue-fed-workflow-permissions.ts');

export const queueFedWorkflow: PagePromises = {
  name: 'QueueFedWorkflow',
  page: 'docs/queue-fed-workflow.md',
  promises: [
    {
      id: 'nothing-lost',
      says: 'Every message is processed, tried again, or set aside whole in the dead-letter queue; an independent ledger accounts for each',
      section: 'queuefedworkflow',
      tests: [drill('Every message is accounted for, before and after the repair.'), DEFINITIONS_VALID, ERROR_NAMES],
    },
    {
      id: 'express',
      says: 'The pipe waits for Express executions, and one that fails counts as a receive',
      section: 'standard-or-express',
      tests: [defaults('with an Express state machine › the pipe waits for it, and nothing else is made'), drill("follow('express', 'Express'"), drill("follow('in-order', 'InOrder'")],
    },
    {
      id: 'set-aside',
      says: 'The message of a Standard execution that failed, reached its timeout or was stopped is set aside as it was sent, and can be redriven',
      section: 'standard-or-express',
      tests: [
        defaults('with a Standard state machine › the messages of executions that did not succeed are set aside'),
        drill("follow('standard', 'Standard'"), drill("follow('hung', 'Hung'"), drill("const stopped = follow('stopped'"), drill("redrive('hung', late)"),
      ],
    },
    {
      id: 'encrypted',
      says: 'Also where the event leaves the input out, as with a customer-managed key',
      section: 'standard-or-express',
      tests: [defaults('keys › of a Standard state machine are used to start and to describe its executions'), drill("follow('customer-key', 'CustomerKey'")],
    },
    {
      id: 'one-execution',
      says: 'One message has one Standard execution, also if it is delivered twice',
      section: 'standard-or-express',
      tests: [defaults('with a Standard state machine › the starter names the execution by the message'), permissionDrill('It has come again, and is gone: one message, one execution.')],
    },
    {
      id: 'others',
      says: 'Executions that something else started are left alone',
      section: 'standard-or-express',
      tests: [drill("untilBooksAre(integ, ledger, 'started-otherwise'")],
    },
    {
      id: 'alias',
      says: 'An alias is started as such, and its failures are seen',
      section: 'minimal',
      tests: [defaults('an alias › of this app is started as such, by a permission on its state machine'), defaults('an alias › that is imported too'), drill("follow('alias', 'Alias'")],
    },
    {
      id: 'type-stated',
      says: 'The type of an imported state machine must be stated',
      section: 'minimal',
      tests: [checks('the type of the state machine › must be stated for an imported one')],
    },
    {
      id: 'sizes',
      says: 'The queue takes only messages that are sure to fit into the workflow',
      section: 'what-the-workflow-gets',
      tests: [rules('the largest message (Express: %s, batches of %d) has %d bytes'), defaults('with a Standard state machine › the queue fits the workflow')],
    },
    {
      id: 'stopped-pipe',
      says: 'Messages wait while the pipe is stopped, and are processed when it runs again',
      section: 'who-gives-up-when',
      tests: [drill('ledger.stopPipe(paused.pipe)')],
    },
    {
      id: 'checked',
      says: 'What cannot work is refused, all at once, and asked again at synthesis',
      section: 'what-is-checked',
      tests: [checks('all problems are reported at once'), late('the rules are asked again › of the state machine')],
    },
    {
      id: 'alarms',
      says: 'Each alarm is on the metric that the table says',
      section: 'alarms',
      tests: [alarms('by default › $prop'), ALARM_METRICS],
    },
    {
      id: 'alarms-ring',
      says: 'Each alarm rings by its own fault, and no other does',
      section: 'alarms',
      tests: [
        alarmDrill("failed: [...WAITING, 'ExecutionsFailedAlarm'].sort()", 'cloudwatch_states_metrics', 'cloudwatch_sqs_metrics'),
        alarmDrill("poisoned: [...WAITING, 'PipeFailedAlarm'].sort()", 'cloudwatch_pipes_metrics', 'cloudwatch_sqs_metrics'),
        alarmDrill("stopped: ['MessageAgeAlarm', 'PipeStoppedAlarm']", 'cloudwatch_pipes_metrics', 'cloudwatch_sqs_metrics'),
        alarmDrill("refused: ['ExecutionsFailedAlarm', 'FailedInvocationsAlarm', 'RuleDeadLettersAlarm']", 'cloudwatch_eventbridge_metrics'),
        alarmDrill("gone: ['ExecutionsFailedAlarm', 'FailedInvocationsAlarm', 'FailedToSendToDlqAlarm']", 'cloudwatch_eventbridge_metrics'),
      ],
    },
    {
      id: 'permissions',
      says: 'Each role may do what it must; the queues refuse requests without TLS',
      section: 'permissions',
      tests: [
        defaults('with a Standard state machine › each role may do what it must, and no more'),
        permissionDrill('do with what they were granted'),
        IAM_ACTIONS,
        PLAIN_HTTP_REFUSED,
      ],
    },
    {
      id: 'template',
      says: 'The template is what CloudFormation takes',
      section: 'what-is-proven-where',
      tests: [RESOURCE_SCHEMAS],
    },
  ],
};
