import type { DeliveryMap, MapAlarm, MapHop, MapNode, MapProblem } from './delivery-map';
import { HOP_NAMES } from './delivery-map';
import type { NodeKind } from './node-kinds';
import { KIND_NAMES } from './node-kinds';
import type { Severity } from '../rules/rule';

/** What Mermaid draws at most, unless it is configured otherwise, which GitHub does not allow. https://mermaid.js.org/config/schema-docs/config.html */
const MAX_EDGES = 500;
const MAX_CHARACTERS = 50_000;

const SHAPES: Readonly<Partial<Record<NodeKind, readonly [string, string]>>> = {
  api: ['[/', '\\]'],
  apiDestination: ['[/', '\\]'],
  bucket: ['[(', ')]'],
  bus: ['{{', '}}'],
  function: ['(', ')'],
  pipe: ['[/', '/]'],
  queue: ['[[', ']]'],
  rule: ['([', '])'],
  schedule: ['([', '])'],
  service: ['(', ')'],
  stateMachine: ['(', ')'],
  stream: ['[/', '/]'],
  deliveryStream: ['[/', '/]'],
  table: ['[(', ')]'],
  topic: ['{{', '}}'],
};

/** Colours that can be told apart on GitHub's light and dark pages alike: each has its own background and its own text. */
const CLASSES = [
  'classDef stack fill:none,stroke:#8c959f',
  'classDef error fill:#ffebe9,stroke:#cf222e,stroke-width:3px,color:#82071e',
  'classDef warning fill:#fff8c5,stroke:#9a6700,stroke-width:2px,color:#4d2d00',
  'classDef deadLetters fill:#fff1e5,stroke:#bc4c00,stroke-width:1px,color:#5c2200',
  'classDef outside fill:#f6f8fa,stroke:#57606a,stroke-dasharray:5 4,color:#24292f',
  'classDef unknown fill:#eaeef2,stroke:#8c959f,stroke-dasharray:2 3,color:#57606a',
  'classDef lost fill:#cf222e,stroke:#82071e,color:#ffffff',
];

/** One line between two nodes. */
interface Line {
  /** How many hops are alike. */
  readonly count?: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly dashed: boolean;
  readonly style?: string | undefined;
}

/** Mermaid would refuse to draw the map. */
export class TooLargeError extends Error {}

/** @throws TooLargeError */
export function mermaidMap(map: DeliveryMap): string {
  const lines = together(map.hops.flatMap(linesOf));
  if (lines.length > MAX_EDGES) {
    throw new TooLargeError(`the map has ${lines.length} edges, and Mermaid draws ${MAX_EDGES} at most`);
  }
  const stacks = [...new Set(map.nodes.map(({ stack }) => stack))];
  const text = [
    'flowchart LR',
    ...stacks.flatMap((stack, index) => {
      const nodes = map.nodes.filter((node) => node.stack === stack).map((node) => `${node.id}${shapeOf(node)}`);
      return stack === undefined ? indented(nodes) : indented([`subgraph s${index + 1}["${escaped(stack)}"]`, ...indented(nodes), 'end']);
    }),
    ...indented(map.hops.filter(({ givesUp }) => givesUp === 'loses').map(({ id }) => `${id}lost(("lost"))`)),
    ...indented(lines.map(({ from, to, label, dashed, count = 1 }) => `${from} ${dashed ? '-.->' : '-->'}|"${count > 1 ? `${count} × ` : ''}${label}"| ${to}`)),
    ...indented(CLASSES),
    ...indented(classLines([
      ...stacks.map((stack, index) => [`s${index + 1}`, stack === undefined ? undefined : 'stack'] as const),
      ...map.nodes.map((node) => [node.id, classOf(node)] as const),
      ...map.hops.filter(({ givesUp }) => givesUp === 'loses').map(({ id }) => [`${id}lost`, 'lost'] as const),
    ])),
    ...indented(lines.flatMap(({ style }, index) => (style === undefined ? [] : [`linkStyle ${index} ${style}`]))),
    '',
  ].join('\n');
  if (text.length > MAX_CHARACTERS) {
    throw new TooLargeError(`the map has ${text.length} characters, and Mermaid draws ${MAX_CHARACTERS} at most`);
  }
  return text;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function shapeOf({ kind, label, logicalId, text, alarms, holdsDeadLetters, problems }: MapNode): string {
  const [open, close] = SHAPES[kind] ?? ['[', ']'];
  // The stack is the title of the box around it, and the rest of the path is the label.
  const names = [logicalId, text].filter((name) => name !== label);
  const rows = [label, KIND_NAMES[kind], ...names, alarmRow(alarms, holdsDeadLetters), ...problemRows(problems)];
  return `${open}"${rows.flatMap((row) => (row === undefined ? [] : [escaped(row)])).join('<br/>')}"${close}`;
}

/** Of dead letters, whom alarms tell; of anything else, how many watch it. */
function alarmRow(alarms: readonly MapAlarm[], holdsDeadLetters: boolean): string | undefined {
  const count = alarms.length === 1 ? '1 alarm' : `${alarms.length} alarms`;
  const told = [...new Set(alarms.flatMap(({ tells }) => tells ?? []))];
  return alarms.length === 0 ? undefined : holdsDeadLetters && told.length > 0 ? `${count}, told: ${told.join(', ')}` : count;
}

function linesOf({ id, kind, from, to, retries, givesUp, deadLetters, problems }: MapHop): Line[] {
  const label = [HOP_NAMES[kind], retries, ...problemRows(problems)].flatMap((row) => (row === undefined ? [] : [escaped(row)])).join('<br/>');
  const worst = worstOf(problems);
  const style = worst === 'error' ? 'stroke:#cf222e,stroke-width:3px' : worst === 'warning' ? 'stroke:#9a6700,stroke-width:2px' : givesUp === 'unknown' ? 'stroke:#8c959f' : undefined;
  const hop: Line = { from, to, label, dashed: kind === 'redrive', style };
  switch (givesUp) {
    case 'deadLetters':
      return deadLetters === undefined ? [hop] : [hop, { from, to: deadLetters, label: 'gives up', dashed: true, style: 'stroke:#bc4c00' }];
    case 'loses':
      return [hop, { from, to: `${id}lost`, label: 'gives up', dashed: true, style: 'stroke:#cf222e' }];
    default:
      return [hop];
  }
}

/** Lines that are alike are drawn as one. */
function together(lines: readonly Line[]): Line[] {
  const each = new Map<string, Line>();
  for (const line of lines) {
    const key = JSON.stringify(line);
    each.set(key, { ...line, count: (each.get(key)?.count ?? 0) + 1 });
  }
  return [...each.values()];
}

function problemRows(problems: readonly MapProblem[]): string[] {
  return [...new Set(problems.map(({ id, severity }) => `${severity}: ${id}`))];
}

function worstOf(problems: readonly MapProblem[]): Severity | undefined {
  return (['error', 'warning', 'note'] as const).find((severity) => problems.some((problem) => problem.severity === severity));
}

function classOf({ problems, holdsDeadLetters, place }: MapNode): string | undefined {
  const worst = worstOf(problems);
  return worst === 'error' || worst === 'warning' ? worst : holdsDeadLetters ? 'deadLetters' : place === 'app' ? undefined : place;
}

function classLines(classes: readonly (readonly [string, string | undefined])[]): string[] {
  const ids = new Map<string, string[]>();
  classes.forEach(([id, name]) => name !== undefined && ids.set(name, [...ids.get(name) ?? [], id]));
  return [...ids].map(([name, members]) => `class ${members.join(',')} ${name}`);
}

/** Letters, numbers and what has no meaning in Mermaid, HTML or Markdown; all else by its number. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:/]/gu, (character) => `#${character.codePointAt(0)};`);
}
