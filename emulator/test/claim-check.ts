/**
 * The Node side of the test of claim checks against the Python client of AWS: sends a payload to a queue, or receives one from it, as standard input says. Answers on
 * standard output.
 */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { claim, deposit } from '../../runtime/src';

interface Request {
  readonly queueUrl: string;
  readonly bucket: string;
  readonly prefix: string;
  /** The payload to send. Without it, one is received. */
  readonly payload?: string;
}

const sqs = new SQSClient({});

async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as Request;
  const answer = request.payload === undefined ? await receive(request) : await send(request, request.payload);
  console.log(JSON.stringify(answer));
}

async function send({ queueUrl, bucket, prefix }: Request, payload: string): Promise<{ key: string | null }> {
  const { body, attributes, key } = await deposit(payload, { bucket, prefix });
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes: attributes }));
  return { key: key ?? null };
}

async function receive({ queueUrl, bucket, prefix }: Request): Promise<{ size: number; sha256: string }> {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }));
  if (!message) {
    throw new Error('there is no message in the queue');
  }
  const payload = await claim(message, { bucket, prefix });
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
  return { size: payload.length, sha256: createHash('sha256').update(payload).digest('hex') };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
