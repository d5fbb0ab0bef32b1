import type { HopKind } from '../../src/delivery/graph/hop';
import type { DeliveryMap, MapHop, MapNode, MapProblem } from '../../src/delivery/map/delivery-map';
import type { Severity } from '../../src/delivery/rules/rule';

/** What the reader of the page has asked for. */
export interface Wish {
  readonly folded: ReadonlySet<string>;
  /** Kinds of deliveries that are not shown. */
  readonly hiddenKinds: ReadonlySet<HopKind>;
  /** If there are any, only what has a problem of one of them is shown, or is lost. */
  readonly severities: ReadonlySet<Severity | 'lost'>;
  readonly text: string;
  /** Whether what does not match the text is left out. */
  readonly onlyMatches: boolean;
}

/** What is drawn as one shape: a node, or a stack that is folded. */
export interface Shape {
  readonly id: string;
  /** The stack in whose box it is. */
  readonly stack?: string | undefined;
  readonly node?: MapNode | undefined;
  readonly folded?: StackSummary | undefined;
}

export interface StackSummary {
  readonly stack: string;
  readonly resources: number;
  readonly hops: number;
  readonly problems: readonly MapProblem[];
}

/** One or several deliveries between the same two shapes: those that are alike, or all if one of the two is a folded stack. */
export interface Link {
  readonly id: string;
  readonly hops: readonly MapHop[];
  readonly from: string;
  readonly to: string;
  readonly deadLetters: readonly string[];
}

export interface View {
  readonly stacks: readonly string[];
  readonly shapes: readonly Shape[];
  readonly links: readonly Link[];
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

export function worstOf(problems: readonly MapProblem[]): Severity | undefined {
  return SEVERITIES.find((severity) => problems.some((problem) => problem.severity === severity));
}

/** What tells a problem from others: after it was read from JSON, one of several hops is in each of them as an object of its own. */
export function keyOf({ id, stack, path, what }: MapProblem): string {
  return [id, stack, path, what].join('\n');
}

/** The id of the shape that a folded stack is drawn as. */
export function foldedId(stack: string): string {
  return `stack ${stack}`;
}

/** A problem, and the first node or hop of which it is, if that is drawn. */
export interface Finding {
  readonly problem: MapProblem;
  readonly id?: string | undefined;
}

/** What can be asked of a map, looked up once. */
export class MapIndex {
  public readonly nodes: ReadonlyMap<string, MapNode>;
  public readonly stacks: readonly string[];
  /** What was found, each once, the worst first. */
  public readonly findings: readonly Finding[];
  private readonly homes = new Map<string, string | undefined>();
  private readonly summaries = new Map<string, StackSummary>();
  private readonly texts = new Map<string, string>();

  public constructor(public readonly map: DeliveryMap) {
    this.nodes = new Map(map.nodes.map((node) => [node.id, node]));
    this.findings = findingsOf(map);
    const users = new Map<string, Set<string>>();
    for (const hop of map.hops) {
      for (const id of endsOf(hop)) {
        users.set(id, (users.get(id) ?? new Set()).add(hop.stack));
      }
    }
    for (const { id, stack } of map.nodes) {
      const [only, ...others] = users.get(id) ?? [];
      this.homes.set(id, stack ?? (others.length === 0 ? only : undefined));
    }
    this.stacks = [...new Set([...this.homes.values()].filter((stack) => stack !== undefined))];
    const ofStack = groupBy(map.nodes, ({ id }) => this.homes.get(id));
    const hopsOfStack = groupBy(map.hops, ({ stack }) => stack);
    for (const stack of this.stacks) {
      const [nodes, hops] = [ofStack.get(stack) ?? [], hopsOfStack.get(stack) ?? []];
      this.summaries.set(stack, {
        stack,
        resources: nodes.length,
        hops: hops.length,
        problems: [...new Map([...nodes, ...hops].flatMap(({ problems }) => problems).map((problem) => [keyOf(problem), problem])).values()],
      });
    }
    for (const { id, label, path, logicalId, type, text, problems } of map.nodes) {
      this.texts.set(id, searchable(label, path, logicalId, type, text, ...problems.map((problem) => problem.id)));
    }
    for (const { id, name, path, logicalId, retries, problems } of map.hops) {
      this.texts.set(id, searchable(name, path, logicalId, retries, ...problems.map((problem) => problem.id)));
    }
  }

  /** The stack in whose box a node is drawn: its own, or the only one that has to do with it. */
  public homeOf(id: string): string | undefined {
    return this.homes.get(id);
  }

  public summaryOf(stack: string): StackSummary {
    return this.summaries.get(stack) ?? { stack, resources: 0, hops: 0, problems: [] };
  }

  /** The ids of nodes and hops that a text is found in, in the order of the map. */
  public matches(text: string): string[] {
    const wanted = text.trim().toLowerCase();
    return wanted === '' ? [] : [...this.texts].filter(([, content]) => content.includes(wanted)).map(([id]) => id);
  }

  public view(wish: Wish): View {
    const found = wish.onlyMatches && wish.text.trim() !== '' ? new Set(this.matches(wish.text)) : undefined;
    const hops = this.map.hops.filter((hop) => this.isShown(hop, wish, found));
    const shapeOf = (id: string) => {
      const home = this.homes.get(id);
      return home !== undefined && wish.folded.has(home) ? foldedId(home) : id;
    };
    const links = new Map<string, { hops: MapHop[]; from: string; to: string; deadLetters: Set<string> }>();
    const ids = new Set<string>();
    for (const hop of hops) {
      const [from, to, deadLetters] = [shapeOf(hop.from), shapeOf(hop.to), hop.deadLetters && shapeOf(hop.deadLetters)];
      const ends = endsOf(hop).map(shapeOf);
      ends.forEach((id) => ids.add(id));
      const folded = ends.some((id) => id.startsWith('stack '));
      if (folded && from === to) {
        continue;
      }
      const key = folded ? `${from} > ${to}` : alike(hop);
      const link = links.get(key) ?? { hops: [], from, to, deadLetters: new Set() };
      links.set(key, link);
      link.hops.push(hop);
      if (deadLetters !== undefined && (!folded || (deadLetters !== from && deadLetters !== to))) {
        link.deadLetters.add(deadLetters);
      }
    }
    const shapes = [...ids].map((id): Shape => {
      const node = this.nodes.get(id);
      return node ? { id, node, stack: this.homes.get(id) } : { id, folded: this.summaryOf(id.slice('stack '.length)) };
    });
    return {
      stacks: [...new Set(shapes.flatMap(({ stack }) => (stack === undefined ? [] : [stack])))],
      shapes,
      links: [...links.values()].map((link) => ({ ...link, id: `link ${link.hops[0]?.id}`, deadLetters: [...link.deadLetters] })),
    };
  }

  private isShown(hop: MapHop, { hiddenKinds, severities }: Wish, found: ReadonlySet<string> | undefined): boolean {
    const ends = endsOf(hop);
    const problems = [hop.problems, ...ends.map((id) => this.nodes.get(id)?.problems ?? [])].flat();
    return !hiddenKinds.has(hop.kind)
      && (severities.size === 0 || problems.some(({ severity }) => severities.has(severity)) || (severities.has('lost') && hop.givesUp === 'loses'))
      && (found === undefined || [hop.id, ...ends].some((id) => found.has(id)));
  }
}

function findingsOf(map: DeliveryMap): Finding[] {
  const found = [
    ...[...map.nodes, ...map.hops].flatMap(({ id, problems }) => problems.map((problem): Finding => ({ problem, id }))),
    ...map.elsewhere.map((problem): Finding => ({ problem })),
  ];
  // Of several hops the first is kept.
  const each = [...new Map(found.reverse().map((one) => [keyOf(one.problem), one])).values()].reverse();
  return SEVERITIES.flatMap((severity) => each.filter(({ problem }) => problem.severity === severity));
}

export function endsOf({ from, to, deadLetters }: MapHop): string[] {
  return deadLetters === undefined ? [from, to] : [from, to, deadLetters];
}

/** What hops have in common that are drawn as one. Those of which something was found are drawn by themselves. */
function alike({ id, kind, from, to, retries, givesUp, deadLetters, problems }: MapHop): string {
  return problems.length > 0 ? id : [kind, from, to, retries, givesUp, deadLetters].join('\n');
}

function searchable(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined).join('\n').toLowerCase();
}

function groupBy<T>(items: readonly T[], groupOf: (item: T) => string | undefined): ReadonlyMap<string | undefined, T[]> {
  const groups = new Map<string | undefined, T[]>();
  for (const item of items) {
    const key = groupOf(item);
    const group = groups.get(key);
    group ? group.push(item) : groups.set(key, [item]);
  }
  return groups;
}
