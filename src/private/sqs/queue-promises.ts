import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { PatternQueueProps } from './pattern-queue';
import type { DerivedValue } from '../checks/derived-values';
import { changedValues, hasAll, isEqual, removalValues, valuesIn } from '../checks/derived-values';

/**
 * What was changed of a queue that a pattern makes, now that the app is complete.
 */
export function checkQueueAtSynthesis(queue: sqs.Queue, props: PatternQueueProps): string[] {
  const hasPolicy = queue.node.tryFindChild('Policy') !== undefined;
  return [
    ...changedValues(queueValues(queue, props)),
    ...hasPolicy ? [] : [`queue '${queue.node.path}' has no policy that takes messages by TLS only: leave enforceSSL of the queue on`],
  ];
}

function queueValues(queue: sqs.Queue, props: PatternQueueProps): DerivedValue[] {
  const { instead, deadLetterQueue, visibilityTimeout, deliveryDelay, retentionPeriod, maximumMessageSize, encryptionKey } = props;
  const { fifo, highThroughput } = props;
  const resource = queue.node.defaultChild as CfnResource;
  const ifFifo = (value: unknown) => (fifo ? value : undefined);
  return [
    ...valuesIn(resource, {
      'Properties.FifoQueue': [ifFifo(true), instead('fifo'), (found, value) => (found ?? false) === (value ?? false)],
      'Properties.ContentBasedDeduplication': [ifFifo(props.contentBasedDeduplication), instead('contentBasedDeduplication')],
      'Properties.DeduplicationScope': [highThroughput ? 'messageGroup' : undefined, instead('highThroughput')],
      'Properties.FifoThroughputLimit': [highThroughput ? 'perMessageGroupId' : undefined, instead('highThroughput')],
      'Properties.VisibilityTimeout': [visibilityTimeout?.toSeconds(), instead('visibilityTimeout')],
      'Properties.MessageRetentionPeriod': [retentionPeriod.toSeconds(), instead('retentionPeriod')],
      'Properties.DelaySeconds': [deliveryDelay?.toSeconds(), instead('deliveryDelay')],
      'Properties.MaximumMessageSize': [maximumMessageSize?.toBytes(), instead('maximumMessageSize')],
      'Properties.RedrivePolicy.deadLetterTargetArn': [deadLetterQueue?.queue.queueArn, instead('deadLetterQueue')],
      'Properties.RedrivePolicy.maxReceiveCount': [deadLetterQueue?.maxReceiveCount, instead('maxReceiveCount')],
      'Properties.RedriveAllowPolicy.redrivePermission': [undefined, instead('deadLetterQueue'), (found) => found !== 'denyAll'],
      // A property injector may give a key, which the CDK then grants like one that is stated.
      'Properties.KmsMasterKeyId': [encryptionKey?.keyArn, instead('encryptionKey'), (found, value) => isEqual(found, value) || isKeyOf(queue, found)],
      'Properties.SqsManagedSseEnabled': [undefined, instead('encryptionKey'), (found) => found !== false],
    }),
    ...removalValues(resource, instead('removalPolicy')),
    ...policyValues(queue),
  ];
}

/** Not for the key that AWS manages for SQS: other services may not use it. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
function isKeyOf(queue: sqs.Queue, found: unknown): boolean {
  const key = queue.encryptionMasterKey;
  return key !== undefined && !JSON.stringify(found ?? '').includes('alias/aws/') && isEqual(found, Stack.of(queue).resolve(key.keyArn));
}

function policyValues(queue: sqs.Queue): DerivedValue[] {
  const policy = queue.node.tryFindChild('Policy')?.node.defaultChild as CfnResource | undefined;
  const tlsOnly = { Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: { AWS: '*' }, Resource: queue.queueArn };
  return policy ? valuesIn(policy, {
    'Properties.PolicyDocument.Statement': [[tlsOnly], 'the queue takes messages by TLS only; add other statements to it', hasAll],
    'Properties.Queues': [[queue.queueUrl], 'this is the policy of the queue', hasAll],
  }) : [];
}
