import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SQS } from '@aws-sdk/client-sqs';
import type { JobEvent } from './job-function';
import type { WorkerMessage } from '../../../runtime/src';
import { JobCancelledError, runWorker, takeJob } from '../../../runtime/src';

/*
 * The process of a task of a QueueFedService that does jobs, one at a time: the one behind the API gets no further until a job that takes for ever is cancelled.
 */

const dynamodb = new DynamoDB();

async function work({ Body: message = '' }: WorkerMessage): Promise<void> {
  const job = await takeJob<JobEvent['body']>(message, { dynamodb });
  if (!job) {
    return;
  }
  const { fault, result = null } = job.body;
  for (let percent = 1; fault === 'cancel' && await job.progress(percent); percent = Math.min(percent + 1, 99)) {
    await sleep(200);
  }
  if (fault === 'fail') {
    await job.fail('FAILED', 'This job was made to fail.');
  } else if (await job.succeed(result) === job.signal.reason instanceof JobCancelledError) {
    throw new Error('a job is either done or cancelled');
  }
}

runWorker(work, { sqs: new SQS(), drainSeconds: 1 }).then(() => process.exit(0), (error: unknown) => {
  console.error(error);
  process.exit(2);
});
