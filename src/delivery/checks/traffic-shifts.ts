import type { Check } from './check';

export const TRAFFIC_SHIFT_CHECKS: readonly Check[] = [];
