import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ClaimCheckBucket, FunctionEngine, PollingStatusApi, QueueFedFunction, TopicFanOut } from '../../../src';
import { handlerIn, resourcesOf } from '../../messaging/fixtures';

const FLAG = '@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal';

/** Each way in which a pattern comes to a key on which it grants something. */
const WAYS: [title: string, make: (stack: Stack, key: kms.IKey) => void][] = [
  ['a queue that is made', (stack, encryptionKey) => new QueueFedFunction(stack, 'Pattern', { handler: handlerIn(stack), encryptionKey })],
  ['an adopted queue', (stack, encryptionMasterKey) => {
    const failed = new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(1), encryptionMasterKey, deadLetterQueue: { queue: failed, maxReceiveCount: 5 } });
    new QueueFedFunction(stack, 'Pattern', { handler: handlerIn(stack), queue });
  }],
  ['a topic', (stack, encryptionKey) => new TopicFanOut(stack, 'Pattern', { encryptionKey }).grantPublish(handlerIn(stack))],
  ['a bucket', (stack, encryptionKey) => new ClaimCheckBucket(stack, 'Pattern', { encryptionKey }).grantClaim(handlerIn(stack))],
  ['an adopted bucket', (stack, encryptionKey) => {
    const bucket = new s3.Bucket(stack, 'Bucket', { encryption: s3.BucketEncryption.KMS, encryptionKey });
    new ClaimCheckBucket(stack, 'Pattern', { bucket }).grantDeposit(handlerIn(stack));
  }],
  ['the jobs of an API', (stack, encryptionKey) => new PollingStatusApi(stack, 'Pattern', { engine: new FunctionEngine(handlerIn(stack)), encryptionKey })],
];

const stackWith = (context: Record<string, unknown>) => new Stack(new App({ context, treeMetadata: false }), 'Stack');
const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('/Stack/Pattern', Match.stringLikeRegexp('keyByAliasNotGranted'));

describe.each(WAYS)('the key of %s', (_, make) => {
  test('imported by the name of its alias is granted to nobody, and warned of', () => {
    const stack = stackWith({});
    make(stack, kms.Alias.fromAliasName(stack, 'Key', 'alias/team'));
    expect(warningsOf(stack).map(({ entry }) => entry.data)).toEqual([
      `key 'Stack/Key' is imported by the name of its alias, and CDK grants nobody access to such a key while the feature flag '${FLAG}' ` +
      'is off: set the flag to true in cdk.json, or import the key with Key.fromKeyArn [ack: cdk-serverless-patterns:keyByAliasNotGranted]',
    ]);
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Policy'))).not.toContain('"kms:');
  });

  test.each<[string, Record<string, unknown>, (stack: Stack) => kms.IKey]>([
    ['with the feature flag', { [FLAG]: true }, (stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/team')],
    ['by its ARN', {}, (stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888')],
    ['of this app by an alias', {}, (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/team', targetKey: new kms.Key(stack, 'Key') })],
    ['by an alias and its key', {}, (stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/team', aliasTargetKey: new kms.Key(stack, 'Key') })],
    ['of this app', {}, (stack) => new kms.Key(stack, 'Key')],
  ])('%s is granted', (_title, context, keyIn) => {
    const stack = stackWith(context);
    make(stack, keyIn(stack));
    expect(warningsOf(stack)).toEqual([]);
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Policy'))).toContain('"kms:');
  });
});
