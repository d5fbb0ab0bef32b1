/**
 * What the checks of `test/rigs` find and the project lives with: each with its reason, all in this file. An entry that matches nothing any more is an error.
 */

/** A finding of cdk-nag or cfn-lint. */
export interface AcknowledgedFinding {
  readonly tool: 'cdk-nag' | 'cfn-lint';
  readonly rule: string;
  readonly pattern: string;
  /** The path of the resource below the pattern. */
  readonly where: string;
  readonly reason: string;
}

export const FINDINGS: AcknowledgedFinding[] = [
  {
    tool: 'cdk-nag',
    rule: 'Serverless-SQSRedrivePolicy',
    pattern: 'QueueFedFunction',
    where: 'DeadLetterQueue/Resource',
    reason: 'It is the dead-letter queue; what is set aside there waits for people, under an alarm, and has nowhere further to go.',
  },
  {
    tool: 'cdk-nag',
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    pattern: 'QueueFedFunction',
    where: 'EventSource/Resource',
    reason: 'An on-failure destination is for stream sources. What an SQS source cannot process is set aside by the redrive policy of the queue.',
  },
];

/** A mutant of the mutation rig that no unit test kills. */
export interface AcknowledgedSurvivor {
  /** The mutant as the rig prints it. */
  readonly mutant: string;
  readonly reason: string;
}

export const SURVIVORS: AcknowledgedSurvivor[] = [];

/** A breaking change since the last release that goes into the next major version. */
export interface AcknowledgedBreak {
  /** The change as the upgrade rig prints it. */
  readonly change: string;
  readonly reason: string;
}

export const BREAKS: AcknowledgedBreak[] = [];
