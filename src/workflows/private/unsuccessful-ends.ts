import type * as events from 'aws-cdk-lib/aws-events';

/**
 * The events of executions that did not succeed. Each names the state machine without a qualifier, and the version and the alias by which the execution was started beside it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function unsuccessfulEnds(status: ('FAILED' | 'TIMED_OUT' | 'ABORTED')[], of: { readonly stateMachineArn: string[] } | { readonly stateMachineVersionArn: string[] }): events.EventPattern {
  return { source: ['aws.states'], detailType: ['Step Functions Execution Status Change'], detail: { status, ...of } };
}
