import type { DeliveryGraph } from './delivery-graph';
import type { Hop } from './hop';
import { documentOf } from './reading';
import { EVENT_BUS, FUNCTION } from './resource-types';
import type { Resource } from '../template/app';
import { Props } from '../template/props';


/** One delivery that surely goes on: nothing filters it but the source and the type of events. */
export interface CycleEdge {
  readonly hop: Hop;
  readonly from: Resource;
  readonly to: Resource;
  /** Which events it takes, if it is a rule on a bus. */
  readonly events?: EventTypes | undefined;
}

/** Undefined: of any. */
interface EventTypes {
  readonly 'source'?: readonly string[] | undefined;
  readonly 'detail-type'?: readonly string[] | undefined;
}

const EVENT_FIELDS = ['source', 'detail-type'] as const;

/** Deliveries after which the receiver decides what becomes of it, so that a way round by them may be meant. */
const DECIDED_BY_RECEIVER: readonly string[] = ['task', 'integration', 'consumer', 'asynchronous', 'eventSource', 'bus'];

/** Deliveries that invoke a function without waiting for it, so that its destinations are used. */
const ASYNCHRONOUS: readonly string[] = ['subscription', 'ruleTarget', 'subscriber', 'schedule', 'notification', 'destination', 'iotRule'];

const FILTERS = new Set(['Filter', 'FilterPolicy', 'FilterCriteria', 'FilterPattern']);

/** Ways round, one in each group of resources that all deliver to each other. */
export function deliveryCycles(graph: DeliveryGraph): CycleEdge[][] {
  const edges = cycleEdges(graph);
  const byFrom = new Map<Resource, CycleEdge[]>();
  for (const edge of edges) {
    const known = byFrom.get(edge.from);
    known ? known.push(edge) : byFrom.set(edge.from, [edge]);
  }
  return connectedGroups(byFrom).flatMap((group) => {
    const cycle = shortestCycle(group, byFrom);
    // What comes back to a function from its own destination has a rule of its own.
    const isOwn = cycle !== undefined && cycle.length <= 2 && cycle.some(({ hop }) => hop.kind === 'destination');
    return cycle !== undefined && !isOwn && eventsGoRound(cycle) ? [cycle] : [];
  });
}

function cycleEdges(graph: DeliveryGraph): CycleEdge[] {
  const filtered = new Map<Resource, boolean>();
  return graph.hops.filter(({ kind }) => !DECIDED_BY_RECEIVER.includes(kind)).flatMap((hop): CycleEdge[] => {
    const { kind, at, from: { resource: from }, to: { resource: to }, deadLetters } = hop;
    if (from === undefined) {
      return [];
    }
    const aside = typeof deadLetters === 'object' && deadLetters.resource !== undefined ? [{ hop, from, to: deadLetters.resource }] : [];
    if (!filtered.has(at)) {
      filtered.set(at, hasFilter(at.props.content));
    }
    const events = kind === 'ruleTarget' ? eventsOf(hop, from) : undefined;
    const goesOn = to !== undefined && filtered.get(at) === false && events !== 'some' && (to.type !== FUNCTION || ASYNCHRONOUS.includes(kind));
    // A queue that is its own dead-letter queue has a rule of its own.
    return goesOn && !(kind === 'redrive' && from === to) ? [{ hop, from, to, events }, ...aside] : aside;
  });
}

function hasFilter(content: unknown): boolean {
  const rest = [content];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'object' && next !== null) {
      for (const [name, value] of Object.entries(next)) {
        if (FILTERS.has(name)) {
          return true;
        }
        rest.push(value);
      }
    }
  }
  return false;
}

/** The events that a rule takes. `some`: it says more of them than their source and type. */
function eventsOf({ at }: Hop, from: Resource): EventTypes | 'some' {
  const pattern = documentOf(at.props, 'EventPattern');
  const names = pattern.names();
  // Of the events of one resource, the detail says which resource that is.
  const detail = from.type === EVENT_BUS ? [] : ['detail'];
  const own = from.type === EVENT_BUS ? [] : [...pattern.part('detail').names() ?? ['']].filter((name) => !['bucket', 'stateMachineArn'].includes(name));
  if (names === undefined || own.length > 0 || names.some((name) => ![...EVENT_FIELDS, ...detail, 'account', 'region', 'version'].includes(name))) {
    return 'some';
  }
  const [source, type] = EVENT_FIELDS.map((field) => valuesOf(pattern, field));
  return source === 'some' || type === 'some' ? 'some' : { source, 'detail-type': type };
}

function valuesOf(pattern: Props, field: string): readonly string[] | 'some' | undefined {
  const values = pattern.has(field) === false ? undefined : pattern.list(field) ?? [{}];
  const everything = values === undefined || values.some((value) => new Props(value).value('prefix') === '');
  return everything ? undefined : values.every((value) => typeof value === 'string') ? values : 'some';
}

/** A resource on the way of a search. */
interface Visit {
  readonly resource: Resource;
  readonly order: number;
  /** The first of those that can be reached from here and lead here. */
  lowest: number;
  /** The delivery to be followed next. */
  next: number;
  open: boolean;
}

/** Tarjan's strongly connected components, without recursion: of two resources or more, or of one that delivers to itself. */
function connectedGroups(byFrom: ReadonlyMap<Resource, readonly CycleEdge[]>): ReadonlySet<Resource>[] {
  const visits = new Map<Resource, Visit>();
  const open: Visit[] = [];
  const groups: Set<Resource>[] = [];
  const visit = (resource: Resource) => {
    const made = { resource, order: visits.size, lowest: visits.size, next: 0, open: true };
    visits.set(resource, made);
    open.push(made);
    return made;
  };

  for (const start of byFrom.keys()) {
    const way = visits.has(start) ? [] : [visit(start)];
    for (let step = way[way.length - 1]; step !== undefined; step = way[way.length - 1]) {
      const edge = byFrom.get(step.resource)?.[step.next];
      const known = edge && visits.get(edge.to);
      step.next++;
      if (edge === undefined) {
        way.pop();
        const before = way[way.length - 1];
        before && (before.lowest = Math.min(before.lowest, step.lowest));
        step.lowest === step.order && groups.push(closed(step, open));
      } else if (known === undefined) {
        way.push(visit(edge.to));
      } else if (known.open) {
        step.lowest = Math.min(step.lowest, known.order);
      }
    }
  }
  return groups.filter((group) => group.size > 1 || [...group].some((only) => byFrom.get(only)?.some(({ to }) => to === only)));
}

/** What was opened since a resource, which is a group. */
function closed(root: Visit, open: Visit[]): Set<Resource> {
  const group = new Set<Resource>();
  for (let last = open.pop(); last !== undefined; last = last === root ? undefined : open.pop()) {
    last.open = false;
    group.add(last.resource);
  }
  return group;
}

/** From the resource that comes first in its template, and back to it. */
function shortestCycle(group: ReadonlySet<Resource>, byFrom: ReadonlyMap<Resource, readonly CycleEdge[]>): CycleEdge[] | undefined {
  const start = [...group].reduce((one, other) => (other.order < one.order ? other : one));
  const reachedBy = new Map<Resource, CycleEdge>();
  let found: CycleEdge | undefined;
  // A set gives what is added to it while it is read.
  const reached = new Set([start]);
  for (const resource of reached) {
    for (const edge of byFrom.get(resource) ?? []) {
      if (edge.to === start) {
        found ??= edge;
      } else if (group.has(edge.to) && !reached.has(edge.to)) {
        reached.add(edge.to);
        reachedBy.set(edge.to, edge);
      }
    }
  }
  const cycle: CycleEdge[] = [];
  for (let edge = found; edge !== undefined; edge = reachedBy.get(edge.from)) {
    cycle.push(edge);
  }
  return found && cycle.reverse();
}

/** Whether an event that has been round is one that the rules on the way take again. */
function eventsGoRound(cycle: readonly CycleEdge[]): boolean {
  const isForwarded = ({ hop, from, to }: CycleEdge) => hop.kind === 'ruleTarget' && from.type === EVENT_BUS && to.type === EVENT_BUS;
  // Begin where an event is made, if there is such a place: what is forwarded from bus to bus stays the same.
  const begin = cycle.findIndex((edge) => !isForwarded(edge));
  const inOrder = cycle.flatMap((_, index) => cycle[(begin + 1 + index) % cycle.length] ?? []);
  let taken: EventTypes | 'unknown' = begin === -1 ? {} : madeBy(cycle[begin]);
  for (const edge of inOrder) {
    if (edge.from.type === EVENT_BUS && edge.events !== undefined) {
      const both: EventTypes | undefined = inBoth(taken, edge.events);
      if (both === undefined) {
        return false;
      }
      taken = both;
    }
    taken = isForwarded(edge) ? taken : madeBy(edge);
  }
  return true;
}

/** The events that reach a bus by a delivery. Of most nobody knows of which source they are. */
function madeBy(edge: CycleEdge | undefined): EventTypes | 'unknown' {
  return edge?.hop.kind === 'destination' ? { source: ['lambda'] } : 'unknown';
}

/** Undefined: there are none, or it is not known whether there are. */
function inBoth(taken: EventTypes | 'unknown', events: EventTypes): EventTypes | undefined {
  if (taken === 'unknown') {
    return EVENT_FIELDS.every((field) => events[field] === undefined) ? events : undefined;
  }
  const [source, type] = EVENT_FIELDS.map((field) => {
    const [one, other] = [taken[field], events[field]];
    const known = new Set(one);
    return one === undefined || other === undefined ? one ?? other : other.filter((value) => known.has(value));
  });
  return source?.length === 0 || type?.length === 0 ? undefined : { source, 'detail-type': type };
}
