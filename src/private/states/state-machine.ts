import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { newVendedLogGroup } from '../log-groups/vended-log-group';

/** Makes a state machine that logs errors only, without the data of executions. */
export function newStateMachine(
  scope: Construct, id: string, stateMachineType: sfn.StateMachineType | undefined, definition: object, logRetention: logs.RetentionDays,
): sfn.StateMachine {
  return new sfn.StateMachine(scope, id, {
    stateMachineType,
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    tracingEnabled: true,
    logs: { destination: newVendedLogGroup(scope, machineLogsId(id), 'states', logRetention) },
  });
}

/** The id of the log group of a state machine. */
export function machineLogsId(machineId: string): string {
  return `${machineId}Logs`;
}

/** How a template says that a state machine has a key. */
export function encryptionOf(key: kms.IKey | undefined): object | undefined {
  return key && { KmsKeyId: key.keyArn, Type: CUSTOMER_KEY };
}

const CUSTOMER_KEY = 'CUSTOMER_MANAGED_KMS_KEY';

/**
 * Encrypts the definition of a state machine and the data of its executions. Not by the prop of the state machine, whose statements name it in a condition: one without a name of its own is not
 * named by that.
 * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 *
 * @param logsNothing what a warning says of a key whose policy cannot be changed here, such as `the workflow logs nothing`
 */
export function encryptStateMachine(scope: Construct, machine: sfn.StateMachine, key: kms.IKey, logsNothing: string): void {
  key.grantEncryptDecrypt(machine);
  (machine.node.defaultChild as sfn.CfnStateMachine).encryptionConfiguration = { type: CUSTOMER_KEY, kmsKeyId: key.keyArn };
  const logDelivery = new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
    actions: ['kms:Decrypt'],
    resources: ['*'],
    conditions: { StringEquals: { 'kms:EncryptionContext:SourceArn': Stack.of(scope).formatArn({ service: 'logs', resource: '*' }) } },
  });
  if (!key.addToResourcePolicy(logDelivery).statementAdded) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:logDeliveryKeyNotGranted',
      `encryptionKey '${key.node.path}' is not made in this app, so its policy cannot be changed here, and ${logsNothing} until it has this statement: ` +
      '{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",' +
      '"Condition":{"StringEquals":{"kms:EncryptionContext:SourceArn":"arn:aws:logs:<region>:<account>:*"}}}',
    );
  }
}
