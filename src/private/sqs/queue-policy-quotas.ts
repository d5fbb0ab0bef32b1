import type { CfnResource } from 'aws-cdk-lib';
import { Stack, Token } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { renderedResource } from '../app/rendered-resource';
import { policySize } from '../iam/policy-size';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
const MOST_STATEMENTS = 20;
const MOST_BYTES = 8192;

/** As short as the ARN of a topic or a rule may be. */
const ARN_PREFIX = 'arn:aws:sns:us-east-1:111122223333:';

const foretold = new WeakSet<sqs.IQueue>();

/**
 * Lets the synthesis fail if the policy of a queue becomes more than SQS takes.
 */
export function foretellQueuePolicy(queue: sqs.IQueue): void {
  if (!foretold.has(queue)) {
    foretold.add(queue);
    queue.node.addValidation({ validate: () => problemsOf(queue) });
  }
}

function problemsOf(queue: sqs.IQueue): string[] {
  const policy = queue.node.tryFindChild('Policy')?.node.defaultChild as CfnResource | undefined;
  if (!policy) {
    return [];
  }
  const { stackName } = Stack.of(policy);
  const { PolicyDocument: document } = renderedResource(policy).Properties;
  if (document === undefined) {
    return [];
  }
  const { statements, bytes } = policySize(document, Token.isUnresolved(stackName) ? '' : stackName, ARN_PREFIX);
  return [
    ...statements > MOST_STATEMENTS ? [
      `the policy of queue '${queue.node.path}' has ${statements} statements, but SQS takes at most ${MOST_STATEMENTS}: topics and rules of this library share one for each service, ` +
      'so combine those that are added otherwise (addToResourcePolicy, grants to other accounts, addSubscription)',
    ] : [],
    ...bytes > MOST_BYTES ? [
      `the policy of queue '${queue.node.path}' has at least ${bytes} bytes, but SQS takes at most ${MOST_BYTES}: spread what is sent to it over several consumers, ` +
      'each with a queue of its own; they may have the same handler',
    ] : [],
  ];
}
