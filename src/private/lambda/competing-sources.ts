import { Annotations } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { eventSourcesIn, functionBehindName } from './concurrency';
import { onceInAValidation } from '../app/once-in-a-validation';
import { identityOf } from '../app/references';
import { queueIdentity } from '../sqs/queue-facts';

/**
 * Checks, once the app is complete, that no other event source reads from a queue: messages would go to the one or to the other by chance, and Lambda refuses a second one of
 * the same function.
 */
export function checkOnlySource(eventSource: lambda.CfnEventSourceMapping, queue: sqs.IQueue): void {
  eventSource.node.addValidation({
    validate: () => {
      const readers = onceInAValidation(eventSource, 'readersOfQueues', readersOfQueues).get(queueIdentity(queue)) ?? [];
      return readers.filter((other) => other !== eventSource).flatMap((other) => problemOf(eventSource, other, queue));
    },
  });
}

function readersOfQueues(stage: IConstruct): Map<string, lambda.CfnEventSourceMapping[]> {
  const readers = new Map<string, lambda.CfnEventSourceMapping[]>();
  for (const mapping of eventSourcesIn(stage)) {
    const source = identityOf(mapping.eventSourceArn ?? '', 'AWS::SQS::Queue', mapping);
    readers.set(source, [...readers.get(source) ?? [], mapping]);
  }
  return readers;
}

function problemOf(eventSource: lambda.CfnEventSourceMapping, other: lambda.CfnEventSourceMapping, queue: sqs.IQueue): string[] {
  const [one, another] = [eventSource, other].map((mapping) => functionBehindName(mapping.functionName, mapping) ?? mapping.functionName);
  if (one === another) {
    return [
      `event source '${other.node.path}' feeds the same function from queue '${queue.node.path}' as '${eventSource.node.path}', and Lambda takes one event source of a queue for a function: ` +
      'remove one of them',
    ];
  }
  Annotations.of(eventSource).addWarningV2(
    'cdk-serverless-patterns:queueReadByOthers',
    `event source '${other.node.path}' reads from queue '${queue.node.path}' too, so each message goes to one of the two functions, by chance: ` +
    'give each function a queue of its own (TopicFanOut), or acknowledge this warning if both do the same',
  );
  return [];
}
