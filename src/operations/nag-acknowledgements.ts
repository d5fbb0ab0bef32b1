import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Validations } from './private/cdk-validations';
import { cdkValidations } from './private/cdk-validations';
import { findingIds, flatText, listed } from './private/nag-finding-ids';
import type { NagFinding } from './private/nag-findings';
import { isAt, NAG_FINDINGS } from './private/nag-findings';
import { NAG_FINDINGS_ON_GRANTS } from './private/nag-findings-on-grants';
import { patternAround, patternName } from '../private/app/pattern-of';

/** Before the packs of cdk-nag 2, which are aspects of the default priority (500), and after aspects that change what is found (200). */
const BEFORE_NAG = 490;

/** Rules that report each finding in a resource by itself. */
const GRANULAR = ['AwsSolutions-IAM4', 'AwsSolutions-IAM5'];

/** An acknowledgement as cdk-nag keeps it in the metadata of a resource. */
interface Suppression {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: readonly string[];
}

/**
 * Acknowledges what cdk-nag finds on the resources of this library's patterns, each with the reason why it is all right there.
 *
 * For the rule packs AwsSolutions and Serverless of cdk-nag 2 and 3. Findings on your own resources, and on what you add to those of a
 * pattern, stay: of the rules for managed policies and wildcards, only the policies and wildcards that a pattern needs are acknowledged.
 * https://github.com/cdklabs/cdk-nag
 */
export class NagAcknowledgements {
  /**
   * Acknowledges the findings on all patterns within `scope`, whether they were created before or are created after this call.
   *
   * @param scope the app, stage, stack or construct
   */
  public static addTo(scope: IConstruct): void {
    Aspects.of(scope).add({ visit: (node) => suppress(node) }, { priority: BEFORE_NAG });
    const validations = cdkValidations();
    if (validations) {
      // cdk-nag 3 looks at the finished app, in which a reference to another stack is written in another way than while aspects run.
      scope.node.addValidation({
        validate: () => {
          scope.node.findAll().forEach((node) => acknowledge(node, validations));
          return [];
        },
      });
    }
  }

  private constructor() {}
}

/** In the way of cdk-nag 2. */
function suppress(node: IConstruct): void {
  if (!CfnResource.isCfnResource(node)) {
    return;
  }
  const { rules_to_suppress: known = [] } = (node.getMetadata('cdk_nag') ?? {}) as { rules_to_suppress?: readonly Suppression[] };
  const all = [...known, ...suppressionsOf(node)];
  if (all.length > 0) {
    // Aspects run again when an app is synthesized again.
    node.addMetadata('cdk_nag', { rules_to_suppress: [...new Map(all.map((suppression) => [JSON.stringify(suppression), suppression])).values()] });
  }
}

/** In the way of cdk-nag 3, for which each finding has an id of its own. */
function acknowledge(node: IConstruct, validations: Validations): void {
  if (!CfnResource.isCfnResource(node)) {
    return;
  }
  for (const { id, reason, applies_to: findings } of suppressionsOf(node)) {
    (findings?.map((finding) => `${id}[${finding}]`) ?? [id]).forEach((each) => validations.of(node).acknowledge({ id: each, reason }));
  }
}

function suppressionsOf(resource: CfnResource): Suppression[] {
  const pattern = patternAround(resource);
  const isMeant = (entry: NagFinding) => pattern && entry.pattern === patternName(pattern) && isAt(entry.where, pathBelow(pattern, resource));
  const entries = NAG_FINDINGS.filter(isMeant);
  const suppressions = entries.flatMap(({ rules, findings, reason }) => rules.flatMap((id): Suppression[] => {
    if (!GRANULAR.includes(id)) {
      return [{ id, reason }];
    }
    const found = findingIds(resource, id).filter((finding) => findings?.test(finding));
    return found.length > 0 ? [{ id, reason, applies_to: found }] : [];
  }));
  return [...suppressions, ...onGrants(resource)];
}

/** Of the policies of those whom a pattern allows something: they are in their own stacks, below their own roles. */
function onGrants(resource: CfnResource): Suppression[] {
  if (!['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(resource.cfnResourceType)) {
    return [];
  }
  return NAG_FINDINGS_ON_GRANTS.flatMap(({ rule, pattern, actions, onEverything, reason }) => {
    const isMeant = (action: unknown) => (actions as readonly unknown[]).includes(action);
    // An id does not tell which statement it is of.
    const ofOthers = findingIds(resource, rule, ({ Action }) => !listed(Action).every(isMeant));
    const wildcards = findingIds(resource, rule, ({ Action }) => listed(Action).every(isMeant)).filter((finding) => !ofOthers.includes(finding));
    const owners = wildcards.length === 0 ? [] : resource.node.root.node.findAll().filter((construct) => patternName(construct) === pattern);
    const places = owners.flatMap((owner) => placeIn(owner) ?? []).map((arn) => `Resource::${flatText(Stack.of(resource).resolve(arn))}/`);
    const found = wildcards.filter((finding) => (onEverything ? owners.length > 0 && finding === 'Resource::*' : places.some((prefix) => finding.startsWith(prefix))));
    return found.length > 0 ? [{ id: rule, reason, applies_to: found }] : [];
  });
}

interface WithBucket {
  readonly bucket: { readonly bucketArn: string };
}

/** What a pattern may have that others put things into. */
interface Places extends Partial<WithBucket> {
  readonly failureStore?: WithBucket;
  readonly scheduleGroup?: { readonly scheduleGroupName: string };
  readonly service?: { readonly cluster: { readonly clusterName: string } };
}

/** The ARN of the bucket that a pattern has, or in which it keeps failures, or what the ARNs of its schedules, or tasks, begin with. */
function placeIn(pattern: IConstruct): string | undefined {
  const { bucket, failureStore, scheduleGroup, service } = pattern as unknown as Places;
  if (scheduleGroup) {
    return Stack.of(pattern).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: scheduleGroup.scheduleGroupName });
  }
  return service
    ? Stack.of(pattern).formatArn({ service: 'ecs', resource: 'task', resourceName: service.cluster.clusterName })
    : (bucket ?? failureStore?.bucket)?.bucketArn;
}

function pathBelow(pattern: IConstruct, resource: CfnResource): string {
  return resource.node.path.slice(pattern.node.path.length + 1);
}
