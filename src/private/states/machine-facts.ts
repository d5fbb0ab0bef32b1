import { ArnFormat, Fn, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { resourceBehind } from '../app/references';
import { renderedProperty } from '../app/rendered-resource';

const MACHINE = 'AWS::StepFunctions::StateMachine';
const VERSION = 'AWS::StepFunctions::StateMachineVersion';
const ALIAS = 'AWS::StepFunctions::StateMachineAlias';

/** The resource of a machine of this app, also of one that is given by its alias or a version. */
export function machineResource({ stateMachineArn }: sfn.IStateMachine): sfn.CfnStateMachine | undefined {
  const alias = resourceBehind(stateMachineArn, ALIAS) as sfn.CfnStateMachineAlias | undefined;
  const versionArn = alias ? versionArnOf(alias) : stateMachineArn;
  const version = versionArn === undefined ? undefined : resourceBehind(versionArn, VERSION) as sfn.CfnStateMachineVersion | undefined;
  return resourceBehind(version ? version.stateMachineArn : stateMachineArn, MACHINE) as sfn.CfnStateMachine | undefined;
}

/** One of the versions that an alias has executions run, which are all of one machine. Undefined: not known. */
function versionArnOf({ deploymentPreference, routingConfiguration }: sfn.CfnStateMachineAlias): string | undefined {
  const routes = Array.isArray(routingConfiguration) ? routingConfiguration as unknown[] : [];
  return ((deploymentPreference ?? routes[0]) as { readonly stateMachineVersionArn?: string } | undefined)?.stateMachineVersionArn;
}

/** The type of a machine of this app, if it is known. */
export function machineType(stateMachine: sfn.IStateMachine): sfn.StateMachineType | undefined {
  const resource = machineResource(stateMachine);
  const type: unknown = resource && Stack.of(resource).resolve(resource.stateMachineType ?? sfn.StateMachineType.STANDARD);
  return Object.values(sfn.StateMachineType).find((known) => known === type);
}

/** The customer-managed key of a machine of this app, by its id or ARN. */
export function machineKeyArn(stateMachine: sfn.IStateMachine): string | undefined {
  const encryption = machineResource(stateMachine)?.encryptionConfiguration;
  return encryption && 'kmsKeyId' in encryption ? encryption.kmsKeyId : undefined;
}

/** What the definition of a machine says of the time of an execution: its seconds, `'none'`, or undefined if it cannot be read. */
export function executionTimeout(stateMachine: sfn.IStateMachine): number | 'none' | undefined {
  const resource = machineResource(stateMachine);
  const text = resource && textOf(renderedProperty(resource, 'DefinitionString'));
  try {
    const { TimeoutSeconds: seconds = 'none' } = JSON.parse(text ?? '') as { readonly TimeoutSeconds?: unknown };
    return typeof seconds === 'number' || seconds === 'none' ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** A text of which the deployment completes parts, which stand in it as zeros: numbers or parts of strings. */
function textOf(resolved: unknown): string | undefined {
  const parts = (resolved as { readonly 'Fn::Join'?: readonly [string, unknown] } | undefined)?.['Fn::Join']?.[1];
  return Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : '0')).join('') : typeof resolved === 'string' ? resolved : undefined;
}

/** Where the name of a machine stands in its ARN; a qualifier comes after it. */
const NAME = 6;

/** The name of a machine, whatever qualifies its ARN. */
export function machineName(arn: string): string {
  return Token.isUnresolved(arn) ? Fn.select(NAME, Fn.split(':', arn)) : arn.split(':')[NAME] ?? '';
}

/**
 * The ARN of a machine without an alias or a version. Step Functions asks IAM about the machine, also where one of these is started, and names it so in its events.
 * https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
 */
export function unqualifiedArn(stateMachine: sfn.IStateMachine): string {
  const { stateMachineArn } = stateMachine;
  // The reference to a machine of this app has no qualifier.
  return resourceBehind(stateMachineArn, MACHINE) !== undefined ? stateMachineArn : Stack.of(stateMachine).formatArn({
    service: 'states', resource: 'stateMachine', resourceName: machineName(stateMachineArn), arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** The executions of a machine, in a policy. */
export function executionsOf(stateMachineName: string, stack: Stack): string {
  return stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

/**
 * What the use of an encrypted machine takes.
 * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
export function keyStatements(stateMachine: sfn.IStateMachine, ...actions: string[]): iam.PolicyStatement[] {
  const keyArn = machineKeyArn(stateMachine);
  return keyArn === undefined ? [] : [new iam.PolicyStatement({ actions, resources: [keyArn] })];
}

/** The ARN of a machine without an alias or a version; of one of this app, by the machine itself. */
export function plainArn(stateMachine: sfn.IStateMachine): string {
  return machineResource(stateMachine)?.ref ?? unqualifiedArn(stateMachine);
}

/** Its name, in the same way. */
export function plainName(stateMachine: sfn.IStateMachine): string {
  return machineResource(stateMachine)?.attrName ?? machineName(stateMachine.stateMachineArn);
}
