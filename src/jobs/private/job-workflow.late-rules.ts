import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Recording } from './job-workflow';
import { endsOf, EVENT_SOURCE, EVENT_TYPE } from './job-workflow';
import type { Permission } from './late-values';
import { stated, hasMembers, isSame, keyPermissions, logGroupValues, orOff, permissionValues, resource, roleValues } from './late-values';
import type { JobWork } from './workflow-definition';
import { recorderDefinition, workflowDefinition } from './workflow-definition';
import { resourcesBelow } from '../../private/app/resources-below';
import type { DerivedValue } from '../../private/checks/derived-values';
import { valuesIn } from '../../private/checks/derived-values';
import { RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import { vendedLogGroupName } from '../../private/log-groups/vended-log-group';
import { executionsOf } from '../../private/states/machine-facts';
import { encryptionOf, machineLogsId } from '../../private/states/state-machine';
import type { JobEngineBindOptions } from '../job-engine';

interface WorkflowParts {
  readonly workflow: sfn.StateMachine;
  readonly workflowType: sfn.StateMachineType;
  /** Undefined: nobody hears how an Express execution ended. */
  readonly recording: Recording | undefined;
  readonly work: JobWork;
  readonly options: JobEngineBindOptions;
}

/** What the workflow around the work is made of, the recorder of its ends, and the rule between them. */
export function workflowValues(scope: Construct, parts: WorkflowParts): DerivedValue[] {
  const { workflow, workflowType, work, options, recording } = parts;
  const definition = workflowDefinition(scope, options, work, workflowType);
  return [
    ...machineValues(scope, 'Workflow', workflow, workflowType, definition, options, work.statements.flatMap(permissionsOf)),
    ...recording ? recordingValues(scope, workflow, recording, options) : [],
    ...permissionValues(options.pipeRole, [startOf(workflow)], 'the pipe starts the workflow as this role'),
  ];
}

function recordingValues(scope: Construct, workflow: sfn.StateMachine, recording: Recording, options: JobEngineBindOptions): DerivedValue[] {
  const describe: Permission = { actions: ['states:DescribeExecution'], resource: executionsOf(workflow.stateMachineName, Stack.of(scope)) };
  return [
    ...machineValues(scope, 'Recorder', recording.recorder, 'EXPRESS', recorderDefinition(scope, options), options, [describe]),
    ...ruleValues(workflow, recording, options),
  ];
}

const startOf = ({ stateMachineArn }: sfn.StateMachine): Permission => ({ actions: ['states:StartExecution'], resource: stateMachineArn });

const ITS_OWN = 'it records how each job ends; give work of your own by another engine';
const MAY_DO = 'the workflow does this as its role; add other statements to these';

function machineValues(
  scope: Construct, id: string, machine: sfn.StateMachine, type: string, definition: object, options: JobEngineBindOptions, permissions: Permission[],
): DerivedValue[] {
  const { table, encryptionKey, logRetention } = options;
  const logGroup = scope.node.findChild(machineLogsId(id)) as unknown as { readonly logGroupArn: string } & Construct;
  return [
    ...valuesIn(resource(machine), {
      'Properties.StateMachineType': [type, ITS_OWN],
      'Properties.DefinitionString': [Stack.of(scope).toJsonString(definition), ITS_OWN],
      'Properties.DefinitionS3Location': [undefined, ITS_OWN],
      'Properties.Definition': [undefined, ITS_OWN],
      'Properties.RoleArn': [machine.role.roleArn, 'change what that role may do'],
      'Properties.LoggingConfiguration.Level': ['ERROR', 'without it nobody can say why a job failed', (found) => found === 'ERROR' || found === 'ALL'],
      'Properties.LoggingConfiguration.IncludeExecutionData': [undefined, 'bodies and results must not get into the logs', orOff],
      'Properties.LoggingConfiguration.Destinations': [[{ CloudWatchLogsLogGroup: { LogGroupArn: logGroup.logGroupArn } }], stated('logRetention')],
      'Properties.TracingConfiguration.Enabled': [true, 'traces show where the time of a job goes'],
      'Properties.EncryptionConfiguration': [encryptionOf(encryptionKey), stated('encryptionKey'), hasMembersOrNone],
    }),
    ...logGroupValues(logGroup, logRetention, vendedLogGroupName(scope, machineLogsId(id), 'states')),
    ...roleValues(machine.role, 'states.amazonaws.com', [
      { actions: ['dynamodb:UpdateItem'], resource: table.tableArn },
      ...keyPermissions(scope, encryptionKey),
      ...permissions,
    ], MAY_DO),
  ];
}

/** Without a key of the customer's own there must be none, of which nobody has granted the use. */
function hasMembersOrNone(found: unknown, value: unknown): boolean {
  return value === undefined ? !(found as { KmsKeyId?: unknown } | undefined)?.KmsKeyId : hasMembers(found, value);
}

function permissionsOf(statement: iam.PolicyStatement): Permission[] {
  return statement.resources.map((arn) => ({ actions: statement.actions, resource: arn }));
}

const ENDS = 'without it a job whose workflow broke reads as failed only from its deadline on';

function ruleValues(workflow: sfn.StateMachine, { recorder, rule, role }: Recording, { deadLetterQueue }: JobEngineBindOptions): DerivedValue[] {
  const mayPutAside = {
    Action: 'sqs:SendMessage',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
  };
  return [
    ...valuesIn(resource(rule), {
      'Properties.State': ['ENABLED', ENDS, (found) => found === undefined || found === 'ENABLED'],
      'Properties.EventBusName': [undefined, 'Step Functions sends its events to the default bus', (found) => found === undefined || found === 'default'],
      'Properties.EventPattern': [{ 'source': EVENT_SOURCE, 'detail-type': EVENT_TYPE, 'detail': endsOf(workflow) }, ENDS, isSame],
      'Properties.ScheduleExpression': [undefined, ENDS],
      'Properties.Targets': [[{
        Id: 'Recorder',
        Arn: recorder.stateMachineArn,
        RoleArn: role.roleArn,
        DeadLetterConfig: { Arn: deadLetterQueue.queueArn },
        RetryPolicy: {
          MaximumEventAgeInSeconds: RULE_RETRY_POLICY.maximumEventAgeInSeconds,
          MaximumRetryAttempts: RULE_RETRY_POLICY.maximumRetryAttempts,
        },
      }], `${ENDS}; add other targets to this one`, hasMembers],
    }),
    ...roleValues(role, 'events.amazonaws.com', [startOf(recorder)], 'EventBridge starts the recorder as this role'),
    ...resourcesBelow(deadLetterQueue, 'AWS::SQS::QueuePolicy').flatMap((policy) => valuesIn(policy, {
      'Properties.PolicyDocument.Statement': [
        [mayPutAside], 'EventBridge sets aside here what the recorder never got; add other statements to this one', hasMembers,
      ],
    })),
  ];
}
