import type { CfnResource, Stack } from 'aws-cdk-lib';
import { RemovalPolicies, Tags } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { handlerIn, newStack } from './fixtures';
import type { EventRouterConsumer } from '../../src';
import { AsyncFunction, EventRouter } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis, problemsWithInjector } from '../late-changes';
import { newConsumer } from '../patterns/inputs';

const consumers = new WeakMap<EventRouter, Readonly<Record<'mail' | 'ordered' | 'thumbnails', EventRouterConsumer>>>();

/** A router with all that it can have. */
function make(stack: Stack): EventRouter {
  const router = new EventRouter(stack, 'Router', { encryptionKey: new kms.Key(stack, 'Key'), alarms: { unrouted: {} } });
  const eventPattern = { source: ['shop'], detailType: ['OrderPlaced'] };
  consumers.set(router, {
    mail: router.addConsumer('Mail', newConsumer(stack, 'Mail'), { eventPattern }),
    ordered: router.addConsumer('Ordered', newConsumer(stack, 'Ordered', { fifo: true, contentBasedDeduplication: true }), { eventPattern }),
    thumbnails: router.addFunction('Thumbnails', new AsyncFunction(stack, 'Thumbnails', { handler: handlerIn(stack) }), { eventPattern }),
  });
  return router;
}

const child = (construct: { readonly node: { readonly defaultChild?: unknown } }) => construct.node.defaultChild as CfnResource;
const of = (router: EventRouter) => consumers.get(router)!;
const RESOURCES = {
  'bus': (router: EventRouter) => child(router.eventBus),
  'archive': (router: EventRouter) => child(router.archive!),
  'key': (router: EventRouter) => child(router.node.scope!.node.findChild('Key')),
  'dead-letter queue of the bus': (router: EventRouter) => child(router.deadLetterQueue!),
  'rule for the rest': (router: EventRouter) => child(router.unroutedRule!),
  'rule': (router: EventRouter) => child(of(router).mail.rule),
  'rule of a FIFO queue': (router: EventRouter) => child(of(router).ordered.rule),
  'rule of a function': (router: EventRouter) => child(of(router).thumbnails.rule),
  'permission': (router: EventRouter) => router.node.findChild('Thumbnails').node.findChild('Permission') as CfnResource,
  'dead-letter queue': (router: EventRouter) => child(of(router).mail.deadLetterQueue),
};

const OTHER = 'arn:aws:sqs:eu-west-1:111122223333:other';
const changes: LateChange<keyof typeof RESOURCES>[] = [
  ['bus', 'Properties.KmsKeyIdentifier', undefined, 'state encryptionKey of the EventRouter'],
  ['bus', 'Properties.DeadLetterConfig.Arn', OTHER, 'is set aside there'],
  ['archive', 'Properties.SourceArn', 'arn:aws:events:eu-west-1:111122223333:event-bus/other', 'the archive of this bus'],
  ['archive', 'Properties.EventPattern', { source: ['shop'] }, 'make another archive'],
  ['archive', 'Properties.RetentionDays', 1, 'state archiveRetention'],
  ['archive', 'Properties.KmsKeyIdentifier', undefined, 'state encryptionKey'],
  ['key', 'Properties.KeyPolicy.Statement', [], 'add other statements to it'],
  ['dead-letter queue of the bus', 'Properties.MessageRetentionPeriod', 60, 'leave the queue as it is made'],
  ['dead-letter queue of the bus', 'Properties.KmsMasterKeyId', 'alias/key', 'leave the queue as it is made'],
  ['dead-letter queue of the bus', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
  ['rule for the rest', 'Properties.EventPattern', { source: ['other'] }, 'it counts what the consumers of this router leave; leave alarms.unrouted of the EventRouter out for no such count'],
  ['rule for the rest', 'Properties.State', 'DISABLED', 'it counts what the consumers of this router leave'],
  ['rule for the rest', 'Properties.EventBusName', 'other', 'it counts what the consumers of this router leave'],
  ['rule', 'Properties.EventPattern', { source: ['other'] }, 'state eventPattern with addConsumer'],
  ['rule', 'Properties.State', 'DISABLED', 'pause the consumer of the queue'],
  ['rule', 'Properties.EventBusName', 'other', 'a rule of this bus'],
  ['rule', 'Properties.EventBusName', undefined, 'a rule of this bus'],
  ['rule', 'Properties.Targets.0.Arn', OTHER, 'give another consumer to addConsumer'],
  ['rule', 'Properties.Targets.0.DeadLetterConfig.Arn', OTHER, 'is set aside there'],
  ['rule', 'Properties.Targets.0.RetryPolicy.MaximumEventAgeInSeconds', 60, 'only fills the dead-letter queue'],
  ['rule', 'Properties.Targets.0.RetryPolicy.MaximumRetryAttempts', 0, 'only fills the dead-letter queue'],
  ['rule', 'Properties.Targets.0.Input', '{}', 'as it was sent'],
  ['rule', 'Properties.Targets.0.InputPath', '$.detail', 'as it was sent'],
  ['rule', 'Properties.Targets.0.InputTransformer', { InputTemplate: '1' }, 'as it was sent'],
  ['rule of a FIFO queue', 'Properties.Targets.0.SqsParameters.MessageGroupId', 'other', 'state messageGroupId with addConsumer'],
  ['rule of a function', 'Properties.Targets.0.Arn', OTHER, 'give another consumer to addFunction'],
  ['permission', 'Properties.Action', 'lambda:GetFunction', 'add others beside it'],
  ['permission', 'Properties.FunctionName', 'other', 'add others beside it'],
  ['permission', 'Properties.Principal', 's3.amazonaws.com', 'add others beside it'],
  ['permission', 'Properties.SourceArn', undefined, 'add others beside it'],
  ['dead-letter queue', 'Properties.MessageRetentionPeriod', 60, 'events wait there for people'],
  ['dead-letter queue', 'Properties.KmsMasterKeyId', undefined, 'state encryptionKey of the EventRouter'],
  ['dead-letter queue', 'DeletionPolicy', 'Snapshot', 'state removalPolicy'],
];

describeLateChanges(make, RESOURCES, changes);

test.each<[string, (router: EventRouter, stack: Stack) => unknown]>([
  ['tags', (_, stack) => Tags.of(stack).add('team', 'shop')],
  ['removal policies of a stack', (_, stack) => RemovalPolicies.of(stack).retain()],
  ['a description of the bus', (router) => child(router.eventBus).addOverride('Properties.Description', 'orders')],
  ['another statement for the key', (router) => child(router.node.scope!.node.findChild('Key')).addOverride('Properties.KeyPolicy.Statement.9', { Effect: 'Allow' })],
])('%s are harmless', (_, change) => {
  expectHarmless(make, change);
});

test.each<[string, string, object, string]>([
  ['the key of the bus', events.EventBus.PROPERTY_INJECTION_ID, { kmsKey: undefined }, '[Stack/Router] KmsKeyIdentifier'],
  ['what is archived', events.Archive.PROPERTY_INJECTION_ID, { eventPattern: { source: ['shop'] } }, '[Stack/Router] EventPattern'],
  ['whether rules are on', events.Rule.PROPERTY_INJECTION_ID, { enabled: false }, '/Rule] State'],
  ['how long dead letters wait', sqs.Queue.PROPERTY_INJECTION_ID, { retentionPeriod: undefined }, '/DeadLetterQueue] MessageRetentionPeriod'],
])('an injector of the CDK\'s own constructs may not change %s', (_, id, more, at) => {
  expect(problemsWithInjector(id, more, make)).toContainEqual(expect.stringContaining(`${at} of '`));
});

test.each<[string, boolean]>([['with', true], ['without', false]])('the policy of the key of a bus %s an archive is looked at', (_, archived) => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  new EventRouter(stack, 'Router', { encryptionKey, archived });
  child(encryptionKey).addPropertyOverride('KeyPolicy.Statement', []);
  expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringContaining('[Stack/Router] KeyPolicy.Statement of \'Stack/Key/Resource\' was changed'));
});
