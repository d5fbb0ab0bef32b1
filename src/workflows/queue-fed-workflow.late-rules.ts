import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { ExecutionEnds } from './private/execution-ends';
import { STEP_FUNCTIONS, valuesOfMachine } from './private/machine-promises';
import { starterDefinition } from './private/message-starter';
import type { QueueFedWorkflow, QueueFedWorkflowProps } from './queue-fed-workflow';
import type { WorkflowPlan } from './queue-fed-workflow.rules';
import { workflowFacts } from './queue-fed-workflow.rules';
import { QUEUE_CONSUMER_RULES } from '../delivery/rules/queue-consumer';
import { QUEUE_WORKFLOW_RULES } from '../delivery/rules/queue-workflow';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { valuesOfEventRule, valuesOfEventTarget } from '../private/events/event-promises';
import { valuesOfRole } from '../private/iam/role-promises';
import { grantedKeyArn } from '../private/kms/key-behind';
import { valuesOfLogGroup } from '../private/log-groups/log-group-promises';
import { LOG_RETENTION, vendedLogGroupName } from '../private/log-groups/vended-log-group';
import { pipeLogsId } from '../private/pipes/pipe-logs';
import { executionsOf, keyStatements, plainArn, plainName } from '../private/states/machine-facts';

/** What a queue-fed workflow is made of besides its public parts. */
interface WorkflowParts {
  readonly plan: WorkflowPlan;
  readonly ends: ExecutionEnds | undefined;
}

const stated = byProp('QueueFedWorkflow');

/** What breaks the promises of a queue-fed workflow, now that the app is complete. */
export function checkAtSynthesis(pattern: QueueFedWorkflow, props: QueueFedWorkflowProps, { plan, ends }: WorkflowParts): string[] {
  const { starter } = pattern;
  const changed = changedValues([
    ...pipeValues(pattern, props, plan),
    ...starter ? machineValues(pattern, props, 'Starter', starter, starterDefinition(pattern, pattern.stateMachine)) : [],
    ...ends ? endValues(pattern, props, ends) : [],
  ]);
  if (changed.length > 0) {
    return changed;
  }
  // For what somebody changed of the state machine, or of a queue that was given.
  const { consumer, workflow } = workflowFacts(pattern, props);
  return [...reportFindings(pattern, QUEUE_CONSUMER_RULES, consumer), ...reportFindings(pattern, QUEUE_WORKFLOW_RULES, workflow)];
}

const WHOLE = 'a message that a filter does not match is deleted, and one that is transformed cannot be set aside as it was sent';

function pipeValues(
  pattern: QueueFedWorkflow, { enabled, encryptionKey, logRetention = LOG_RETENTION }: QueueFedWorkflowProps, { batchSize }: WorkflowPlan,
): DerivedValue[] {
  const { pipe, pipeRole, queue, starter, stateMachine } = pattern;
  const target = starter ?? stateMachine;
  const logsId = pipeLogsId('Pipe');
  const start = allow('states:StartSyncExecution', plainArn(target));
  const keys = starter ? useOfKey(encryptionKey, starter, START_ACTIONS) : [...useOfKey(encryptionKey, pipe, ['kms:Decrypt']), ...useOfItsKey(stateMachine, START_ACTIONS)];
  const read = allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
  return [
    ...valuesIn(pipe, {
      'Properties.Source': [queue.queueArn, 'give another queue to the QueueFedWorkflow'],
      'Properties.SourceParameters.FilterCriteria': [undefined, WHOLE],
      'Properties.SourceParameters.SqsQueueParameters.BatchSize': [batchSize, stated('batchSize')],
      'Properties.Enrichment': [undefined, WHOLE],
      'Properties.Target': [target.stateMachineArn, 'give another state machine to the QueueFedWorkflow'],
      'Properties.TargetParameters.InputTemplate': [undefined, WHOLE],
      'Properties.TargetParameters.StepFunctionStateMachineParameters.InvocationType': ['REQUEST_RESPONSE', 'a pipe that does not wait never learns of a failure'],
      'Properties.DesiredState': [enabled === false ? 'STOPPED' : 'RUNNING', stated('enabled')],
      'Properties.RoleArn': [pipeRole.roleArn, 'change what that role may do'],
      'Properties.LogConfiguration.Level': ['ERROR', 'without it nobody can say why a delivery failed', (found) => found === 'ERROR' || found === 'INFO' || found === 'TRACE'],
    }),
    ...valuesOfLogGroup(pattern.node.findChild(logsId), logRetention, stated('logRetention'), vendedLogGroupName(pattern, logsId, 'pipes')),
    ...valuesOfRole(pipeRole, { service: 'pipes.amazonaws.com', shown: 'EventBridge' }, [read, start, ...keys], 'EventBridge does this by the role; add other statements to these'),
  ];
}

const ITS_OWN = 'messages are accounted for by it; change the state machine that processes them instead';

function machineValues(
  pattern: QueueFedWorkflow, props: QueueFedWorkflowProps, id: string, machine: sfn.StateMachine, definition: object,
): DerivedValue[] {
  const { encryptionKey, logRetention } = props;
  return [
    ...valuesOfMachine(pattern, { id, machine, definition, encryptionKey, logRetention }, {
      type: [id === 'Starter' ? 'EXPRESS' : 'STANDARD', ITS_OWN],
      definition: ITS_OWN,
      logs: 'without it nobody can say why it failed',
      stated,
    }),
    ...valuesOfRole(machine.role, STEP_FUNCTIONS, statementsOf(pattern, props, id), 'Step Functions does this by the role; add other statements to these'),
  ];
}

/** What the state machines that are made here do. */
function statementsOf(pattern: QueueFedWorkflow, { encryptionKey }: QueueFedWorkflowProps, id: string): object[] {
  const { stateMachine, deadLetterQueue } = pattern;
  const own = useOfKey(encryptionKey, pattern, ['kms:Decrypt', 'kms:GenerateDataKey*']);
  return id === 'Starter' ? [allow('states:StartExecution', plainArn(stateMachine)), ...useOfItsKey(stateMachine, START_ACTIONS), ...own] : [
    allow('states:DescribeExecution', executionsOf(plainName(stateMachine), Stack.of(pattern))),
    ...useOfItsKey(stateMachine, ['kms:Decrypt']),
    allow('sqs:SendMessage', deadLetterQueue.queueArn),
    ...own,
  ];
}

/** What whoever starts an execution of an encrypted state machine must be able to do with its key. */
const START_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

function allow(action: string | readonly string[], resource: string): object {
  return { Action: action, Effect: 'Allow', Resource: resource };
}

function useOfKey(key: kms.IKey | undefined, scope: Construct, actions: readonly string[]): object[] {
  const arn = grantedKeyArn(key, scope);
  return arn === undefined ? [] : [allow(actions, arn)];
}

/** The key of the state machine that processes the messages. */
function useOfItsKey(stateMachine: sfn.IStateMachine, actions: readonly string[]): object[] {
  return keyStatements(stateMachine, ...actions).map((statement) => statement.toStatementJson() as object);
}

const ENDS = 'without it the message of an execution that failed is lost';

function endValues(pattern: QueueFedWorkflow, props: QueueFedWorkflowProps, ends: ExecutionEnds): DerivedValue[] {
  const { setAside, definition, rule, eventPattern, role, ruleDeadLetterQueue: deadLetterQueue } = ends;
  const needed = [allow('states:StartExecution', setAside.stateMachineArn), ...useOfKey(props.encryptionKey, role, START_ACTIONS)];
  return [
    ...machineValues(pattern, props, 'SetAside', setAside, definition),
    ...valuesOfEventRule({ rule, eventPattern }, { pattern: ENDS, state: ENDS, eventBus: 'Step Functions sends its events to the default event bus' }),
    ...valuesOfEventTarget({ rule, deadLetterQueue, arn: setAside.stateMachineArn }, {
      method: 'another rule', event: 'the state machine finds the execution by its event', retries: 'EventBridge tries as long as it can',
    }),
    ...valuesIn(rule.node.defaultChild as CfnResource, { 'Properties.Targets.0.RoleArn': [role.roleArn, 'change what that role may do'] }),
    ...valuesOfRole(role, { service: 'events.amazonaws.com', shown: 'EventBridge' }, needed, 'EventBridge does this by the role; add other statements to it'),
  ];
}
