import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { DerivedValue, Promised } from '../../private/checks/derived-values';
import { valuesIn } from '../../private/checks/derived-values';
import { valuesOfLogGroup } from '../../private/log-groups/log-group-promises';
import { LOG_RETENTION, vendedLogGroupName } from '../../private/log-groups/vended-log-group';
import { encryptionOf, machineLogsId } from '../../private/states/state-machine';

export const STEP_FUNCTIONS = { service: 'states.amazonaws.com', shown: 'Step Functions' };

/** A state machine that a pattern made, and what it runs. */
export interface MadeMachine {
  readonly id: string;
  readonly machine: sfn.StateMachine;
  readonly definition: object;
  readonly encryptionKey?: kms.IKey | undefined;
  readonly logRetention?: logs.RetentionDays | undefined;
}

/** What is said of it where somebody has changed it. */
interface SaidOfMachine {
  readonly type: Promised;
  /** How to change what it runs. */
  readonly definition: string;
  readonly logs: string;
  /** How to say a prop of the pattern. */
  readonly stated: (prop: string) => string;
}

/** What a state machine and its log group must be. */
export function valuesOfMachine(
  pattern: Construct, { id, machine, definition, encryptionKey, logRetention = LOG_RETENTION }: MadeMachine, said: SaidOfMachine,
): DerivedValue[] {
  const logsId = machineLogsId(id);
  const logGroup = pattern.node.findChild(logsId);
  const { logGroupArn } = logGroup as unknown as { readonly logGroupArn: string };
  return [
    ...valuesIn(machine.node.defaultChild as CfnResource, {
      'Properties.StateMachineType': said.type,
      'Properties.DefinitionString': [Stack.of(pattern).toJsonString(definition), said.definition],
      'Properties.DefinitionS3Location': [undefined, said.definition],
      'Properties.Definition': [undefined, said.definition],
      'Properties.RoleArn': [machine.role.roleArn, 'change what that role may do'],
      'Properties.LoggingConfiguration.Level': ['ERROR', said.logs, (found) => found === 'ERROR' || found === 'ALL'],
      'Properties.LoggingConfiguration.Destinations': [[{ CloudWatchLogsLogGroup: { LogGroupArn: logGroupArn } }], said.stated('logRetention')],
      'Properties.TracingConfiguration.Enabled': [true, 'traces show where the time of an execution goes'],
      'Properties.EncryptionConfiguration': [encryptionOf(encryptionKey), said.stated('encryptionKey')],
    }),
    ...valuesOfLogGroup(logGroup, logRetention, said.stated('logRetention'), vendedLogGroupName(pattern, logsId, 'states')),
  ];
}
