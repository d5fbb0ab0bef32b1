import { isObject, listOf } from './conditions';
import type { Policy, Request } from './evaluator';
import type { Statement } from './statement';

/** So few are read as fast as they are looked up. */
const FEW = 10;

/** The operators by which a key must have one of the texts that are listed. */
const EQUALITIES = new Set(['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike']);

/** What comes before the last part of an ARN, and that part. Two that differ in the last part alone, of one kind, name different things. */
interface Name {
  readonly kind: string;
  readonly last: string;
}

/**
 * The statements of a policy that may match a request, in their order. Of a long policy, those are left out that surely are about another action, resource or source: a role or a topic that
 * thousands use has thousands of them.
 */
export function candidatesOf(policy: Policy, { action, resource, context }: Request): readonly Statement[] {
  if (policy.statements.length <= FEW) {
    return policy.statements;
  }
  const byAction = INDEXES.get(policy) ?? new Map<string, Index>();
  const index = byAction.get(action) ?? new Index(policy.statements.filter(({ content }) => mayBeOf(action, content)));
  INDEXES.set(policy, byAction.set(action, index));
  const [source, more] = context('aws:sourcearn') ?? [];
  return index.find(resource, more === undefined ? source : undefined);
}

const INDEXES = new WeakMap<Policy, Map<string, Index>>();

/** The statements of one action. */
class Index {
  private readonly byResource = new Names();
  private readonly bySource = new Names();
  private readonly others: number[] = [];

  public constructor(private readonly statements: readonly Statement[]) {
    statements.forEach(({ content }, position) => {
      const [sources, resources] = [namesOf(sourcesOf(content)), namesOf(isObject(content) ? content.Resource : undefined)];
      sources ? this.bySource.add(sources, position) : resources ? this.byResource.add(resources, position) : this.others.push(position);
    });
  }

  public find(resource: string, source: string | undefined): Statement[] {
    const positions = new Set([...this.others, ...this.byResource.find(resource), ...this.bySource.find(source)]);
    return [...positions].sort((one, other) => one - other).flatMap((position) => this.statements[position] ?? []);
  }
}

/** Positions by names. */
class Names {
  private readonly kinds = new Map<string, Map<string, number[]>>();

  public add(names: readonly Name[], position: number): void {
    for (const { kind, last } of names) {
      const known = this.kinds.get(kind) ?? new Map<string, number[]>();
      this.kinds.set(kind, known);
      const positions = known.get(last);
      positions ? positions.push(position) : known.set(last, [position]);
    }
  }

  /** Those that name it, and those of which nobody can tell that they do not. */
  public* find(text: string | undefined): Iterable<number> {
    const name = text === undefined ? undefined : nameOf(text);
    for (const [kind, positions] of this.kinds) {
      if (name?.kind === kind) {
        yield* positions.get(name.last) ?? [];
      } else {
        for (const one of positions.values()) {
          yield* one;
        }
      }
    }
  }
}

function mayBeOf(action: string, content: unknown): boolean {
  const actions = isObject(content) ? content.Action : undefined;
  const wanted = action.toLowerCase();
  return actions === undefined || listOf(actions).some((one) => typeof one !== 'string' || /[*?$⟨⟦⟪]/.test(one) || one.toLowerCase() === wanted);
}

/** What a statement says of the resource for which a service calls. */
function sourcesOf(content: unknown): unknown {
  const conditions = isObject(content) && isObject(content.Condition) ? Object.entries(content.Condition) : [];
  const keys = conditions.flatMap(([operator, values]) => (EQUALITIES.has(operator) && isObject(values) ? Object.entries(values) : []));
  return keys.find(([key]) => key.toLowerCase() === 'aws:sourcearn')?.[1];
}

/** Undefined: one of them, or more, may be of anything. */
function namesOf(texts: unknown): readonly Name[] | undefined {
  const names = listOf(texts).map((text) => (typeof text === 'string' ? nameOf(text.replace(/[:/]\*$/, '')) : undefined));
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length && known.length > 0 ? known : undefined;
}

/** An ARN without wildcards and variables that ends in a name or in a physical id. A symbol before a dot is an attribute, which may be any text. */
const NAME = /^(arn:(?:[^*?$:]*:){4}(?:[^*?$]*[:/])?)(?:(⟨[^⟩]*⟩)|([^*?$⟨⟩⟦⟧⟪⟫:/]+))$/;

function nameOf(text: string): Name | undefined {
  const [, before, physicalId, literal] = /[⟩⟧⟫]\./.test(text) ? [] : NAME.exec(text) ?? [];
  return before === undefined ? undefined : physicalId !== undefined ? { kind: `${before}⟨`, last: physicalId } : { kind: before, last: literal ?? '' };
}
