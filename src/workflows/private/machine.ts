import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Definition } from './definition';
import { newVendedLogGroup } from '../../private/log-groups/vended-log-group';

export interface MachineOptions {
  readonly definition: Definition;
  readonly graph: sfn.StateGraph;
  readonly logRetention: logs.RetentionDays;
  readonly encryptionKey: kms.IKey | undefined;
}

/** The id of the log group of a state machine. */
export function logsIdOf(machineId: string): string {
  return `${machineId}Logs`;
}

/** Makes a Standard state machine that runs states of a graph, and lets it do what they do. */
export function newMachine(scope: Construct, id: string, { definition, graph, logRetention, encryptionKey }: MachineOptions): sfn.StateMachine {
  const machine = new sfn.StateMachine(scope, id, {
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    tracingEnabled: true,
    // Errors only, without the data of executions.
    logs: { destination: newVendedLogGroup(scope, logsIdOf(id), 'states', logRetention) },
  });
  graph.policyStatements.forEach((statement) => machine.addToRolePolicy(statement));
  graph.bind(machine);
  if (encryptionKey) {
    encrypt(scope, machine, encryptionKey);
  }
  return machine;
}

/**
 * Encrypts the definition and the data of executions. Not by the prop of the state machine, whose statements name it in a condition: one
 * without a name of its own is not named by that.
 * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
function encrypt(scope: Construct, machine: sfn.StateMachine, key: kms.IKey): void {
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
      `encryptionKey '${key.node.path}' is not made in this app, so its policy cannot be changed here, and the workflow logs nothing until it has this statement: ` +
      '{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",' +
      '"Condition":{"StringEquals":{"kms:EncryptionContext:SourceArn":"arn:aws:logs:<region>:<account>:*"}}}',
    );
  }
}

export const CUSTOMER_KEY = 'CUSTOMER_MANAGED_KMS_KEY';
