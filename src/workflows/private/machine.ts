import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Definition } from './definition';
import { encryptStateMachine, newStateMachine } from '../../private/states/state-machine';

export interface MachineOptions {
  readonly definition: Definition;
  readonly graph: sfn.StateGraph;
  readonly logRetention: logs.RetentionDays;
  readonly encryptionKey: kms.IKey | undefined;
}

/** Makes a Standard state machine that runs states of a graph, and lets it do what they do. */
export function newMachine(scope: Construct, id: string, { definition, graph, logRetention, encryptionKey }: MachineOptions): sfn.StateMachine {
  const machine = newStateMachine(scope, id, undefined, definition, logRetention);
  graph.policyStatements.forEach((statement) => machine.addToRolePolicy(statement));
  graph.bind(machine);
  if (encryptionKey) {
    encryptStateMachine(scope, machine, encryptionKey, 'the workflow logs nothing');
  }
  return machine;
}
