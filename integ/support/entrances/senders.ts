import type { EntranceKind, Sender } from './entrance';

/** Loaded when it is needed, so that a function asks its runtime only for the clients that it uses. An import of this form must name the compiled file. */
export const SENDERS: Readonly<Record<EntranceKind, () => Promise<Sender>>> = {
  'queue': async () => (await import('./queue.js')).sender,
  'topic': async () => (await import('./topic.js')).sender,
  'claim-check': async () => (await import('./claim-check.js')).sender,
  'upload': async () => (await import('./upload.js')).sender,
  'stream': async () => (await import('./stream.js')).sender,
  'table': async () => (await import('./table.js')).sender,
  'invocation': async () => (await import('./invocation.js')).sender,
  'event': async () => (await import('./event.js')).sender,
  'schedule': async () => (await import('./schedule.js')).sender,
  'delivery': async () => (await import('./delivery.js')).sender,
  'execution': async () => (await import('./execution.js')).sender,
};
