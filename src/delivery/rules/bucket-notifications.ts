import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a queue, a topic or a function to which S3 sends the events of a bucket. */
export interface NotifiedFacts extends Place {
  readonly path: string;
  readonly fifo?: boolean | undefined;
}

/** What is known of a notification of a bucket. */
export interface BucketNotificationFacts {
  readonly bucket: Place & { readonly path: string };
  readonly to: NotifiedFacts;
}

const DESTINATION_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html';

/**
 * What is true of a notification that S3 accepts.
 */
export const BUCKET_NOTIFICATION_RULES: readonly Rule<BucketNotificationFacts>[] = [
  {
    id: 'notificationToFifo',
    severity: 'error',
    why: 'S3 sends notifications only to standard queues and standard topics.',
    source: DESTINATION_PAGE,
    finding: ({ bucket, to: { path, fifo } }) => (
      !fifo ? undefined : {
        what: `NotificationConfiguration of bucket '${bucket.path}' names '${path}', which is FIFO, so S3 would refuse it`,
        fix: 'set NotificationConfiguration.EventBridgeConfiguration and send the events there by a rule of EventBridge with a message group, or name a standard queue or topic',
      }
    ),
  },
  {
    id: 'notificationOtherRegion',
    severity: 'error',
    why: 'S3 sends notifications only to queues, topics and functions in the region of the bucket.',
    source: DESTINATION_PAGE,
    finding: ({ bucket, to: { path, region } }) => (
      !knownToDiffer(bucket.region, region) ? undefined : {
        what: `NotificationConfiguration of bucket '${bucket.path}' names '${path}' in region ${region}, but the bucket is in ${bucket.region}, so S3 would refuse it`,
        fix: `name a queue, topic or function in ${bucket.region}, or send the events by a rule of EventBridge to an event bus in ${region}`,
      }
    ),
  },
];
