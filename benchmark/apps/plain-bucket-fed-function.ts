import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { newDelivery } from './plain-event-delivery';
import { newConsumer } from './plain-l2';

/** The template that `BucketFedFunction` gives for the objects of one prefix, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    versioned: true,
    lifecycleRules: [{
      // 4 days in the queue, 14 in its dead-letter queue, and one in which EventBridge tries to deliver.
      noncurrentVersionExpiration: Duration.days(19),
      expiredObjectDeleteMarker: true,
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // `eventBridgeEnabled` would add a function that sets it.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  const queue = newConsumer(new Construct(scope, 'Consumer'), handler);
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [bucket.arnForObjects('in/*')] }));
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
  newDelivery(new Construct(scope, 'Delivery'), queue, {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'in/' }], size: [{ 'anything-but': [0] }] } },
  });
};
