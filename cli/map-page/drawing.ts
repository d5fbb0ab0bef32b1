/// <reference lib="dom" />
import { svg } from './elements';
import { cut, FONTS, widthOf } from './fonts';
import { BELL, GLYPHS } from './glyphs';
import type { Box, Direction, Edge, Layout, Place } from './layout';
import { layout } from './layout';
import type { Link, Shape, View } from './view';
import { worstOf } from './view';
import type { MapHop, MapProblem } from '../../src/delivery/map/delivery-map';
import { HOP_NAMES } from '../../src/delivery/map/delivery-map';
import { KIND_NAMES } from '../../src/delivery/map/node-kinds';

const NODE = { width: 232, height: 54 };
const FOLDED = { width: 250, height: 68 };
const ROW = 14;

/** What can be chosen in the drawing. */
export type Item = { readonly shape: Shape } | { readonly link: Link } | { readonly stack: string };

/** A drawn view. */
export interface Drawing {
  readonly layout: Layout;
  readonly element: SVGGElement;
  /** By their ids; a stack by that of its folded shape, with `frame` before it. */
  readonly items: ReadonlyMap<string, { readonly item: Item; readonly element: SVGGElement; readonly place: Place }>;
}

export function draw(view: View, direction: Direction, aspect: number): Drawing {
  const stackOf = new Map(view.shapes.map(({ id, stack }) => [id, stack]));
  const boxes: Box[] = [
    ...view.shapes.map(({ id, stack, folded }) => ({ id, ...(folded ? FOLDED : NODE), group: stack })),
    ...view.links.map((link) => {
      const { from, to } = link;
      return { id: link.id, ...pillSize(link), group: stackOf.get(from) === stackOf.get(to) ? stackOf.get(from) : undefined };
    }),
  ];
  const edges: Edge[] = view.links.flatMap(({ id, from, to, deadLetters }) => [
    { id: `${id} in`, from, to: id },
    { id: `${id} out`, from: id, to },
    ...deadLetters.map((place) => ({ id: `${id} dead ${place}`, from: id, to: place })),
  ]);
  const placed = layout(boxes, edges, direction, aspect);
  const items = new Map<string, { item: Item; element: SVGGElement; place: Place }>();
  const add = (id: string, item: Item, place: Place | undefined, paint: (place: Place) => SVGGElement) => {
    if (!place) {
      return [];
    }
    const element = paint(place);
    element.setAttribute('data-id', id);
    items.set(id, { item, element, place });
    return [element];
  };
  const frames = [...placed.groups].map(([stack, place]) => frameOf(stack, place));
  const lines = view.links.flatMap((link) => linesOf(link, placed));
  const heads = [...placed.groups].flatMap(([stack, { x, y, width }]) => (
    add(`frame ${stack}`, { stack }, { x: x + 8, y: y + 7, width: Math.min(width - 16, 40 + widthOf(stack, FONTS.head)), height: 28 }, (place) => headOf(stack, place))
  ));
  const pills = view.links.flatMap((link) => add(link.id, { link }, placed.boxes.get(link.id), (place) => pillOf(link, place)));
  const shapes = view.shapes.flatMap((shape) => add(shape.id, { shape }, placed.boxes.get(shape.id), (place) => shapeOf(shape, place)));
  return { layout: placed, items, element: svg('g', {}, ...frames, ...lines, ...heads, ...pills, ...shapes) };
}

/** What a screen reader says of an item. */
function button(name: string, label: string, place: Place): SVGGElement {
  return svg('g', { 'class': name, 'role': 'button', 'tabindex': -1, 'aria-label': label, 'transform': `translate(${place.x} ${place.y})` }, svg('title', {}, label));
}

function frameOf(stack: string, { x, y, width, height }: Place): SVGGElement {
  return svg('g', { 'class': 'frame', 'data-stack': stack }, svg('rect', { x, y, width, height, rx: 12 }));
}

function headOf(stack: string, place: Place): SVGGElement {
  const element = button('head', `stack ${stack}: fold`, place);
  element.append(
    svg('rect', { width: place.width, height: place.height, rx: 6 }),
    svg('path', { d: 'M9 11l5 5 5-5' }),
    svg('text', { x: 27, y: 19 }, cut(stack, place.width - 34, FONTS.head)),
  );
  return element;
}

function shapeOf({ node, folded }: Shape, place: Place): SVGGElement {
  const { width, height } = place;
  if (folded) {
    const { stack, resources, hops, problems } = folded;
    const element = button(`node folded ${worstOf(problems) ?? ''}`, `stack ${stack}, folded: ${plural(resources, 'resource')}, ${deliveries(hops)}, ${plural(problems.length, 'finding')}`, place);
    element.append(
      svg('rect', { class: 'under', x: 5, y: 5, width, height, rx: 9 }),
      svg('rect', { class: 'body', width, height, rx: 9 }),
      svg('path', { class: 'glyph', d: 'M14 18l5 5-5 5' }),
      labelOf(stack, 30, 28, width - 50),
      svg('text', { class: 'small', x: 30, y: 48 }, `${plural(resources, 'resource')}, ${deliveries(hops)}`),
    );
    badge(element, problems, width);
    return element;
  }
  if (!node) {
    return svg('g');
  }
  const { kind, label, place: where, holdsDeadLetters, alarms, problems } = node;
  const words = [where === 'unknown' ? 'not known before deployment' : KIND_NAMES[kind], ...(where === 'outside' ? ['outside this app'] : []), ...(holdsDeadLetters ? ['dead letters'] : [])];
  const element = button(
    `node ${where} ${holdsDeadLetters ? 'dead' : ''} ${worstOf(problems) ?? ''}`,
    `${label}, ${words.join(', ')}${alarms.length > 0 ? `, ${plural(alarms.length, 'alarm')}` : ''}${problems.length > 0 ? `, ${plural(problems.length, 'finding')}` : ''}`,
    place,
  );
  element.append(
    svg('rect', { class: 'body', width, height, rx: 9 }),
    svg('path', { class: 'glyph', d: GLYPHS[kind], transform: `translate(10 ${height / 2 - 10})` }),
    labelOf(label, 40, 23, width - 50),
    ...(alarms.length === 0 ? [] : [svg('path', { class: 'bell', d: BELL, transform: `translate(${width - 24} ${height - 22})` }, svg('title', {}, plural(alarms.length, 'alarm')))]),
    svg('text', { class: 'small', x: 40, y: 41 }, cut(words.join(' · '), width - 68, FONTS.small)),
  );
  badge(element, problems, width);
  return element;
}

/** From afar it fills its row, as far as it can. */
function labelOf(text: string, x: number, y: number, room: number): SVGTextElement {
  const label = cut(text, room, FONTS.label);
  const element = svg('text', { class: 'label', x, y }, label);
  element.style.setProperty('--far', `${Math.min(26, 13 * room / widthOf(label, FONTS.label)).toFixed(1)}px`);
  return element;
}

/** How many problems there are, at the upper right corner. */
function badge(element: SVGGElement, problems: readonly MapProblem[], width: number): void {
  const worst = worstOf(problems);
  if (worst !== undefined) {
    element.append(svg('g', { class: `badge ${worst}`, transform: `translate(${width - 8} 4)` }, svg('circle', { r: 10 }), svg('text', { y: 4 }, String(problems.length))));
  }
}

interface Row {
  readonly text: string;
  readonly kind: 'name' | 'small' | 'lost' | 'unsure';
}

function rowsOf({ hops, deadLetters }: Link): Row[] {
  const [hop] = hops;
  const same = (of: (one: MapHop) => unknown) => new Set(hops.map(of)).size === 1;
  if (!hop || !same(({ kind }) => kind)) {
    return [{ text: deliveries(hops.length), kind: 'name' }, ...lostRow(hops)];
  }
  return [
    { text: hops.length === 1 ? HOP_NAMES[hop.kind] : `${hops.length} × ${HOP_NAMES[hop.kind]}`, kind: 'name' },
    ...(hop.retries === undefined || !same(({ retries }) => retries) ? [] : [{ text: cut(hop.retries, 200, FONTS.small), kind: 'small' } as const]),
    ...lostRow(hops),
    ...(hops.every(({ givesUp }) => givesUp === 'unknown') && deadLetters.length === 0 ? [{ text: '? then not known', kind: 'unsure' } as const] : []),
  ];
}

function lostRow(hops: readonly MapHop[]): Row[] {
  const lost = hops.filter(({ givesUp }) => givesUp === 'loses').length;
  return lost === 0 ? [] : [{ text: lost === 1 && hops.length === 1 ? '✖ then lost' : `✖ then lost: ${lost}`, kind: 'lost' }];
}

function pillSize(link: Link): { readonly width: number; readonly height: number } {
  const rows = rowsOf(link);
  const room = problemsOf(link).length > 0 ? 34 : 20;
  return { width: Math.max(...rows.map(({ text }) => widthOf(text, FONTS.pill))) + room, height: rows.length * ROW + 9 };
}

function pillOf(link: Link, place: Place): SVGGElement {
  const { width, height } = place;
  const problems = problemsOf(link);
  const rows = rowsOf(link);
  const element = button(`pill ${lineClass(link)} ${worstOf(problems) ?? ''}`, [...rows.map(({ text }) => text), ...(problems.length > 0 ? [plural(problems.length, 'finding')] : [])].join(', '), place);
  element.append(
    svg('rect', { class: 'body', width, height, rx: 8 }),
    ...rows.map(({ text, kind }, index) => svg('text', { class: kind, x: width / 2, y: 15 + index * ROW }, text)),
  );
  badge(element, problems, width);
  return element;
}

function linesOf(link: Link, { paths }: Layout): SVGGElement[] {
  const { id, hops, deadLetters } = link;
  const redrive = hops.every(({ kind }) => kind === 'redrive');
  const line = (edge: string, name: string, arrow: boolean) => svg('path', { 'class': `line ${name}`, 'd': paths.get(edge) ?? '', 'marker-end': arrow ? `url(#arrow-${name})` : undefined });
  const name = redrive ? 'gives-up' : lineClass(link);
  return [svg(
    'g',
    { 'class': 'lines', 'data-link': id },
    line(`${id} in`, name, false),
    line(`${id} out`, name, true),
    ...deadLetters.map((place) => line(`${id} dead ${place}`, 'gives-up', true)),
  )];
}

function lineClass(link: Link): string {
  return worstOf(problemsOf(link)) === 'error' || link.hops.some(({ givesUp }) => givesUp === 'loses') ? 'bad' : link.hops.every(({ givesUp }) => givesUp === 'unknown') ? 'unsure' : 'good';
}

export function problemsOf({ hops }: { readonly hops: readonly MapHop[] }): MapProblem[] {
  return hops.flatMap(({ problems }) => problems);
}

export function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

export function deliveries(count: number): string {
  return count === 1 ? '1 delivery' : `${count} deliveries`;
}
