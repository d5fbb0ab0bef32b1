import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQS } from '@aws-sdk/client-sqs';
import { runWorker } from '../../runtime/src';

/*
 * The process of a container, as a QueueFedService starts it: what it must know is in its environment. It writes down what it does with each message, whose body says what that is.
 */

const { BOOKS = '', RELEASE = '' } = process.env;

function book(what: string, body: string | undefined): void {
  appendFileSync(BOOKS, `${what} ${body}\n`);
}

runWorker(async ({ Body: body }) => {
  book('started', body);
  if (body?.startsWith('poison')) {
    throw new Error('poison');
  }
  while (body?.startsWith('endless') || (body?.startsWith('slow') && !existsSync(RELEASE))) {
    await sleep(50);
  }
  book('done', body);
}, { sqs: new SQS(), drainSeconds: 30, backoffSeconds: () => 0, log: (text) => book('log', text) }).then(() => process.exit(0), () => process.exit(1));
