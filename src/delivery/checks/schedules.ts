import type { Check } from './check';

export const SCHEDULE_CHECKS: readonly Check[] = [];
