import * as lambda from 'aws-cdk-lib/aws-lambda';

/** Who deletes items whose time to live is over. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html */
const TTL = 'dynamodb.amazonaws.com';

/**
 * Filters for the stream of a table that are easily got wrong, for `filters` of a `TableFedFunction`.
 *
 * A delete by TTL is marked as one only in the region in which it took place: in the replicas of a global table it looks like any other delete.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
 */
export class TableFilters {
  /**
   * Deletes only, whoever made them. A delete has no new image: what was deleted is in its old image, if the stream has one.
   */
  public static deletesOnly(): { [key: string]: unknown } {
    return lambda.FilterCriteria.filter({ eventName: ['REMOVE'] });
  }

  /**
   * Everything but the deletes of items whose time to live is over.
   */
  public static withoutTtlDeletes(): { [key: string]: unknown } {
    // Other records have no user identity, or somebody else's.
    return lambda.FilterCriteria.filter({ userIdentity: { principalId: [{ exists: false }, { 'anything-but': [TTL] }] } });
  }

  /**
   * The deletes of items whose time to live is over only, for example to archive them.
   */
  public static ttlDeletesOnly(): { [key: string]: unknown } {
    return lambda.FilterCriteria.filter({ eventName: ['REMOVE'], userIdentity: { type: ['Service'], principalId: [TTL] } });
  }

  private constructor() {}
}
