import { SQS } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import type { WorkerMessage } from '../../../runtime/src';
import { runWorker } from '../../../runtime/src';
import { recordingHandler } from '../recording-handler';

/*
 * The process of a task of a QueueFedService: does nothing but record, as the handler of a function does.
 */

const record = recordingHandler();

/** Of the time that a message may take, which is what a function has until its timeout. */
async function work(message: WorkerMessage): Promise<void> {
  const begun = Date.now();
  const context = { getRemainingTimeInMillis: () => Number(process.env.MAX_PROCESSING_SECONDS) * 1000 - (Date.now() - begun) };
  const { batchItemFailures: failures } = await record({ Records: [recordOf(message)] }, context as Context);
  if (failures.length > 0) {
    throw new Error('the message is not done');
  }
}

function recordOf({ MessageId: messageId, Body: body, Attributes: attributes }: WorkerMessage): SQSRecord {
  return { messageId, body, attributes, messageAttributes: {} } as unknown as SQSRecord;
}

// A crash is what `kill -9` is: nothing is put in order.
process.on('exit', (code) => code === 1 && process.kill(process.pid, 'SIGKILL'));

// A task that is stopped in the middle of its work has no time to finish it: so the work is done only if it is protected.
runWorker(work, { sqs: new SQS(), drainSeconds: 1, backoffSeconds: () => 1 }).then(() => process.exit(0), (error: unknown) => {
  console.error(error);
  process.exit(2);
});
