import type { CfnResource, Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Token } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { placeName } from '../../private/app/place-name';
import { topStackOf } from '../../private/app/stack-order';
import type { DerivedValue } from '../../private/checks/derived-values';
import { byProp, removalValues, valuesIn } from '../../private/checks/derived-values';

export interface OwnStreamProps {
  readonly retentionPeriod: Duration;
  readonly encryptionKey?: kms.IKey | undefined;
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/** Makes a stream that scales with what is written, is encrypted, and is never thrown away with records in it. */
export function newStream(scope: Construct, id: string, { retentionPeriod, encryptionKey, removalPolicy }: OwnStreamProps): kinesis.Stream {
  return new kinesis.Stream(scope, id, {
    streamMode: kinesis.StreamMode.ON_DEMAND,
    retentionPeriod,
    encryption: encryptionKey ? kinesis.StreamEncryption.KMS : kinesis.StreamEncryption.MANAGED,
    encryptionKey,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/**
 * Registers a consumer with a stream. It has no tags, wherever they are added: CloudFormation replaces a consumer whose tags change, which fails as long as its name is taken.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-streamconsumer.html
 */
export function newConsumer(scope: Construct, id: string, stream: kinesis.IStream): kinesis.StreamConsumer {
  const consumer = new kinesis.StreamConsumer(scope, id, { stream, streamConsumerName: consumerName(scope, id) });
  (consumer.node.defaultChild as CfnResource).addPropertyDeletionOverride('Tags');
  return consumer;
}

/** A name has at most 128 characters. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html */
const MOST_OF_STACK = 40;
const MOST_OF_PATH = 70;

/** Kinesis asks for a name, which no other consumer of the stream may have: it is made of the name of the stack, and of the place there. */
function consumerName(scope: Construct, id: string): string {
  const stack = topStackOf(scope);
  const ids = [...scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id), id];
  const { stackName } = stack;
  const isCut = !Token.isUnresolved(stackName) && stackName.length > MOST_OF_STACK;
  return `${isCut ? stackName.slice(-MOST_OF_STACK) : stackName}-${placeName(ids, MOST_OF_PATH, isCut ? [stackName] : [])}`;
}

const stated = byProp('StreamFedFunction');

/** What of a new stream must still be as it was derived, when the app is complete. */
export function streamValues(stream: kinesis.IStream, { retentionPeriod, encryptionKey }: OwnStreamProps): DerivedValue[] {
  const resource = stream.node.defaultChild as CfnResource;
  return [
    ...valuesIn(resource, {
      'Properties.RetentionPeriodHours': [retentionPeriod.toHours(), stated('streamRetentionPeriod')],
      'Properties.StreamModeDetails.StreamMode': ['ON_DEMAND', 'give a stream of your own as stream of the StreamFedFunction'],
      'Properties.ShardCount': [undefined, 'give a stream of your own as stream of the StreamFedFunction'],
      'Properties.StreamEncryption.EncryptionType': ['KMS', stated('encryptionKey')],
      'Properties.StreamEncryption.KeyId': [encryptionKey?.keyArn ?? 'alias/aws/kinesis', stated('encryptionKey')],
    }),
    ...removalValues(resource, stated('removalPolicy')),
  ];
}

/** The same of a consumer. */
export function consumerValues({ node, stream }: kinesis.StreamConsumer): DerivedValue[] {
  return valuesIn(node.defaultChild as CfnResource, {
    'Properties.StreamARN': [stream.streamArn, stated('stream')],
    'Properties.Tags': [undefined, 'CloudFormation replaces a consumer whose tags change, which fails as long as its name is taken'],
  });
}
