import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { PlacedState, StateJson } from './definition';
import type { TaskFacts } from '../../delivery/rules/state-machine';
import { resourcesIn } from '../../private/app/references';

/** What a task does, and what it waits for. */
export type TaskKind = Pick<TaskFacts, 'waiting' | 'integration' | 'invokesFunction'>;

const INTEGRATION = /^arn:[^:]+:states:[^:]*:[^:]*:([^.]+)(?:\.(sync|waitForTaskToken)(?::\d+)?)?$/;

/** Reads from the resource of a task what it does. One that only the deployment knows is told by what it refers to. */
export function taskKind(scope: Construct, { Resource }: StateJson): TaskKind {
  const resource = String(Resource);
  const [target] = resourcesIn(resource, scope);
  if (/:activity:/.test(resource) || target?.cfnResourceType === 'AWS::StepFunctions::Activity') {
    return { waiting: 'activity', invokesFunction: false };
  }
  const [, integration, pattern] = INTEGRATION.exec(resource) ?? [];
  return {
    integration,
    waiting: pattern === undefined ? undefined : pattern === 'sync' ? 'job' : 'callback',
    invokesFunction: /^AWS::Lambda::/.test(target?.cfnResourceType ?? '') || /^arn:[^:]+:lambda:/.test(resource) || /^(?:aws-sdk:)?lambda:invoke$/.test(integration ?? ''),
  };
}

/** What the rules are told of a task. */
export function taskFacts(scope: Construct, stateMachine: string, { name, state, express }: PlacedState): TaskFacts {
  return {
    ...taskKind(scope, state),
    stateMachine,
    state: name,
    express,
    hasTimeout: isGiven(state, 'TimeoutSeconds'),
    hasHeartbeat: isGiven(state, 'HeartbeatSeconds'),
    timeoutSeconds: knownAmount(state.TimeoutSeconds),
    heartbeatSeconds: knownAmount(state.HeartbeatSeconds),
  };
}

/** By a number, an expression or a path, of which the last two are known only while the execution runs. */
export function isGiven(state: StateJson, name: 'TimeoutSeconds' | 'HeartbeatSeconds'): boolean {
  return state[name] !== undefined || state[`${name}Path`] !== undefined;
}

/** A number that is known now. */
export function knownAmount(value: unknown): number | undefined {
  return typeof value === 'number' && !Token.isUnresolved(value) ? value : undefined;
}
