import { Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Definition } from './private/definition';
import { STEP_FUNCTIONS, valuesOfMachine } from './private/machine-promises';
import type { WorkflowVersion } from './private/workflow-version';
import type { ResilientWorkflow, ResilientWorkflowProps } from './resilient-workflow';
import type { ResilientWorkflowAlarms } from './resilient-workflow.alarms';
import type { WorkflowPart } from './resilient-workflow.rules';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, isEqual, valuesIn } from '../private/checks/derived-values';
import { valuesOfEventRule, valuesOfEventTarget } from '../private/events/event-promises';
import { madeRole, statementValues, valuesOfRole } from '../private/iam/role-promises';
import { grantedKeyArn } from '../private/kms/key-behind';

/** A state machine of a workflow, and what it runs. */
export interface WorkflowMachine {
  readonly id: string;
  readonly machine: sfn.StateMachine;
  readonly definition: Definition;
  readonly part: WorkflowPart;
}

/** A version of the workflow, and the alias that moves executions to it. */
export interface TrafficShift extends WorkflowVersion {
  readonly alias: sfn.CfnStateMachineAlias;
  readonly machine: sfn.IStateMachine;
  readonly preference: sfn.CfnStateMachineAlias.DeploymentPreferenceProperty;
  readonly alarms: Pick<ResilientWorkflowAlarms, 'newVersionFailed'>;
}

/** What a workflow is made of. */
interface WorkflowParts {
  readonly machines: readonly WorkflowMachine[];
  readonly eventPattern: events.EventPattern;
  readonly shift: TrafficShift | undefined;
}

/** What breaks the promises of a workflow, now that the app is complete. Those of its queues are checked with them. */
export function checkAtSynthesis(
  pattern: ResilientWorkflow, props: ResilientWorkflowProps, { machines, eventPattern, shift }: WorkflowParts,
): string[] {
  return [
    ...machines.flatMap((machine) => changedStates(pattern, props, machine)),
    ...changedValues([
      ...machines.flatMap((machine) => machineValues(pattern, props, machine)),
      ...ruleValues(pattern, eventPattern),
      ...startValues(pattern),
      ...shift === undefined ? [] : shiftValues(pattern, shift),
    ]),
  ];
}

const stated = byProp('ResilientWorkflow');

/** States are taken as they are when the workflow is made, as a state machine of the CDK takes them. */
function changedStates(pattern: ResilientWorkflow, { queryLanguage }: ResilientWorkflowProps, { machine, part }: WorkflowMachine): string[] {
  const stack = Stack.of(pattern);
  const { graph, definition } = part;
  return isEqual(stack.resolve(graph.toGraphJson(queryLanguage)), stack.resolve(definition)) ? [] : [
    `the states of '${machine.node.path}' were changed after it was made, which it does not see: complete the states, with their retriers and catchers, before the ResilientWorkflow is made`,
  ];
}

const ITS_OWN = 'its promises are in the definition; change the states before the ResilientWorkflow is made';

function machineValues(
  pattern: ResilientWorkflow, { encryptionKey, logRetention }: ResilientWorkflowProps, { id, machine, definition }: WorkflowMachine,
): DerivedValue[] {
  return [
    ...valuesOfMachine(pattern, { id, machine, definition, encryptionKey, logRetention }, {
      type: [undefined, 'Step Functions tells nobody how Express executions end', (found) => found === undefined || found === 'STANDARD'],
      definition: ITS_OWN,
      logs: 'without it nobody can say why an execution failed',
      stated,
    }),
    ...roleValues(machine, encryptionKey),
  ];
}

function roleValues({ role }: sfn.StateMachine, encryptionKey: kms.IKey | undefined): DerivedValue[] {
  const keyArn = grantedKeyArn(encryptionKey, role);
  const useOfKey = keyArn === undefined ? [] : [{ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Effect: 'Allow', Resource: keyArn }];
  return valuesOfRole(role, STEP_FUNCTIONS, useOfKey, 'Step Functions uses the key by this role; add other statements to it');
}

function startValues({ stateMachine: { role }, compensation }: ResilientWorkflow): DerivedValue[] {
  return compensation === undefined || madeRole(role) === undefined ? [] : statementValues(role, [
    { Action: 'states:StartExecution', Effect: 'Allow', Resource: compensation.stateMachineArn },
  ], 'the workflow starts its compensation by this role; add other statements to it');
}

const ENDS = 'without it nobody learns of an execution that was stopped or reached its timeout';

function ruleValues(
  { failureRule: rule, deadLetterQueue, ruleDeadLetterQueue }: ResilientWorkflow, eventPattern: events.EventPattern,
): DerivedValue[] {
  return [
    ...valuesOfEventRule({ rule, eventPattern }, { pattern: ENDS, state: ENDS, eventBus: 'Step Functions sends its events to the default event bus' }),
    ...valuesOfEventTarget({ rule, deadLetterQueue: ruleDeadLetterQueue, arn: deadLetterQueue.queueArn }, {
      method: 'another rule', event: 'the end of an execution is set aside whole', retries: 'EventBridge tries as long as it can',
    }),
  ];
}

const SHIFTED = stated('trafficShift');

function shiftValues({ stateMachine }: ResilientWorkflow, { version, rule, eventPattern, alias, preference }: TrafficShift): DerivedValue[] {
  const counted = 'the alarm on the new version counts its events';
  return [
    ...valuesIn(version, {
      'Properties.StateMachineArn': [stateMachine.stateMachineArn, 'the alias moves executions of this workflow'],
      'Properties.StateMachineRevisionId': [stateMachine.stateMachineRevisionId, 'each deployment of other states publishes a version'],
    }),
    ...valuesOfEventRule({ rule, eventPattern }, { pattern: counted, state: counted, eventBus: 'Step Functions sends its events to the default event bus' }),
    ...valuesIn(alias, {
      'Properties.DeploymentPreference.StateMachineVersionArn': [version.attrArn, 'a deployment moves executions to the newest version'],
      'Properties.DeploymentPreference.Type': [preference.type, SHIFTED],
      'Properties.DeploymentPreference.Percentage': [preference.percentage, SHIFTED],
      'Properties.DeploymentPreference.Interval': [preference.interval, SHIFTED],
      'Properties.DeploymentPreference.Alarms': [preference.alarms, `${SHIFTED} with other rollbackAlarms`],
      'Properties.RoutingConfiguration': [undefined, 'with it CloudFormation shifts nothing'],
    }),
  ];
}
