import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Definition } from './private/definition';
import type { WorkflowVersion } from './private/workflow-version';
import type { ResilientWorkflow, ResilientWorkflowProps } from './resilient-workflow';
import type { ResilientWorkflowAlarms } from './resilient-workflow.alarms';
import type { WorkflowPart } from './resilient-workflow.rules';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, isEqual, valuesIn } from '../private/checks/derived-values';
import { valuesOfEventRule, valuesOfEventTarget } from '../private/events/event-promises';
import { madeRole, statementValues, trustValues } from '../private/iam/role-promises';
import { grantedKeyArn } from '../private/kms/key-behind';
import { valuesOfLogGroup } from '../private/log-groups/log-group-promises';
import { LOG_RETENTION, vendedLogGroupName } from '../private/log-groups/vended-log-group';
import { encryptionOf, machineLogsId } from '../private/states/state-machine';

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
  const logGroup = pattern.node.findChild(machineLogsId(id));
  const logGroupName = vendedLogGroupName(pattern, machineLogsId(id), 'states');
  const logGroupArn = (logGroup as unknown as { readonly logGroupArn: string }).logGroupArn;
  return [
    ...valuesIn(machine.node.defaultChild as CfnResource, {
      'Properties.StateMachineType': [undefined, 'Step Functions tells nobody how Express executions end', (found) => found === undefined || found === 'STANDARD'],
      'Properties.DefinitionString': [Stack.of(pattern).toJsonString(definition), ITS_OWN],
      'Properties.DefinitionS3Location': [undefined, ITS_OWN],
      'Properties.Definition': [undefined, ITS_OWN],
      'Properties.RoleArn': [machine.role.roleArn, 'change what that role may do'],
      'Properties.LoggingConfiguration.Level': ['ERROR', 'without it nobody can say why an execution failed', (found) => found === 'ERROR' || found === 'ALL'],
      'Properties.LoggingConfiguration.Destinations': [[{ CloudWatchLogsLogGroup: { LogGroupArn: logGroupArn } }], stated('logRetention')],
      'Properties.TracingConfiguration.Enabled': [true, 'traces show where the time of an execution goes'],
      'Properties.EncryptionConfiguration': [encryptionOf(encryptionKey), stated('encryptionKey')],
    }),
    ...valuesOfLogGroup(logGroup, logRetention ?? LOG_RETENTION, stated('logRetention'), logGroupName),
    ...roleValues(machine, encryptionKey),
  ];
}

/** A role that `iam.Role.customizeRoles` has somebody else make is theirs. */
function roleValues({ role }: sfn.StateMachine, encryptionKey: kms.IKey | undefined): DerivedValue[] {
  const made = madeRole(role);
  const keyArn = grantedKeyArn(encryptionKey, role);
  const useOfKey = keyArn === undefined ? [] : [{ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Effect: 'Allow', Resource: keyArn }];
  return made === undefined ? [] : [
    ...trustValues(made, 'states.amazonaws.com', 'Step Functions'),
    ...statementValues(role, useOfKey, 'Step Functions uses the key by this role; add other statements to it'),
  ];
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
