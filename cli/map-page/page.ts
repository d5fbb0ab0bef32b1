/// <reference lib="dom" />
import { Camera } from './camera';
import type { Drawing, Item } from './drawing';
import { deliveries, draw, plural } from './drawing';
import { html, svg } from './elements';
import type { Place } from './layout';
import { details, overview, problemCard } from './panel';
import type { Wish } from './view';
import { endsOf, foldedId, MapIndex } from './view';
import type { DeliveryMap, MapProblem } from '../../src/delivery/map/delivery-map';
import { HOP_NAMES } from '../../src/delivery/map/delivery-map';

/** From how many deliveries on the stacks are folded at first. */
const MANY = 150;
/** The width of a screen, in pixels, from which on the panel is beside the map. */
const NARROW = 700;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Page {
  private readonly index: MapIndex;
  private wish: Wish;
  private drawing: Drawing;
  private selected: string | undefined;
  private matches: readonly string[] = [];
  private match = -1;
  private readonly scene = svg('g', { class: 'scene' });
  private readonly canvas = svg('svg', { 'class': 'canvas', 'role': 'group', 'aria-label': 'Map of deliveries', 'tabindex': 0 }, arrows(), this.scene);
  private readonly camera = new Camera(this.canvas, this.scene, () => this.drawing.layout);
  private readonly empty = html('p', { class: 'empty', hidden: true }, 'No delivery on the map is one of these.');
  private readonly panel = html('aside', { 'class': 'panel', 'aria-label': 'Details', 'tabindex': -1 });
  private readonly count = html('span', { 'class': 'muted count', 'aria-live': 'polite' });
  private readonly search = html('input', { 'type': 'search', 'placeholder': 'Search', 'aria-label': 'Search by name, path, id or finding', 'spellcheck': 'false' });

  public constructor(map: DeliveryMap) {
    this.index = new MapIndex(map);
    const folded = map.hops.length >= MANY && this.index.stacks.length > 2 ? this.index.stacks : [];
    this.wish = { folded: new Set(folded), hiddenKinds: new Set(), severities: new Set(), text: '', onlyMatches: false };
    this.drawing = this.drawn();
    document.body.append(this.header(), html('main', {}, this.canvas, this.empty, this.zoomButtons(), this.panel), this.printed());
    this.listen();
    this.select(undefined);
    // The screen that is left for the map is known now.
    this.redraw();
    this.camera.fit();
  }

  private header(): HTMLElement {
    const { map } = this.index;
    const count = (severity: string) => this.index.findings.filter(({ problem }) => problem.severity === severity).length;
    const lost = map.hops.filter(({ givesUp }) => givesUp === 'loses').length;
    const chip = (severity: MapProblem['severity'] | 'lost', text: string) => {
      const button = html('button', { 'type': 'button', 'class': `chip ${severity}`, 'aria-pressed': 'false', 'title': 'Show only these' }, text);
      button.addEventListener('click', () => {
        const severities = toggled(this.wish.severities, severity);
        button.setAttribute('aria-pressed', String(severities.has(severity)));
        this.want({ severities });
      });
      return button;
    };
    const chips = [
      ...(['error', 'warning', 'note'] as const).flatMap((severity) => (count(severity) === 0 ? [] : [chip(severity, plural(count(severity), severity))])),
      ...(lost === 0 ? [] : [chip('lost', `${lost} lost when given up`)]),
    ];
    return html(
      'header',
      {},
      html('h1', {}, 'Delivery map'),
      html('span', { class: 'muted totals' }, `${deliveries(map.hops.length)} between ${plural(map.nodes.length, 'resource')}`),
      html('span', { class: 'chips' }, ...chips),
      html('span', { class: 'search' }, this.search, this.count),
      this.filters(),
    );
  }

  private filters(): HTMLElement {
    const kinds = [...new Set(this.index.map.hops.map(({ kind }) => kind))].sort();
    const box = (text: string, checked: boolean, change: (checked: boolean) => void) => html(
      'label',
      {},
      html('input', { type: 'checkbox', checked, change: (event: Event) => change((event.target as HTMLInputElement).checked) }),
      ` ${text}`,
    );
    const button = (text: string, click: () => void) => html('button', { type: 'button', click }, text);
    return html(
      'details',
      { class: 'filters' },
      html('summary', {}, 'Filter'),
      html(
        'div',
        { class: 'menu' },
        box('Only what the search finds', false, (onlyMatches) => this.want({ onlyMatches })),
        html('fieldset', {}, html('legend', {}, 'Deliveries'), ...kinds.map((kind) => box(HOP_NAMES[kind], true, (checked) => {
          const hiddenKinds = new Set(this.wish.hiddenKinds);
          checked ? hiddenKinds.delete(kind) : hiddenKinds.add(kind);
          this.want({ hiddenKinds });
        }))),
        this.index.stacks.length === 0 ? undefined : html('p', {}, button('Fold all stacks', () => this.want({ folded: new Set(this.index.stacks) })), button('Unfold all', () => this.want({ folded: new Set() }))),
        html(
          'p',
          { class: 'muted keys' },
          'Keys: / searches, Enter goes to the next match. On the map: arrows go from one thing to the next, Enter shows it, + and − zoom, 0 shows all, Escape closes.',
        ),
      ),
    );
  }

  private zoomButtons(): HTMLElement {
    const button = (text: string, label: string, click: () => void) => html('button', { 'type': 'button', 'aria-label': label, 'title': label, click }, text);
    return html(
      'div',
      { class: 'zoom' },
      button('+', 'Zoom in', () => this.camera.zoom(1.3)),
      button('−', 'Zoom out', () => this.camera.zoom(1 / 1.3)),
      button('⤢', 'Show all', () => this.camera.fit()),
    );
  }

  /** What is printed below the map: paper has no panel. */
  private printed(): HTMLElement {
    return html('section', { class: 'printed' }, ...this.index.findings.map(({ problem }) => problemCard(problem)));
  }

  private listen(): void {
    this.search.addEventListener('input', () => this.want({ text: this.search.value }));
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        this.nextMatch(event.shiftKey ? -1 : 1);
      }
    });
    this.canvas.addEventListener('click', (event) => {
      if (!this.camera.hasMoved) {
        this.choose((event.target as Element).closest('[data-id]')?.getAttribute('data-id') ?? undefined);
      }
    });
    this.canvas.addEventListener('keydown', (event) => this.onKey(event));
    document.addEventListener('keydown', (event) => {
      if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        this.search.focus();
      } else if (event.key === 'Escape') {
        this.select(undefined);
      }
    });
    document.addEventListener('pointerdown', (event) => {
      const menu = document.querySelector('details.filters');
      if (menu && !menu.contains(event.target as Node)) {
        menu.removeAttribute('open');
      }
    });
    window.addEventListener('resize', () => this.camera.apply());
    window.addEventListener('beforeprint', () => this.camera.print(true));
    window.addEventListener('afterprint', () => this.camera.print(false));
  }

  private onKey(event: KeyboardEvent): void {
    const id = (event.target as Element).getAttribute('data-id') ?? undefined;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) {
      this.camera.pan(-60 * arrow[0], -60 * arrow[1]);
    } else if (arrow) {
      this.focus(id === undefined ? this.drawing.items.keys().next().value : this.nearest(id, arrow));
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.choose(id);
    } else if (event.key === '+' || event.key === '=') {
      this.camera.zoom(1.3);
    } else if (event.key === '-') {
      this.camera.zoom(1 / 1.3);
    } else if (event.key === '0') {
      this.camera.fit();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** What lies next in a direction. */
  private nearest(id: string, [right, down]: readonly [number, number]): string | undefined {
    const start = this.drawing.items.get(id);
    const [x, y] = start ? centre(start.place) : [0, 0];
    const distances = [...this.drawing.items].flatMap(([other, { place }]) => {
      const [dx, dy] = [centre(place)[0] - x, centre(place)[1] - y];
      const ahead = dx * right + dy * down;
      return other === id || ahead <= 1 ? [] : [[other, ahead + 3 * Math.abs(dx * down + dy * right)] as const];
    });
    return distances.reduce<readonly [string, number] | undefined>((best, one) => (best && best[1] <= one[1] ? best : one), undefined)?.[0];
  }

  private focus(id: string | undefined): void {
    const found = id === undefined ? undefined : this.drawing.items.get(id);
    if (found) {
      found.element.focus({ preventScroll: true });
      this.camera.reveal(found.place);
    }
  }

  /** A stack's head folds it; all else is shown in the panel. */
  private choose(id: string | undefined): void {
    const item = id === undefined ? undefined : this.drawing.items.get(id)?.item;
    if (item && 'stack' in item) {
      this.fold(item.stack);
    } else {
      this.select(id);
      const found = this.selected === undefined ? undefined : this.drawing.items.get(this.selected);
      found && this.camera.reveal(found.place, isNarrow() ? undefined : 0);
    }
  }

  private fold(stack: string): void {
    this.selected = undefined;
    this.want({ folded: toggled(this.wish.folded, stack) });
    const id = this.wish.folded.has(stack) ? foldedId(stack) : `frame ${stack}`;
    this.select(id);
    const found = this.drawing.items.get(id);
    if (found) {
      this.camera.reveal(this.drawing.layout.groups.get(stack) ?? found.place);
    }
  }

  private want(change: Partial<Wish>): void {
    this.wish = { ...this.wish, ...change };
    const layoutStays = 'text' in change && !this.wish.onlyMatches;
    if ('text' in change) {
      this.matches = this.index.matches(this.wish.text);
      this.match = -1;
    }
    if (!layoutStays) {
      this.redraw();
      this.camera.fit();
    }
    this.mark();
  }

  private drawn(): Drawing {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const view = this.index.view(this.wish);
    const aspect = width > 0 && height > 0 ? width / height : 1;
    const right = draw(view, 'LR', aspect);
    // On a narrow screen, whichever can be shown larger.
    const down = isNarrow() ? draw(view, 'TB', aspect) : right;
    const size = ({ layout }: Drawing) => Math.max(layout.width / aspect, layout.height);
    return size(down) < size(right) ? down : right;
  }

  private redraw(): void {
    this.drawing = this.drawn();
    this.scene.replaceChildren(this.drawing.element);
    this.empty.hidden = this.drawing.items.size > 0;
    this.mark();
  }

  private nextMatch(step: number): void {
    if (this.matches.length > 0) {
      this.match = (this.match + step + this.matches.length) % this.matches.length;
      const id = this.matches[this.match];
      id && this.show(id);
      this.mark();
    }
  }

  /** Brings a node or a hop into view, out of a folded stack or past a filter if need be. */
  private show(id: string): void {
    const hop = this.index.map.hops.find((one) => one.id === id);
    const homes = (hop ? endsOf(hop) : [id]).flatMap((end) => this.index.homeOf(end) ?? []);
    if (homes.some((stack) => this.wish.folded.has(stack))) {
      this.want({ folded: new Set([...this.wish.folded].filter((stack) => !homes.includes(stack))) });
    }
    const drawn = this.drawnAs(id);
    this.select(drawn);
    const found = this.drawing.items.get(drawn);
    found && this.camera.centre(found.place);
  }

  /** A hop may be drawn together with others. */
  private drawnAs(id: string): string {
    const link = [...this.drawing.items.values()].find(({ item }) => 'link' in item && item.link.hops.some((hop) => hop.id === id));
    return link && 'link' in link.item ? link.item.link.id : id;
  }

  private select(id: string | undefined): void {
    const item = id === undefined ? undefined : this.drawing.items.get(id)?.item ?? this.hidden(id);
    this.selected = item ? id : undefined;
    const show = (other: string) => this.show(other);
    this.panel.replaceChildren(
      ...(item ? [html('button', { type: 'button', class: 'back', click: () => this.select(undefined) }, '← All findings')] : []),
      item ? details(item, this.index, show, (stack) => this.fold(stack)) : overview(this.index, show),
    );
    this.panel.scrollTop = 0;
    document.body.classList.toggle('picked', item !== undefined);
    this.mark();
  }

  /** What a filter has left out can still be read. */
  private hidden(id: string): Item | undefined {
    const node = this.index.nodes.get(id);
    const hop = this.index.map.hops.find((one) => one.id === id);
    return node ? { shape: { id, node } } : hop ? { link: { ...hop, hops: [hop], deadLetters: [] } } : undefined;
  }

  /** What is selected, what belongs to it, and what the search found. */
  private mark(): void {
    const near = this.nearSelected();
    const found = new Set(this.matches);
    const current = this.matches[this.match];
    for (const [id, { element, item }] of this.drawing.items) {
      const ids = 'link' in item ? item.link.hops.map((hop) => hop.id) : [id];
      element.classList.toggle('selected', id === this.selected);
      element.classList.toggle('near', near.has(id));
      element.classList.toggle('found', ids.some((one) => found.has(one)));
      element.classList.toggle('current', ids.some((one) => one === current));
      element.setAttribute('tabindex', id === this.selected ? '0' : '-1');
    }
    this.scene.querySelectorAll('[data-link]').forEach((lines) => lines.classList.toggle('near', near.has(lines.getAttribute('data-link') ?? '')));
    this.canvas.classList.toggle('searching', this.wish.text.trim() !== '');
    this.canvas.classList.toggle('focusing', near.size > 0);
    this.count.textContent = this.wish.text.trim() === '' ? '' : this.matches.length === 0 ? 'none' : this.match < 0 ? String(this.matches.length) : `${this.match + 1} of ${this.matches.length}`;
  }

  private nearSelected(): ReadonlySet<string> {
    const item = this.selected === undefined ? undefined : this.drawing.items.get(this.selected)?.item;
    if (!item || 'stack' in item || this.selected === undefined) {
      return new Set();
    }
    const links = [...this.drawing.items.values()].flatMap((one) => ('link' in one.item ? [one.item.link] : []));
    const related = 'link' in item ? [item.link] : links.filter(({ from, to, deadLetters }) => [from, to, ...deadLetters].includes(this.selected ?? ''));
    return new Set([this.selected, ...related.flatMap(({ id, from, to, deadLetters }) => [id, from, to, ...deadLetters])]);
  }
}

function isNarrow(): boolean {
  return window.innerWidth < NARROW;
}

function arrows(): SVGDefsElement {
  return svg('defs', {}, ...['good', 'bad', 'unsure', 'gives-up'].map((name) => svg(
    'marker',
    { id: `arrow-${name}`, class: `arrow ${name}`, markerWidth: 9, markerHeight: 9, viewBox: '0 0 9 9', refX: 8, refY: 4.5, orient: 'auto', markerUnits: 'userSpaceOnUse' },
    svg('path', { d: 'M0,0 L9,4.5 L0,9 z' }),
  )));
}

function centre({ x, y, width, height }: Place): readonly [number, number] {
  return [x + width / 2, y + height / 2];
}

function toggled<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const changed = new Set(set);
  changed.delete(member) || changed.add(member);
  return changed;
}

new Page(JSON.parse(document.getElementById('map')?.textContent ?? '') as DeliveryMap);
