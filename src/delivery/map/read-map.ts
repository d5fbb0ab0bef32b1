import type { DeliveryMap, GivesUp, MapHop, MapNode, MapProblem } from './delivery-map';
import { mapAlarms } from './map-alarms';
import { kindOfText, kindOfType } from './node-kinds';
import type { DeliveryProblem } from '../checks/check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { functionOf } from '../graph/functions';
import type { DeadLetters, End, Hop } from '../graph/hop';
import { groupedBy } from '../graph/reading';
import { ALIAS, STATE_MACHINE_ALIAS, STATE_MACHINE_VERSION, STREAM_CONSUMER, VERSION } from '../graph/resource-types';
import type { Resource } from '../template/app';
import type { Stack } from '../template/stack';
import { isUnknown, shown } from '../template/symbols';

/**
 * What is to be drawn of an app. Resources that take part in no delivery are left out.
 *
 * @param app begins the ids, which tell the nodes and hops of one app from those of others in the same drawing
 */
export function readMap(graph: DeliveryGraph, problems: readonly DeliveryProblem[], app = ''): DeliveryMap {
  const nodes = new Nodes(graph, app);
  const drawn = graph.hops.map((hop) => ({
    hop,
    from: nodes.of(hop.from, hop),
    to: nodes.of(hop.to, hop),
    deadLetters: isEnd(hop.deadLetters) ? nodes.of(hop.deadLetters, hop) : undefined,
  }));
  for (const { hop, to, deadLetters } of drawn) {
    [deadLetters, hop.kind === 'redrive' ? to : undefined].forEach((node) => { node && (node.holdsDeadLetters = true); });
  }

  const alarms = mapAlarms(graph);
  const hopsAt = groupedBy(graph.hops, ({ at }) => at);
  const problemsOf = new Map<Hop | string, MapProblem[]>();
  const elsewhere: MapProblem[] = [];
  for (const problem of problems) {
    const concerned = concernedBy(problem, nodes.ofResource(problem.at), hopsAt.get(problem.at) ?? []);
    const found = mapProblem(problem);
    concerned.forEach((one) => { problemsOf.set(one, [...problemsOf.get(one) ?? [], found]); });
    if (concerned.length === 0) {
      elsewhere.push(found);
    }
  }

  return {
    nodes: nodes.all.map(({ resource, ...node }): MapNode => ({
      ...node,
      alarms: (resource && alarms.get(resource)) ?? [],
      problems: problemsOf.get(node.id) ?? [],
    })),
    hops: drawn.map(({ hop, from, to, deadLetters }, index): MapHop => ({
      id: `${app}h${index + 1}`,
      kind: hop.kind,
      name: shown(hop.name),
      service: hop.service,
      from: from.id,
      to: to.id,
      retries: hop.retries,
      givesUp: givesUp(hop.deadLetters),
      deadLetters: deadLetters?.id,
      stack: hop.at.stack.name,
      path: hop.at.path,
      logicalId: hop.at.logicalId,
      alarms: nodes.ofResource(hop.at) ? [] : alarms.get(hop.at) ?? [],
      problems: problemsOf.get(hop) ?? [],
    })),
    elsewhere,
  };
}

/** The hop that the text of a problem names, else the resource, else all hops of which it decides. */
function concernedBy({ what }: DeliveryProblem, node: Draft | undefined, hops: readonly Hop[]): readonly (Hop | string)[] {
  const named = hops.filter(({ name }) => what.includes(shown(name)));
  return named.length > 0 ? named : node ? [node.id] : hops;
}

function isEnd(deadLetters: DeadLetters | undefined): deadLetters is End {
  return typeof deadLetters === 'object';
}

function givesUp(deadLetters: DeadLetters | undefined): GivesUp {
  return deadLetters === undefined ? 'keeps' : deadLetters === 'none' ? 'loses' : deadLetters === 'unknown' ? 'unknown' : 'deadLetters';
}

function mapProblem({ id, severity, what, why, fix, source, at: { stack, path, logicalId } }: DeliveryProblem): MapProblem {
  return { id, severity, what, why, fix, docs: source, stack: stack.name, path, logicalId };
}

/** A node before its alarms and problems are known. */
type Draft = Described & { readonly id: string; holdsDeadLetters: boolean };
type Described = Omit<MapNode, 'id' | 'holdsDeadLetters' | 'alarms' | 'problems'> & { readonly resource?: Resource };

/** The ends of the hops, each once. */
class Nodes {
  public readonly all: Draft[] = [];
  private readonly byResource = new Map<Resource, Draft>();
  private readonly byText = new Map<string, Draft>();
  private readonly prefixes = new Map<Stack, number>();

  public constructor(private readonly graph: DeliveryGraph, private readonly app: string) {}

  /** What is not even stated is a node of its own for each hop. */
  public of({ text, resource }: End, hop: Hop): Draft {
    if (resource) {
      const main = this.mainResource(resource);
      return this.once(this.byResource, main, () => ({
        kind: kindOfType(main.type),
        label: this.label(main),
        place: 'app',
        type: main.type,
        stack: main.stack.name,
        path: main.path,
        logicalId: main.logicalId,
        resource: main,
      }));
    }
    if (text === undefined || text === '') {
      return this.add({ kind: 'resource', label: `not known: ${hop.at.path.split('/').pop()}`, place: 'unknown' });
    }
    return this.once(this.byText, text, () => ({ kind: kindOfText(text), label: textLabel(text), place: isUnknown(text) ? 'unknown' : 'outside', text: shown(text) }));
  }

  public ofResource(resource: Resource): Draft | undefined {
    return this.byResource.get(this.mainResource(resource));
  }

  private once<K>(known: Map<K, Draft>, key: K, make: () => Described): Draft {
    const draft = known.get(key) ?? this.add(make());
    known.set(key, draft);
    return draft;
  }

  private add(draft: Described): Draft {
    const added = { id: `${this.app}n${this.all.length + 1}`, ...draft, holdsDeadLetters: false };
    this.all.push(added);
    return added;
  }

  /** Versions and aliases are drawn as what they are of. */
  private mainResource(resource: Resource): Resource {
    switch (resource.type) {
      case VERSION: case ALIAS:
        return functionOf(this.graph, resource.arn).function ?? resource;
      case STATE_MACHINE_VERSION: case STATE_MACHINE_ALIAS:
        return this.graph.app.find(resource.arn.split(':').slice(0, 7).join(':')) ?? resource;
      case STREAM_CONSUMER:
        return this.graph.app.find(resource.props.text('StreamARN')) ?? resource;
      default:
        return resource;
    }
  }

  private label({ path, stack }: Resource): string {
    const names = path.split('/');
    const common = this.prefixes.get(stack) ?? commonPrefix([...stack.resources.values()].map((resource) => resource.path.split('/')));
    this.prefixes.set(stack, common);
    // Without its construct path all that is known of a construct is the logical id that the CDK made, which ends with a hash.
    return names.slice(Math.min(common, names.length - 1)).join('/').replace(/(?<=[a-z0-9])[0-9A-F]{8}$/, '');
  }
}

/** How many names all paths of a stack begin with, which are those of the stack. */
function commonPrefix([first = [], ...others]: readonly (readonly string[])[]): number {
  const differs = first.findIndex((name, index) => others.some((other) => other[index] !== name));
  return differs === -1 ? 1 : differs;
}

/** The last part of an ARN or an URL; of a call in a state machine, the service too. */
function textLabel(text: string): string {
  const [, call] = /^arn:[^:]+:states:::(?:aws-sdk:)?(.+)$/.exec(text) ?? [];
  return call ?? shown(text).split(/[:/]/).filter((part) => part !== '' && part !== '*').pop() ?? shown(text);
}
