import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FailureBucket, FailureStore } from '../../../src';
import { Problems } from '../../../src/private/checks/problems';
import { RoleGrants } from '../../../src/private/iam/role-grants';
import { checkFailureStore, failureDestination, grantFailures } from '../../../src/private/s3/failure-grants';
import { handlerIn, newStack } from '../../messaging/fixtures';
import { POLICY, warningIds, warningOf } from '../../storage/fixtures';

const OWN_ACCOUNT = { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } };
const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';

/** A stack of which it is known where it is, as what is imported by its ARN is. */
function placedStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '111122223333' } });
}

function grantIn(stack: Stack, bucket: s3.IBucket, grantee: iam.IGrantable = handlerIn(stack)): void {
  grantFailures(new Construct(stack, 'Pattern'), FailureStore.of(bucket), grantee);
}

/** The statements of the one policy in a stack. */
function statements(stack: Stack): unknown[] {
  const [policy] = Object.values(Template.fromStack(stack).findResources(POLICY)) as { Properties: { PolicyDocument: { Statement: unknown[] } } }[];
  return policy?.Properties.PolicyDocument.Statement ?? [];
}

describe('what Lambda needs to store failures', () => {
  test('is to put objects and to list the bucket, while it is a bucket of this account, and nothing else', () => {
    const stack = newStack();
    const { bucket } = new FailureBucket(stack, 'Failures');
    grantIn(stack, bucket);
    const arn = stack.resolve(bucket.bucketArn) as unknown;
    expect(statements(stack)).toEqual([
      { Action: 's3:PutObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [arn, '/*']] }, Condition: OWN_ACCOUNT },
      { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn, Condition: OWN_ACCOUNT },
    ]);
    expect(warningIds(stack)).toEqual([]);
  });

  test('is to use the customer-managed key too', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    grantIn(stack, new FailureBucket(stack, 'Failures', { encryptionKey }).bucket);
    expect(statements(stack)).toHaveLength(3);
    expect(statements(stack)[2]).toEqual({ Action: 'kms:GenerateDataKey', Effect: 'Allow', Resource: stack.resolve(encryptionKey.keyArn) as unknown });
  });

  test('is granted for an imported bucket and its key as well', () => {
    const stack = placedStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    grantIn(stack, s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', encryptionKey }));
    expect(statements(stack)).toMatchObject([{ Action: 's3:PutObject' }, { Action: 's3:ListBucket' }, { Action: 'kms:GenerateDataKey', Resource: KEY_ARN }]);
    expect(warningIds(stack)).toEqual([]);
  });

  test('is granted to what stands for a role of another stack, where the pattern is', () => {
    const app = new App();
    const [storage, workers] = [new Stack(app, 'Storage'), new Stack(app, 'Workers')];
    const { bucket } = new FailureBucket(storage, 'Failures');
    const handler = handlerIn(workers);
    const pattern = new Construct(workers, 'Pattern');
    grantFailures(pattern, { bucket }, new RoleGrants(pattern).toHandlerRole(handler.role!));
    app.synth();
    Template.fromStack(storage).resourceCountIs(POLICY, 0);
    Template.fromStack(workers).hasResourceProperties(POLICY, { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:PutObject' })]) } });
    expect(workers.dependencies).toEqual([storage]);
  });

  test('is stated by a warning where the role may not be changed', () => {
    const stack = placedStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/handler', { mutable: false });
    grantIn(stack, s3.Bucket.fromBucketName(stack, 'Live', 'live'), lambda.Function.fromFunctionAttributes(stack, 'Imported', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:handler', role, sameEnvironment: true,
    }));
    expect(statements(stack)).toEqual([]);
    expect(new Set(warningIds(stack))).toEqual(new Set(['roleNotChanged']));
  });

  test('is stated by a warning where nothing but the policies of an imported bucket and key could allow it', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    grantIn(stack, s3.Bucket.fromBucketAttributes(stack, 'Live', { bucketName: 'live', encryptionKey }), new iam.AccountPrincipal('444455556666'));
    const warnings = warningIds(stack);
    expect(warnings.filter((id) => id === 'bucketPolicyNotChanged')).toHaveLength(2);
    expect(warningOf(stack, 'bucketKeyNotGranted')).toBe(
      'the key of bucket \'Stack/Live\' is not made in this app, so its policy cannot be changed here: its policy must allow kms:GenerateDataKey to the grantee in account 444455556666',
    );
  });
});

describe('a store', () => {
  const problemsOf = (bucket: (stack: Stack) => s3.IBucket) => {
    const stack = placedStack();
    const pattern = new Construct(stack, 'Pattern');
    const problems = new Problems(pattern, 'Pattern');
    checkFailureStore(problems, pattern, FailureStore.of(bucket(stack)), { what: 'batches of a stream', form: 'stream-batch', prefix: 'aws/lambda/' });
    return () => problems.throwIfAny();
  };

  test('here, or who knows where, is taken', () => {
    problemsOf((stack) => new FailureBucket(stack, 'Failures').bucket)();
    problemsOf((stack) => s3.Bucket.fromBucketName(stack, 'Live', 'live'))();
  });

  test.each<[string, s3.BucketAttributes]>([
    ['account 444455556666', { bucketName: 'live', account: '444455556666' }],
    ['region eu-central-1', { bucketName: 'live', region: 'eu-central-1' }],
  ])('in %s is refused', (place, attributes) => {
    expect(problemsOf((stack) => s3.Bucket.fromBucketAttributes(stack, 'Live', attributes))).toThrow(`bucket 'Stack/Live' for failures is in ${place}`);
  });

  test('is the destination of an event source mapping, which grants nothing by itself', () => {
    const stack = newStack();
    const store = new FailureBucket(stack, 'Failures');
    const target = handlerIn(stack);
    new lambda.EventSourceMapping(stack, 'Mapping', {
      target, eventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks', startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure: failureDestination(store),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: { OnFailure: { Destination: stack.resolve(store.bucket.bucketArn) as unknown } },
    });
    Template.fromStack(stack).resourceCountIs(POLICY, 0);
  });
});
