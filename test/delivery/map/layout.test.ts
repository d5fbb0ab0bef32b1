import type { Box, Edge, Layout, Place } from '../../../cli/map-page/layout';
import { layout } from '../../../cli/map-page/layout';

const box = (id: string, group?: string): Box => ({ id, width: 100, height: 40, group });
const edge = (from: string, to: string): Edge => ({ id: `${from}-${to}`, from, to });

function overlap(one: Place, other: Place): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

function contains(outer: Place, inner: Place): boolean {
  return outer.x <= inner.x && outer.y <= inner.y
    && outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
}

/** Whatever is laid out: each box has a place of its own, in the frame of its group, and each edge a path. */
function expectSound({ boxes: places, groups, paths, width, height }: Layout, boxes: readonly Box[], edges: readonly Edge[]): void {
  const all = boxes.map(({ id }) => places.get(id)!);
  all.forEach((one, index) => all.slice(index + 1).forEach((other) => expect(overlap(one, other)).toBe(false)));
  const frames = [...groups.values()];
  frames.forEach((one, index) => frames.slice(index + 1).forEach((other) => expect(overlap(one, other)).toBe(false)));
  boxes.forEach(({ id, group }) => groups.forEach((frame, name) => {
    expect(name === group ? contains(frame, places.get(id)!) : !overlap(frame, places.get(id)!)).toBe(true);
  }));
  [...all, ...frames].forEach((place) => expect(contains({ x: -0.01, y: -0.01, width: width + 0.02, height: height + 0.02 }, place)).toBe(true));
  edges.forEach(({ id }) => expect(paths.get(id)).toMatch(/^M-?[\d.]+,-?[\d.]+[LQ]/));
}

const boxes = [box('a', 'One'), box('b', 'One'), box('c', 'One'), box('d', 'Two'), box('e', 'Two'), box('f'), box('g')];
const edges = [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd'), edge('d', 'e'), edge('e', 'a'), edge('e', 'f'), edge('f', 'f')];

test.each(['LR', 'TB'] as const)('everything has its place, cycles and edges of a box with itself included (%s)', (direction) => {
  expectSound(layout(boxes, edges, direction, 1.5), boxes, edges);
});

test('deliveries run to the right, or down', () => {
  const chain = [box('a'), box('b')];
  const places = (direction: 'LR' | 'TB') => ['a', 'b'].map((id) => layout(chain, [edge('a', 'b')], direction, 1).boxes.get(id)!);
  const [left, right] = places('LR');
  expect(right!.x).toBeGreaterThan(left!.x + left!.width);
  const [above, below] = places('TB');
  expect(below!.y).toBeGreaterThan(above!.y + above!.height);
});

test('what is not connected fills the screen, whatever its shape', () => {
  const many = Array.from({ length: 60 }, (_, index) => box(`b${index}`));
  const wide = layout(many, [], 'LR', 2);
  const narrow = layout(many, [], 'LR', 0.5);
  expect(wide.width / wide.height).toBeGreaterThan(1.2);
  expect(narrow.width / narrow.height).toBeLessThan(0.9);
  expectSound(wide, many, []);
});

test('nothing at all is laid out', () => {
  expect(layout([], [], 'LR', 1)).toMatchObject({ width: 0, height: 0 });
});

test('a stack is not laid out otherwise if another one is folded', () => {
  const within = ({ boxes: places, groups }: Layout) => ['a', 'b', 'c'].map((id) => [places.get(id)!.x - groups.get('One')!.x, places.get(id)!.y - groups.get('One')!.y]);
  const folded = layout([box('a', 'One'), box('b', 'One'), box('c', 'One'), box('two')], [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'two')], 'LR', 1.5);
  expect(within(folded)).toEqual(within(layout(boxes, edges, 'LR', 1.5)));
});

test('five hundred deliveries in one stack have their places', () => {
  const many = Array.from({ length: 500 }, (_, index) => [box(`q${index}`, 'One'), box(`f${index}`, 'One')]).flat();
  const between = Array.from({ length: 500 }, (_, index) => edge(`q${index}`, `f${index % 50}`));
  expect(layout(many, between, 'LR', 1.5).boxes.size).toBe(1000);
});
