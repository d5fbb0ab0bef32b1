import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { newDelivery } from './plain-event-delivery';
import { newFailureBucket } from './plain-stream-reader';

/** The template that `FailureBucket` gives for a consumer of failures, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const inspection = consumerQueues(stack, `${id}Inspection`);
  const scope = new Construct(stack, id);
  const failures = newFailureBucket(scope);
  newDelivery(new Construct(scope, 'Inspection'), inspection.queue, {
    source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [failures.bucketName] } },
  });
  const conditions = { StringEquals: { 's3:ResourceAccount': stack.account } };
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [failures.arnForObjects('*')], conditions }));
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [failures.bucketArn], conditions }));
};
