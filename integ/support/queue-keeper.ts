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
  readonly eventSource: lambda.EventSourceMapping;
}

/** A fault: a queue is deleted, while those who send to it do not know. And its repair. */
export class QueueKeeper extends Construct {
  private readonly keeper: lambda.Function;

  constructor(ledger: Ledger, id: string, private readonly consumers: readonly LosableConsumer[]) {
    super(ledger, id);
    this.keeper = ledger.newHandler(this, 'Keeper', { entry: join(__dirname, 'handlers', 'queue-keeper.ts'), timeout: Duration.minutes(3) });
    for (const { queue, eventSource } of consumers) {
      this.allow(queue.queueArn, 'sqs:GetQueueAttributes', 'sqs:DeleteQueue', 'sqs:CreateQueue');
      this.allow(eventSource.eventSourceMappingArn, 'lambda:UpdateEventSourceMapping');
    }
  }

  lose(integ: IntegTest): IApiCall[] {
    return this.consumers.map(({ queue }) => this.ask(integ, { lose: queue.queueUrl }));
  }

  restore(integ: IntegTest): IApiCall[] {
    return this.consumers.map(({ queue, eventSource }) => this.ask(integ, { restore: queue.queueUrl, eventSource: eventSource.eventSourceMappingId }));
  }

  private ask(integ: IntegTest, event: QueueKeeperEvent): IApiCall {
    return expectAnswer(integ, this.keeper, event, { done: true });
  }

  private allow(resource: string, ...actions: string[]): void {
    this.keeper.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  }
}
