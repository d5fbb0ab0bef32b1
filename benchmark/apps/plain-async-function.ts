import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { addHandlerAlarms, failureBucket, storing } from './plain-stream-reader';

/** What Lambda reports of the events that it gives up, with the statistic and the threshold of the alarm, and where the runbook says what to do. */
const FAILURES = [
  // Half of the maximum age, in milliseconds.
  { id: 'EventAgeAlarm', metric: 'AsyncEventAge', statistic: 'Maximum', threshold: 1_800_000, section: 'event-age' },
  { id: 'EventsDroppedAlarm', metric: 'AsyncEventsDropped', statistic: 'Sum', threshold: 0, section: 'events-dropped' },
  { id: 'RecursiveInvocationsAlarm', metric: 'RecursiveInvocationsDropped', statistic: 'Sum', threshold: 0, section: 'recursive-invocations' },
  { id: 'DestinationDeliveryFailuresAlarm', metric: 'DestinationDeliveryFailures', statistic: 'Sum', threshold: 0, section: 'destination-delivery-failures' },
];

/** The template that `AsyncFunction` gives, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const failures = failureBucket(scope);
  const added = storing(failures).map((statement) => handler.role!.addToPrincipalPolicy(statement));
  const settings = new lambda.CfnEventInvokeConfig(scope, 'Settings', {
    functionName: handler.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 3600,
    // `S3Destination` would allow reading and deleting too.
    destinationConfig: { onFailure: { destination: failures.bucketArn } },
  });
  settings.node.addDependency(...added.map(({ policyDependable }) => policyDependable!));

  for (const { id: alarmId, metric, statistic, threshold, section } of FAILURES) {
    new cloudwatch.Alarm(scope, alarmId, {
      ...ALARM,
      metric: handler.metric(metric, { period: MINUTE, statistic }),
      threshold,
      alarmDescription: `Events of ${scope.node.path} are late or given up (${metric}). ` +
        `First: read the error in the log of the function. Runbook: ${RUNBOOKS}/async-function.md#${section}`,
    });
  }
  // Three attempts, one and two minutes after each other.
  addHandlerAlarms(handler, { evaluationPeriods: 6, datapointsToAlarm: 3 });
};
