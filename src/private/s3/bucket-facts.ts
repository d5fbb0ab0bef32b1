import type { CfnResource } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { onceInAValidation } from '../app/once-in-a-validation';
import { resourceBehind, resourcesIn } from '../app/references';
import { definitionOf, renderedProperty, renderedResource } from '../app/rendered-resource';
import { resourcesBelow } from '../app/resources-below';

/** What a bucket of this app settles. */
export interface BucketFacts {
  /** Its rules that expire objects, and are on. */
  readonly expiries: readonly ExpiryRule[];
  /** Its rules that move objects to where they cannot be read until they are restored, and are on. */
  readonly archives: readonly ArchiveRule[];
  /** Whether it keeps old versions of objects, and no rule expires them. */
  readonly keepsOldVersions: boolean;
  /** Whether it sends its events to EventBridge. */
  readonly sendsEvents: boolean;
  /** The custom resource of the CDK that sets its notifications without EventBridge, and so switches it off. */
  readonly overwrittenBy: CfnResource | undefined;
  /** Who owns what another account puts, if that may be the writer. */
  readonly writerMayOwn: 'ObjectWriter' | 'BucketOwnerPreferred' | undefined;
}

export interface ExpiryRule {
  /** After so many days; `date`: all at once, on a date; undefined: cannot be known. */
  readonly after: number | 'date' | undefined;
  /** What the keys begin with that it is for; empty for all. Undefined: cannot be known. */
  readonly prefix: string | undefined;
}

export interface ArchiveRule extends ExpiryRule {
  readonly storageClass: string;
}

/** A lifecycle rule as it is in the template. */
export interface LifecycleRule {
  readonly Status?: unknown;
  readonly Prefix?: unknown;
  readonly TagFilters?: readonly unknown[];
  readonly ObjectSizeGreaterThan?: unknown;
  readonly ObjectSizeLessThan?: unknown;
  readonly ExpirationInDays?: unknown;
  readonly ExpirationDate?: unknown;
  readonly NoncurrentVersionExpiration?: unknown;
  readonly NoncurrentVersionExpirationInDays?: unknown;
  readonly AbortIncompleteMultipartUpload?: unknown;
  readonly Transition?: Transition;
  readonly Transitions?: readonly Transition[];
}

interface Transition {
  readonly StorageClass?: unknown;
  readonly TransitionInDays?: unknown;
}

interface TieringConfiguration {
  readonly Status?: unknown;
  readonly Prefix?: unknown;
  readonly TagFilters?: readonly unknown[];
  readonly Tierings?: readonly { readonly AccessTier?: unknown; readonly Days?: unknown }[];
}

interface Properties {
  readonly LifecycleConfiguration?: { readonly Rules?: readonly LifecycleRule[] };
  readonly IntelligentTieringConfigurations?: readonly TieringConfiguration[];
  readonly VersioningConfiguration?: { readonly Status?: unknown };
  readonly NotificationConfiguration?: { readonly EventBridgeConfiguration?: { readonly EventBridgeEnabled?: unknown } };
  readonly OwnershipControls?: { readonly Rules?: readonly { readonly ObjectOwnership?: unknown }[] };
}

/** An object there must be restored first. https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html */
const ARCHIVES: readonly unknown[] = ['GLACIER', 'DEEP_ARCHIVE'];

/** The CloudFormation resource of a bucket; undefined for a bucket that is not made in this app. */
export function bucketResource(bucket: s3.IBucket): s3.CfnBucket | undefined {
  return [bucket.bucketArn, bucket.bucketName].map((value) => resourceBehind(value, 'AWS::S3::Bucket')).find(Boolean) as s3.CfnBucket | undefined;
}

/** Whether an event of a bucket may be about a version: it is versioned, or it is not made in this app. */
export function mayHaveVersions(bucket: s3.IBucket): boolean {
  const resource = bucketResource(bucket);
  return resource === undefined || renderedProperty(resource, 'VersioningConfiguration') !== undefined;
}

/**
 * What a bucket of this app became, once the app is complete. Undefined for a bucket that is not made in it.
 */
export function bucketFacts(bucket: s3.IBucket): BucketFacts | undefined {
  const resource = bucketResource(bucket);
  if (!resource) {
    return undefined;
  }
  const properties = renderedResource(resource).Properties as Properties;
  const rules = listOf(properties.LifecycleConfiguration?.Rules).filter(({ Status }) => Status === 'Enabled');
  const ownership = properties.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
  const setters = notificationSetters(resource);
  const overwrittenBy = setters.find((setter) => replacesAll(setter) && !setsEventBridge(setter));
  const isStated = statesEvents(properties) || setters.some((setter) => setsEventBridge(setter));
  return {
    expiries: rules
      .filter(({ ExpirationInDays, ExpirationDate, TagFilters }) => (ExpirationInDays ?? ExpirationDate) !== undefined && !TagFilters?.length)
      .map(({ ExpirationInDays, Prefix }) => ({ after: afterOf(ExpirationInDays), prefix: prefixOf(Prefix) })),
    archives: [...rules.flatMap(archivesOfRule), ...listOf(properties.IntelligentTieringConfigurations).flatMap(archivesOfTiering)],
    keepsOldVersions: properties.VersioningConfiguration?.Status === 'Enabled'
      && !rules.some((rule) => rule.NoncurrentVersionExpiration !== undefined || rule.NoncurrentVersionExpirationInDays !== undefined),
    sendsEvents: isStated && !overwrittenBy,
    overwrittenBy,
    writerMayOwn: ownership === 'ObjectWriter' || ownership === 'BucketOwnerPreferred' ? ownership : undefined,
  };
}

function archivesOfRule({ Prefix, TagFilters, Transition: single, Transitions }: LifecycleRule): ArchiveRule[] {
  const archiving = [...listOf(Transitions), ...single ? [single] : []].filter(({ StorageClass }) => ARCHIVES.includes(StorageClass));
  return TagFilters?.length ? [] : archiving.map(({ StorageClass, TransitionInDays }) => (
    { after: afterOf(TransitionInDays), prefix: prefixOf(Prefix), storageClass: String(StorageClass) }
  ));
}

/** Of objects in S3 Intelligent-Tiering. https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html */
function archivesOfTiering({ Status, Prefix, TagFilters, Tierings }: TieringConfiguration): ArchiveRule[] {
  return Status !== 'Enabled' || TagFilters?.length ? [] : listOf(Tierings).map(({ AccessTier, Days }) => (
    { after: afterOf(Days), prefix: prefixOf(Prefix), storageClass: String(AccessTier) }
  ));
}

/** What is no list, such as an intrinsic function, is not known. */
function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

function afterOf(days: unknown): ExpiryRule['after'] {
  if (days === undefined) {
    return 'date';
  }
  return typeof days === 'number' ? days : undefined;
}

function prefixOf(prefix: unknown): string | undefined {
  const stated = prefix ?? '';
  return typeof stated === 'string' ? stated : undefined;
}

function statesEvents({ NotificationConfiguration: notifications }: Properties): boolean {
  return notifications?.EventBridgeConfiguration !== undefined && notifications.EventBridgeConfiguration.EventBridgeEnabled !== false;
}

/** What CDK makes for `addEventNotification` and `eventBridgeEnabled`. */
function notificationSetters(bucket: CfnResource): CfnResource[] {
  return onceInAValidation(bucket, 'bucketNotifications', (stage) => resourcesBelow(stage, 'Custom::S3BucketNotifications'))
    .filter((setter) => resourcesIn(definitionOf(setter), setter).includes(bucket));
}

/** Otherwise it keeps what it finds, EventBridge included, as CDK has it for imported buckets. */
function replacesAll(setter: CfnResource): boolean {
  return renderedResource(setter).Properties.Managed !== false;
}

function setsEventBridge(setter: CfnResource): boolean {
  const { NotificationConfiguration: notifications } = renderedResource(setter).Properties;
  return (notifications as { EventBridgeConfiguration?: unknown } | undefined)?.EventBridgeConfiguration !== undefined;
}

/** Policies for a bucket beside its own, of which S3 keeps one. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html */
export function otherPolicies(bucket: s3.Bucket): CfnResource[] {
  const own = bucket.policy?.node.defaultChild;
  const resource = bucketResource(bucket)!;
  return onceInAValidation(bucket, 'bucketPolicies', (stage) => resourcesBelow(stage, 'AWS::S3::BucketPolicy') as s3.CfnBucketPolicy[])
    .filter((policy) => policy !== own && resourcesIn(policy.bucket, policy).includes(resource));
}
