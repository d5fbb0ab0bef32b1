import type { NodeKind } from '../../src/delivery/map/node-kinds';

/** One line drawing for each kind of node, in a square of 20. */
export const GLYPHS: Readonly<Record<NodeKind, string>> = {
  api: 'M7 5L2 10l5 5M13 5l5 5-5 5M11.5 4l-3 12',
  apiDestination: 'M10 2.5a7.5 7.5 0 1 0 .01 0zM2.5 10h15M10 2.5c-4 4-4 11 0 15M10 2.5c4 4 4 11 0 15',
  bucket: 'M3.5 4.5c0-2.4 13-2.4 13 0s-13 2.4-13 0l2 12c.6 1.6 8.4 1.6 9 0l2-12',
  bus: 'M2 10h16M6 10V4M14 10V4M10 10v6M4.5 4h3M12.5 4h3M8.5 16h3',
  call: 'M10 2.5l2 3.2 3.8-.7-.7 3.8 3 2-3 2 .7 3.8-3.8-.7-2 3-2-3-3.8.7.7-3.8-3-2 3-2-.7-3.8 3.8.7zM10 8.2a2.2 2.2 0 1 0 .01 0z',
  deliveryStream: 'M2 6c3-2.5 5 2.5 8 0M2 10c3-2.5 5 2.5 8 0M2 14c3-2.5 5 2.5 8 0M11.5 10H18M15 7l3 3-3 3',
  function: 'M5 3.5h3L15 16.5M9.7 8L5 16.5',
  pipe: 'M2.5 6h7a4 4 0 0 1 4 4v7M2.5 11h4a2 2 0 0 1 2 2v4M2.5 4.5v8M7 17h8',
  queue: 'M2.5 5h15v10h-15zM6.5 5v10M10 5v10M13.5 5v10',
  resource: 'M3.5 3.5h13v13h-13z',
  rule: 'M2.5 3.5h15L12 10.5v6l-4-2v-4z',
  schedule: 'M10 2.5a7.5 7.5 0 1 0 .01 0zM10 5.5V10l3 2.5',
  service: 'M10 2.5l6.5 3.5v8L10 17.5 3.5 14V6zM3.5 6l6.5 3.5L16.5 6M10 9.5v8',
  stateMachine: 'M8 2.5h4v4H8zM2.5 13.5h4v4h-4zM13.5 13.5h4v4h-4zM10 6.5v3.5M4.5 13.5V10h11v3.5',
  stream: 'M2 6c4-3 5.5 3 9 0s5 1.5 7 0M2 10.5c4-3 5.5 3 9 0s5 1.5 7 0M2 15c4-3 5.5 3 9 0s5 1.5 7 0',
  table: 'M2.5 4h15v12h-15zM2.5 8h15M2.5 12h15M7.5 4v12',
  topic: 'M5.5 10a2 2 0 1 0-4 0 2 2 0 0 0 4 0zM5.5 10h8M5 9l8-5M5 11l8 5M15 4h3M15 10h3M15 16h3',
};

/** For what is watched by an alarm, in a square of 16. */
export const BELL = 'M3 11.5h10c-1.3-1.2-1.5-2.5-1.5-5a3.5 3.5 0 0 0-7 0c0 2.5-.2 3.8-1.5 5zM6.7 13.8h2.6';
