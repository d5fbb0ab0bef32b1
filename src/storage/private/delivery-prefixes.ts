import { Token } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';
import { identityOf } from '../../private/app/references';
import { appState, isInTree } from '../../private/app/registry';
import type { BucketDeliveryProps } from '../bucket-delivery-props';
import { expressionsAllowed, prefixOfPartitions } from './delivery-formats';
import type { Problems } from '../../private/checks/problems';

/** Where Firehose writes what. */
export interface DeliveryPrefixes {
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly backupPrefix: string;
}

/** Three folders side by side, so that no query of one reads another. */
export function prefixesOf({ prefix, errorPrefix = 'errors/', backupPrefix = 'source/', partitioning }: BucketDeliveryProps): DeliveryPrefixes {
  return { prefix: prefix ?? (partitioning ? prefixOfPartitions(partitioning) : 'data/'), errorPrefix, backupPrefix };
}

/** An expression in a prefix. https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
const EXPRESSION = /!\{([^}]*)\}?/g;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-kinesisfirehose-deliverystream-extendeds3destinationconfiguration.html */
const LONGEST_PREFIX = 1024;

export function checkPrefixes(problems: Problems, props: BucketDeliveryProps): void {
  const prefixes = prefixesOf(props);
  const allowed = expressionsAllowed(props);
  for (const [prop, value] of Object.entries(prefixes)) {
    if (Token.isUnresolved(value)) {
      continue;
    }
    if (!value.endsWith('/') || value.startsWith('/')) {
      problems.add(`${prop} is '${value}', but must be the name of a folder, which ends with a slash and does not begin with one: state it as '${folderOf(value)}'`);
    }
    if (value.length > LONGEST_PREFIX) {
      problems.add(`${prop} has ${value.length} characters, but Firehose takes ${LONGEST_PREFIX} at most: state a shorter one`);
    }
    const expressions: readonly string[] = value.match(EXPRESSION) ?? [];
    const wrong = expressions.find((expression) => prop !== 'prefix' || !allowed.isAllowed(expression));
    if (wrong !== undefined) {
      problems.add(
        prop === 'prefix'
          ? `prefix has the expression '${wrong}', but only ${allowed.shown} are evaluated here: ${allowed.fix}`
          : `${prop} has the expression '${wrong}', but is what the keys begin with for everybody who looks there: take it out; Firehose adds the type of the error by itself`,
      );
    }
  }
  checkSideBySide(problems, props);
}

function folderOf(value: string): string {
  return `${value.replace(/^\/+|\/+$/g, '') || 'data'}/`;
}

/** What lies in one of the three is read by whoever reads that one, and nobody else; so is what another delivery writes. */
function checkSideBySide(problems: Problems, props: BucketDeliveryProps): void {
  const all = foldersOf(props);
  all.forEach(([one, text], index) => {
    for (const [other, another] of all.slice(index + 1).filter(([, folder]) => overlap(text, folder))) {
      problems.add(
        `${one} is '${text}' and ${other} is '${another}', but one of them begins with the other, so that what reads one would take the objects of the other for its own: ` +
        'state two folders beside each other, such as \'data/\' and \'errors/\'',
      );
    }
  });
  for (const { ofProp, of, delivery, prop, prefix } of sharedPlaces(props)) {
    problems.add(
      `${ofProp} is '${of}', but BucketDelivery '${delivery.node.path}' writes into the same bucket with ${prop} '${prefix}', so that what reads one would take the objects of the other for its own: ` +
      `state another ${ofProp}, or give another bucket`,
    );
  }
}

/** A folder that a delivery writes to. */
interface Place {
  readonly delivery: IConstruct;
  readonly prop: keyof DeliveryPrefixes;
  readonly prefix: string;
}

/** Which deliveries of the app write where in a bucket. */
const placesIn = (scope: IConstruct) => appState(scope, 'deliveryPlaces', () => new Map<string, Place[]>());

const keyOf = (bucket: s3.IBucket) => identityOf(bucket.bucketArn, 'AWS::S3::Bucket', bucket);

/** The folders of a delivery. */
function foldersOf(props: BucketDeliveryProps): [keyof DeliveryPrefixes, string][] {
  const { prefix, errorPrefix, backupPrefix } = prefixesOf(props);
  return [['prefix', prefix], ['errorPrefix', errorPrefix], ...props.transform ? [['backupPrefix', backupPrefix] as [keyof DeliveryPrefixes, string]] : []];
}

/** Whether one of two folders may lie in the other, as far as they are known: whatever their expressions are. */
function overlap(one: string, other: string): boolean {
  const [known, otherKnown] = [knownPart(one), knownPart(other)];
  return known.startsWith(otherKnown) || otherKnown.startsWith(known);
}

/** What a prefix begins with. Of a token nothing is known, not even that. */
function knownPart(prefix: string): string {
  return Token.isUnresolved(prefix) ? `\0${prefix}` : prefix.split('!{', 1)[0]!;
}

/** Folders of other deliveries into this bucket that one of these would share. */
function sharedPlaces(props: BucketDeliveryProps): (Place & { readonly ofProp: keyof DeliveryPrefixes; readonly of: string })[] {
  const { bucket } = props;
  const others = bucket ? (placesIn(bucket).get(keyOf(bucket)) ?? []).filter(({ delivery }) => isInTree(delivery)) : [];
  return foldersOf(props).flatMap(([ofProp, of]) => others.filter(({ prefix }) => overlap(of, prefix)).map((place) => ({ ...place, ofProp, of })));
}

/** Notes where a delivery writes. */
export function claimPlaces(delivery: Construct, bucket: s3.IBucket, props: BucketDeliveryProps): void {
  const places = placesIn(delivery);
  const claimed = foldersOf(props).map(([prop, prefix]) => ({ delivery, prop, prefix }));
  places.set(keyOf(bucket), [...places.get(keyOf(bucket)) ?? [], ...claimed]);
}
