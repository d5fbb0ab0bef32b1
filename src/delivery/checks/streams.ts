import type { Check } from './check';

export const STREAM_CHECKS: readonly Check[] = [];
