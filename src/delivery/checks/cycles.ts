import type { Check } from './check';

export const CYCLE_CHECKS: readonly Check[] = [];
