import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { newDelivery } from './plain-event-delivery';

/** The template that `ClaimCheckBucket` gives for one consumer by message and one by upload, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  consumerQueues(stack, `${id}Pointers`);
  const uploads = consumerQueues(stack, `${id}Uploads`);
  const scope = new Construct(stack, id);
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    lifecycleRules: [{
      // 4 days in the queue, 14 in its dead-letter queue, 14 after a redrive, and one in which EventBridge tries to deliver.
      expiration: Duration.days(33),
      noncurrentVersionExpiration: Duration.days(1),
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // `eventBridgeEnabled` would add a function that sets it.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  for (const prefix of ['pointers', 'uploads']) {
    handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${prefix}/*`)] }));
  }

  newDelivery(new Construct(scope, 'Uploads'), uploads.queue, {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'uploads/' }], size: [{ 'anything-but': [0] }] } },
  });
};
