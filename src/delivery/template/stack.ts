import type { Resource, TemplateApp, TemplateInput } from './app';
import { Evaluation } from './evaluation';
import { member } from './member';
import { Props } from './props';
import type { ResourceNames } from './resource-names';
import { RESOURCE_NAMES } from './resource-names';
import { ACCOUNT_SYMBOL, isUnknown, physicalIdSymbol, REGION_SYMBOL } from './symbols';

/** What a template says of a resource, be it made or not. */
interface Declaration {
  readonly type: string;
  readonly names: ResourceNames;
  readonly properties: unknown;
  /** What stands for its physical id. */
  readonly symbol: string;
}

/** One template of the app. */
export class Stack {
  public readonly name: string;
  private readonly template: Props;
  private readonly evaluation: Evaluation;
  private readonly declarations = new Map<string, Declaration>();
  private readonly arnForms = new Map<string, readonly string[]>();
  private readonly refs = new Once<unknown>();
  private readonly attributes = new Map<string, Once<unknown>>();
  private readonly outputs = new Once<unknown>();
  private readonly conditions = new Once<boolean | undefined>();
  private readonly names = new Once<string>();
  private readonly arns = new Once<string>();
  private read?: ReadonlyMap<string, Resource>;
  private adds?: boolean;

  public constructor(private readonly app: TemplateApp, public readonly input: TemplateInput) {
    this.name = input.stack;
    this.template = new Props(input.template);
    const stack = this;
    this.evaluation = new Evaluation({
      stack: this.name,
      get region() { return stack.region; },
      get account() { return stack.account; },
      ref: (logicalId) => this.ref(logicalId),
      attribute: (logicalId, attribute) => this.attribute(logicalId, attribute),
      imported: (name) => this.app.imported(name),
      outputOf: (name, output) => this.app.stack(name)?.output(output),
      mapping: (name) => member(this.template.content, 'Mappings', name),
      condition: (name) => this.condition(name),
    });
  }

  /** Whether more is deployed than the templates say, by a transform, a loop or a nested stack that was not read: then nothing is said to be missing. */
  public get incomplete(): boolean {
    this.adds ??= member(this.template.content, 'Transform') !== undefined
      || Object.keys(member(this.template.content, 'Resources') ?? {}).some((key) => key.startsWith('Fn::'))
      || [...this.resources.values()].some(({ type, logicalId }) => type === 'AWS::CloudFormation::Stack' && this.app.nestedIn(this, logicalId) === undefined);
    return this.adds;
  }

  /** By their logical ids. Those are left out of which a condition is known not to hold. */
  public get resources(): ReadonlyMap<string, Resource> {
    this.read ??= this.readResources();
    return this.read;
  }

  public get region(): string | undefined {
    return this.input.region ?? this.parent()?.region;
  }

  public get account(): string | undefined {
    return this.input.account ?? this.parent()?.account;
  }

  public evaluate(value: unknown): unknown {
    return this.evaluation.evaluate(value);
  }

  /** What `Ref` returns for a resource or a parameter; undefined if the template has neither. */
  public ref(logicalId: string): unknown {
    return this.refs.of(logicalId, () => {
      const declaration = this.declaration(logicalId);
      if (declaration !== undefined) {
        const name = this.nameOf(logicalId);
        switch (declaration.names.ref) {
          case 'arn': return this.arnOf(logicalId);
          case 'url': return `https://sqs.${this.region ?? REGION_SYMBOL}.amazonaws.com/${this.account ?? ACCOUNT_SYMBOL}/${name}`;
          default: return `${this.customBusOf(declaration)?.concat('|') ?? ''}${name}`;
        }
      }
      const parameter = member(this.template.content, 'Parameters', logicalId);
      return parameter === undefined ? undefined : this.parameter(logicalId);
    });
  }

  /** What `Fn::GetAtt` returns; undefined if the template has no such resource, or if that is not known. */
  public attribute(logicalId: string, attribute: string): unknown {
    const known = this.attributes.get(attribute) ?? new Once();
    this.attributes.set(attribute, known);
    return known.of(logicalId, () => {
      const declaration = this.declaration(logicalId);
      if (declaration === undefined) {
        return undefined;
      }
      const { names, symbol } = declaration;
      const nested = attribute.startsWith('Outputs.') ? this.app.nestedIn(this, logicalId) : undefined;
      if (nested) {
        return nested.output(attribute.slice('Outputs.'.length));
      }
      if (attribute === 'Arn' || names.arnAttributes?.includes(attribute)) {
        return this.arnOf(logicalId);
      }
      return names.attributes?.includes(attribute) ? this.nameOf(logicalId) : this.special(logicalId, declaration, attribute) ?? `${symbol}.${attribute}`;
    });
  }

  public output(name: string): unknown {
    return this.outputs.of(name, () => this.evaluate(member(this.template.content, 'Outputs', name, 'Value')));
  }

  public exportsByName(): [string, () => unknown][] {
    return Object.keys(member(this.template.content, 'Outputs') ?? {}).flatMap((output): [string, () => unknown][] => {
      const name = this.evaluate(member(this.template.content, 'Outputs', output, 'Export', 'Name'));
      return typeof name === 'string' ? [[name, () => this.output(output)]] : [];
    });
  }

  private parent(): Stack | undefined {
    return this.input.nestedIn && this.app.stack(this.input.nestedIn.stack);
  }

  private readResources(): ReadonlyMap<string, Resource> {
    const resources = new Map<string, Resource>();
    Object.entries(member(this.template.content, 'Resources') ?? {}).forEach(([logicalId, content], order) => {
      const resource = logicalId.startsWith('Fn::') ? undefined : this.resource(logicalId, content, order);
      if (resource !== undefined) {
        resources.set(logicalId, resource);
      }
    });
    return resources;
  }

  private resource(logicalId: string, content: unknown, order: number): Resource | undefined {
    const [type, condition] = [member(content, 'Type'), member(content, 'Condition')];
    const holds = condition === undefined ? true : this.condition(String(condition));
    if (typeof type !== 'string' || holds === false) {
      return undefined;
    }
    return new TemplateResource(this, logicalId, content, type, order, holds === undefined);
  }

  private condition(name: string): boolean | undefined {
    return this.conditions.of(name, () => this.evaluation.condition(member(this.template.content, 'Conditions', name)));
  }

  /** What is given to a nested stack is known; anything else may be changed at each deployment, even if there is a default. */
  private parameter(name: string): unknown {
    const { nestedIn } = this.input;
    const given = member(this.parent()?.input.template, 'Resources', nestedIn?.logicalId ?? '', 'Properties', 'Parameters', name);
    const value = given === undefined ? undefined : this.parent()?.evaluate(given);
    const isList = /^(CommaDelimitedList|List<)/.test(String(member(this.template.content, 'Parameters', name, 'Type')));
    return isList && typeof value === 'string' && !isUnknown(value) ? value.split(',') : value;
  }

  /** Undefined: the template has no such resource. */
  private declaration(logicalId: string): Declaration | undefined {
    const known = this.declarations.get(logicalId);
    if (known !== undefined) {
      return known;
    }
    const content = member(this.template.content, 'Resources', logicalId);
    const type = member(content, 'Type');
    if (typeof type !== 'string') {
      return undefined;
    }
    const declaration: Declaration = {
      type, names: RESOURCE_NAMES[type] ?? { ref: 'name' }, properties: member(content, 'Properties'), symbol: physicalIdSymbol(this.name, logicalId),
    };
    this.declarations.set(logicalId, declaration);
    return declaration;
  }

  private property({ properties }: Declaration, name: string): unknown {
    return this.evaluate(member(properties, name));
  }

  /** The one that is stated, be it known or not, else a symbol. */
  public nameOf(logicalId: string): string {
    return this.names.of(logicalId, () => {
      const declaration = this.declaration(logicalId);
      const property = declaration?.names.property;
      const stated = declaration === undefined || property === undefined ? undefined : this.property(declaration, property);
      return typeof stated === 'string' && stated !== '' ? stated : this.symbolOf(logicalId);
    }) ?? this.symbolOf(logicalId);
  }

  public arnOf(logicalId: string): string {
    return this.arns.of(logicalId, () => {
      const name = this.nameOf(logicalId);
      const declaration = this.declaration(logicalId);
      const within = declaration && this.special(logicalId, declaration, 'Arn');
      const form = declaration?.names.arn;
      return within ?? (form === undefined ? `${this.symbolOf(logicalId)}.Arn` : this.aroundName(form).join(name));
    }) ?? `${this.symbolOf(logicalId)}.Arn`;
  }

  private symbolOf(logicalId: string): string {
    return physicalIdSymbol(this.name, logicalId);
  }

  /** What stands in ARNs of one form before and after the name. */
  private aroundName(form: string): readonly string[] {
    const known = this.arnForms.get(form)
      ?? `arn:aws:${form.replace('{region}', () => this.region ?? REGION_SYMBOL).replace('{account}', () => this.account ?? ACCOUNT_SYMBOL)}`.split('{name}');
    this.arnForms.set(form, known);
    return known;
  }

  /** ARNs that are made of those of other resources. */
  private special(logicalId: string, declaration: Declaration, attribute: string): string | undefined {
    const { type, symbol } = declaration;
    const arnAttribute = attribute === 'Arn';
    const property = (name: string) => this.property(declaration, name);
    switch (type) {
      case 'AWS::Lambda::Version':
        return arnAttribute || attribute === 'FunctionArn' ? `${this.functionArn(property('FunctionName'))}:${symbol}` : attribute === 'Version' ? symbol : undefined;
      case 'AWS::Lambda::Alias':
        return arnAttribute || attribute === 'AliasArn' ? `${this.functionArn(property('FunctionName'))}:${String(property('Name') ?? symbol)}` : undefined;
      case 'AWS::StepFunctions::StateMachineVersion':
        return arnAttribute ? `${String(property('StateMachineArn'))}:${symbol}` : undefined;
      case 'AWS::StepFunctions::StateMachineAlias':
        return arnAttribute ? `${String(property('StateMachineArn') ?? symbol)}:${String(property('Name') ?? symbol)}` : undefined;
      case 'AWS::DynamoDB::Table': case 'AWS::DynamoDB::GlobalTable':
        return attribute === 'StreamArn' ? `${this.arnOf(logicalId)}/stream/${symbol}` : undefined;
      case 'AWS::Kinesis::StreamConsumer':
        return arnAttribute || attribute === 'ConsumerARN' ? `${String(property('StreamARN'))}/consumer/${symbol}` : undefined;
      case 'AWS::Events::Rule': {
        const inBus = this.customBusOf(declaration)?.concat('/') ?? '';
        const name = property('Name');
        return arnAttribute ? `arn:aws:events:${this.region ?? REGION_SYMBOL}:${this.account ?? ACCOUNT_SYMBOL}:rule/${inBus}${typeof name === 'string' ? name : symbol}` : undefined;
      }
      default:
        return undefined;
    }
  }

  /** The name of the bus of a rule, unless it is the default bus. It is part of the rule's ARN, and of what `Ref` returns for it. */
  private customBusOf(declaration: Declaration): string | undefined {
    const bus = declaration.type === 'AWS::Events::Rule' ? this.property(declaration, 'EventBusName') : undefined;
    const name = typeof bus === 'string' ? bus.split('/').pop() : undefined;
    return name === 'default' ? undefined : name;
  }

  /** `FunctionName` takes a name, an ARN, or part of one. */
  private functionArn(functionName: unknown): string {
    const text = typeof functionName === 'string' ? functionName : '';
    return text.startsWith('arn:') ? text : `arn:aws:lambda:${this.region ?? REGION_SYMBOL}:${this.account ?? ACCOUNT_SYMBOL}:function:${text}`;
  }
}

/** A resource as it stands in its template. Its parts are evaluated when they are asked for, because what they refer to may be read later, and once. */
class TemplateResource implements Resource {
  public readonly path: string;
  private evaluatedProps?: Props;
  private evaluatedAttributes?: Props;
  private evaluatedArn?: string;
  private evaluatedName?: string;

  public constructor(
    public readonly stack: Stack,
    public readonly logicalId: string,
    private readonly content: unknown,
    public readonly type: string,
    public readonly order: number,
    public readonly conditional: boolean,
  ) {
    const path = member(content, 'Metadata', 'aws:cdk:path') ?? stack.input.paths?.get(logicalId);
    this.path = typeof path === 'string' ? path.replace(/\/Resource$/, '') : `${stack.name}/${logicalId}`;
  }

  public get written(): unknown {
    return member(this.content, 'Properties');
  }

  public get props(): Props {
    this.evaluatedProps ??= new Props(this.stack.evaluate(this.written));
    return this.evaluatedProps;
  }

  public get attributes(): Props {
    this.evaluatedAttributes ??= new Props(this.stack.evaluate({ ...this.content as object, Properties: null, Condition: null }));
    return this.evaluatedAttributes;
  }

  public mayHaveMetadata(name: string): boolean {
    const metadata = member(this.content, 'Metadata');
    return metadata !== undefined && !Object.keys(Object(metadata)).every((key) => key !== name && key !== 'Ref' && !key.startsWith('Fn::'));
  }

  public get arn(): string {
    this.evaluatedArn ??= this.stack.arnOf(this.logicalId);
    return this.evaluatedArn;
  }

  public get name(): string {
    this.evaluatedName ??= this.stack.nameOf(this.logicalId);
    return this.evaluatedName;
  }
}

/** Stands for the value of what is being evaluated. */
const ASKED = Symbol('asked');

/** Evaluates each thing once. What refers to itself, by whatever ways, is unknown. */
class Once<T> {
  private readonly known = new Map<string, T | typeof ASKED>();

  public of(name: string, evaluate: () => T): T | undefined {
    const known = this.known.get(name);
    if (known !== undefined || this.known.has(name)) {
      return known === ASKED ? undefined : known as T;
    }
    this.known.set(name, ASKED);
    const value = evaluate();
    this.known.set(name, value);
    return value;
  }
}
