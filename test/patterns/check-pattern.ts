import type { InjectionContext, IPropertyInjector } from 'aws-cdk-lib';
import { App, CfnResource, NestedStack, PropertyInjectors, RemovalPolicies, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import RECOMMENDED_FLAGS from 'aws-cdk-lib/recommended-feature-flags.json';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { amountsIn, checkBounds } from './check-bounds';
import type { Pattern } from './pattern';
import { anchorsOf, checksOn, defaultsTable, pageOf } from '../rigs/docs';
import { memberPaths, membersOf } from '../rigs/structs';
import { makeForm, makeFormIn, resourcesAmong, templateOf, withoutAdditions } from '../rigs/synth';
import type { CloudFormationResource, CloudFormationTemplate } from '../rigs/synth';

/** What is true of every pattern, checked of one: each has a file that calls this, so that a change runs the checks of the patterns that it touches. */
export function checkPattern(pattern: Pattern): void {
  describe(`forms of ${pattern.name}`, () => {
    test('set every prop', () => {
      const set = new Set(pattern.forms.flatMap((form) => valuePaths(form.props(new Construct(new Stack(), 'Inputs')))));
      const notSet = memberPaths(`${pattern.name}Props`).filter((member) => !set.has(member));
      expect(notSet).toEqual([]);
    });

    test('are one with nothing but the required props, and others', () => {
      const props = Object.keys(pattern.forms.find(({ name }) => name === 'default')?.props(new Construct(new Stack(), 'Inputs')) ?? {});
      const isEither = (name: string) => pattern.oneOf.includes(name);
      expect(props.filter((name) => !isEither(name))).toEqual(membersOf(`${pattern.name}Props`).filter(({ optional }) => !optional).map(({ name }) => name));
      expect(props.filter(isEither)).toHaveLength(pattern.oneOf.length === 0 ? 0 : 1);
    });
  });

  describe.each(pattern.forms.map((form) => ({ name: `${pattern.name}, ${form.name}`, form })))('$name', ({ form }) => {
    test('keeps its tree and its template', () => {
      const { constructs, stack } = makeForm(pattern, form);
      const template = Template.fromStack(stack).toJSON() as unknown;
      expect({ tree: constructs().map((construct) => `${construct.node.path}: ${typeName(construct)}`), template: withoutAdditions(template) }).toMatchSnapshot();
    });

    test('keeps its promises under all feature flags of the CDK, and what organisations do to every stack', () => {
      const app = new App({ context: RECOMMENDED_FLAGS });
      const stack = new Stack(app, 'Stack');
      iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
      Tags.of(app).add('team', 'shop');
      RemovalPolicies.of(app).destroy();
      makeFormIn(pattern, form, stack, stack);
      expect(() => Template.fromStack(stack)).not.toThrow();
    });

    test('has no custom resource', () => {
      const types = Object.values(templateOf(pattern, form).Resources ?? {}).map(({ Type }) => Type);
      expect(types.filter((type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource')).toEqual([]);
    });

    test('names nothing', () => {
      const { stack, constructs } = makeForm(pattern, form);
      const resources = Template.fromStack(stack).toJSON().Resources as NonNullable<CloudFormationTemplate['Resources']>;
      const made = resourcesAmong(constructs()).map((resource) => stack.resolve(resource.logicalId) as string);
      expect(made.flatMap((id) => physicalNames(id, resources[id]))).toEqual([]);
    });

    test('gives the expected warnings and no errors', () => {
      const { stack } = makeForm(pattern, form);
      const annotations = Annotations.fromStack(stack);
      const warnings = annotations.findWarning('*', Match.anyValue()).map(({ entry }) => /\[ack: cdk-serverless-patterns:(\w+)\]$/.exec(String(entry.data))?.[1] ?? entry.data);
      expect(warnings.sort()).toEqual([...form.warnings, ...(form.silent ? [] : ['alarmsNotifyNobody'])].sort());
      expect(annotations.findError('*', Match.anyValue())).toEqual([]);
    });

    describe('alarms', () => {
      const alarms = Object.entries(templateOf(pattern, form).Resources ?? {}).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
        .map(([id, { Properties: properties = {} }]) => ({ id, properties }));

      test(form.silent ? 'are off' : 'are on', () => {
        expect(alarms.length > 0).toBe(!form.silent);
      });

      test('are on metrics with dimensions', () => {
        expect(alarms.filter(({ properties }) => !hasDimensions(properties))).toEqual([]);
      });

      test('say how to treat missing data', () => {
        expect(alarms.filter(({ properties }) => !/^(breaching|notBreaching|ignore|missing)$/.test(String(properties.TreatMissingData)))).toEqual([]);
      });

      test('say what to do first and name a runbook that exists', () => {
        expect(alarms.filter(({ properties }) => !namesRunbook(JSON.stringify(properties.AlarmDescription)))).toEqual([]);
      });
    });

    describe('placement', () => {
      const size = (stack: Stack) => Object.keys((Template.fromStack(stack).toJSON() as CloudFormationTemplate).Resources ?? {}).length;

      test('two in one stack', () => {
        const stack = new Stack(new App(), 'Stack');
        makeFormIn(pattern, form, new Construct(stack, 'One'), new Construct(stack, 'InputsOfOne'));
        makeFormIn(pattern, form, new Construct(stack, 'Two'), new Construct(stack, 'InputsOfTwo'));
        expect(size(stack)).toBe(2 * size(makeForm(pattern, form).stack));
      });

      test('in a nested stack', () => {
        const nested = new NestedStack(new Stack(new App(), 'Stack'), 'Nested');
        makeFormIn(pattern, form, nested, nested);
        expect(size(nested)).toBe(size(makeForm(pattern, form).stack));
      });

      test('inside a stage', () => {
        const app = new App();
        const stack = new Stack(new Stage(app, 'Stage'), 'Stack');
        makeFormIn(pattern, form, stack, stack);
        // Paths are longer there, and so are names that are made of them.
        const plain = (template: object) => JSON.stringify(template).replaceAll('Stage/Stack/', 'Stack/').replaceAll('/Stage-Stack/', '/Stack/').replaceAll('/Stage-Stack-', '/Stack-').replaceAll('"Stage-Stack-', '"Stack-').replaceAll(/"(PolicyName|Family)":"(?:Stage)?(\w+)[0-9A-F]{8}"/g, '"$1":"$2"');
        expect(JSON.parse(plain(Template.fromStack(stack).toJSON()))).toEqual(JSON.parse(plain(templateOf(pattern, form))));
      });

      if (form.oneStack) {
        test('refuses what is made in another stack', () => {
          const app = new App();
          const [given, stack] = [new Stack(app, 'Given'), new Stack(app, 'Stack')];
          expect(() => makeFormIn(pattern, form, stack, given)).toThrow('is made in another stack (Given)');
        });
      } else {
        test('in a nested stack, with what it is given in the parent', () => {
          const parent = new Stack(new App(), 'Stack');
          const nested = new NestedStack(parent, 'Nested');
          const { constructs } = makeFormIn(pattern, form, nested, parent);
          Template.fromStack(parent);
          const own = resourcesAmong(makeForm(pattern, form).constructs()).length;
          const inNested = resourcesAmong(constructs()).filter((resource) => Stack.of(resource) === nested).length;
          // Only a form that makes nothing at all, as an adopted bucket without consumers, has nothing there.
          expect(inNested > 0).toBe(own > 0);
        });

        test('with what it is given in another stack', () => {
          const app = new App();
          const [given, stack] = [new Stack(app, 'Given'), new Stack(app, 'Stack')];
          makeFormIn(pattern, form, stack, given);
          app.synth();
          // One direction only: a stack of handlers must not come to wait for its consumers, nor that of a source for what it feeds.
          expect((form.feeds ? stack : given).dependencies).toEqual([]);
        });
      }
    });
  });

  describe(`property injectors of ${pattern.name}`, () => {
    test.each(pattern.forms)('can give it the props of the form "$name"', (form) => {
      const stack = new Stack(new App(), 'Stack');
      const inputs = new Construct(stack, 'Inputs');
      const props = form.props(inputs);
      const then = form.then(inputs);
      const required = membersOf(`${pattern.name}Props`).filter(({ optional }) => !optional).map(({ name }) => name);
      PropertyInjectors.of(stack).add(new Injector(pattern.injectionId, props));

      then(pattern.make(stack, Object.fromEntries(Object.entries(props).filter(([name]) => required.includes(name)))));

      expect(Template.fromStack(stack).toJSON()).toEqual(templateOf(pattern, form));
    });
  });

  pattern.bounds.forEach((bounded) => describe(`bounds of ${bounded.struct}`, () => checkBounds(bounded)));

  test(`every number, duration and size in the props of ${pattern.name} has bounds`, () => {
    const bounded = pattern.bounds.flatMap(({ struct, table }) => (struct === `${pattern.name}Props` ? Object.keys(table) : []));
    expect(amountsIn(`${pattern.name}Props`).filter((prop) => !bounded.includes(prop))).toEqual([]);
  });

  describe(`docs of ${pattern.name}`, () => {
    const page = pageOf(pattern.name);

    test('state each default with its reason and its source', () => {
      const incomplete = defaultsTable(page).filter(({ what, value, why, source }) => !what || !value || !why || !/\]\(https?:\/\/[^)]+\)|<https?:\/\/[^>]+>|https?:\/\/\S+/.test(source));
      expect(incomplete).toEqual([]);
    });

    test('list every prop that has bounds among what is checked', () => {
      const props = pattern.bounds.flatMap(({ table }) => Object.keys(table)).map((prop) => prop.split('.').at(-1));
      expect(props.filter((prop) => !checksOn(page).includes(`\`${prop}\``))).toEqual([]);
    });

    test.each(membersOf(`${pattern.name}Props`).filter(({ optional }) => optional))('list the default of $name', (member) => {
      const rows = defaultsTable(page).filter(({ what }) => what.includes(`\`${member.name}\``));
      expect(rows).not.toEqual([]);
      // Where the default is a value, a number must be the same in both; words may differ.
      const number = member.default?.startsWith('-') ? '' : /\d[\d,.]*/.exec(member.default ?? '')?.[0] ?? '';
      expect(rows.map(({ value }) => value).join(' ')).toContain(number);
    });
  });
}

type Properties = NonNullable<CloudFormationResource['Properties']>;

/** Puts the same props in place of whatever the pattern was made with. */
class Injector implements IPropertyInjector {
  constructor(public readonly constructUniqueId: string, private readonly props: object) {}

  public inject(_original: object, _context: InjectionContext): object {
    return this.props;
  }
}

/** The paths of the members that a props object sets, as `alarms.deadLetters.threshold`; what is not a plain object is a value. */
function valuePaths(value: object): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => (
    isPlain(member) ? [name, ...valuePaths(member).map((inner) => `${name}.${inner}`)] : [name]
  ));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function typeName(construct: IConstruct): string {
  return CfnResource.isCfnResource(construct) ? construct.cfnResourceType : construct.constructor.name;
}

/** Whether every metric of an alarm has dimensions; without them it would be the sum of a whole account, or no metric at all. */
function hasDimensions(alarm: Properties): boolean {
  const math = alarm.Metrics as { MetricStat?: { Metric: Properties } }[] | undefined;
  const metrics = math?.flatMap(({ MetricStat }) => MetricStat ? [MetricStat.Metric] : []) ?? [alarm];
  return metrics.length > 0 && metrics.every(({ Dimensions: dimensions }) => Array.isArray(dimensions) && dimensions.length > 0);
}

function namesRunbook(description: string): boolean {
  const [, page, anchor] = /First: .+ Runbook: https:\/\/github\.com\/cdkserverlesspatterns\/cdk-serverless-patterns\/blob\/v0\.0\.0\/(docs\/runbooks\/[a-z-]+\.md)#([a-z-]+)"/.exec(description) ?? [];
  return page !== undefined && anchor !== undefined && (anchorsOf(page) ?? []).includes(anchor);
}

/**
 * Properties by which CloudFormation would give a resource a fixed name. An inline policy's name belongs to its role, an alias's to its function, a stage's to its API; an API's need not
 * be the only one of its name.
 */
function physicalNames(id: string, resource: CloudFormationResource | undefined): string[] {
  const type = resource?.Type ?? '';
  const candidates = ['Name', 'ConsumerName', `${type.split('::').at(-1)}Name`].filter((property) => resource?.Properties?.[property] !== undefined);
  const notFixed = ['AWS::IAM::Policy', 'AWS::Lambda::Alias', 'AWS::ApiGateway::RestApi', 'AWS::ApiGateway::Stage', 'AWS::StepFunctions::StateMachineAlias'];
  const isDerived = DERIVED_NAMES[type]?.test(JSON.stringify(resource?.Properties)) ?? false;
  return notFixed.includes(type) || isDerived ? [] : candidates.map((property) => `${id} (${type}): ${property}`);
}

/** Names that AWS demands, or a prefix that is the documented cure: each by its stack and its place there, so that it is no other's. */
const DERIVED_NAMES: Readonly<Record<string, RegExp>> = {
  // A name is required. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
  'AWS::Events::EventBus': /"Name":"Stack-[\w.-]+-[0-9a-f]{8}"/,
  // Kinesis asks for it. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
  'AWS::Kinesis::StreamConsumer': /"ConsumerName":"Stack-[\w.-]+-[0-9a-f]{8}"/,
  // Other groups are entered into a resource policy of the account, which is full after some. https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
  'AWS::Logs::LogGroup': /"LogGroupName":"\/aws\/vendedlogs\/(?:pipes|states)\/Stack\/[\w.-]+-[0-9a-f]{8}"/,
};
