import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The two queues of a consumer. */
export interface ConsumerQueues {
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;
}

/** The queues of a consumer that is no part of what is compared, made alike for all ways: with the CDK's own constructs. */
export function consumerQueues(scope: Construct, id: string): ConsumerQueues {
  const deadLetterQueue = new sqs.Queue(scope, `${id}DeadLetterQueue`, { retentionPeriod: Duration.days(14), enforceSSL: true });
  const queue = new sqs.Queue(scope, `${id}Queue`, { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 }, enforceSSL: true });
  return { queue, deadLetterQueue };
}
