import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundle } from './bundle';

export interface HandlerFunctionProps {
  /** The absolute path of the module that exports `handler`. */
  readonly entry: string;
  readonly timeout: Duration;
  readonly environment?: Record<string, string>;
}

/** Makes a function of a module, as all functions of the integration tests are. */
export function newHandlerFunction(scope: Construct, id: string, { entry, timeout, environment }: HandlerFunctionProps): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: bundle(entry),
    timeout,
    memorySize: 512,
    environment,
    // Lambda would make one by itself, and leave it behind.
    logGroup: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_DAY, removalPolicy: RemovalPolicy.DESTROY }),
  });
}
