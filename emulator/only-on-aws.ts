import { Aspects, AspectPriority, Aws, CfnCondition, CfnOutput, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import type { CfnElement, IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { EMULATOR_ACCOUNT } from './emulator';

/** Resource types that the emulator refuses, with what it has instead. A test compares this table with the pinned emulator. */
export const UNKNOWN_TO_EMULATOR: Readonly<Record<string, string>> = {
  'AWS::AppSync::Api': 'the API of AppSync Events is there, the resource type is not',
  'AWS::AppSync::ChannelNamespace': 'the API of AppSync Events is there, the resource type is not',
  'AWS::CloudTrail::Trail': 'the API is there, the resource type is not',
  'AWS::Config::ConfigRule': 'no resource types of AWS Config',
  'AWS::Config::ConfigurationRecorder': 'no resource types of AWS Config',
  'AWS::Config::DeliveryChannel': 'no resource types of AWS Config',
  'AWS::ElastiCache::ServerlessCache': 'cache endpoints are not real',
  'AWS::Events::ApiDestination': 'the API is there, the resource type is not',
  'AWS::Events::Connection': 'the API is there, the resource type is not',
  'AWS::WAFv2::WebACLAssociation': 'nothing is filtered by a web ACL',
};

const CONDITION = 'IsOnAws';

/** A resource of a template that the emulator leaves out. */
export interface SkippedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/**
 * Lets one template deploy to AWS and to the emulator: what the emulator cannot make gets a Condition that is false there
 * and only there, so that on AWS nothing is left out. For integ tests and examples; the library knows nothing of it.
 *
 * What refers to a skipped resource is skipped with it: resources and outputs of the same stack. An order (`DependsOn`) is no reference.
 *
 * References from another stack, nested or not, are not followed: CloudFormation refuses such a deployment.
 */
export class OnlyOnAws implements IAspect {
  /** Applies to everything below a scope. */
  static apply(scope: IConstruct): void {
    // After all aspects that may still add or change resources.
    Aspects.of(scope).add(new OnlyOnAws(), { priority: AspectPriority.READONLY - 1 });
  }

  visit(node: IConstruct): void {
    if (!Stack.isStack(node)) {
      return;
    }
    const rest = new Set(node.node.findAll().filter(isConditional).filter(element => Stack.of(element) === node));
    const skipped = new Set<string>();
    const refers = (element: Conditional) => {
      const { Properties, Value } = definitionOf(node, element);
      return mentions([Properties, Value], skipped);
    };
    let found: Conditional[];
    do {
      found = [...rest].filter(element => isUnknown(element) || refers(element));
      for (const element of found) {
        rest.delete(element);
        skipped.add(node.resolve(element.logicalId));
        addCondition(node, element);
      }
    } while (found.length > 0);
  }
}

/** The resources of a synthesized template that the emulator leaves out; on AWS there are none. */
export function skippedOnEmulator(template: { readonly Resources?: Record<string, { Type: string; Condition?: string }> }): SkippedResource[] {
  return Object.entries(template.Resources ?? {})
    .filter(([, resource]) => resource.Condition?.startsWith(CONDITION))
    .map(([logicalId, { Type }]) => ({ logicalId, type: Type, reason: UNKNOWN_TO_EMULATOR[Type] ?? 'refers to a skipped resource' }));
}

type Conditional = CfnResource | CfnOutput;

function isConditional(node: IConstruct): node is Conditional {
  return CfnResource.isCfnResource(node) || node instanceof CfnOutput;
}

function isUnknown(element: Conditional): boolean {
  return CfnResource.isCfnResource(element) && element.cfnResourceType in UNKNOWN_TO_EMULATOR;
}

/** The stack's condition that is false on the emulator, made when first needed. */
function onAws(stack: Stack): CfnCondition {
  return stack.node.tryFindChild(CONDITION) as CfnCondition | undefined
    ?? new CfnCondition(stack, CONDITION, { expression: Fn.conditionNot(Fn.conditionEquals(Aws.ACCOUNT_ID, EMULATOR_ACCOUNT)) });
}

/** Keeps a condition that the element has already: both must be true then. */
function addCondition(stack: Stack, element: Conditional): void {
  const holder = CfnResource.isCfnResource(element) ? element.cfnOptions : element;
  const own = holder.condition;
  const id = `${CONDITION}And${own?.node.id}`;
  holder.condition = own === undefined
    ? onAws(stack)
    : stack.node.tryFindChild(id) as CfnCondition | undefined ?? new CfnCondition(stack, id, { expression: Fn.conditionAnd(onAws(stack), own) });
}

interface Definition {
  readonly Type?: string;
  readonly Properties?: unknown;
  readonly Value?: unknown;
}

/** What the element will be in the template, its references resolved. */
function definitionOf(stack: Stack, element: CfnElement): Definition {
  const fragment = stack.resolve((element as CfnElement & { _toCloudFormation(): object })._toCloudFormation());
  const section: Record<string, Definition> = fragment.Resources ?? fragment.Outputs ?? {};
  return Object.values(section)[0] ?? {};
}

function mentions(value: unknown, logicalIds: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value as Record<string, unknown>;
  const named = [
    ref,
    Array.isArray(getAtt) ? getAtt[0] : getAtt,
    ...[sub].flat().flatMap(text => typeof text === 'string' ? [...text.matchAll(/\$\{([A-Za-z0-9]+)/g)].map(match => match[1]) : []),
  ];
  return named.some(name => typeof name === 'string' && logicalIds.has(name)) || Object.values(value).some(part => mentions(part, logicalIds));
}
