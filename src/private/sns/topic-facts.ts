import type * as sns from 'aws-cdk-lib/aws-sns';
import { DEFAULT_TOPIC_MESSAGE_BYTES } from '../../delivery/rules/topic-subscription';
import { identityOf, resourceBehind } from '../app/references';
import { renderedProperty } from '../app/rendered-resource';

const TOPIC = 'AWS::SNS::Topic';

/** The resource of a topic that is made in this app. */
export function topicResource(topic: sns.ITopic): sns.CfnTopic | undefined {
  return resourceBehind(topic.topicArn, TOPIC) as sns.CfnTopic | undefined;
}

/** The identity of a topic within one app, for whichever object stands for it. */
export function topicIdentity(topic: sns.ITopic): string {
  return identityOf(topic.topicArn, TOPIC, topic);
}

/** An import whose ARN is a token says `false` of whatever it stands for, so a topic of this app is asked itself. */
export function isFifoTopic(topic: sns.ITopic): boolean {
  const resource = topicResource(topic);
  return resource ? renderedProperty(resource, 'FifoTopic') === true : topic.fifo;
}

/** The largest message that a topic takes. Undefined: not known. */
export function maximumTopicMessageBytes(topic: sns.ITopic): number | undefined {
  const resource = topicResource(topic);
  const bytes = resource && (renderedProperty(resource, 'MaximumMessageSize') ?? DEFAULT_TOPIC_MESSAGE_BYTES);
  return typeof bytes === 'number' ? bytes : undefined;
}
