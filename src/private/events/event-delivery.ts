import type { RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { byProps } from '../checks/derived-values';
import type { Problems } from '../checks/problems';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../sqs/pattern-queue';
import { isFifoQueue } from '../sqs/queue-facts';
import { allowSender, shown } from '../sqs/queue-sender';

/** How long, and how often, EventBridge tries to deliver: the most that it offers. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
export const RULE_RETRY_POLICY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/** What a delivery of events is made of. */
export interface EventDeliveryProps {
  readonly eventPattern: events.EventPattern;
  /** Undefined: the default event bus. */
  readonly eventBus?: events.IEventBus | undefined;
  /** Where it delivers, with this queue for what it cannot deliver. */
  readonly target: (deadLetterQueue: sqs.Queue) => events.IRuleTarget;
  /** Of the dead-letter queue. */
  readonly encryptionKey: kms.IKey | undefined;
  readonly removalPolicy: RemovalPolicy | undefined;
  /** The class of the pattern, and what waits in the dead-letter queue, in the plural. */
  readonly pattern: string;
  readonly waiting: string;
}

/** How events are delivered to a consumer. */
export interface EventDelivery {
  readonly rule: events.Rule;
  readonly deadLetterQueue: sqs.Queue;
}

/** Delivers events to one target, and sets aside what cannot be delivered: a rule can have five targets, but its metrics, its replay and its switch are those of all of them. */
export function newEventDelivery(scope: Construct, props: EventDeliveryProps): EventDelivery {
  const { eventPattern, eventBus, target, encryptionKey, removalPolicy, pattern, waiting } = props;
  const deadLetterQueue = newPatternQueue(scope, 'DeadLetterQueue', {
    retentionPeriod: DEAD_LETTER_RETENTION,
    encryptionKey,
    removalPolicy,
    instead: byProps(pattern, ['encryptionKey', 'removalPolicy'], `${waiting} wait there for people, so leave the queue as it is made`),
  });
  const rule = new events.Rule(scope, 'Rule', { eventPattern, ...eventBus && { eventBus }, targets: [target(deadLetterQueue)] });
  return { rule, deadLetterQueue };
}

/** For a consumer with a FIFO queue. */
export function messageGroupOf(id: string, queue: sqs.IQueue, stated: string | undefined): string | undefined {
  return isFifoQueue(queue) ? stated ?? id : undefined;
}

/** Notes a message group that is stated for a queue without groups. */
export function checkMessageGroup(problems: Problems, queue: sqs.IQueue, messageGroupId: string | undefined): void {
  if (messageGroupId !== undefined && !isFifoQueue(queue)) {
    problems.add(`messageGroupId is '${messageGroupId}', but queue '${queue.node.path}' is a standard queue: leave messageGroupId out, or give a consumer with a FIFO queue`);
  }
}

/**
 * The queue of a consumer as the target of a rule, with a standard queue for what cannot be delivered.
 *
 * Both queues let this rule in and no other, and EventBridge may use their customer-managed keys. `SqsQueue` of the CDK grants an encrypted queue to every rule, and an encrypted dead-letter
 * queue's key to none, so that what should be set aside is lost (aws-cdk issue 33169).
 */
export function queueTarget(scope: Construct, queue: sqs.IQueue, deadLetterQueue: sqs.IQueue, messageGroupId?: string): events.IRuleTarget {
  return {
    bind: (rule) => {
      const { ruleArn } = rule.ruleRef;
      [queue, deadLetterQueue].forEach((target) => allowRule(scope, ruleArn, target));
      return {
        arn: queue.queueArn,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        retryPolicy: RULE_RETRY_POLICY,
        sqsParameters: messageGroupId === undefined ? undefined : { messageGroupId },
      };
    },
  };
}

/**
 * A function, alias or version as the target of a rule, with a standard queue for what cannot be handed over to it. This rule, and no other, may invoke it. The permission stands in `scope`,
 * so that the stack of the function does not come to depend on the rule.
 */
export function functionTarget(scope: Construct, handler: lambda.IFunction, deadLetterQueue: sqs.IQueue): events.IRuleTarget {
  return {
    bind: (rule) => {
      const { ruleArn } = rule.ruleRef;
      allowRule(scope, ruleArn, deadLetterQueue);
      new lambda.CfnPermission(scope, 'Permission', {
        action: 'lambda:InvokeFunction',
        functionName: handler.functionArn,
        principal: 'events.amazonaws.com',
        sourceArn: ruleArn,
      });
      return { arn: handler.functionArn, deadLetterConfig: { arn: deadLetterQueue.queueArn }, retryPolicy: RULE_RETRY_POLICY };
    },
  };
}

/**
 * Any other target of a rule, which brings its own permission, with a standard queue for what cannot be delivered to it.
 *
 * @param check what it says of itself
 */
export function otherTarget(
  scope: Construct, target: events.IRuleTarget, deadLetterQueue: sqs.IQueue, check: (config: events.RuleTargetConfig) => void,
): events.IRuleTarget {
  return {
    bind: (rule, id) => {
      const config = target.bind(rule, id);
      check(config);
      allowRule(scope, rule.ruleRef.ruleArn, deadLetterQueue);
      return { ...config, deadLetterConfig: { arn: deadLetterQueue.queueArn }, retryPolicy: RULE_RETRY_POLICY };
    },
  };
}

/** Lets a rule, and no other, send to a queue, and EventBridge use the queue's customer-managed key. */
export function allowRule(scope: Construct, ruleArn: string, queue: sqs.IQueue): void {
  allowEventBridge(scope, ruleArn, '<ARN of the rule>', queue);
}

/** The same for a rule or a bus; its ARN, and how a warning shows it. */
export function allowEventBridge(scope: Construct, arn: string, shownArn: string, queue: sqs.IQueue): void {
  const { account } = Stack.of(scope);
  allowSender(scope, queue, {
    service: 'events.amazonaws.com',
    arn,
    shownArn,
    keyConditions: { StringEquals: { 'aws:SourceAccount': account } },
    shownKeyConditions: { StringEquals: { 'aws:SourceAccount': shown(account, '<account of the rule>') } },
    queueWarning: (queueStatement, keyStatement) => (
      `is not made in this app, so its policy cannot be changed here, and EventBridge can deliver nothing to it until it has this statement: ${queueStatement}. ` +
      `If it is encrypted with a customer-managed key, the key's policy needs this one: ${keyStatement}. It must not be encrypted with the AWS-managed key alias/aws/sqs`
    ),
    keyWarning: (keyStatement) => (
      `is not made in this app, so its policy cannot be changed here, and EventBridge can put nothing into the queue until it has this statement: ${keyStatement}`
    ),
  });
}
