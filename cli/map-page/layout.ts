import { Graph, layout as dagre } from '@dagrejs/dagre';

/** A rectangle that is to be placed. */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** The group in whose frame it is. */
  readonly group?: string | undefined;
}

export interface Edge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** From its upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Place>;
  readonly groups: ReadonlyMap<string, Place>;
  /** SVG paths of the edges. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Which way deliveries run: to the right, or down on a narrow screen. */
export type Direction = 'LR' | 'TB';

interface Point {
  readonly x: number;
  readonly y: number;
}

const FRAME = { side: 20, top: 44, bottom: 20 };
const GAP = 36;

/**
 * Arranges each group for itself, and then the groups as if each were one box: what is in a group stays as it is when another one is folded.
 *
 * @param aspect of the screen, its width to its height
 */
export function layout(boxes: readonly Box[], edges: readonly Edge[], direction: Direction, aspect: number): Layout {
  const groupOf = new Map(boxes.map(({ id, group }) => [id, group]));
  const outerOf = (id: string) => groupOf.get(id) === undefined ? `box ${id}` : `group ${groupOf.get(id)}`;
  const isWithin = ({ from, to }: Edge) => groupOf.get(from) !== undefined && groupOf.get(from) === groupOf.get(to);

  const boxesOf = groupBy(boxes.filter(({ group }) => group !== undefined), ({ group }) => group);
  const edgesOf = groupBy(edges.filter(isWithin), ({ from }) => groupOf.get(from));
  const inner = new Map([...boxesOf].map(([group, members]) => [group, arrange(members, edgesOf.get(group) ?? [], direction, aspect)]));

  const outer = arrange(
    [
      ...[...inner].map(([group, { width, height }]) => ({ id: `group ${group}`, width: width + 2 * FRAME.side, height: height + FRAME.top + FRAME.bottom })),
      ...boxes.filter(({ group }) => group === undefined).map((box) => ({ ...box, id: outerOf(box.id) })),
    ],
    edges.filter((edge) => !isWithin(edge)).map(({ id, from, to }) => ({ id, from: outerOf(from), to: outerOf(to) })),
    direction,
    aspect,
    32,
  );

  const places = new Map<string, Place>();
  const groups = new Map<string, Place>();
  const paths = new Map<string, string>();
  for (const { id, group } of boxes) {
    const frame = outer.boxes.get(outerOf(id));
    const within = inner.get(group)?.boxes.get(id);
    if (frame) {
      places.set(id, within ? { ...within, x: frame.x + FRAME.side + within.x, y: frame.y + FRAME.top + within.y } : frame);
    }
  }
  for (const [group, { routes }] of inner) {
    const frame = outer.boxes.get(`group ${group}`);
    if (group !== undefined && frame) {
      groups.set(group, frame);
      routes.forEach((points, id) => paths.set(id, smooth(points.map(({ x, y }) => ({ x: x + frame.x + FRAME.side, y: y + frame.y + FRAME.top })))));
    }
  }
  for (const edge of edges.filter((one) => !isWithin(one))) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    const route = outer.routes.get(edge.id);
    if (from && to && route) {
      // Around the frames, and in a frame straight to the box.
      const start = groupOf.get(edge.from) === undefined ? [] : [sideOf(from, route[0])];
      const end = groupOf.get(edge.to) === undefined ? [] : [sideOf(to, route.at(-1))];
      paths.set(edge.id, smooth([...start, ...route, ...end]));
    }
  }
  return { width: outer.width, height: outer.height, boxes: places, groups, paths };
}

interface Arrangement {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Place>;
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

/** What is connected is arranged by dagre; what is not is placed in rows. */
function arrange(boxes: readonly Box[], edges: readonly Edge[], direction: Direction, aspect: number, apart = 18): Arrangement {
  const parts = connected(boxes, edges).map(([members, between]) => drawn(members, between, direction, apart));
  // Higher ones first, which leaves less empty.
  const order = parts.map((_, index) => index).sort((one, other) => (parts[other]?.height ?? 0) - (parts[one]?.height ?? 0) || one - other);
  const sizes = order.flatMap((index) => parts[index] ?? []);
  const widest = Math.max(0, ...sizes.map(({ width }) => width));
  // Of some widths, the one that fits the screen best.
  const rows = [1, 1.25, 1.5, 2.1, 2.6, 3.2, 4.3, 5.4, 6.5, 8, 11, 16, 24].map((factor) => inRows(sizes, widest * factor))
    .reduce((best, one) => (excess(one, aspect) < excess(best, aspect) ? one : best));
  const places = new Map<string, Place>();
  const routes = new Map<string, readonly Point[]>();
  sizes.forEach((part, index) => {
    const { x = 0, y = 0 } = rows.corners[index] ?? {};
    part.boxes.forEach((place, id) => places.set(id, { ...place, x: place.x + x, y: place.y + y }));
    part.routes.forEach((points, id) => routes.set(id, points.map((point) => ({ x: point.x + x, y: point.y + y }))));
  });
  return { width: rows.width, height: rows.height, boxes: places, routes };
}

interface Rows {
  readonly width: number;
  readonly height: number;
  readonly corners: readonly Point[];
}

function inRows(sizes: readonly { readonly width: number; readonly height: number }[], limit: number): Rows {
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  const corners = sizes.map((size): Point => {
    if (x > 0 && x + size.width > limit) {
      [x, y, rowHeight] = [0, y + rowHeight + GAP, 0];
    }
    const corner = { x, y };
    x += size.width + GAP;
    rowHeight = Math.max(rowHeight, size.height);
    width = Math.max(width, x - GAP);
    return corner;
  });
  return { width, height: y + rowHeight, corners };
}

/** How large a screen of this shape must be to show it. */
function excess({ width, height }: Rows, aspect: number): number {
  return Math.max(width / aspect, height);
}

function drawn(boxes: readonly Box[], edges: readonly Edge[], direction: Direction, apart: number): Arrangement {
  const graph = new Graph({ multigraph: true });
  // Exact ranks take long for very many boxes.
  graph.setGraph({ rankdir: direction, nodesep: apart, ranksep: 34, edgesep: 12, ranker: boxes.length > 400 ? 'longest-path' : 'network-simplex' });
  boxes.forEach(({ id, width, height }) => graph.setNode(id, { width, height }));
  edges.forEach(({ id, from, to }) => graph.setEdge(from, to, {}, id));
  dagre(graph);
  const routes = edges.map(({ id, from, to }) => [id, graph.edge(from, to, id).points] as const);
  const places = boxes.map(({ id }) => {
    const { x, y, width, height } = graph.node(id);
    return [id, { x: x - width / 2, y: y - height / 2, width, height }] as const;
  });
  // What dagre says of the whole leaves out how far edges reach.
  const corners = [
    ...routes.flatMap(([, points]) => points),
    ...places.flatMap(([, { x, y, width, height }]) => [{ x, y }, { x: x + width, y: y + height }]),
  ];
  const [left, top] = [least(corners.map(({ x }) => x)), least(corners.map(({ y }) => y))];
  return {
    width: -least(corners.map(({ x }) => -x)) - left,
    height: -least(corners.map(({ y }) => -y)) - top,
    boxes: new Map(places.map(([id, place]) => [id, { ...place, x: place.x - left, y: place.y - top }])),
    routes: new Map(routes.map(([id, points]) => [id, points.map(({ x, y }) => ({ x: x - left, y: y - top }))])),
  };
}

/** Of however many numbers: more than a function takes as arguments. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other), Infinity);
}

/** Sets of boxes between which there are edges. */
function connected(boxes: readonly Box[], edges: readonly Edge[]): (readonly [Box[], Edge[]])[] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) {
      root = parent;
    }
    // Shorter ways for the next who asks.
    for (let one = id; one !== root;) {
      const next = parents.get(one) ?? root;
      parents.set(one, root);
      one = next;
    }
    return root;
  };
  for (const { from, to } of edges) {
    const [one, other] = [rootOf(from), rootOf(to)];
    if (one !== other) {
      parents.set(one, other);
    }
  }
  const edgesOf = groupBy(edges, ({ from }) => rootOf(from));
  return [...groupBy(boxes, ({ id }) => rootOf(id))].map(([root, members]) => [members, edgesOf.get(root) ?? []] as const);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    group ? group.push(item) : groups.set(key, [item]);
  }
  return groups;
}

/** Through the middles between the points of a route. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) {
    return '';
  }
  const bends = rest.map((point, index) => {
    const next = rest[index + 1];
    const end = next ? { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 } : last;
    return `Q${at(point)} ${at(end)}`;
  });
  return [`M${at(first)}`, ...(bends.length > 0 ? bends : [`L${at(last)}`])].join('');
}

/** The middle of the side of a box that a line from a point comes to. */
function sideOf({ x, y, width, height }: Place, from: Point | undefined): Point {
  const middle = { x: x + width / 2, y: y + height / 2 };
  if (from && (from.x < x || from.x > x + width)) {
    return { x: from.x < x ? x : x + width, y: middle.y };
  }
  return { x: middle.x, y: from && from.y < y ? y : y + height };
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}
