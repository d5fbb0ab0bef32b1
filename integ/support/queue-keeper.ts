import { join } from 'node:path';
import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { expectAnswer } from './drill';
import type { QueueKeeperEvent } from './handlers/queue-keeper';
import type { Ledger } from './ledger';

/** A consumer whose queue may get lost. */
export interface LosableConsumer {
  readonly queue: sqs.IQueue;
  /** What reads the queue, and must be switched on again. */
  readonly eventSource?: lambda.EventSourceMapping;
}

/**
 * SQS takes up to a minute to delete a queue, and what it accepts meanwhile is gone with it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
 */
const FOUND_GONE = { times: 4, interval: Duration.seconds(20) };


/** A fault: a queue is deleted, while those who send to it do not know. And its repair. */
export class QueueKeeper extends Construct {
  private readonly keeper: lambda.Function;

  constructor(ledger: Ledger, id: string, private readonly consumers: readonly LosableConsumer[]) {
    super(ledger, id);
    this.keeper = ledger.newHandler(this, 'Keeper', { entry: join(__dirname, 'handlers', 'queue-keeper.ts'), timeout: Duration.minutes(3) });
    for (const { queue, eventSource } of consumers) {
      this.allow(queue.queueArn, 'sqs:GetQueueAttributes', 'sqs:DeleteQueue', 'sqs:CreateQueue');
      if (eventSource) {
        this.allow(eventSource.eventSourceMappingArn, 'lambda:UpdateEventSourceMapping');
      }
    }
  }

  /** Deletes the queues, and waits until nothing can be sent to them any more. */
  lose(integ: IntegTest): IApiCall[] {
    const gone = { gone: this.consumers.map(({ queue }) => queue.queueUrl), times: FOUND_GONE.times };
    return [
      ...this.consumers.map(({ queue }) => this.ask(integ, { lose: queue.queueUrl })),
      this.ask(integ, gone).waitForAssertions({ totalTimeout: Duration.minutes(4), interval: FOUND_GONE.interval }),
    ];
  }

  restore(integ: IntegTest): IApiCall[] {
    return this.consumers.map(({ queue, eventSource }) => (
      this.ask(integ, { restore: queue.queueUrl, ...(eventSource ? { eventSource: eventSource.eventSourceMappingId } : {}) })
    ));
  }

  private ask(integ: IntegTest, event: QueueKeeperEvent): IApiCall {
    return expectAnswer(integ, this.keeper, event, { done: true });
  }

  private allow(resource: string, ...actions: string[]): void {
    this.keeper.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  }
}
