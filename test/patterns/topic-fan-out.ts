import { Size } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { COUNT_ALARM, newConsumer, OFF } from './inputs';
import { pattern } from './pattern';
import { BucketDelivery, TopicFanOut } from '../../src';
import { TOPIC_FAN_OUT_BOUNDS } from '../../src/messaging/topic-fan-out.rules';

export const topicFanOut = pattern(TopicFanOut, {
  'default': { props: () => ({}) },
  'fifo': { props: () => ({ fifo: true, contentBasedDeduplication: true }) },
  'customer key and tuned alarms': {
    props: (inputs) => ({
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      alarms: {
        redriven: COUNT_ALARM,
        failedToRedrive: COUNT_ALARM,
        notificationsFailed: COUNT_ALARM,
        invalidAttributes: COUNT_ALARM,
        invalidMessageBody: COUNT_ALARM,
      },
    }),
  },
  'large messages': { props: () => ({ maximumMessageSize: Size.mebibytes(1) }) },
  'adopted topic': { props: (inputs) => ({ topic: new sns.Topic(inputs, 'Topic', { enforceSSL: true }) }) },
  'imported topic': { props: (inputs) => ({ topic: sns.Topic.fromTopicArn(inputs, 'Topic', 'arn:aws:sns:us-east-1:111122223333:orders') }) },
  'alarms off': {
    props: () => ({ alarms: { redriven: OFF, failedToRedrive: OFF, notificationsFailed: OFF, invalidAttributes: OFF, invalidMessageBody: OFF } }),
    silent: true,
  },
  'consumers': {
    props: () => ({}),
    then: (inputs) => {
      const key = new kms.Key(inputs, 'Key', { enableKeyRotation: true });
      const [every, books, large] = [newConsumer(inputs, 'Every', { encryptionMasterKey: key }), newConsumer(inputs, 'Books'), newConsumer(inputs, 'Large')];
      return (placed) => {
        placed.addConsumer('Every', every);
        placed.addConsumer('Books', books, { filterPolicy: { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['book'] }) }, rawMessageDelivery: false });
        placed.addConsumer('Large', large, {
          filterPolicyWithMessageBody: { total: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.numericFilter({ greaterThan: 1000 })) },
        });
      };
    },
    feeds: true,
  },
  'delivery to a bucket': {
    props: () => ({}),
    then: (inputs) => {
      const archive = new BucketDelivery(inputs, 'Archive');
      return (placed) => {
        placed.addDelivery('Archive', archive, {
          filterPolicy: { kind: sns.SubscriptionFilter.stringFilter({ allowlist: ['book'] }) },
          rawMessageDelivery: false,
          alarms: { deadLetters: COUNT_ALARM, moreDeadLetters: COUNT_ALARM },
        });
      };
    },
    feeds: true,
  },
  'fifo with consumers of both types': {
    props: () => ({ fifo: true }),
    then: (inputs) => {
      const [ordered, standard] = [newConsumer(inputs, 'Ordered', { fifo: true }), newConsumer(inputs, 'Standard')];
      return (placed) => {
        placed.addConsumer('Ordered', ordered);
        placed.addConsumer('Standard', standard);
      };
    },
    feeds: true,
  },
}, { ofProps: TOPIC_FAN_OUT_BOUNDS });
