import type { CfnResource } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { DerivedValue } from '../../private/checks/derived-values';
import { valuesIn } from '../../private/checks/derived-values';
import { RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import type { UploadConsumer } from '../payload-consumers';

/** How uploads are delivered to a consumer. */
export interface Upload extends Pick<UploadConsumer, 'rule' | 'deadLetterQueue'> {
  readonly queue: sqs.IQueue;
  readonly eventPattern: events.EventPattern;
  readonly messageGroupId: string | undefined;
}

/** What a rule for uploads must be. */
export function valuesOfUpload(upload: Upload): DerivedValue[] {
  const { rule, deadLetterQueue, queue, messageGroupId, eventPattern: { source, detailType, detail } } = upload;
  const target = 'Properties.Targets.0';
  const asItIs = 'claim reads the event as S3 sends it';
  const retries = 'it is counted into how long payloads are kept, and what is given up earlier only fills the dead-letter queue';
  return valuesIn(rule.node.defaultChild as CfnResource, {
    'Properties.EventPattern': [{ source, 'detail-type': detailType, detail }, 'state prefix, suffixes and sizes with addUploadConsumer'],
    'Properties.State': ['ENABLED', 'what is uploaded meanwhile would be lost; pause the consumer of the queue'],
    'Properties.EventBusName': [undefined, 'S3 sends its events to the default event bus', (found) => found === undefined || found === 'default'],
    [`${target}.Arn`]: [queue.queueArn, 'give another consumer to addUploadConsumer'],
    [`${target}.DeadLetterConfig.Arn`]: [deadLetterQueue.queueArn, 'what cannot be delivered is set aside there, and alarms watch it'],
    [`${target}.RetryPolicy.MaximumEventAgeInSeconds`]: [RULE_RETRY_POLICY.maximumEventAgeInSeconds, retries],
    [`${target}.RetryPolicy.MaximumRetryAttempts`]: [RULE_RETRY_POLICY.maximumRetryAttempts, retries],
    [`${target}.SqsParameters.MessageGroupId`]: [messageGroupId, 'state messageGroupId with addUploadConsumer'],
    [`${target}.Input`]: [undefined, asItIs],
    [`${target}.InputPath`]: [undefined, asItIs],
    [`${target}.InputTransformer`]: [undefined, asItIs],
  });
}
