import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IConstruct } from 'constructs';

/**
 * What takes records for a bucket: the joint between sources of messages and deliveries. A `BucketDelivery` is one.
 */
export interface IRecordDelivery extends IConstruct {
  /**
   * The delivery stream that records are put into.
   */
  readonly deliveryStream: firehose.IDeliveryStream;

  /**
   * Allows a producer to put records. Fails where nobody may, because the records come from a stream.
   *
   * @param grantee who puts: a role, a function, a service
   */
  grantPutRecords(grantee: iam.IGrantable): iam.Grant;
}
