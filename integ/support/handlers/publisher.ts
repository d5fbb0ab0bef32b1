import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

const sns = new SNSClient({});

/** Tries to publish to each topic with its own role, and answers what came of each. The ARNs of the topics are named as the answers shall be. */
export async function handler(topics: Record<string, string>): Promise<Record<string, string>> {
  const answers = Object.entries(topics).map(async ([name, topic]) => [name, await outcome(topic)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

async function outcome(topic: string): Promise<string> {
  try {
    await sns.send(new PublishCommand({ TopicArn: topic, Message: JSON.stringify({ run: 'probe', number: 1 }) }));
    return 'allowed';
  } catch (error) {
    const { name, message } = error as Error;
    return /^(AuthorizationError|AccessDenied|KMSAccessDenied)/.test(name) ? 'refused' : `${name}: ${message}`;
  }
}
