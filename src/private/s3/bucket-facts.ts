import { CfnResource, Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { resourceBehind } from '../app/references';

/** What a bucket of this app settles. */
export interface BucketFacts {
  /** Its rules that expire objects, and are on. */
  readonly expiries: readonly ExpiryRule[];
  /** Whether it keeps old versions of objects, and no rule expires them. */
  readonly keepsOldVersions: boolean;
  /** Whether it sends its events to EventBridge. Undefined: a custom resource of the CDK settles it. */
  readonly sendsEvents: boolean | undefined;
}

export interface ExpiryRule {
  /** After so many days; `date`: all at once, on a date; undefined: cannot be known. */
  readonly after: number | 'date' | undefined;
  /** What the keys begin with that it expires; empty for all. */
  readonly prefix: string;
}

/** Properties as they are in the template. */
interface Lifecycle {
  readonly rules?: readonly {
    readonly status?: unknown;
    readonly prefix?: unknown;
    readonly tagFilters?: readonly unknown[];
    readonly expirationInDays?: unknown;
    readonly expirationDate?: unknown;
    readonly noncurrentVersionExpiration?: unknown;
    readonly noncurrentVersionExpirationInDays?: unknown;
  }[];
}

interface Notifications {
  readonly eventBridgeConfiguration?: { readonly eventBridgeEnabled?: unknown };
}

/**
 * Reads what can be known of a bucket from its CloudFormation resource; undefined for a bucket that is not made in this app.
 */
export function bucketFacts(bucket: s3.IBucket): BucketFacts | undefined {
  const resource = [bucket.bucketArn, bucket.bucketName].map((value) => resourceBehind(value, 'AWS::S3::Bucket')).find(Boolean) as s3.CfnBucket | undefined;
  if (!resource) {
    return undefined;
  }
  const stack = Stack.of(resource);
  const lifecycle = stack.resolve(resource.lifecycleConfiguration) as Lifecycle | undefined;
  const rules = (lifecycle?.rules ?? []).filter(({ status }) => status === 'Enabled');
  const versioning = stack.resolve(resource.versioningConfiguration) as { status?: unknown } | undefined;
  return {
    expiries: rules
      .filter(({ expirationInDays, expirationDate, tagFilters }) => (expirationInDays ?? expirationDate) !== undefined && !tagFilters?.length)
      .map(({ expirationInDays, prefix }) => ({ after: afterOf(expirationInDays), prefix: typeof prefix === 'string' ? prefix : '' })),
    keepsOldVersions: versioning?.status === 'Enabled'
      && !rules.some((rule) => rule.noncurrentVersionExpiration !== undefined || rule.noncurrentVersionExpirationInDays !== undefined),
    sendsEvents: sendsEvents(resource),
  };
}

function afterOf(expirationInDays: unknown): ExpiryRule['after'] {
  if (expirationInDays === undefined) {
    return 'date';
  }
  return typeof expirationInDays === 'number' ? expirationInDays : undefined;
}

function sendsEvents(resource: s3.CfnBucket): boolean | undefined {
  const notifications = Stack.of(resource).resolve(resource.notificationConfiguration) as Notifications | undefined;
  if (notifications?.eventBridgeConfiguration) {
    return notifications.eventBridgeConfiguration.eventBridgeEnabled !== false;
  }
  const others = resource.node.scope?.node.findAll() ?? [];
  return others.some((construct) => CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'Custom::S3BucketNotifications') ? undefined : false;
}
