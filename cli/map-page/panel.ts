/// <reference lib="dom" />
import type { Item } from './drawing';
import { deliveries, plural } from './drawing';
import { html } from './elements';
import type { MapIndex } from './view';
import type { MapAlarm, MapHop, MapNode, MapProblem } from '../../src/delivery/map/delivery-map';
import { HOP_NAMES } from '../../src/delivery/map/delivery-map';
import { KIND_NAMES } from '../../src/delivery/map/node-kinds';

/** Shows a node or a hop in the drawing, by its id. */
export type Show = (id: string) => void;

/** What the panel says of all: what was found, and what is lost. */
export function overview(index: MapIndex, show: Show): HTMLElement {
  const { map } = index;
  const { findings } = index;
  const lost = map.hops.filter(({ givesUp }) => givesUp === 'loses');
  return html(
    'div',
    {},
    html('h2', {}, findings.length === 0 ? 'Nothing found' : plural(findings.length, 'finding')),
    map.hops.length === 0 ? html('p', { class: 'muted' }, 'No deliveries are known in these templates.') : undefined,
    ...findings.map(({ problem, id }) => problemCard(problem, id === undefined ? undefined : () => show(id))),
    lost.length === 0 ? undefined : html('h3', {}, `Lost when given up (${lost.length})`),
    lost.length === 0 ? undefined : hopList(lost, index, show),
    html('h3', {}, `All deliveries (${map.hops.length})`),
    html('details', {}, html('summary', {}, 'Show the list'), hopList(map.hops, index, show)),
  );
}

export function details(item: Item, index: MapIndex, show: Show, fold: (stack: string) => void): HTMLElement {
  if ('stack' in item) {
    return stackDetails(item.stack, index, show, () => fold(item.stack), 'Fold this stack');
  }
  if ('link' in item) {
    const [hop, ...others] = item.link.hops;
    return hop && others.length === 0 ? hopDetails(hop, index, show)
      : html('div', {}, html('h2', {}, deliveries(item.link.hops.length)), ...item.link.hops.map((one) => hopDetails(one, index, show, 'h3')));
  }
  const { node, folded } = item.shape;
  return node ? nodeDetails(node, index, show) : folded ? stackDetails(folded.stack, index, show, () => fold(folded.stack), 'Unfold this stack') : html('div');
}

function stackDetails(stack: string, index: MapIndex, show: Show, fold: () => void, action: string): HTMLElement {
  const { resources, hops, problems } = index.summaryOf(stack);
  return html(
    'div',
    {},
    html('p', { class: 'kind' }, 'stack'),
    html('h2', {}, stack),
    html('p', {}, `${plural(resources, 'resource')} on the map, ${deliveries(hops)}`),
    html('p', {}, html('button', { type: 'button', click: fold }, action)),
    ...problems.map((problem) => problemCard(problem)),
    html('h3', {}, 'Deliveries'),
    hopList(index.map.hops.filter((hop) => hop.stack === stack), index, show),
  );
}

function nodeDetails(node: MapNode, index: MapIndex, show: Show): HTMLElement {
  const { id, kind, label, place, type, stack, path, logicalId, text, holdsDeadLetters, alarms, problems } = node;
  const { hops } = index.map;
  const lists: readonly (readonly [string, readonly MapHop[]])[] = [
    ['Receives from', hops.filter(({ to }) => to === id)],
    ['Delivers to', hops.filter(({ from }) => from === id)],
    ['Holds what these cannot deliver', hops.filter(({ deadLetters }) => deadLetters === id)],
  ];
  return html(
    'div',
    {},
    html('p', { class: 'kind' }, [KIND_NAMES[kind], ...(holdsDeadLetters ? ['dead letters'] : [])].join(' · ')),
    html('h2', {}, label),
    place === 'unknown' ? html('p', {}, 'Only the deployment says what this is.') : place === 'outside' ? html('p', {}, 'This is not part of the templates that were read.') : undefined,
    facts([['Construct path', path], ['Logical id', logicalId], ['Stack', stack], ['Type', type], ['Refers to', text]]),
    ...problems.map((problem) => problemCard(problem)),
    ...alarmList(alarms),
    ...lists.flatMap(([title, found]) => (found.length === 0 ? [] : [html('h3', {}, title), hopList(found, index, show)])),
  );
}

function hopDetails(hop: MapHop, index: MapIndex, show: Show, heading: 'h2' | 'h3' = 'h2'): HTMLElement {
  const { name, kind, service, from, to, retries, deadLetters, stack, path, logicalId, alarms, problems } = hop;
  return html(
    'div',
    {},
    heading === 'h2' ? html('p', { class: 'kind' }, `${HOP_NAMES[kind]} · ${service}`) : undefined,
    html(heading, {}, name),
    facts([
      ['From', nodeButton(from, index, show)],
      ['To', nodeButton(to, index, show)],
      ['Retries', retries ?? 'not known'],
      ['Gives up', deadLetters === undefined ? GIVES_UP[hop.givesUp](hop) : nodeButton(deadLetters, index, show)],
      ['Stated by', path],
      ['Logical id', logicalId],
      ['Stack', stack],
    ]),
    ...problems.map((problem) => problemCard(problem)),
    ...alarmList([...alarms, ...index.nodes.get(deadLetters ?? '')?.alarms ?? []]),
  );
}

const GIVES_UP: Readonly<Record<MapHop['givesUp'], (hop: MapHop) => string | HTMLElement>> = {
  keeps: ({ kind }) => kind === 'task' ? 'The execution fails, or the state machine catches it.' : kind === 'integration' ? 'The caller is told.' : kind === 'redrive' ? 'What is not moved stays in the queue.' : 'What is not delivered stays at its source.',
  deadLetters: () => 'To dead letters.',
  loses: () => html('strong', { class: 'lost' }, 'What cannot be delivered is lost.'),
  unknown: () => 'Where to is not known before deployment.',
};

function nodeButton(id: string, index: MapIndex, show: Show): HTMLElement {
  const node = index.nodes.get(id);
  return html('button', { type: 'button', class: 'link', click: () => show(id) }, node?.label ?? id);
}

function hopList(hops: readonly MapHop[], index: MapIndex, show: Show): HTMLElement {
  return html('ul', { class: 'hops' }, ...hops.map(({ id, kind, from, to, retries, givesUp, problems }) => html(
    'li',
    {},
    html(
      'button',
      { type: 'button', class: 'link', click: () => show(id) },
      `${index.nodes.get(from)?.label ?? from} → ${index.nodes.get(to)?.label ?? to}`,
    ),
    html('span', { class: 'muted' }, ` ${[HOP_NAMES[kind], retries].filter((word) => word !== undefined).join(', ')}`),
    givesUp === 'loses' ? html('strong', { class: 'lost' }, ' then lost') : undefined,
    problems.length > 0 ? html('strong', { class: 'lost' }, ` ${plural(problems.length, 'finding')}`) : undefined,
  )));
}

/** The alarms, and whom each tells. */
function alarmList(alarms: readonly MapAlarm[]): HTMLElement[] {
  return alarms.length === 0 ? [] : [html('h3', {}, `Watched by ${plural(alarms.length, 'alarm')}`), html('ul', { class: 'hops' }, ...alarms.map(({ path, metrics, tells }) => html(
    'li',
    {},
    path,
    html('span', { class: 'muted' }, ` ${metrics.join(', ')}`),
    tells?.length === 0 ? html('strong', { class: 'lost' }, ' tells nobody') : html('span', { class: 'muted' }, tells === undefined ? '; whom it tells is not known before deployment' : `; tells ${tells.join(', ')}`),
  )))];
}

export function problemCard({ id, severity, what, why, fix, docs, path, logicalId }: MapProblem, show?: () => void): HTMLElement {
  return html(
    'article',
    { class: `problem ${severity}` },
    html('p', { class: 'kind' }, html('b', {}, severity), ` ${id}`),
    html('p', { class: 'what' }, what),
    html('p', { class: 'muted' }, why),
    html('p', {}, html('b', {}, 'Fix: '), fix),
    html('p', { class: 'where' }, show ? html('button', { type: 'button', class: 'link', click: show }, path) : path, path.endsWith(logicalId) ? undefined : html('span', { class: 'muted' }, ` ${logicalId}`)),
    /^https:\/\//.test(docs) ? html('p', {}, html('a', { href: docs, target: '_blank', rel: 'noreferrer' }, 'AWS documentation')) : undefined,
  );
}

function facts(rows: readonly (readonly [string, string | HTMLElement | undefined])[]): HTMLElement {
  return html('dl', {}, ...rows.flatMap(([name, value]) => (value === undefined ? [] : [html('dt', {}, name), html('dd', {}, value)])));
}
