import { createHash } from 'node:crypto';
import type { CfnResource } from 'aws-cdk-lib';
import { FeatureFlags, Lazy, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { LAMBDA_RECOGNIZE_LAYER_VERSION } from 'aws-cdk-lib/cx-api';
import type { IConstruct } from 'constructs';
import type { DeployTimeValues } from './deploy-time-values';
import { deployTimeValues, flatText } from './deploy-time-values';
import { replacingProperties } from './replaced-resources';
import { resourcesIn } from '../../private/app/references';
import { appState } from '../../private/app/registry';
import { definitionOf, renderedResource } from '../../private/app/rendered-resource';

/**
 * Properties of a function of which a version has nothing, so that a change of them is none of the version: they hold for the function as a whole, or replace it.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
 */
export const NOT_IN_A_VERSION: readonly string[] = [
  'CodeSigningConfigArn', 'FunctionName', 'PackageType', 'PublishToLatestPublished', 'RecursiveLoop', 'ReservedConcurrentExecutions', 'Tags', 'TenancyConfig',
];

/** Of a description of a version. https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html */
const LONGEST_DESCRIPTION = 256;

/** Letters of the hash at the end of the logical id of a version. */
const HASH_LENGTH = 32;

interface Published {
  readonly logicalId: string;
  readonly description: string;
  readonly idIsHash: boolean;
}

/** A version is changed once, for however many canaries it has. */
function publishedIn(version: lambda.Version): WeakMap<IConstruct, Published> {
  return appState(version, 'publishedVersions', () => new WeakMap());
}

/**
 * Has CloudFormation publish a version for each change of the function, not only for those that the CDK sees.
 *
 * The CDK gives a version another logical id when the template of the function changes. It does not see that a layer or another resource that the function refers to
 * is replaced; this becomes part of the id. Nobody sees at synthesis that a parameter has another value; so the values become part of the description of the version,
 * for a change of which CloudFormation publishes another one.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
 */
export function publishEachChange(version: lambda.Version): void {
  const resource = version.node.defaultChild as lambda.CfnVersion;
  const published = publishedIn(version);
  if (published.has(version)) {
    return;
  }
  // The CDK's own id, as a token. There is no public way to it but to replace it.
  const { _logicalIdOverride: hashed } = resource as unknown as { _logicalIdOverride?: string };
  const idIsHash = hashed !== undefined && Token.isUnresolved(hashed);
  const hashedId = () => String(Stack.of(resource).resolve(hashed));
  const logicalId = idIsHash ? Lazy.uncachedString({ produce: () => withHashOf(hashedId(), notHashedByCdk(version)) }) : resource.logicalId;
  const stated = resource.description;
  const description = Token.asString(Lazy.uncachedAny({ produce: () => described(stated, valuesOf(version).texts) }));
  if (idIsHash) {
    resource.overrideLogicalId(logicalId);
  }
  resource.description = description;
  published.set(version, { logicalId, description, idIsHash });
}

/**
 * What would keep a change of the function from being published.
 */
export function unpublishedChanges(version: lambda.Version): string[] {
  const handler = version.lambda.node.path;
  const resource = version.node.defaultChild as lambda.CfnVersion;
  const resolve = (value: unknown): unknown => Stack.of(resource).resolve(value);
  const { logicalId, description, idIsHash } = publishedIn(version).get(version)!;
  const problems = valuesOf(version).withoutText.map(({ path, value, reason }) => (
    `handler '${handler}' has ${value} in ${path}, of which a change would publish no version, because ${reason}: ` +
    'state the value itself, or let the function read it when it runs, from Parameter Store, Secrets Manager or AppConfig'
  ));
  if (!idIsHash || resolve(resource.logicalId) !== resolve(logicalId)) {
    problems.push(
      `the logical id of the version of handler '${handler}' is overridden by '${String(resolve(resource.logicalId))}', so that no change of the function would publish a version: ` +
      'take the override out',
    );
  }
  const found = renderedResource(resource).Properties.Description;
  const expected = resolve(description);
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    problems.push(
      `Description of '${resource.node.path}' is ${JSON.stringify(found)}, but must have the values that the function takes from the deployment (${JSON.stringify(expected)}), ` +
      'so that a change of them publishes a version: state a description in currentVersionOptions of the function',
    );
  }
  // As many as are known at synthesis.
  const letters = flatText(expected).replaceAll('?', '').length;
  if (letters > LONGEST_DESCRIPTION) {
    problems.push(
      `the description of the version of handler '${handler}' has at least ${letters} letters with the values that the function takes from the deployment, but Lambda takes ${LONGEST_DESCRIPTION}: ` +
      'shorten the description in currentVersionOptions of the function',
    );
  }
  return problems;
}

/** What the id of a version has to follow, too. */
function notHashedByCdk(version: lambda.Version): unknown[] {
  return uncoveredBy(version).flatMap((resource) => {
    const properties = replacingProperties(resource);
    return Object.keys(properties).length === 0 ? [] : [[Stack.of(resource).resolve(resource.logicalId), properties]];
  });
}

/** The id as the CDK has it where it covers everything: whoever adopts a version that is there already publishes none. */
function withHashOf(id: string, more: unknown[]): string {
  if (more.length === 0) {
    return id;
  }
  const hash = createHash('sha256').update(`${id}${JSON.stringify(more)}`).digest('hex').slice(0, HASH_LENGTH);
  return `${id.slice(0, -HASH_LENGTH)}${hash}`;
}

/** The resources that the function refers to, but for those that the CDK's hash covers. */
function uncoveredBy(version: lambda.Version): CfnResource[] {
  // All that the CDK covers; it has no public list of them. An array, or what newer versions of the CDK have in its place.
  const { _layers: layers = [] } = version.lambda as unknown as { _layers?: Iterable<lambda.ILayerVersion> };
  const covered = FeatureFlags.of(version.lambda).isEnabled(LAMBDA_RECOGNIZE_LAYER_VERSION) ? [...layers].map(({ node }) => node.defaultChild) : [];
  return referencesOf(version).filter((resource) => !covered.includes(resource));
}

function referencesOf(version: lambda.Version): CfnResource[] {
  const fn = functionOf(version);
  return [...new Set(resourcesIn(definitionOf(fn), fn))];
}

/** What the function has from the deployment, itself or by a resource that is replaced for it. */
function valuesOf(version: lambda.Version): DeployTimeValues {
  const fn = functionOf(version);
  const own = Object.entries(renderedResource(fn).Properties).filter(([name]) => !NOT_IN_A_VERSION.includes(name));
  const behind = referencesOf(version)
    .filter((resource) => Stack.of(resource) === Stack.of(fn))
    .map((resource) => [resource.node.path, replacingProperties(resource)] as const);
  return deployTimeValues(Object.fromEntries([...own, ...behind]), fn);
}

function functionOf(version: lambda.Version): CfnResource {
  return version.lambda.node.defaultChild as CfnResource;
}

function described(stated: string | undefined, texts: unknown[]): unknown {
  const all = stated === undefined ? texts : [stated, ...texts];
  return all.length > 1 ? { 'Fn::Join': [' ', all] } : all[0];
}

/**
 * Where a function takes its code from, if that names no version of the code: what is put there later is no change of the template, so CloudFormation deploys nothing.
 */
export function unversionedCode(handler: lambda.Function): string | undefined {
  const { Code = {} } = renderedResource(handler.node.defaultChild as CfnResource).Properties;
  const { ImageUri, S3Bucket, S3Key, S3ObjectVersion } = Code as Record<string, unknown>;
  const image = ImageUri === undefined ? undefined : flatText(ImageUri);
  if (image !== undefined && /(?:\/[^/:@]*|:latest)$/.test(image)) {
    return `the image '${image}'`;
  }
  // A key that says which version it is of has a number or a hash.
  return typeof S3Key === 'string' && !/\d/.test(S3Key) && S3ObjectVersion === undefined ? `'${S3Key}' of bucket '${flatText(S3Bucket)}'` : undefined;
}
