import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

export function newFunction(inputs: Construct, props: Partial<lambda.FunctionProps> = {}, id = 'Handler'): lambda.Function {
  return new lambda.Function(inputs, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
    timeout: Duration.seconds(20),
    ...props,
  });
}

/** Differs from every default. */
export const COUNT_ALARM = { enabled: true, threshold: 7, period: Duration.minutes(2), evaluationPeriods: 6, datapointsToAlarm: 4 };
export const DURATION_ALARM = { ...COUNT_ALARM, threshold: Duration.seconds(13) };
export const OFF = { enabled: false };
