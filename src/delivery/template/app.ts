import type { Props } from './props';
import { Stack } from './stack';

/** A template as it was read, and what is known of its stack. */
export interface TemplateInput {
  /** The name of the stack, which is unique in the app. */
  readonly stack: string;
  readonly template: unknown;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** The resource that is this stack, if it is nested in another. */
  readonly nestedIn?: { readonly stack: string; readonly logicalId: string } | undefined;
  /** The paths of constructs by their logical ids, of what has none in its metadata. */
  readonly paths?: ReadonlyMap<string, string> | undefined;
  /** Where it was read from. */
  readonly file?: string | undefined;
}

/** A resource of one template. */
export interface Resource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly props: Props;
  /** Its properties as they are written, before they are evaluated. */
  readonly written: unknown;
  /** Where it comes in its stack. */
  readonly order: number;
  /** The path of its construct, or the names of its stack and itself. */
  readonly path: string;
  /** The text by which others refer to it in an ARN. */
  readonly arn: string;
  readonly name: string;
  /** Whether it may be missing, because a condition decides. */
  readonly conditional: boolean;
  /** `DeletionPolicy`, `UpdateReplacePolicy`, `Metadata`. */
  readonly attributes: Props;
  /** Whether a name may be among its metadata; most resources have other metadata only, which then need not be evaluated. */
  mayHaveMetadata(name: string): boolean;
}

/**
 * All templates of an app, evaluated: intrinsic functions are resolved across stacks, so that what one resource says of another can be compared as text.
 */
export class TemplateApp {
  public readonly stacks: readonly Stack[];
  /** Stack by stack. */
  public readonly resources: readonly Resource[];
  private readonly byStackName = new Map<string, Stack>();
  private readonly nested = new Map<string, Stack>();
  private readonly exports = new Map<string, () => unknown>();
  private readonly byText = new Map<string, Resource | 'several'>();
  private readonly byName = new Map<string, Map<string, Resource | 'several'>>();
  private readonly byType = new Map<string, Resource[]>();

  public constructor(inputs: readonly TemplateInput[]) {
    this.stacks = inputs.map((input) => new Stack(this, input));
    this.stacks.forEach((stack) => this.byStackName.set(stack.name, stack));
    this.stacks.forEach((stack) => this.nested.set(nestedKey(stack.input.nestedIn), stack));
    // Exports first: names of resources may be made of what is imported.
    this.stacks.forEach((stack) => stack.exportsByName().forEach(([name, value]) => this.exports.set(name, value)));
    this.resources = this.stacks.flatMap(({ resources }) => [...resources.values()]);
    for (const resource of this.resources) {
      const ofType = this.byType.get(resource.type);
      ofType ? ofType.push(resource) : this.byType.set(resource.type, [resource]);
      note(this.byText, resource.arn, resource);
      const names = this.byName.get(resource.type) ?? new Map<string, Resource | 'several'>();
      this.byName.set(resource.type, names);
      note(names, resource.name, resource);
      const ref = resource.stack.ref(resource.logicalId);
      if (typeof ref === 'string' && ref !== resource.arn && ref !== resource.name) {
        note(this.byText, ref, resource);
      }
    }
  }

  public ofType(...types: readonly string[]): readonly Resource[] {
    const [first = '', ...others] = types;
    const ofFirst = this.byType.get(first) ?? [];
    return others.length === 0 ? ofFirst : [...ofFirst, ...others.flatMap((type) => this.byType.get(type) ?? [])];
  }

  /** The resource that a text refers to: its ARN, the URL of a queue, or, if a type is given, its name. Undefined: none of the app, or not known which. */
  public find(text: string | undefined, ...types: readonly string[]): Resource | undefined {
    if (text === undefined) {
      return undefined;
    }
    const found = this.byText.get(text) ?? this.findNamed(text, types);
    return found === undefined || found === 'several' || (types.length > 0 && !types.includes(found.type)) ? undefined : found;
  }

  public stack(name: string): Stack | undefined {
    return this.byStackName.get(name);
  }

  public nestedIn(stack: Stack, logicalId: string): Stack | undefined {
    return this.nested.get(nestedKey({ stack: stack.name, logicalId }));
  }

  public imported(name: string): unknown {
    return this.exports.get(name)?.();
  }

  private findNamed(name: string, types: readonly string[]): Resource | 'several' | undefined {
    for (const type of types) {
      const found = this.byName.get(type)?.get(name);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }
}

function nestedKey(nestedIn: TemplateInput['nestedIn']): string {
  return nestedIn === undefined ? '' : `${nestedIn.stack} ${nestedIn.logicalId}`;
}

function note(index: Map<string, Resource | 'several'>, text: string, resource: Resource): void {
  const known = index.get(text);
  index.set(text, known === undefined || known === resource ? resource : 'several');
}
