import type { CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowEventBridge } from './event-delivery';
import { idsInStack } from '../app/path-in-stack';
import { placeName, stackNameOf } from '../app/place-name';
import { topStackOf } from '../app/stack-order';
import type { DerivedValue } from '../checks/derived-values';
import { byProp, byProps, valuesIn } from '../checks/derived-values';
import { allowsAll } from '../iam/policy-statements';
import { keyBehind } from '../kms/key-behind';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../sqs/pattern-queue';
import { shown } from '../sqs/queue-sender';

export interface PatternBusProps {
  readonly encryptionKey?: kms.IKey | undefined;
  /** Undefined: goes with the stack. */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/** A bus, and where the events are that it could neither encrypt nor decrypt. */
export interface PatternBus {
  readonly eventBus: events.EventBus;
  readonly deadLetterQueue?: sqs.Queue;
}

/** A name may have 256 characters, and that of a stack 128. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
const MOST_OF_PATH = 100;

/** AWS asks for a name, which no other bus of the account may have in its region: it is made of the name of the stack, and of the place there. */
function busName(scope: Construct, id: string): string {
  return `${stackNameOf(scope)}-${placeName([...idsInStack(scope), id], MOST_OF_PATH)}`;
}

/** Makes a bus; one with a key has a dead-letter queue for what EventBridge can neither encrypt nor decrypt. */
export function newPatternBus(scope: Construct, { encryptionKey, removalPolicy }: PatternBusProps): PatternBus {
  const deadLetterQueue = encryptionKey && newPatternQueue(scope, 'DeadLetterQueue', {
    retentionPeriod: DEAD_LETTER_RETENTION,
    removalPolicy,
    // Not with the key of the bus, without which nothing could be put there just when it is needed.
    instead: byProps('EventRouter', ['removalPolicy'], 'events wait there for people while the key cannot be used, so leave the queue as it is made'),
  });
  const eventBusName = busName(scope, 'Bus');
  const eventBus = new events.EventBus(scope, 'Bus', { eventBusName, ...encryptionKey && { kmsKey: encryptionKey }, ...deadLetterQueue && { deadLetterQueue } });
  if (removalPolicy) {
    eventBus.applyRemovalPolicy(removalPolicy);
  }
  if (deadLetterQueue) {
    // The CDK names the queue in the bus, but lets nobody send to it.
    allowEventBridge(scope, eventBus.eventBusArn, '<ARN of the bus>', deadLetterQueue);
    return { eventBus, deadLetterQueue };
  }
  return { eventBus };
}

/** Makes the archive of all events of a bus. */
export function newArchive(
  scope: Construct, sourceEventBus: events.IEventBus, retention: Duration, { encryptionKey, removalPolicy }: PatternBusProps,
): events.Archive {
  const archive = new events.Archive(scope, 'Archive', { sourceEventBus, eventPattern: {}, retention });
  // By the property itself: with a key the CDK's construct would name the bus in the key's policy, which the bus waits for.
  (archive.node.defaultChild as events.CfnArchive).kmsKeyIdentifier = encryptionKey?.keyArn;
  if (removalPolicy) {
    archive.applyRemovalPolicy(removalPolicy);
  }
  return archive;
}

/**
 * Lets EventBridge use a key for the events of a bus and of its archive. The CDK asks for an encryption context also when EventBridge describes the key, which has none, and does not let an
 * archive use the key unless it would also wait for the bus.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
 *
 * @param eventBusArn without a reference to the bus, which may depend on the key already
 */
export function allowBusToUseKey(scope: Construct, key: kms.IKey, eventBusArn: string): void {
  const added = keyStatements(eventBusArn).map((statement) => key.addToResourcePolicy(iam.PolicyStatement.fromJson(statement)).statementAdded);
  if (added.includes(false)) {
    const needed = keyStatements(shown(eventBusArn, '<ARN of the bus>')).map((statement) => JSON.stringify(statement));
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:eventBusKeyNotGranted',
      `key '${key.node.path}' is not made in this app, so its policy cannot be changed here, and EventBridge can neither encrypt nor decrypt events until it has these statements: ${needed.join(', ')}`,
    );
  }
}

function keyStatements(eventBusArn: string) {
  const common = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Resource: '*' };
  return [
    { ...common, Action: 'kms:DescribeKey' },
    {
      ...common,
      Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'],
      Condition: { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': eventBusArn } },
    },
  ];
}

/** The ARN of a bus for the policy of a key: without a reference to a bus that is made in `scope`. */
export function busArnForKey(scope: Construct, eventBus: events.IEventBus): string {
  const isOwn = eventBus.node.scope === scope;
  return isOwn ? Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: busName(scope, 'Bus') }) : eventBus.eventBusArn;
}

/** Who else may send events to a bus. */
export interface BusSender {
  readonly principal: string | { readonly AWS: string };
  readonly conditions: { readonly [key: string]: string | readonly string[] };
}

/** AWS takes 64 characters. */
const MOST_OF_STATEMENT_ID = 50;

/** Lets others send events to a bus, by a statement that stands in `scope`, below the router. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html */
export function newBusPolicy(scope: Construct, eventBus: events.IEventBus, { principal, conditions }: BusSender): events.CfnEventBusPolicy {
  const isOwn = eventBus.node.scope === scope.node.scope;
  // A bus that several stacks adopt has the statements of all of them.
  const statementId = placeName(idsInStack(scope), MOST_OF_STATEMENT_ID, isOwn ? [] : [topStackOf(scope).stackName]).replace(/\./g, '_');
  return new events.CfnEventBusPolicy(scope, 'Policy', {
    eventBusName: eventBus.eventBusName,
    statementId,
    statement: {
      Sid: statementId,
      Effect: 'Allow',
      Principal: principal,
      Action: 'events:PutEvents',
      Resource: eventBus.eventBusArn,
      ...Object.keys(conditions).length > 0 && { Condition: { StringEquals: conditions } },
    },
  });
}

const stated = byProp('EventRouter');

/** What of a new bus must still be as it was made, when the app is complete. */
export function busValues(eventBus: events.IEventBus, deadLetterQueue: sqs.IQueue | undefined, { encryptionKey }: PatternBusProps): DerivedValue[] {
  return valuesIn(eventBus.node.defaultChild as CfnResource, {
    'Properties.KmsKeyIdentifier': [encryptionKey?.keyArn, stated('encryptionKey')],
    'Properties.DeadLetterConfig.Arn': [deadLetterQueue?.queueArn, 'what EventBridge can neither encrypt nor decrypt is set aside there, and alarms watch it'],
  });
}

/** The same of an archive. */
export function archiveValues(
  archive: events.Archive, eventBus: events.IEventBus, retention: Duration, { encryptionKey }: PatternBusProps,
): DerivedValue[] {
  return valuesIn(archive.node.defaultChild as CfnResource, {
    'Properties.SourceArn': [eventBus.eventBusArn, 'it is the archive of this bus'],
    'Properties.EventPattern': [undefined, 'every event can be replayed; make another archive for some of them'],
    'Properties.RetentionDays': [retention.toDays(), stated('archiveRetention')],
    'Properties.KmsKeyIdentifier': [encryptionKey?.keyArn, stated('encryptionKey')],
  });
}

/** The same of the policy of the key, if it is made in this app. */
export function busKeyValues(scope: Construct, encryptionKey: kms.IKey, eventBusArn: string): DerivedValue[] {
  const key = keyBehind(encryptionKey.keyArn, scope)?.resource;
  const only = 'EventBridge can use the key only by this; add other statements to it';
  return keyStatements(eventBusArn).flatMap(({ Resource: _, ...statement }) => (
    key ? valuesIn(key, { 'Properties.KeyPolicy.Statement': [statement, only, allowsAll] }) : []
  ));
}
