import type { IResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { JobEngineFacts, JobWorkerFacts } from '../../delivery/rules/job';
import { placeOf } from '../../private/app/environments';
import { knownSeconds } from '../../private/checks/prop-bounds';
import type { JobEngineBindOptions } from '../job-engine';

/** What the rules about engines are told. */
export function engineFacts(
  scope: Construct, { timeout }: JobEngineBindOptions, worker: Pick<JobEngineFacts, 'workflowType' | 'handler' | 'stateMachine' | 'queue'>,
): JobEngineFacts {
  return { ...placeOf(Stack.of(scope)), timeoutSeconds: knownSeconds(timeout), ...worker };
}

/** What is known of every resource that does jobs. */
export function workerFacts({ node: { path }, env }: IResource): JobWorkerFacts {
  return { path, ...placeOf(env) };
}
