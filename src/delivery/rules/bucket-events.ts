import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a bucket whose events a rule of EventBridge waits for. */
export interface EventBucketFacts extends Place {
  readonly path: string;
  readonly sendsEvents?: boolean | undefined;
  /** The path of what replaces all its notifications by others, without EventBridge. */
  readonly replacedBy?: string | undefined;
  /** Whether it is made together with the rule, so that nobody can state whether it sends events. */
  readonly madeWithRule?: boolean;
}

/** What is known of a rule of EventBridge for the events of a bucket. */
export interface BucketEventsFacts {
  readonly bucket: EventBucketFacts;
  readonly rule: Place;
}

const EVENTS_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html';

/**
 * What is true of a bucket whose events reach a rule of EventBridge.
 */
export const BUCKET_EVENTS_RULES: readonly Rule<BucketEventsFacts>[] = [
  ofPlace('region', 'bucketEventsOtherRegion'),
  ofPlace('account', 'bucketEventsOtherAccount'),
  {
    id: 'bucketEventsReplaced',
    severity: 'error',
    why: 'Who sets the notifications of a bucket replaces all of them, and so switches EventBridge off.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html',
    finding: ({ bucket: { path, replacedBy, madeWithRule } }) => (
      replacedBy === undefined ? undefined
        : {
          what: `'${replacedBy}' (addEventNotification) replaces all notifications of bucket '${path}' and switches EventBridge off, so no upload would be delivered`,
          fix: `use a rule in EventBridge for these events instead (new events.Rule with source 'aws.s3')${madeWithRule ? '' : ', or set eventBridgeEnabled: true where the bucket is made'}`,
        }
    ),
  },
  {
    id: 'bucketEventsNotSent',
    severity: 'error',
    why: 'A bucket sends its events to EventBridge only when told to.',
    source: EVENTS_PAGE,
    finding: ({ bucket: { path, sendsEvents, replacedBy } }) => (
      sendsEvents !== false || replacedBy !== undefined ? undefined
        : {
          what: `bucket '${path}' does not send its events to EventBridge, so no upload would be delivered`,
          fix: 'where it is made, set (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }',
        }
    ),
  },
];

function ofPlace(place: keyof Place, id: string): Rule<BucketEventsFacts> {
  return {
    id,
    severity: 'error',
    why: `S3 sends the events of a bucket only to the default event bus of its own ${place}.`,
    source: EVENTS_PAGE,
    finding: ({ bucket, rule }) => (
      !knownToDiffer(bucket[place], rule[place]) ? undefined
        : {
          what: `bucket '${bucket.path}' is in ${place} ${bucket[place]}, but the rule for its events is in ${rule[place]}, and S3 sends them only to the ${place} of the bucket`,
          fix: `make this in a stack of ${place} ${bucket[place]}`,
        }
    ),
  };
}
