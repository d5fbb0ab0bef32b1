import { createHash } from 'node:crypto';
import { CfnResource, FeatureFlags, Lazy, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { LAMBDA_RECOGNIZE_LAYER_VERSION } from 'aws-cdk-lib/cx-api';
import type { IConstruct } from 'constructs';
import type { DeployTimeValues } from './deploy-time-values';
import { deployTimeValues, flatText } from './deploy-time-values';
import { replacingProperties } from './replaced-resources';
import { targetsIn } from '../../private/app/references';
import { appState } from '../../private/app/registry';
import { definitionOf, renderedResource } from '../../private/app/rendered-resource';

/**
 * Properties of a function that are not part of its versions, so that changing them must not publish one: they apply to the function as a
 * whole, or replace it.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
 */
export const NOT_IN_A_VERSION: readonly string[] = [
  'CodeSigningConfigArn', 'FunctionName', 'PackageType', 'PublishToLatestPublished', 'RecursiveLoop', 'ReservedConcurrentExecutions', 'Tags', 'TenancyConfig',
];

/** Maximum length of the description of a version. https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html */
const LONGEST_DESCRIPTION = 256;

/** Length of the hash at the end of the logical id of a version. */
const HASH_LENGTH = 32;

interface Published {
  readonly logicalId: string;
  readonly description: string;
  readonly idIsHash: boolean;
}

/** A version is prepared once, however many canaries it has. */
function publishedIn(version: lambda.Version): WeakMap<IConstruct, Published> {
  return appState(version, 'publishedVersions', () => new WeakMap());
}

/**
 * Makes CloudFormation publish a version for each change of the function, not only for those that the CDK detects.
 *
 * The CDK changes the logical id of a version when the function changes in the template. It does not detect that a layer or another
 * resource that the function refers to is replaced: this is added to the id. That a parameter has another value is not known at synthesis
 * at all, so the values are added to the description of the version: when the description changes, CloudFormation publishes a new version.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
 */
export function publishEachChange(version: lambda.Version): void {
  const resource = version.node.defaultChild as lambda.CfnVersion;
  const published = publishedIn(version);
  if (published.has(version)) {
    return;
  }
  // The CDK's own id, as a token. The public API can only replace it.
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
 * What would prevent a change of the function from being published as a version.
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
  // As far as it is known at synthesis.
  const letters = flatText(expected).replaceAll('?', '').length;
  if (letters > LONGEST_DESCRIPTION) {
    problems.push(
      `the description of the version of handler '${handler}' has at least ${letters} letters with the values that the function takes from the deployment, but Lambda takes ${LONGEST_DESCRIPTION}: ` +
      'shorten the description in currentVersionOptions of the function',
    );
  }
  return problems;
}

/** What the logical id of a version must depend on besides the CDK's hash. */
function notHashedByCdk(version: lambda.Version): unknown[] {
  return uncoveredBy(version).flatMap((resource) => {
    const properties = replacingProperties(resource);
    return Object.keys(properties).length === 0 ? [] : [[Stack.of(resource).resolve(resource.logicalId), properties]];
  });
}

/** The CDK's own id where its hash covers everything: adopting an existing version then publishes no new one. */
function withHashOf(id: string, more: unknown[]): string {
  if (more.length === 0) {
    return id;
  }
  const hash = createHash('sha256').update(`${id}${JSON.stringify(more)}`).digest('hex').slice(0, HASH_LENGTH);
  return `${id.slice(0, -HASH_LENGTH)}${hash}`;
}

/** The resources that the function refers to, except those that the CDK's hash covers. */
function uncoveredBy(version: lambda.Version): CfnResource[] {
  // The CDK's hash covers the layers only, and there is no public list of them. An array, or another iterable in newer versions of the CDK.
  const { _layers: layers = [] } = version.lambda as unknown as { _layers?: Iterable<lambda.ILayerVersion> };
  const covered = FeatureFlags.of(version.lambda).isEnabled(LAMBDA_RECOGNIZE_LAYER_VERSION) ? [...layers].map(({ node }) => node.defaultChild) : [];
  return resourcesAmong(targetsOf(version)).filter((resource) => !covered.includes(resource));
}

/** Whatever the function refers to. */
function targetsOf(version: lambda.Version): IConstruct[] {
  const fn = functionOf(version);
  return [...new Set(targetsIn(definitionOf(fn), fn))];
}

function resourcesAmong(constructs: readonly IConstruct[]): CfnResource[] {
  return constructs.filter((construct) => CfnResource.isCfnResource(construct));
}

/**
 * Values in the function that are only known at deployment: its own, and those of the resources that it refers to and that they replace.
 */
function valuesOf(version: lambda.Version): DeployTimeValues {
  const fn = functionOf(version);
  const own = Object.entries(renderedResource(fn).Properties).filter(([name]) => !NOT_IN_A_VERSION.includes(name));
  const targets = targetsOf(version);
  const behind = resourcesAmong(targets)
    .filter((resource) => Stack.of(resource) === Stack.of(fn))
    .map((resource) => [resource.node.path, replacingProperties(resource)] as const);
  return deployTimeValues(Object.fromEntries([...own, ...behind]), fn, targets);
}

function functionOf(version: lambda.Version): CfnResource {
  return version.lambda.node.defaultChild as CfnResource;
}

function described(stated: string | undefined, texts: unknown[]): unknown {
  const all = stated === undefined ? texts : [stated, ...texts];
  return all.length > 1 ? { 'Fn::Join': [' ', all] } : all[0];
}

/**
 * The location of a function's code, if it does not identify a version of the code: uploading other code there does not change the
 * template, so CloudFormation does not deploy it.
 */
export function unversionedCode(handler: lambda.Function): string | undefined {
  const { Code = {} } = renderedResource(handler.node.defaultChild as CfnResource).Properties;
  const { ImageUri, S3Bucket, S3Key, S3ObjectVersion } = Code as Record<string, unknown>;
  const image = ImageUri === undefined ? undefined : flatText(ImageUri);
  if (image !== undefined && /(?:\/[^/:@]*|:latest)$/.test(image)) {
    return `the image '${image}'`;
  }
  // A key that identifies a version contains a number or a hash.
  return typeof S3Key === 'string' && !/\d/.test(S3Key) && S3ObjectVersion === undefined ? `'${S3Key}' of bucket '${flatText(S3Bucket)}'` : undefined;
}
