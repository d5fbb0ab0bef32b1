import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { COUNT_ALARM, newConsumer, newFunction } from './inputs';
import { pattern } from './pattern';
import { AsyncFunction, EventRouter } from '../../src';
import { EVENT_ROUTER_BOUNDS } from '../../src/messaging/event-router.rules';

const ORDERS = { source: ['shop'], detailType: ['OrderPlaced'] };

export const eventRouter = pattern(EventRouter, {
  'default': { props: () => ({}), silent: true },
  'consumers': {
    props: () => ({}),
    then: (inputs) => {
      const [mail, ordered] = [newConsumer(inputs, 'Mail'), newConsumer(inputs, 'Ordered', { fifo: true, contentBasedDeduplication: true })];
      const thumbnails = new AsyncFunction(inputs, 'Thumbnails', { handler: newFunction(inputs) });
      return (router) => {
        router.addConsumer('Mail', mail, { eventPattern: ORDERS });
        router.addConsumer('Ordered', ordered, {
          eventPattern: { source: events.Match.prefix('') },
          messageGroupId: 'orders',
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM, failedInvocations: COUNT_ALARM, failedToSendToDlq: COUNT_ALARM },
        });
        router.addFunction('Thumbnails', thumbnails, { eventPattern: ORDERS });
        router.allowAccount('Billing', '111122223333', { sources: ['billing'] });
        router.allowOrganization('Group', 'o-a1b2c3d4e5');
      };
    },
    feeds: true,
  },
  'customer key': {
    props: (inputs) => ({
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      archived: true,
      archiveRetention: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM },
    }),
  },
  'another target': {
    props: () => ({}),
    then: (inputs) => {
      const topic = new sns.Topic(inputs, 'Topic');
      return (router) => {
        router.addTarget('Topic', new targets.SnsTopic(topic), {
          eventPattern: ORDERS,
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM, failedInvocations: COUNT_ALARM, failedToSendToDlq: COUNT_ALARM },
        });
      };
    },
  },
  'what no consumer takes': {
    props: () => ({ alarms: { unrouted: COUNT_ALARM } }),
    then: (inputs) => {
      const mail = newConsumer(inputs, 'Mail');
      return (router) => {
        router.addConsumer('Mail', mail, { eventPattern: ORDERS });
      };
    },
    feeds: true,
  },
  'adopted bus': {
    props: (inputs) => ({ eventBus: events.EventBus.fromEventBusName(inputs, 'Bus', 'default'), archiveRetention: Duration.days(7) }),
    then: (inputs) => {
      const audit = newConsumer(inputs, 'Audit');
      return (router) => {
        router.addConsumer('Audit', audit, { eventPattern: { source: ['aws.iam'] } });
      };
    },
    feeds: true,
  },
}, { ofProps: EVENT_ROUTER_BOUNDS });
