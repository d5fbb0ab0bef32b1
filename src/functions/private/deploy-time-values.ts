import type { CfnParameter } from 'aws-cdk-lib';
import { CfnElement, CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The values within a resource that can change from one deployment to the next while the template stays as it is.
 */
export interface DeployTimeValues {
  /** Each as an intrinsic function that returns a string; sorted, so that their order does not matter. */
  readonly texts: unknown[];
  /** Those that cannot be converted to a string, with the reason. */
  readonly withoutText: { readonly path: string; readonly value: string; readonly reason: string }[];
}

/**
 * Finds the values that CloudFormation resolves: parameters, conditions, results of custom resources, dynamic references.
 *
 * Without those that stay the same as long as the template does: pseudo parameters, names and ARNs of resources, and imports, because
 * CloudFormation does not change an export that another stack imports.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 *
 * @param values what was rendered, by the path that leads to it
 * @param targets what the values refer to, as far as known; anything else is searched for in the whole stack, which is slow
 */
export function deployTimeValues(
  values: Readonly<Record<string, unknown>>,
  scope: IConstruct,
  targets: readonly IConstruct[],
): DeployTimeValues {
  const search = new Search(Stack.of(scope), targets);
  const texts = Object.entries(values).flatMap(([path, value]) => search.textsIn(value, path));
  const distinct = new Map(texts.map((text) => [JSON.stringify(text), text]));
  return { texts: [...distinct.keys()].sort().map((key) => distinct.get(key)), withoutText: search.withoutText };
}

/** Attributes that stay the same as long as the resource exists. Others, such as the `Value` of a parameter, change when it is updated. */
const IDENTITY = /(?:Arn|ARN|Name|Id|ID|Url|URL|Endpoint|Address|Port)$/;

/** Dynamic references, and those that name a version, whose value cannot change. */
const DYNAMIC_REFERENCE = /\{\{resolve:[^}]*\}\}/g;
const WITH_VERSION = /^\{\{resolve:(?:ssm(?:-secure)?:[^:]+:\d+|secretsmanager:(?:arn:(?:[^:]*:){5}[^:]*|[^:]+):SecretString:[^:]*:[^:]*:[^:}]+)\}\}$/;

class Search {
  public readonly withoutText: { path: string; value: string; reason: string }[] = [];
  private readonly targets: ReadonlyMap<string, CfnElement>;
  private elements: ReadonlyMap<string, CfnElement> | undefined;
  private versions: ReadonlyMap<string, CfnElement> | undefined;

  constructor(private readonly stack: Stack, targets: readonly IConstruct[]) {
    this.targets = this.byLogicalId(targets, (element) => !isVersion(element));
  }

  public textsIn(value: unknown, path: string): unknown[] {
    if (typeof value === 'string') {
      return this.lookUp(value, path);
    }
    if (typeof value !== 'object' || value === null) {
      return [];
    }
    const entries = Object.entries(value);
    const [only] = entries;
    if (!Array.isArray(value) && entries.length === 1 && only && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
      return this.textsInFunction(only[0], only[1] as unknown, path);
    }
    return entries.flatMap(([key, element]) => this.textsIn(element, Array.isArray(value) ? path : `${path}.${key}`));
  }

  private textsInFunction(name: string, argument: unknown, path: string): unknown[] {
    switch (name) {
      case 'Ref':
        return this.textsOfRef(String(argument), path);
      case 'Fn::GetAtt':
        return this.textsOfAttribute(argument, path);
      case 'Fn::If': {
        const [condition, yes, no] = argument as [unknown, unknown, unknown];
        return [{ 'Fn::If': [condition, this.asText(yes, '1', path), this.asText(no, '0', path)] }];
      }
      case 'Fn::Join':
        return [...this.lookUp(flatText({ [name]: argument }), path), ...this.textsIn((argument as unknown[])[1], path)];
      case 'Fn::Sub':
        return this.textsOfSub(argument, path);
      case 'Fn::Select':
      case 'Fn::FindInMap':
      case 'Fn::ImportValue':
        // Their argument may change while their result stays the same.
        return this.textsIn(argument, path).length > 0 ? [{ [name]: argument }] : [];
      case 'Fn::Transform':
        this.withoutText.push({ path, value: name, reason: 'a macro may give another value in each deployment' });
        return [];
      default:
        return this.textsIn(argument, path);
    }
  }

  private textsOfRef(logicalId: string, path: string): unknown[] {
    if (logicalId.startsWith('AWS::')) {
      return [];
    }
    const element = this.element(logicalId);
    if (element === undefined) {
      return [];
    }
    if (CfnResource.isCfnResource(element)) {
      return isCustom(element) ? [{ Ref: logicalId }] : [];
    }
    const parameter = element as CfnParameter;
    if (isWrittenByCdk(parameter)) {
      return [];
    }
    if (parameter.noEcho) {
      this.withoutText.push({ path, value: `parameter '${logicalId}'`, reason: 'it has NoEcho, so its value must not be readable anywhere' });
      return [];
    }
    return [/^CommaDelimitedList$|List</.test(parameter.type) ? { 'Fn::Join': [',', { Ref: logicalId }] } : { Ref: logicalId }];
  }

  private textsOfAttribute(argument: unknown, path: string): unknown[] {
    const [logicalId = '', attribute = ''] = typeof argument === 'string' ? argument.split(/\.(.*)/s) : argument as string[];
    if (typeof attribute !== 'string') {
      return this.textsIn(attribute, path);
    }
    const element = this.element(logicalId);
    if (element === undefined || !CfnResource.isCfnResource(element)) {
      return [];
    }
    const mayChange = isCustom(element) || !IDENTITY.test(attribute);
    return mayChange && !this.isReference(element) ? [{ 'Fn::GetAtt': [logicalId, attribute] }] : [];
  }

  private textsOfSub(argument: unknown, path: string): unknown[] {
    const [text, variables] = (typeof argument === 'string' ? [argument, {}] : argument) as [string, Record<string, unknown>];
    const names = [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name).filter((name) => !(name in variables));
    return [
      ...this.lookUp(flatText({ 'Fn::Sub': text }), path),
      ...names.flatMap((name) => (name.includes('.') ? this.textsOfAttribute(name, path) : this.textsOfRef(name, path))),
      ...this.textsIn(Object.values(variables), path),
    ];
  }

  /** A branch of a condition, as a string that differs from that of the other branch. */
  private asText(value: unknown, mark: string, path: string): unknown {
    const texts = this.textsIn(value, path);
    return texts.length === 0 ? mark : { 'Fn::Join': [' ', [mark, ...texts]] };
  }

  private lookUp(text: string, path: string): [] {
    for (const [reference] of text.matchAll(DYNAMIC_REFERENCE)) {
      if (!WITH_VERSION.test(reference)) {
        this.withoutText.push({ path, value: reference, reason: 'CloudFormation looks it up only when it updates the resource for another reason' });
      }
    }
    return [];
  }

  private element(logicalId: string): CfnElement | undefined {
    const known = this.targets.get(logicalId);
    if (known) {
      return known;
    }
    this.elements ??= this.byLogicalId(this.stack.node.findAll(), (element) => !isVersion(element));
    // The logical id of a version depends on the values of its function, so versions come last.
    return this.elements.get(logicalId) ?? (this.versions ??= this.byLogicalId(this.stack.node.findAll(), isVersion)).get(logicalId);
  }

  private byLogicalId(constructs: readonly IConstruct[], fit: (element: CfnElement) => boolean): ReadonlyMap<string, CfnElement> {
    return new Map(constructs
      .filter((child): child is CfnElement => CfnElement.isCfnElement(child) && child.stack === this.stack && fit(child))
      .map((child) => [String(this.stack.resolve(child.logicalId)), child]));
  }

  /** Whether its attributes are references to resources in a nested stack or in a stack of another region. */
  private isReference(element: CfnResource): boolean {
    return element.cfnResourceType === 'Custom::CrossRegionExportReader'
      || this.stack.node.findAll().some((child) => Stack.isStack(child) && child.nestedStackResource === element);
  }
}

function isVersion(element: CfnElement): boolean {
  return CfnResource.isCfnResource(element) && element.cfnResourceType === 'AWS::Lambda::Version';
}

function isCustom({ cfnResourceType }: CfnResource): boolean {
  return cfnResourceType.startsWith('Custom::') || cfnResourceType === 'AWS::CloudFormation::CustomResource';
}

/** The name of an asset parameter contains the hash of the asset; parameters of a nested stack stand for references to its parent. */
function isWrittenByCdk({ node }: CfnParameter): boolean {
  return node.id.startsWith('reference-to-') || node.scopes.some(({ node: { id } }) => id === 'AssetParameters');
}

/** A value as text, with a question mark for each part that is not known at synthesis. */
export function flatText(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const { 'Fn::Join': [separator, values] = ['', undefined], 'Fn::Sub': sub } = (value ?? {}) as { 'Fn::Join'?: [string, unknown]; 'Fn::Sub'?: unknown };
  if (Array.isArray(values)) {
    return values.map(flatText).join(separator);
  }
  const text: unknown = Array.isArray(sub) ? sub[0] : sub;
  return typeof text === 'string' ? text.replace(/\$\{[^!}][^}]*\}/g, '?') : '?';
}
