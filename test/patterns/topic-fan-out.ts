import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { COUNT_ALARM, OFF } from './inputs';
import { pattern } from './pattern';
import { TopicFanOut } from '../../src';

// Consumers are added by a method, which the unit tests of the pattern look at.
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
  'adopted topic': { props: (inputs) => ({ topic: new sns.Topic(inputs, 'Topic', { enforceSSL: true }) }) },
  'imported topic': { props: (inputs) => ({ topic: sns.Topic.fromTopicArn(inputs, 'Topic', 'arn:aws:sns:us-east-1:111122223333:orders') }) },
  'alarms off': {
    props: () => ({ alarms: { redriven: OFF, failedToRedrive: OFF, notificationsFailed: OFF, invalidAttributes: OFF, invalidMessageBody: OFF } }),
    silent: true,
  },
});
