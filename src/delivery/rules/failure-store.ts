import type { LifecycleFacts } from './claimed-payload';
import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of a bucket that keeps failures, and of what stores them there. */
export interface FailureStoreFacts {
  readonly bucket: Place & { readonly path: string };
  /** Where the event source mapping, or the function, is. */
  readonly source: Place;
}

const DESTINATION_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html';

/**
 * What is true of a bucket to which Lambda can deliver what it gives up.
 */
export const FAILURE_STORE_RULES: readonly Rule<FailureStoreFacts>[] = [
  {
    id: 'failureStoreOtherAccount',
    severity: 'error',
    why: 'A bucket of another account takes failures only by its own policy, and who may store there is not limited to one account any more, which is what protects from a bucket of a stranger with the same name.',
    source: DESTINATION_PAGE,
    finding: ({ bucket, source }) => (
      !knownToDiffer(bucket.account, source.account) ? undefined
        : {
          what: `bucket '${bucket.path}' for failures is in account ${bucket.account}, but what stores them is in ${source.account}: permission is given only for a bucket of the own account (s3:ResourceAccount)`,
          fix: `give a bucket in account ${source.account}, and replicate it if another account is to have the failures too`,
        }
    ),
  },
  {
    id: 'failureStoreOtherRegion',
    severity: 'error',
    why: 'AWS documents no delivery to a bucket of another region, and what cannot be delivered is lost.',
    source: DESTINATION_PAGE,
    finding: ({ bucket, source }) => (
      !knownToDiffer(bucket.region, source.region) ? undefined
        : {
          what: `bucket '${bucket.path}' for failures is in region ${bucket.region}, but what stores them is in ${source.region}, and AWS does not document that they are delivered to another region`,
          fix: `give a bucket in ${source.region}`,
        }
    ),
  },
];

/** What is known of a bucket that keeps failures for some time, and of a lifecycle rule that somebody added. */
export interface FailureLifecycleFacts {
  readonly bucket: string;
  readonly store: string;
  /** Undefined: not known. */
  readonly keptDays: number | undefined;
  readonly lifecycle: LifecycleFacts;
}

/**
 * What is true of a lifecycle rule by which no failure goes before people have had the time that they were promised.
 */
export const FAILURE_LIFECYCLE_RULES: readonly Rule<FailureLifecycleFacts>[] = [
  {
    id: 'failureExpiresEarly',
    severity: 'error',
    why: 'When the source has expired too, the stored failure is the only copy.',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html',
    finding: ({ bucket, store, keptDays, lifecycle: { after, storageClass } }) => (
      storageClass !== undefined || after === undefined || keptDays === undefined || (after !== 'date' && after >= keptDays) ? undefined
        : {
          what: `bucket '${bucket}' expires objects ${after === 'date' ? 'on a date' : `after ${after} days`}, but ${store} keeps failures for ${keptDays} days (expiration)`,
          fix: 'state a shorter expiration, or give what may go earlier a FailureBucket of its own',
        }
    ),
  },
];
