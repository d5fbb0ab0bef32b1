import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import type { Pattern, PatternForm } from '../patterns/pattern';

/** A form, made. */
export interface Made {
  readonly app: App;
  readonly stack: Stack;
  readonly construct: Construct;
  /** What came into the tree with the pattern, wherever it stands (an alarm may stand below a handler); without what the pattern was given. */
  readonly constructs: () => IConstruct[];
}

/** Makes a form in a stack of its own. */
export function makeForm(pattern: Pattern, form: PatternForm): Made {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  return { app, stack, ...makeFormIn(pattern, form, stack, stack) };
}

/** Makes a form in `scope`, and what it is given in `inputs`. */
export function makeFormIn(pattern: Pattern, form: PatternForm, scope: Construct, inputs: Construct): Pick<Made, 'construct' | 'constructs'> {
  const holder = new Construct(inputs, 'Inputs');
  const props = form.props(holder);
  const then = form.then(holder);
  const given = new Set(scope.node.root.node.findAll());
  const construct = pattern.make(scope, props);
  then(construct);
  return { construct, constructs: () => scope.node.root.node.findAll().filter((candidate) => !given.has(candidate)) };
}

/**
 * A template without what newer versions of the CDK add to it, so that templates that were kept can be compared with those of the newest: from 2.276 at the latest, a state machine's role is
 * trusted for state machines of its account alone.
 */
export function withoutAdditions<T>(template: T): T {
  return process.env.NEWEST === undefined ? template : JSON.parse(JSON.stringify(template), withoutTrustedSources) as T;
}

function withoutTrustedSources(_key: string, value: { Principal?: { Service?: unknown }; Condition?: unknown } | null): unknown {
  if (value?.Principal?.Service !== 'states.amazonaws.com') {
    return value;
  }
  const { Condition: _, ...rest } = value;
  return rest;
}

/** The template of a form in a stack of its own; synthesized once. */
export function templateOf(pattern: Pattern, form: PatternForm): CloudFormationTemplate {
  const known = templates.get(form) ?? JSON.stringify(Template.fromStack(makeForm(pattern, form).stack).toJSON());
  templates.set(form, known);
  return JSON.parse(known) as CloudFormationTemplate;
}

const templates = new WeakMap<PatternForm, string>();

export interface CloudFormationResource {
  readonly Type: string;
  readonly Properties?: { readonly [name: string]: unknown };
  readonly [attribute: string]: unknown;
}

export interface CloudFormationTemplate {
  readonly Resources?: { readonly [logicalId: string]: CloudFormationResource };
  readonly [section: string]: unknown;
}

/** The CloudFormation resources among constructs. */
export function resourcesAmong(constructs: IConstruct[]): CfnResource[] {
  return constructs.filter((construct) => CfnResource.isCfnResource(construct));
}
